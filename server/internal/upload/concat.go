package upload

import (
	"bufio"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxParts bounds the parts of one concatenation. What fits a header is fewer than 300.
const maxParts = 256

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
	a.orphan = false
	var err error
	if a.free, err = s.room(ctx, a.size+a.promised); err != nil {
		return nil, err
	}
	if err := s.store.Update(ctx, a.runFinal); err != nil {
		return nil, err
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
	return s.status(ctx, a.made)
}

// runFinal is the transaction of a final upload. The room is that of the parts, which were let in; only the copy on the
// disk needs more.
func (a *admission) runFinal(tx storage.Tx) error {
	const op = "join parts"
	a.made, a.scopes = nil, nil
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
	if err != nil && !isNotFound(err) {
		return err
	}
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
	rights, err := access.Of(tx, a.device.Person)
	if err != nil {
		return err
	}
	if known, err := a.known(tx, rights); known || err != nil {
		return err
	}
	_, _, all, err := tx.UploadsOpen(a.device.Person)
	if err != nil {
		return err
	}
	if a.size > a.free-all {
		return syncproto.E(syncproto.CodeNoRoom, op, nil)
	}
	a.made = a.row(storage.UploadReceiving)
	a.made.Size = a.size
	return tx.PutUpload(a.made)
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
		if err := s.append(ctx, out, part); err != nil {
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
	s.changed(scopes)
	s.tasks.add(u.ID) // it is whole, and becomes a blob next
	return nil
}

// append copies the bytes of a part.
func (s *Service) append(ctx context.Context, out io.Writer, id syncproto.ID) error {
	var part *storage.Upload
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		part, err = r.Upload(id)
		return missing(err)
	})
	if err != nil {
		return err
	}
	file, err := os.Open(s.spool.path(id))
	if err != nil {
		return fault("open a part", err)
	}
	defer file.Close()
	n, err := io.Copy(out, bufio.NewReaderSize(io.LimitReader(file, part.Size), fastBuffer))
	if err == nil && n < part.Size {
		err = io.ErrUnexpectedEOF
	}
	return fault("copy a part", err)
}
