package upload

import (
	"context"
	"errors"
	"sync"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Times of the background.
const (
	sweepEvery = 10 * time.Minute
	workers    = 4              // files on their way to the blob store at once
	strayAge   = 24 * time.Hour // of spool files that no row knows, until they go
	sweepPage  = 200            // rows read at once
)

// Run carries whole files to the blob store, sweeps what expired, and returns nil when ctx ends and its work has
// stopped. It begins with what the last process left.
func (s *Service) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { s.sweeps(ctx) })
	free := make(chan struct{}, workers)
	for {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		id, wait := s.tasks.next(time.Now())
		if id != "" {
			running.Go(func() {
				defer func() { <-free }()
				s.work(ctx, id)
			})
			continue
		}
		<-free
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-s.tasks.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// sweeps sweeps at once and then every few minutes.
func (s *Service) sweeps(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("uploads not swept", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep looks at all uploads once: it ends what rested too long, forgets what ended long ago, plans work for what is
// whole, and removes spool files that no upload needs. Run calls it.
func (s *Service) Sweep(ctx context.Context) error {
	needed := map[syncproto.ID]bool{}
	for after := syncproto.ID(""); ; {
		var page []storage.Upload
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			page, err = r.Uploads(after, sweepPage)
			return err
		})
		if err != nil {
			return err
		}
		for i := range page {
			u := &page[i]
			after = u.ID
			if err := s.sweepOne(ctx, u); err != nil {
				return err
			}
			needed[u.ID] = u.State == storage.UploadReceiving || u.State == storage.UploadWhole
		}
		if len(page) < sweepPage {
			return s.sweepSpool(ctx, needed)
		}
	}
}

func (s *Service) sweepOne(ctx context.Context, u *storage.Upload) error {
	joins := len(u.Parts) > 0
	switch {
	case s.seats.busy(u.ID):
		return nil
	case s.expired(u):
		return s.expire(ctx, u.ID)
	case u.State == storage.UploadWhole && !u.Partial, u.State == storage.UploadReceiving && joins:
		s.tasks.add(u.ID)
	case (u.State == storage.UploadStored || u.State == storage.UploadRefused) && u.Expires < s.now():
		return s.store.Update(ctx, func(tx storage.Tx) error { return tx.DeleteUpload(u.ID) })
	case u.State == storage.UploadReceiving && u.Offset > 0 && !u.Partial:
		return s.outlive(ctx, u)
	}
	return nil
}

// outlive forgets an upload whose bytes are a blob already: the database was restored from before the last of them came.
// Its phone begins anew, is told that the file is there, and sends nothing (S-168).
func (s *Service) outlive(ctx context.Context, u *storage.Upload) error {
	there, err := s.spool.holds(u.ID, u.Offset)
	if err != nil || there || u.Size < 0 || !s.lies(ctx, u.Blob, u.Size) {
		return err
	}
	seat, err := s.seats.take(ctx, u.ID, nil)
	if err != nil {
		return err
	}
	defer s.seats.leave(seat)
	if err := s.store.Update(ctx, func(tx storage.Tx) error { return tx.DeleteUpload(u.ID) }); err != nil {
		return err
	}
	s.forget(ctx, u)
	return nil
}

// expire ends an upload that rested too long. Its row stays for as long again, to say so.
func (s *Service) expire(ctx context.Context, id syncproto.ID) error {
	seat, err := s.seats.take(ctx, id, nil)
	if err != nil {
		return err
	}
	defer s.seats.leave(seat)
	var gone storage.Upload
	_, err = s.update(ctx, id, func(_ storage.Tx, u *storage.Upload) error {
		if !s.expired(u) { // somebody came in the meantime
			return errOther
		}
		gone = *u
		u.State, u.Code = storage.UploadRefused, syncproto.CodeUploadExpired
		u.Offset, u.Hash, u.Remote = 0, nil, ""
		s.rest(u)
		return nil
	})
	switch {
	case errors.Is(err, errOther), syncproto.CodeOf(err) == syncproto.CodeUploadMissing:
		return nil
	case err == nil:
		s.forget(ctx, &gone)
	}
	return err
}

// sweepSpool removes files that no upload needs: at once if its upload is over, later if nobody knows it, for a row may
// be about to be written.
func (s *Service) sweepSpool(ctx context.Context, needed map[syncproto.ID]bool) error {
	now := time.Now()
	return s.spool.files(func(id syncproto.ID, _ int64, last time.Time) {
		wanted, known := needed[id]
		if ctx.Err() != nil || wanted || s.seats.busy(id) || !known && now.Sub(last) < strayAge {
			return
		}
		s.spool.remove(id)
	})
}
