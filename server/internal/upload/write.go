package upload

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// saveTimeout bounds making durable what came: it is not given up because the request ended.
const saveTimeout = time.Minute

// Write takes the bytes of a request. When it returns, also with an error, every byte that was read counts, unless a
// checksum showed it to be wrong. A newer request for the same upload ends it within moments.
//
// Errors: upload_missing, upload_expired, offset_mismatch (also for a request that was taken over), size_mismatch,
// media_mismatch for a length other than the announced one, hash_mismatch, forbidden for an upload that is made of others,
// body_incomplete or timeout if the connection broke or stood still, store_full and its like, unavailable.
func (s *Service) Write(ctx context.Context, device *storage.Device, id syncproto.ID, chunk *Chunk) (*Status, error) {
	seat, err := s.enter(ctx, device.Person, id, chunk.Body.Cut)
	if err != nil {
		return nil, err
	}
	defer s.seats.leave(seat)
	return s.write(ctx, device, seat, chunk)
}

// enter takes the seat of an upload for its person. Whose it is comes first: a stranger who got hold of an id would
// otherwise end the request that is running, and learn from the time it takes that one is.
func (s *Service) enter(ctx context.Context, person, id syncproto.ID, cut func(time.Time)) (*seat, error) {
	err := s.store.View(ctx, func(r storage.Reader) error {
		u, err := r.Upload(id)
		if err != nil {
			return missing(err)
		}
		return s.mayUse(person, u)
	})
	if err != nil {
		return nil, err
	}
	return s.seats.take(ctx, id, cut)
}

func (s *Service) write(ctx context.Context, device *storage.Device, seat *seat, chunk *Chunk) (*Status, error) {
	u, size, limit, err := s.begin(ctx, device, seat.id, chunk)
	if err != nil {
		return nil, err
	}
	if u.State != storage.UploadReceiving {
		return s.status(ctx, u)
	}
	in, err := s.newSink(ctx, seat, u, size)
	if err != nil {
		return nil, err
	}
	defer in.close()
	in.device = device.ID
	broken := in.take(chunk, limit)
	after, err := in.finish(broken)
	if err != nil {
		return nil, err
	}
	if broken != nil && after.State == storage.UploadReceiving {
		return nil, broken
	}
	in.close() // before the file is moved away
	if after.State == storage.UploadWhole && !after.Partial {
		s.carry(ctx, after.ID)
	}
	st, err := s.status(ctx, after)
	if errors.Is(broken, errBeyond) {
		err = broken
	}
	return st, err
}

// begin checks a chunk against its upload: size is the upload's length, -1 if nobody said it yet, and limit what it may
// grow to.
func (s *Service) begin(ctx context.Context, device *storage.Device, id syncproto.ID, chunk *Chunk) (u *storage.Upload, size, limit int64, err error) {
	const op = "take bytes"
	if u, err = s.mend(ctx, device.Person, id); err != nil {
		return nil, 0, 0, err
	}
	offset := chunk.Offset
	if chunk.anew {
		offset = u.Offset
	}
	switch {
	case len(u.Parts) > 0: // what is made of others takes no bytes, whatever became of it
		return nil, 0, 0, syncproto.E(syncproto.CodeForbidden, op, nil)
	case u.State == storage.UploadRefused:
		return nil, 0, 0, syncproto.E(u.Code, op, nil)
	case offset != u.Offset:
		return nil, 0, 0, syncproto.E(syncproto.CodeOffsetMismatch, op, nil)
	}
	size, limit = u.Size, u.Size
	if u.Code == lengthLater {
		size = chunk.Size
	}
	switch {
	case chunk.Size >= 0 && chunk.Size != limit:
		return nil, 0, 0, &syncproto.Error{Code: syncproto.CodeMediaMismatch, Op: op, Detail: "upload-length"}
	case chunk.Length > limit-u.Offset && !chunk.anew, chunk.Length > limit:
		return nil, 0, 0, &syncproto.Error{Code: syncproto.CodeSizeMismatch, Op: op, Detail: "content-length"}
	}
	return u, size, limit, nil
}

// mend reads an upload of a person, and sets it back where its spool file does not hold what the row says: the disk of
// the spool was exchanged, or somebody tidied up. The caller has the seat.
func (s *Service) mend(ctx context.Context, person, id syncproto.ID) (u *storage.Upload, err error) {
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		u, err = r.Upload(id)
		return missing(err)
	})
	if err == nil {
		err = s.mayUse(person, u)
	}
	if err != nil || u.State != storage.UploadReceiving && !(u.Partial && u.State == storage.UploadWhole) || len(u.Parts) > 0 {
		return u, err
	}
	there, err := s.spool.holds(id, u.Offset)
	if err != nil || there {
		return u, err
	}
	s.log.Warn("spool file lost, the upload starts over", "upload", id, "offset", u.Offset)
	return s.startOver(ctx, id, nil)
}

// startOver sets an upload back to its first byte. What else is to be changed is done in the same transaction.
func (s *Service) startOver(ctx context.Context, id syncproto.ID, also func(u *storage.Upload)) (*storage.Upload, error) {
	var remote string
	u, err := s.update(ctx, id, func(_ storage.Tx, u *storage.Upload) error {
		remote = u.Remote
		u.State, u.Offset, u.Hash, u.Remote = storage.UploadReceiving, 0, nil, ""
		if also != nil {
			also(u)
		}
		return nil
	})
	if err == nil {
		s.spool.remove(id)
		s.abort(ctx, u.Blob, remote)
		s.pushed.forget(id)
		s.hashed.Delete(id)
	}
	return u, err
}

var (
	errBeyond = errors.New("the body goes on behind the length")
	errCut    = errors.New("the body ended before its length")
)

// broke says why a body could not be read to its end.
func (s *sink) broke(err error) error {
	const op = "take bytes"
	switch {
	case s.seat.taken.Load():
		return syncproto.E(syncproto.CodeOffsetMismatch, op, errTaken)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return syncproto.E(syncproto.CodeTimeout, op, err)
	case err == io.EOF:
		err = errCut
	}
	return syncproto.E(syncproto.CodeBodyIncomplete, op, err)
}
