package upload

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxParts bounds the parts of one concatenation. What fits a header is fewer than 300.
const maxParts = 256

// joinBuffer is what is read at once of a part.
const joinBuffer = 128 << 10

// createFinal makes an upload out of parts. It is whole when it returns, unless the server ends before: then the sweep
// after the next start joins the parts.
func (s *Service) createFinal(ctx context.Context, device *storage.Device, c Creation) (*Status, error) {
	if len(c.Parts) > maxParts {
		return nil, invalid("create upload", "upload-concat")
	}
	c.Size = -1
	a := &admission{s: s, device: device, Creation: c}
	if err := s.store.View(ctx, a.look); err != nil {
		return nil, err
	}
	a.seek(ctx)
	a.orphan = false // the bytes are here already
	var err error
	if a.free, err = s.room(ctx, a.size+a.promised); err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, a.runFinal); err != nil {
		return nil, err
	}
	for _, part := range a.spare {
		s.forget(ctx, part)
	}
	s.changed(a.scopes)
	if a.made.State == storage.UploadReceiving {
		seat, err := s.seats.take(ctx, a.made.ID, nil)
		if err != nil {
			return nil, err
		}
		s.seats.leave(seat)
		if s.tasks.claim(a.made.ID) {
			s.work(context.WithoutCancel(ctx), a.made.ID)
			s.carry(ctx, a.made.ID)
		}
	}
	st, err := s.status(ctx, a.made)
	if err == nil && st.State == syncproto.MediaRefused && st.Offset < st.Size {
		err = syncproto.E(st.Code, "join parts", nil)
	}
	return st, err
}

// runFinal is the transaction of a final upload. The room is that of the parts, which were let in; only the copy on the
// disk needs more.
func (a *admission) runFinal(tx storage.Tx) error {
	const op = "join parts"
	a.made, a.scopes, a.spare = nil, nil, nil
	access, err := a.access.Within(tx)
	if err != nil {
		return err
	}
	if err := a.announced(tx, access); err != nil {
		return err
	}
	old, err := tx.UploadFor(a.device.Person, a.Record, a.Lane)
	if err == nil && slices.Equal(old.Parts, a.Parts) && old.Blob == a.blob && old.State != storage.UploadRefused {
		a.made = old // the answer was lost
		return nil
	}
	if isNotFound(err) {
		old = nil
	} else if err != nil {
		return err
	}
	rights, err := rightsOf(tx, access, a.device)
	if err != nil {
		return err
	}
	if known, err := a.known(tx, rights); err != nil {
		return err
	} else if known {
		return a.release(tx)
	}
	if err := a.whole(tx); err != nil {
		return err
	}
	_, _, all, err := tx.UploadsOpen(a.device.Person)
	if err != nil {
		return err
	}
	if a.size > a.free-all {
		return syncproto.E(syncproto.CodeNoRoom, op, nil)
	}
	if old != nil && old.State == storage.UploadRefused && len(old.Parts) > 0 {
		if err := tx.DeleteUpload(old.ID); err != nil { // tried again and again, it stays one row
			return err
		}
	}
	a.made = a.row(storage.UploadReceiving)
	return tx.PutUpload(a.made)
}

// whole checks that the parts are there and make up the file.
func (a *admission) whole(tx storage.Tx) error {
	const op = "join parts"
	sum := int64(0)
	for _, id := range a.Parts {
		part, err := tx.Upload(id)
		if err != nil {
			return missing(err)
		}
		if err := a.s.mayUse(a.device.Person, part); err != nil {
			return err
		}
		if !part.Partial || part.State != storage.UploadWhole {
			return &syncproto.Error{Code: syncproto.CodeMediaMismatch, Op: op, Detail: "upload-concat"}
		}
		sum += part.Size
	}
	if sum != a.size {
		return &syncproto.Error{Code: syncproto.CodeMediaMismatch, Op: op, Detail: "upload-length"}
	}
	return nil
}

// release frees the room of parts whose file turned out to be there.
func (a *admission) release(tx storage.Tx) error {
	for _, id := range a.Parts {
		part, err := tx.Upload(id)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return err
		}
		if part.Person != a.device.Person || !part.Partial {
			continue
		}
		a.spare = append(a.spare, part)
		if err := tx.DeleteUpload(id); err != nil {
			return err
		}
	}
	return nil
}

// join writes the parts of a final upload one after another, hashing them, and makes it whole. It starts from nothing
// each time: what a crash left is written over.
func (s *Service) join(ctx context.Context, u *storage.Upload) error {
	seat, err := s.seats.take(ctx, u.ID, nil)
	if err != nil {
		return err
	}
	defer s.seats.leave(seat)
	in, err := s.newSink(ctx, seat, u, u.Size)
	if err != nil {
		return err
	}
	defer in.close()
	sum := sha256.New()
	out := io.MultiWriter(in.file, sum)
	for _, part := range u.Parts {
		err := s.append(ctx, out, part)
		if errors.Is(err, errPart) {
			return s.apart(ctx, u.ID, err)
		}
		if err != nil {
			return err
		}
	}
	if err := in.sync(); err != nil {
		return err
	}
	right := storage.BlobID(sum.Sum(nil)) == u.Blob
	var scopes []syncproto.Scope
	_, err = s.update(ctx, u.ID, func(tx storage.Tx, u *storage.Upload) (err error) {
		scopes = nil
		if !right {
			u.State, u.Code, u.Offset = storage.UploadRefused, syncproto.CodeHashMismatch, 0
			u.Expires = s.now() + memory.Milliseconds()
			return nil
		}
		u.State, u.Offset = storage.UploadWhole, u.Size
		for _, part := range u.Parts {
			if err := tx.DeleteUpload(part); err != nil {
				return err
			}
		}
		_, scopes, err = s.refer(tx, u)
		return err
	})
	if err != nil {
		return err
	}
	in.close()
	if !right {
		s.mismatches.Add(1)
		s.spool.remove(u.ID)
		return nil
	}
	for _, part := range u.Parts {
		s.spool.remove(part)
	}
	s.hashed.Store(u.ID, struct{}{})
	s.changed(scopes)
	s.tasks.add(u.ID) // it is whole, and becomes a blob next
	return nil
}

// errPart is a part that is gone, or whose bytes are.
var errPart = errors.New("a part is missing")

// append copies the bytes of a part.
func (s *Service) append(ctx context.Context, out io.Writer, id syncproto.ID) error {
	const op = "copy a part"
	var part *storage.Upload
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		part, err = r.Upload(id)
		return err
	})
	if isNotFound(err) || err == nil && part.State != storage.UploadWhole {
		return errPart
	}
	if err != nil {
		return err
	}
	file, err := os.Open(s.spool.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return errPart
	}
	if err != nil {
		return fault(op, err)
	}
	defer file.Close()
	n, err := io.Copy(out, bufio.NewReaderSize(io.LimitReader(file, part.Size), joinBuffer))
	if err == nil && n < part.Size {
		return errPart
	}
	return fault(op, err)
}

// apart ends a final upload that can never be joined: one of its parts was ended or expired, or its bytes are gone. Its
// phone is asked for the file again, and not told for a week that it is being checked.
func (s *Service) apart(ctx context.Context, id syncproto.ID, cause error) error {
	s.log.Warn("parts cannot be joined, their phone is asked again", "upload", id, "err", cause)
	_, err := s.update(ctx, id, func(_ storage.Tx, u *storage.Upload) error {
		u.State, u.Code, u.Offset = storage.UploadRefused, syncproto.CodeUploadMissing, 0
		u.Expires = s.now() + memory.Milliseconds()
		return nil
	})
	if err == nil {
		s.spool.remove(id)
	}
	return err
}
