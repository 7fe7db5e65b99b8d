package audience

import (
	"context"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Status is how facts stand, for the operator.
type Status struct {
	Key        bool  `json:"key"`        // there is a key: facts can be written
	Facts      int64 `json:"facts"`      // kept, when it was last looked
	Unreadable int64 `json:"unreadable"` // of them sealed with a key that is not there: nobody matches by these
	At         int64 `json:"at"`         // when it was looked; 0 for not yet
}

// lookEvery is how often Run looks whether facts can be read.
const lookEvery = time.Hour

// Run looks at the start and every hour whether the keys are those of the facts, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if _, err := s.Check(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("facts not looked at", "code", syncproto.CodeOf(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Check looks whether the keys are those of the facts. It opens none.
func (s *Service) Check(ctx context.Context) (Status, error) {
	st := Status{Key: s.keys.Ready(), At: s.millis()}
	err := s.store.View(ctx, func(r storage.Reader) error {
		st.Facts, st.Unreadable = 0, 0
		return r.Candidates(Names(), func(c *storage.Candidate) bool {
			for i := range c.Facts {
				st.Facts++
				if !s.keys.knows(c.Facts[i].Sealed) {
					st.Unreadable++
				}
			}
			return true
		})
	})
	if err != nil {
		return st, err
	}
	s.mu.Lock()
	was := s.state
	s.state = st
	s.mu.Unlock()
	if st.Unreadable > 0 && st.Unreadable != was.Unreadable {
		s.log.Error("facts cannot be opened: their key is not there", "facts", st.Facts, "unreadable", st.Unreadable)
	}
	return st, nil
}

// Last returns what the last look found, without looking.
func (s *Service) Last() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Status looks how facts stand, for whoever runs the server.
//
// Errors: forbidden.
func (s *Service) Status(ctx context.Context, by people.Actor) (Status, error) {
	err := s.store.View(ctx, func(r storage.Reader) error {
		rights, err := s.rightsOf(r, by)
		if err != nil {
			return err
		}
		if _, ok := rights.Operator(s.millis()); !ok {
			return syncproto.E(syncproto.CodeForbidden, "look at facts", nil)
		}
		return nil
	})
	if err != nil {
		return Status{}, err
	}
	return s.Check(ctx)
}

// HasFacts reports whether a database holds any fact.
func HasFacts(ctx context.Context, store storage.Store) (has bool, err error) {
	err = store.View(ctx, func(r storage.Reader) error {
		has = false
		return r.Candidates(Names(), func(c *storage.Candidate) bool {
			has = len(c.Facts) > 0
			return !has
		})
	})
	return has, err
}
