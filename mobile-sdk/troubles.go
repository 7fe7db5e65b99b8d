package mobilesdk

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

const (
	// stuckAfter is how long something may wait on a phone, ms, before the board of stuck phones hears of it. Below it a
	// round says nothing: nearly every phone has something that is minutes old.
	stuckAfter = int64(time.Hour / time.Millisecond)
	// maxStuck bounds what is looked at for it: files, and items of the tray.
	maxStuck = 64
)

// stuck remembers which files do not go, so that a round on a phone where nothing changed does not look for them.
type stuck struct {
	mu    sync.Mutex
	known bool
	at    int64 // of phonestore.Store.MediaChanges
	files []*phonestore.Media
}

func (s *stuck) read(tx *phonestore.Tx, changes int64) ([]*phonestore.Media, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known && s.at == changes {
		return s.files, nil
	}
	files, err := tx.MediaStuck(maxStuck)
	if err == nil {
		s.known, s.at, s.files = true, changes, files
	}
	return files, err
}

// addTroubles says in a request what does not go (S-187): what the server refused and nobody has dealt with, files that
// are parked or put off with a reason, and what has waited longer than an hour. In the usual round that is nothing, costs
// no reading beyond what the batch read, and adds no byte.
func (e *Engine) addTroubles(tx *phonestore.Tx, state *phonestore.State, counts phonestore.Counts, r *syncproto.SyncRequest, p *plan) error {
	now := e.now(state)
	c := e.captureClock()
	age := ager{now: now, clock: &syncproto.Clock{Wall: c.Device, Boot: c.Boot, Uptime: c.Uptime, Anchors: state.Anchors}}
	oldest, head, err := age.head(tx, counts, p)
	if err != nil {
		return err
	}
	files, parked, err := e.stuckFiles(tx, state, p.files, now)
	if err != nil {
		return err
	}
	r.Failed = counts.Rejected + parked
	if oldest < stuckAfter && len(files) == 0 && counts.Rejected == 0 {
		return nil
	}
	r.Oldest = oldest
	troubles := files
	if counts.Rejected > 0 {
		refused, err := tx.TrayHead(maxStuck)
		if err != nil {
			return err
		}
		for _, m := range refused {
			troubles = append(troubles, syncproto.Trouble{Record: m.Record, Code: m.Outcome.Code, Age: age.of(m)})
		}
	}
	if head != nil && oldest >= stuckAfter {
		troubles = append(troubles, syncproto.Trouble{Record: head.Record, Code: cmp.Or(state.LastError, syncproto.CodeOffline), Age: oldest})
	}
	slices.SortStableFunc(troubles, func(a, b syncproto.Trouble) int { return cmp.Compare(b.Age, a.Age) })
	r.Troubles = troubles[:min(len(troubles), syncproto.MaxTroubles)]
	return nil
}

// ager tells how old things are by the clock that nobody can set, as far as that is known (S-112).
type ager struct {
	now   int64
	clock *syncproto.Clock
}

func (a *ager) of(m *phonestore.Mutation) int64 {
	captured := decoded(m).Captured
	if captured.Device == 0 {
		captured.Device = m.Captured
	}
	return max(a.now-syncproto.EstimateCapture(captured, a.clock, a.now).Estimate, 0)
}

// head returns the oldest mutation in the outbox and how long it has waited.
func (a *ager) head(tx *phonestore.Tx, counts phonestore.Counts, p *plan) (int64, *phonestore.Mutation, error) {
	if counts.Unsent == 0 {
		return 0, nil, nil
	}
	waiting := p.sent
	if len(waiting) == 0 {
		var err error
		if waiting, err = tx.Waiting(0, 1); err != nil {
			return 0, nil, err
		}
	}
	for _, m := range waiting {
		if m.Record != "" {
			return a.of(m), m, nil
		}
	}
	return 0, nil, nil
}

// stuckFiles returns the files that do not go, and how many of them wait for a person. Those of photos that were deleted
// or have another file now are nobody's trouble.
func (e *Engine) stuckFiles(tx *phonestore.Tx, state *phonestore.State, changes, now int64) (out []syncproto.Trouble, parked int64, err error) {
	found, err := e.stuck.read(tx, changes)
	if err != nil || len(found) == 0 {
		return nil, 0, err
	}
	j := judge{e: e, tx: tx, state: state, policy: policyOf(state), records: map[syncproto.ID]*announced{}}
	for _, m := range found {
		where, err := j.file(m)
		if err != nil {
			return nil, 0, err
		}
		switch where {
		case FileUnwanted, FileReceived, FileFreed, FileChecking:
			continue
		case FileParked:
			parked++
		}
		cur, err := e.current(tx, m.Record)
		if err != nil {
			return nil, 0, err
		}
		t := syncproto.Trouble{Record: m.Record, Lane: m.Lane, Code: m.Code}
		if cur.at > 0 {
			t.Age = max(now-cur.at, 0)
		}
		out = append(out, t)
	}
	return out, parked, nil
}
