package media

import (
	"context"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// Of the next few files the smallest goes first, so that a list is not without thumbnails while a film is copied;
	// but none waits for smaller ones beyond patience.
	lookAhead = 32
	patience  = time.Minute
	// maxAttempts is how often a file is looked at before it is taken for one that ends the process. Three power cuts
	// while one long film is looked at are possible; five are the film.
	maxAttempts = 5
	// firstRetry is the pause after the first attempt that did not end; it grows fourfold.
	firstRetry = 10 * time.Second
	// faultRetry and maxFaultRetry bound the pause after a fault of a store, which grows twofold and is not the file's.
	faultRetry    = 5 * time.Second
	maxFaultRetry = 10 * time.Minute
	// mendAfter is how long an upload may take from its last byte into the blob store before somebody looks whether it
	// is still there.
	mendAfter = 10 * time.Minute
	// While every worker is busy with a file above smallFile, one more looks at those below: a copy without metadata of
	// a film takes minutes to write, and a list is not without thumbnails for that long. It finds them among the next
	// farAhead, should many films have come before.
	smallFile = syncproto.MaxDisplayBytes
	farAhead  = 1024
)

// Step looks at one file that is due and reports whether there was one. An error means that the queue could not be
// read or written, as on a full disk; what becomes of a file is written down and logged.
func (s *Service) Step(ctx context.Context) (worked bool, err error) { return s.step(ctx, s.next) }

func (s *Service) step(ctx context.Context, next func(context.Context) (*storage.Media, error)) (worked bool, err error) {
	m, err := next(ctx)
	if err != nil || m == nil {
		return false, err
	}
	defer s.release(m.ID)
	if m.State == storage.MediaArriving {
		return true, s.mend(ctx, m.ID)
	}
	return true, s.look(ctx, m.ID)
}

// next takes a file that is due and that nobody looks at. A file is given once until it is released.
func (s *Service) next(ctx context.Context) (*storage.Media, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.take(ctx, lookAhead, syncproto.MaxMediaBytes)
}

// nextSmall takes a small file if all workers are busy with large ones.
func (s *Service) nextSmall(ctx context.Context) (*storage.Media, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	large := 0
	for _, size := range s.busy {
		if size > smallFile {
			large++
		}
	}
	if large < s.opt.Workers {
		return nil, nil
	}
	return s.take(ctx, farAhead, smallFile)
}

// take takes one of the next few files that is not above a size. The lock is held.
func (s *Service) take(ctx context.Context, few int, most int64) (taken *storage.Media, err error) {
	var due []storage.Media
	now := s.now()
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		due, err = r.MediaDue(now, len(s.busy)+few)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range due {
		m := &due[i]
		_, busy := s.busy[m.ID]
		switch {
		case busy, m.Size > most:
		case taken == nil || m.Size < taken.Size && taken.Due > now-patience.Milliseconds():
			taken = m
		}
	}
	if taken == nil {
		return nil, nil
	}
	s.busy[taken.ID] = taken.Size
	if taken.Size > smallFile {
		rouse(s.wakeSmall)
	}
	return taken, nil
}

func (s *Service) release(id storage.BlobID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, id)
}

// pause returns how long a file waits after one more fault of a store.
func (s *Service) pause(id storage.BlobID) time.Duration {
	const most = 4096
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) >= most {
		clear(s.faults)
	}
	n := s.faults[id]
	s.faults[id]++
	return min(faultRetry<<min(n, 10), maxFaultRetry)
}

func (s *Service) forgive(id storage.BlobID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.faults, id)
}

// mend decides on a file that should have arrived by now. Its bytes may lie in the blob store, where the note of that
// was lost; somebody may still be bringing them; or both row and upload come from a backup older than the bytes, and
// the phone must be told to send them again.
func (s *Service) mend(ctx context.Context, id storage.BlobID) error {
	info, err := s.blobs.Stat(ctx, id)
	if err != nil && !isNotFound(err) {
		return s.putOff(ctx, id, s.pause(id))
	}
	lies, now := err == nil, s.now()
	var scopes []syncproto.Scope
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		scopes = nil
		m, err := tx.Media(id)
		if isNotFound(err) || err == nil && (m.State != storage.MediaArriving || m.Due == 0 || m.Due > now) {
			return nil
		}
		if err != nil {
			return err
		}
		coming, err := beingBrought(tx, id)
		switch {
		case err != nil:
			return err
		case coming:
			m.Due = now + mendAfter.Milliseconds()
			return tx.PutMedia(m)
		case lies && info.Size == m.Size:
			m.State, m.Due, m.Attempts = storage.MediaWaiting, now, 0
			if err := tx.PutMedia(m); err != nil {
				return err
			}
			scopes, err = Announce(tx, id, now)
			return err
		}
		scopes, err = takeBack(tx, id, now)
		return err
	})
	s.tell(scopes)
	if err == nil {
		s.forgive(id)
	}
	return err
}

// beingBrought reports whether an upload has all bytes of a file and has still to hand them over.
func beingBrought(r storage.Reader, id storage.BlobID) (bool, error) {
	links, err := r.MediaLinks(id)
	if err != nil {
		return false, err
	}
	for _, link := range links {
		u, err := r.UploadFor(link.Person, link.Record, link.Lane)
		if err == nil && u.Blob == id && u.State == storage.UploadWhole {
			return true, nil
		}
		if err != nil && !isNotFound(err) {
			return false, err
		}
	}
	return false, nil
}

// takeBack forgets a file of which there are no bytes and says so in the records.
func takeBack(tx storage.Tx, id storage.BlobID, now int64) (scopes []syncproto.Scope, err error) {
	links, err := tx.MediaLinks(id)
	if err != nil {
		return nil, err
	}
	if err := tx.DeleteMedia(id); err != nil {
		return nil, err
	}
	for _, link := range links {
		moved, err := AnnounceRecord(tx, link.Record, now)
		if err != nil {
			return nil, err
		}
		scopes = append(scopes, moved...)
	}
	return scopes, nil
}

// putOff makes a file due later.
func (s *Service) putOff(ctx context.Context, id storage.BlobID, pause time.Duration) error {
	due := s.now() + pause.Milliseconds()
	return s.store.Update(ctx, func(tx storage.Tx) error {
		m, err := tx.Media(id)
		if isNotFound(err) || err == nil && m.Due == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		m.Due = due
		return tx.PutMedia(m)
	})
}

func (s *Service) tell(scopes []syncproto.Scope) {
	if len(scopes) > 0 {
		s.opt.Changed(scopes)
	}
}
