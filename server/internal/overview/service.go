package overview

import (
	"context"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
)

// Options hold what may be left out.
type Options struct {
	Access *people.Cache    // nil for one of its own
	Now    func() time.Time // nil for time.Now
}

// Service answers what happened. It is safe for concurrent use.
type Service struct {
	store  storage.Store
	access *people.Cache
	now    func() time.Time
}

// New makes a service.
func New(store storage.Store, opt Options) *Service {
	s := &Service{store: store, access: opt.Access, now: opt.Now}
	if s.access == nil {
		s.access = &people.Cache{}
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Report answers a question, from one snapshot.
//
// Errors: query_invalid for a time or step that is none, forbidden for somebody who sees no figures at all, not_found for a
// unit that is not theirs, session_ended without a person.
func (s *Service) Report(ctx context.Context, by people.Actor, a Ask) (out *Report, err error) {
	now := s.now().UnixMilli()
	p, err := a.period(now)
	if err != nil {
		return nil, err
	}
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.look(r, by, p, now)
		if err != nil {
			return err
		}
		if err := v.choose(a.Unit); err != nil {
			return err
		}
		out, err = v.report()
		return err
	})
	return out, err
}
