package media

import (
	"context"
	"time"

	"lantoa/storage"
)

// Totals count the files of a store.
type Totals struct {
	Files   int64
	Waiting int64 // to be looked at
	Refused int64
	Bytes   int64 // as they came, without what was made of them
}

// Totals returns the counts that Count made last, zero before the first: whoever scrapes metrics must not make the
// server read a million rows.
func (s *Service) Totals() Totals {
	if t := s.totals.Load(); t != nil {
		return *t
	}
	return Totals{}
}

const (
	countEvery = time.Minute
	countPage  = 1000
)

// Count counts the files every minute until ctx ends.
func (s *Service) Count(ctx context.Context) error {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		start := time.Now()
		if t, err := s.count(ctx); err == nil {
			s.totals.Store(&t)
		}
		tick.Reset(max(countEvery, 100*time.Since(start))) // counting a big store takes a hundredth of the time
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Service) count(ctx context.Context) (t Totals, err error) {
	for after := (storage.BlobID{}); ; {
		var page []storage.Media
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			page, err = r.MediaList(after, countPage)
			return err
		})
		if err != nil {
			return t, err
		}
		for i := range page {
			t.add(&page[i])
		}
		if len(page) < countPage {
			return t, nil
		}
		after = page[len(page)-1].ID
	}
}

func (t *Totals) add(m *storage.Media) {
	switch m.State {
	case storage.MediaWaiting:
		t.Waiting++
	case storage.MediaRefused:
		t.Refused++
	case storage.MediaReady:
	default:
		return
	}
	t.Files++
	t.Bytes += m.Size
}
