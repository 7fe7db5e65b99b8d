package media

import (
	"context"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	collectEvery = 10 * time.Minute
	// collectRows and collectBlobs are how many rows and blobs one round looks at. A round takes a fraction of a second,
	// and a million files have been looked at in a day; the grace is thirty.
	collectRows  = 20_000
	collectBlobs = 5_000
)

// Collected counts what one round of the collection did.
type Collected struct {
	Files    int // blobs of files that no record needs, and orphans whose grace is over
	Orphans  int // bytes without a row that were noted, not removed
	Leftover int // unfinished writes of the blob store
}

// Collect removes what nothing refers to, a little every ten minutes, until ctx ends.
func (s *Service) Collect(ctx context.Context) error {
	tick := time.NewTicker(collectEvery)
	defer tick.Stop()
	for {
		got, err := s.CollectOnce(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			s.opt.Log.Warn("media collection put off", "code", syncproto.CodeOf(err), "err", err)
		}
		if got != (Collected{}) {
			s.opt.Log.Info("media collected", "files", got.Files, "orphans", got.Orphans, "leftover", got.Leftover)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// CollectOnce is one round of Collect. It may end anywhere: the next round goes on.
func (s *Service) CollectOnce(ctx context.Context) (got Collected, err error) {
	before := s.opt.Now().Add(-s.opt.Grace).UnixMilli()
	if got.Files, err = s.collectFiles(ctx, before); err != nil {
		return got, err
	}
	if got.Orphans, err = s.noteOrphans(ctx); err != nil {
		return got, err
	}
	got.Leftover, err = s.blobs.Sweep(ctx, s.opt.Now().Add(-s.opt.Leftover).UnixMilli())
	return got, err
}

func (s *Service) collectFiles(ctx context.Context, before int64) (removed int, err error) {
	err = s.rows.round(collectRows, func(after storage.BlobID, limit int) (n int, last storage.BlobID, err error) {
		var free []storage.BlobID
		err = s.store.View(ctx, func(r storage.Reader) (err error) {
			free, n, last, err = unneeded(r, before, after, limit)
			return err
		})
		if err != nil {
			return 0, last, err
		}
		for _, id := range free {
			gone, err := s.remove(ctx, id, before)
			if err != nil {
				return 0, last, err
			}
			removed += gone
		}
		return n, last, nil
	})
	return removed, err
}

// unneeded goes through a page of files and returns those that no record needs.
func unneeded(r storage.Reader, before int64, after storage.BlobID, limit int) (free []storage.BlobID, n int, last storage.BlobID, err error) {
	page, err := r.MediaList(after, limit)
	if err != nil || len(page) == 0 {
		return nil, 0, last, err
	}
	for i := range page {
		if page[i].Created >= before {
			continue
		}
		needed, err := r.MediaNeeded(page[i].ID, before)
		if err != nil {
			return nil, 0, last, err
		}
		if !needed {
			free = append(free, page[i].ID)
		}
	}
	return free, len(page), page[len(page)-1].ID, nil
}

// remove takes the steps mark, drop and forget for a file and what was made of it.
func (s *Service) remove(ctx context.Context, id storage.BlobID, before int64) (removed int, err error) {
	s.removing.Lock()
	defer s.removing.Unlock()
	doomed, err := s.mark(ctx, id, before)
	if err != nil {
		return 0, err
	}
	for _, blob := range doomed {
		if err := s.drop(ctx, blob); err != nil {
			return removed, err
		}
		if err := s.forget(ctx, blob); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}

// mark notes which blobs go: the file's and those made of it and of nothing else, each by a row of its own in the state
// removing. From then on nobody can refer to them. A file that somebody linked since it was listed is left alone.
func (s *Service) mark(ctx context.Context, id storage.BlobID, before int64) (doomed []storage.BlobID, err error) {
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		doomed = nil
		m, err := tx.Media(id)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.State == storage.MediaRemoving {
			if s.condemned[id] { // a round before this one was cut short
				doomed = []storage.BlobID{id}
				return nil
			}
			return reprieve(tx, m, s.now())
		}
		if needed, err := tx.MediaNeeded(id, before); needed || err != nil {
			return err
		}
		if err := withdraw(tx, id); err != nil {
			return err
		}
		doomed, err = condemn(tx, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, id := range doomed {
		s.condemned[id] = true
	}
	return doomed, nil
}

// reprieve makes a removal that an earlier process began bytes that nobody needs, with the whole grace from now on. The
// database may be from a backup that was taken in the middle of it: the same file may have come again since, and been
// promised to a phone that let go of its own.
func reprieve(tx storage.Tx, m *storage.Media, now int64) error {
	return tx.PutMedia(&storage.Media{ID: m.ID, Size: m.Size, State: storage.MediaArriving, Created: now})
}

// withdraw takes back what deleted records say of a file. An edit brings a tombstone back with its fields (S-58), and a
// phone that read "stored" there might let go of the last copy of the photo. The time of the deletion stays: by it the
// other files of the record are kept or go.
func withdraw(tx storage.Tx, id storage.BlobID) error {
	links, err := tx.MediaLinks(id)
	if err != nil {
		return err
	}
	for _, link := range links {
		stored, err := tx.Record(link.Record)
		if isNotFound(err) || err == nil && (!stored.Record.Deleted || stored.Record.Fields[syncproto.ArrivedField] == "") {
			continue
		}
		if err != nil {
			return err
		}
		next := stored.Record.Clone()
		next.Revision++
		delete(next.Fields, syncproto.ArrivedField)
		sign(next)
		if err := tx.PutRecord(next, nil); err != nil {
			return err
		}
	}
	return nil
}

// condemn puts the rows of mark. They have no links and no age any more: a record that comes back, a clock that is set
// back or a longer grace must not stop half-way what was begun, for until it is over the file cannot come again.
func condemn(tx storage.Tx, m *storage.Media) (doomed []storage.BlobID, err error) {
	made := []storage.BlobID{m.Served, m.Thumbnail, m.Display}
	m.State, m.Due, m.Created = storage.MediaRemoving, 0, 0
	m.Served, m.Thumbnail, m.Display = storage.BlobID{}, storage.BlobID{}, storage.BlobID{}
	if err := tx.DeleteMedia(m.ID); err != nil {
		return nil, err
	}
	if err := tx.PutMedia(m); err != nil {
		return nil, err
	}
	needed, err := tx.MediaMade(m.ID)
	if err != nil {
		return nil, err
	}
	if needed { // another file is served by these very bytes
		if err := tx.DeleteMedia(m.ID); err != nil {
			return nil, err
		}
	} else {
		doomed = append(doomed, m.ID)
	}
	for _, id := range made {
		if id == (storage.BlobID{}) || id == m.ID {
			continue
		}
		free, err := nobodys(tx, id)
		if err != nil {
			return nil, err
		}
		if !free {
			continue
		}
		if err := tx.PutMedia(&storage.Media{ID: id, State: storage.MediaRemoving}); err != nil {
			return nil, err
		}
		doomed = append(doomed, id)
	}
	return doomed, nil
}

// nobodys reports whether no row is about a blob or names it.
func nobodys(r storage.Reader, id storage.BlobID) (bool, error) {
	if _, err := r.Media(id); !isNotFound(err) {
		return false, err
	}
	made, err := r.MediaMade(id)
	return !made, err
}

// drop deletes the bytes.
func (s *Service) drop(ctx context.Context, id storage.BlobID) error {
	s.sizes.mu.Lock()
	delete(s.sizes.known, id)
	s.sizes.mu.Unlock()
	return s.blobs.Delete(ctx, id)
}

// forget removes the row, after which the bytes may come again.
func (s *Service) forget(ctx context.Context, id storage.BlobID) error {
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		m, err := tx.Media(id)
		if isNotFound(err) || err == nil && m.State != storage.MediaRemoving {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.DeleteMedia(id)
	})
	if err == nil {
		delete(s.condemned, id)
	}
	return err
}

// orphanAge is how long bytes lie without a row before they are noted as nobody's.
const orphanAge = 24 * time.Hour

// noteOrphans gives blobs that no row knows a row without an owner: what a crash left between its steps, and what came
// after the backup that was restored. From then on they have the grace, and are removed like files that nothing refers
// to. The age of the bytes would not do: after the restore of an old backup everything that came since is old, and the
// phones have yet to claim it. An upload never makes an orphan, since its row comes before its bytes.
func (s *Service) noteOrphans(ctx context.Context) (noted int, err error) {
	young := s.opt.Now().Add(-orphanAge).UnixMilli()
	err = s.orphans.round(collectBlobs, func(after storage.BlobID, limit int) (n int, last storage.BlobID, err error) {
		page, err := s.blobs.List(ctx, after, limit)
		if err != nil || len(page) == 0 {
			return 0, last, err
		}
		last = page[len(page)-1].ID
		free, err := s.unknown(ctx, page, young)
		if err != nil {
			return 0, last, err
		}
		for _, info := range free {
			fresh, err := s.noteOrphan(ctx, info)
			if err != nil {
				return 0, last, err
			}
			if fresh {
				noted++
			}
		}
		return len(page), last, nil
	})
	return noted, err
}

// unknown returns the blobs of a page that no row knows and that were stored before a moment.
func (s *Service) unknown(ctx context.Context, page []storage.BlobInfo, before int64) (free []storage.BlobInfo, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		for _, info := range page {
			if info.Stored >= before {
				continue
			}
			nobodys, err := nobodys(r, info.ID)
			if err != nil {
				return err
			}
			if nobodys {
				free = append(free, info)
			}
		}
		return nil
	})
	return free, err
}

func (s *Service) noteOrphan(ctx context.Context, info storage.BlobInfo) (fresh bool, err error) {
	now := s.now()
	err = s.store.Update(ctx, func(tx storage.Tx) (err error) {
		if fresh, err = nobodys(tx, info.ID); err != nil || !fresh {
			return err
		}
		return tx.PutMedia(&storage.Media{ID: info.ID, Size: info.Size, State: storage.MediaArriving, Created: now})
	})
	return fresh && err == nil, err
}
