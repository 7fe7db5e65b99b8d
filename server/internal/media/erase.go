package media

import (
	"context"
	"slices"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Condemned says what Condemn decided of one file.
type Condemned struct {
	// Blobs are those that go: the file's and those made of it and of nothing else. Nobody can refer to them any more.
	Blobs []storage.BlobID
	// Shared says that the file stays, because a record that was not erased refers to it. Only the links of the erased
	// records are gone.
	Shared bool
}

// Files returns the files that records refer to or ever announced and got, in the order of ids.
func Files(r storage.MediaReader, records []syncproto.ID) (files []storage.BlobID, err error) {
	for _, record := range records {
		links, err := r.RecordMedia(record)
		if err != nil {
			return nil, err
		}
		for _, link := range links {
			files = append(files, link.Blob)
		}
	}
	slices.SortFunc(files, func(a, b storage.BlobID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(files), nil
}

// Condemn takes a file from erased records and, unless another record refers to it, condemns it with everything that was
// made of it; it does not wait for the grace of the collection. note runs in the same transaction and keeps which blobs
// have to go, for after a crash the rows alone do not tell this from a removal of an older database (see the package's
// order of steps). Destroy then removes the bytes.
//
// A file that is being looked at is waited for, so that nothing is made of it afterwards. It may be repeated.
func (s *Service) Condemn(ctx context.Context, id storage.BlobID, records []syncproto.ID, note func(tx storage.Tx, c Condemned) error) error {
	if err := s.occupy(ctx, id); err != nil {
		return err
	}
	defer s.release(id)
	strays, err := s.strays(ctx, id)
	if err != nil {
		return err
	}
	s.removing.Lock()
	defer s.removing.Unlock()
	var doomed []storage.BlobID
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		doomed = nil
		c, err := condemnFor(tx, id, records, strays)
		if err != nil {
			return err
		}
		doomed = c.Blobs
		return note(tx, c)
	})
	if err == nil {
		for _, blob := range doomed {
			s.condemned[blob] = true
		}
	}
	return err
}

// occupy keeps others from looking at a file, once nobody does.
func (s *Service) occupy(ctx context.Context, id storage.BlobID) error {
	tick := time.NewTicker(occupyEvery)
	defer tick.Stop()
	for {
		s.mu.Lock()
		_, busy := s.busy[id]
		if !busy {
			s.busy[id] = 0
		}
		s.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-ctx.Done():
			return syncproto.E(syncproto.CodeUnavailable, "wait for a file", ctx.Err())
		case <-tick.C:
		}
	}
}

const occupyEvery = 20 * time.Millisecond

// condemnFor is the transaction of Condemn.
func condemnFor(tx storage.Tx, id storage.BlobID, records []syncproto.ID, strays []storage.BlobID) (c Condemned, err error) {
	m, err := tx.Media(id)
	if isNotFound(err) || err == nil && m.State == storage.MediaRemoving {
		return c, nil // by an earlier try, which noted it
	}
	if err != nil {
		return c, err
	}
	if c.Shared, err = unlink(tx, m, records); err != nil || c.Shared {
		return c, err
	}
	if err := withdraw(tx, id); err != nil {
		return c, err
	}
	if c.Blobs, err = condemn(tx, m); err != nil {
		return c, err
	}
	for _, stray := range strays {
		doomed, err := condemnStray(tx, stray, inTheMaking)
		if err != nil {
			return c, err
		}
		if doomed {
			c.Blobs = append(c.Blobs, stray)
		}
	}
	return c, nil
}

// condemnStray condemns a blob if its row is one that may go and nothing else names it.
func condemnStray(tx storage.Tx, id storage.BlobID, may func(m *storage.Media) bool) (doomed bool, err error) {
	m, err := tx.Media(id)
	if isNotFound(err) || err == nil && !may(m) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	made, err := tx.MediaMade(id)
	if err != nil || made {
		return false, err
	}
	links, err := tx.MediaLinks(id)
	if err != nil || len(links) > 0 {
		return false, err
	}
	m.State, m.Created = storage.MediaRemoving, 0
	return true, tx.PutMedia(m)
}

// unlink takes the links of records from a file, and reports whether another record that is not deleted, or not known yet,
// refers to it. Then the file stays, with its other links.
func unlink(tx storage.Tx, m *storage.Media, records []syncproto.ID) (shared bool, err error) {
	links, err := tx.MediaLinks(m.ID)
	if err != nil {
		return false, err
	}
	var others []storage.MediaLink
	for _, link := range links {
		if slices.Contains(records, link.Record) {
			continue
		}
		stored, err := tx.Record(link.Record)
		if err != nil && !isNotFound(err) {
			return false, err
		}
		shared = shared || err != nil || !stored.Record.Deleted
		others = append(others, link)
	}
	if !shared || len(others) == len(links) {
		return shared, nil
	}
	return true, relink(tx, m, others)
}

// relink gives a file these links and no others.
func relink(tx storage.Tx, m *storage.Media, links []storage.MediaLink) error {
	facts, err := tx.MediaFacts(m.ID)
	if err != nil && !isNotFound(err) {
		return err
	}
	if err := tx.DeleteMedia(m.ID); err != nil {
		return err
	}
	if err := tx.PutMedia(m); err != nil {
		return err
	}
	for i := range links {
		if err := tx.PutMediaLink(&links[i]); err != nil {
			return err
		}
	}
	if facts != nil {
		return tx.PutMediaFacts(facts)
	}
	return nil
}

// inTheMaking reports whether a row stands for a copy that was about to be put (job.refer), and not for bytes that were
// found without a row.
func inTheMaking(m *storage.Media) bool { return Unowned(m) && m.Type != "" }

// strays lists copies whose making a crash or a fault cut short, if the file was not looked at to its end: one of them may
// be of this file, and nothing says which. The others are made again.
func (s *Service) strays(ctx context.Context, id storage.BlobID) (strays []storage.BlobID, err error) {
	const page = 1000
	var finished bool
	err = s.store.View(ctx, func(r storage.Reader) error {
		m, err := r.Media(id)
		finished = isNotFound(err) || err == nil && (m.State == storage.MediaReady || m.State == storage.MediaRemoving)
		if isNotFound(err) {
			return nil
		}
		return err
	})
	for after := (storage.BlobID{}); err == nil && !finished; {
		err = s.store.View(ctx, func(r storage.Reader) error {
			list, err := r.MediaList(after, page)
			for i := range list {
				if after = list[i].ID; inTheMaking(&list[i]) {
					strays = append(strays, after)
				}
			}
			finished = len(list) < page
			return err
		})
	}
	return strays, err
}

// Destroy removes the bytes of blobs that Condemn condemned, and their rows. One that came again since, from somebody who
// may bring it, stays. It may be repeated, also by another process.
func (s *Service) Destroy(ctx context.Context, blobs []storage.BlobID) (removed int, err error) {
	for _, id := range blobs {
		gone, err := s.destroy(ctx, id)
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	return removed, nil
}

func (s *Service) destroy(ctx context.Context, id storage.BlobID) (gone bool, err error) {
	s.removing.Lock()
	defer s.removing.Unlock()
	var doomed bool
	err = s.store.Update(ctx, func(tx storage.Tx) (err error) {
		m, err := tx.Media(id)
		if doomed = err == nil && m.State == storage.MediaRemoving; doomed {
			return nil
		}
		if err != nil && !isNotFound(err) {
			return err
		}
		doomed, err = condemnStray(tx, id, Unowned) // the collection of a new process gave it a grace, which it has not
		return err
	})
	if err != nil || !doomed {
		return false, err
	}
	if err := s.drop(ctx, id); err != nil {
		return false, err
	}
	return true, s.forget(ctx, id)
}
