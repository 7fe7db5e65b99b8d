package upload

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/syncproto"
)

// carryTimeout bounds one try at carrying a file to the blob store: 4 GiB at 3 MB/s.
const carryTimeout = 25 * time.Minute

// carry gets a whole file on its way into the blob store: at once where that is a matter of renaming it, so that the
// answer to the last byte is a receipt already, else behind the answer.
func (s *Service) carry(ctx context.Context, id syncproto.ID) {
	if _, ok := s.blobs.(storage.BlobAdopter); ok && s.tasks.claim(id) {
		s.work(context.WithoutCancel(ctx), id)
		return
	}
	s.tasks.add(id)
}

// work does what an upload needs besides its requests, once, and plans the next try if that fails. The caller has
// claimed it.
func (s *Service) work(ctx context.Context, id syncproto.ID) {
	ctx, cancel := context.WithTimeout(ctx, carryTimeout)
	defer cancel()
	err := s.tend(ctx, id)
	if err != nil && syncproto.CodeOf(err) == syncproto.CodeUploadMissing {
		s.spool.remove(id) // it was ended meanwhile
		s.pushed.forget(id)
		err = nil
	}
	if err != nil {
		s.log.Warn("file not stored yet", "upload", id, "code", syncproto.CodeOf(err), "err", err)
	}
	s.tasks.done(id, err == nil, time.Now())
}

// tend looks at the row and does what is next.
func (s *Service) tend(ctx context.Context, id syncproto.ID) error {
	var u *storage.Upload
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		u, err = r.Upload(id)
		return missing(err)
	})
	switch {
	case err != nil:
		return err
	case u.State == storage.UploadReceiving && len(u.Parts) > 0:
		return s.join(ctx, u)
	case u.State == storage.UploadReceiving:
		return s.push(ctx, u)
	case u.State == storage.UploadWhole && !u.Partial:
		return s.keep(ctx, u)
	}
	return nil
}

// errRemoving waits for an earlier coming of the same file to be gone.
var errRemoving = errors.New("the same file is being removed")

// keep makes a whole file a blob: the reference first, then the bytes, then the receipt. Each step may be done again.
func (s *Service) keep(ctx context.Context, u *storage.Upload) error {
	if err := s.referTo(ctx, u); err != nil {
		return err
	}
	if err := s.bring(ctx, u); err != nil {
		lies, serr := s.damaged(ctx, u, err)
		switch {
		case serr != nil:
			return err
		case !lies:
			return s.lost(ctx, u)
		}
	}
	return s.receipt(ctx, u.ID)
}

// damaged looks whether the spool file is the reason why a whole file does not become a blob: it may be gone, cut off or
// spoiled, and then no try would ever help. lies says that the blob is there all the same, because somebody else brought
// it. An error says that trying again may help.
func (s *Service) damaged(ctx context.Context, u *storage.Upload, cause error) (lies bool, err error) {
	switch syncproto.CodeOf(cause) {
	case syncproto.CodeNotFound:
	case syncproto.CodeSizeMismatch, syncproto.CodeHashMismatch:
		sound, err := s.spool.sound(u.ID, u.Blob)
		if err == nil && sound {
			err = cause
		}
		if err != nil {
			return false, err
		}
	default:
		return false, cause
	}
	info, err := s.blobs.Stat(ctx, u.Blob)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil && info.Size == u.Size, err
}

// referTo makes sure that the record refers to the file. Nearly always that was written with the last byte.
func (s *Service) referTo(ctx context.Context, u *storage.Upload) error {
	var came syncproto.Arrival
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		came, _, err = linked(r, syncproto.MediaItem{Record: u.Record, Lane: u.Lane}, u.Blob)
		return err
	})
	if err != nil || came != "" {
		return err
	}
	var ok bool
	var scopes []syncproto.Scope
	_, err = s.update(ctx, u.ID, func(tx storage.Tx, u *storage.Upload) (err error) {
		ok, scopes, err = s.refer(tx, u)
		return err
	})
	if err == nil && !ok {
		err = syncproto.E(syncproto.CodeUnavailable, "store a file", errRemoving)
	}
	if err == nil {
		s.changed(scopes)
	}
	return err
}

// bring moves the bytes of a whole file into the blob store.
func (s *Service) bring(ctx context.Context, u *storage.Upload) error {
	if err := s.vouch(u); err != nil {
		return err
	}
	if adopter, ok := s.blobs.(storage.BlobAdopter); ok {
		_, err := adopter.Adopt(ctx, u.Blob, u.Size, s.spool.path(u.ID))
		return err
	}
	if parts, ok := s.blobs.(storage.BlobParts); ok && u.Size > parts.PartSize() {
		return s.complete(ctx, parts, u)
	}
	file, err := os.Open(s.spool.path(u.ID))
	if errors.Is(err, os.ErrNotExist) {
		_, err := s.blobs.Stat(ctx, u.Blob) // it may have been brought, and the receipt not written
		return err
	}
	if err != nil {
		return fault("open a spool file", err)
	}
	defer file.Close()
	_, err = s.blobs.Put(ctx, u.Blob, u.Size, file)
	return err
}

// vouch reads a spool file again that an earlier process hashed: between the two the power may have failed and somebody
// may have been at the disk, and blob stores take most files on our word.
func (s *Service) vouch(u *storage.Upload) error {
	if _, ok := s.hashed.Load(u.ID); ok {
		return nil
	}
	if there, err := s.spool.holds(u.ID, u.Size); err != nil || !there {
		return err // what is not there cannot be wrong
	}
	sound, err := s.spool.sound(u.ID, u.Blob)
	switch {
	case errors.Is(err, fs.ErrNotExist): // an empty file lies there without a name, too
		return nil
	case err == nil && !sound:
		return syncproto.E(syncproto.CodeHashMismatch, "read a spool file", nil)
	case err == nil:
		s.hashed.Store(u.ID, struct{}{})
	}
	return err
}

// receipt writes that the bytes are a blob (S-172), and has it looked at.
func (s *Service) receipt(ctx context.Context, id syncproto.ID) error {
	var scopes []syncproto.Scope
	var again bool
	_, err := s.update(ctx, id, func(tx storage.Tx, u *storage.Upload) error {
		scopes, again = nil, false
		m, err := tx.Media(u.Blob)
		if isNotFound(err) || err == nil && m.State == storage.MediaRemoving {
			again = true // nothing needed it for a long time, and it was taken away again
			return nil
		}
		if err != nil {
			return err
		}
		now := s.now()
		u.State, u.Offset, u.Hash, u.Remote = storage.UploadStored, u.Size, nil, ""
		u.Expires = now + memory.Milliseconds()
		if m.State != storage.MediaArriving { // somebody else brought it, and its records know
			return nil
		}
		m.State, m.Due = storage.MediaWaiting, now
		if err := tx.PutMedia(m); err != nil {
			return err
		}
		scopes, err = media.Announce(tx, u.Blob, now)
		return err
	})
	if err == nil && again {
		err = syncproto.E(syncproto.CodeUnavailable, "store a file", errRemoving)
	}
	if err != nil {
		return err
	}
	s.spool.remove(id)
	s.pushed.forget(id)
	s.hashed.Delete(id)
	s.changed(scopes)
	s.opt.Stored()
	return nil
}

// lost is a whole file that is neither in the spool nor in the blob store: the disk of the spool was exchanged or is bad. No
// receipt was given, so the phone has it yet and is asked for it again.
func (s *Service) lost(ctx context.Context, u *storage.Upload) error {
	s.log.Error("a whole file was lost from the spool; its phone is asked for it again", "upload", u.ID, "blob", u.Blob)
	_, err := s.startOver(ctx, u.ID, s.rest)
	return err
}

func (s *Service) changed(scopes []syncproto.Scope) {
	if len(scopes) > 0 {
		s.opt.Changed(scopes)
	}
}
