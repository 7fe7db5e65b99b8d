package upload

import (
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/syncproto"
)

// finish makes everything durable that came, and at the last byte compares the hash. broken is why the chunk ended early.
func (s *sink) finish(broken error) (*storage.Upload, error) {
	limit := time.AfterFunc(saveTimeout, s.cancel)
	defer limit.Stop()
	if err := s.wait(); err != nil {
		return nil, err
	}
	if err := s.sync(); err != nil {
		return nil, err
	}
	state, err := stateOf(s.sum.all())
	if err != nil {
		return nil, err
	}
	whole := s.size >= 0 && s.offset == s.size
	if whole && !s.part && storage.BlobID(s.sum.all().Sum(nil)) != s.blob {
		return nil, s.wrong()
	}
	var scopes []syncproto.Scope
	before := s.saved
	u, err := s.s.update(s.ctx, s.id, func(tx storage.Tx, u *storage.Upload) (err error) {
		scopes = nil
		if err := s.allowed(tx); err != nil {
			return err
		}
		s.mark(u, s.offset, state)
		if !whole {
			return nil
		}
		u.State = storage.UploadWhole
		if u.Partial {
			return nil
		}
		_, scopes, err = s.s.refer(tx, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.s.changed(scopes)
	if whole && !s.part {
		s.s.hashed.Store(s.id, struct{}{})
	}
	if !whole {
		s.s.grown(s.id, s.size, before, s.offset)
	}
	return u, nil
}

// maxRestarts is how often a file may come with another hash than its record announces: after that the phone and the
// server will not agree by sending it again (S-167).
const maxRestarts = 3

// wrong sets an upload back whose bytes are not what the record announced.
func (s *sink) wrong() error {
	s.s.mismatches.Add(1)
	_, err := s.s.startOver(s.ctx, s.id, func(u *storage.Upload) {
		u.Code = "" // the length was said
		if u.Restarts++; u.Restarts >= maxRestarts {
			u.State, u.Code = storage.UploadRefused, syncproto.CodeHashMismatch
			u.Expires = s.s.now() + memory.Milliseconds()
		}
	})
	if err != nil {
		return err
	}
	return syncproto.E(syncproto.CodeHashMismatch, "check a file", nil)
}

// refer writes that a record refers to a whole file, before its bytes become a blob. ok is false while what was made of
// an earlier coming of the same file is still being removed: then it is tried again in a moment.
func (s *Service) refer(tx storage.Tx, u *storage.Upload) (ok bool, scopes []syncproto.Scope, err error) {
	now := s.now()
	m, err := tx.Media(u.Blob)
	switch {
	case isNotFound(err) || err == nil && media.Unowned(m):
		err = tx.PutMedia(&storage.Media{
			ID: u.Blob, Person: u.Person, Size: u.Size, State: storage.MediaArriving, Created: now,
			Due: now + arrivalCheck.Milliseconds(),
		})
	case err == nil && m.State == storage.MediaRemoving:
		return false, nil, nil
	}
	if err != nil {
		return false, nil, err
	}
	err = tx.PutMediaLink(&storage.MediaLink{Blob: u.Blob, Record: u.Record, Lane: u.Lane, Person: u.Person, At: now})
	if err != nil {
		return false, nil, err
	}
	scopes, err = media.AnnounceRecord(tx, u.Record, now)
	return true, scopes, err
}

// arrivalCheck is when the media worker looks for a file that has not become a blob by itself.
const arrivalCheck = 10 * time.Minute
