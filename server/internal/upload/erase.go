package upload

import (
	"context"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Erase ends the uploads of which which says so, whatever their state, and forgets what they brought: their requests, the
// bytes in the spool and the parts in the blob store. An upload that is on its way into the blob store is waited for, so
// that afterwards its bytes are a blob that a row of media names, or nowhere. It may be repeated.
//
// What is joined of parts takes its parts along. Errors: unavailable while a request does not end, and those of the store.
func (s *Service) Erase(ctx context.Context, which func(u *storage.Upload) bool) (ended int, err error) {
	for after := syncproto.ID(""); ; {
		var page []storage.Upload
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			page, err = r.Uploads(after, sweepPage)
			return err
		})
		if err != nil {
			return ended, err
		}
		for i := range page {
			u := &page[i]
			after = u.ID
			if !which(u) {
				continue
			}
			for _, id := range append(u.Parts, u.ID) {
				if err := s.erase(ctx, id); err != nil {
					return ended, err
				}
			}
			ended++
		}
		if len(page) < sweepPage {
			return ended, nil
		}
	}
}

// erase ends one upload.
func (s *Service) erase(ctx context.Context, id syncproto.ID) error {
	seat, err := s.seats.take(ctx, id, nil)
	if err != nil {
		return err
	}
	defer s.seats.leave(seat)
	var gone *storage.Upload
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		gone = nil
		u, err := tx.Upload(id)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		gone = u
		return tx.DeleteUpload(id)
	})
	if err != nil {
		return err
	}
	if err := s.tasks.quiet(ctx, id); err != nil {
		return err
	}
	s.hashed.Delete(id)
	if gone == nil {
		gone = &storage.Upload{ID: id} // a crash came between the row and its bytes
	}
	s.forget(ctx, gone)
	return nil
}

// lookAgain is how often quiet looks.
const lookAgain = 20 * time.Millisecond

// quiet waits until nobody works on an upload.
func (t *tasks) quiet(ctx context.Context, id syncproto.ID) error {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		t.mu.Lock()
		one := t.all[id]
		busy := one != nil && one.running
		if one != nil && !busy {
			delete(t.all, id)
		}
		t.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-ctx.Done():
			return syncproto.E(syncproto.CodeUnavailable, "wait for an upload", ctx.Err())
		case <-tick.C:
		}
	}
}
