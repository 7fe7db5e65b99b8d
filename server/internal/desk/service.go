package desk

import (
	"context"
	"errors"
	"sync"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Actor takes one act at a desk (syncer.Service).
type Actor interface {
	Act(ctx context.Context, by syncer.Actor, m *syncproto.Mutation) (syncproto.Outcome, error)
}

// Options hold what a desk needs besides the store.
type Options struct {
	Actor Actor            // required for acts; a desk without one only shows
	Now   func() time.Time // nil for time.Now
}

// Service is the review desk. It is safe for concurrent use.
type Service struct {
	store  storage.Store
	opt    Options
	access people.Cache

	mu    sync.Mutex
	known map[syncproto.ID]*reach
}

// New makes a desk.
func New(store storage.Store, opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Service{store: store, opt: opt, known: map[syncproto.ID]*reach{}}
}

// sight is what somebody at a desk sees of one snapshot of the store.
type sight struct {
	s      *Service
	r      storage.Reader
	by     syncer.Actor
	access *people.Access
	rights *people.Rights
	tree   *syncproto.Tree
	now    int64
	names  map[syncproto.ID]*Ref
}

// look runs fn on a snapshot. Errors: those of fn and of the store, and session_ended for nobody.
func (s *Service) look(ctx context.Context, by syncer.Actor, fn func(v *sight) error) error {
	if by.Person == "" {
		return syncproto.E(syncproto.CodeSessionEnded, "look", nil)
	}
	return s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.access.Read(r)
		if err != nil {
			return err
		}
		rights, err := access.Of(r, by.Person)
		if err != nil {
			return err
		}
		now := s.opt.Now().UnixMilli()
		return fn(&sight{
			s: s, r: r, by: by, access: access, rights: rights, tree: access.Tree(now), now: now, names: map[syncproto.ID]*Ref{},
		})
	})
}

func hidden(op string) error { return syncproto.E(syncproto.CodeNotFound, op, nil) }

func isNotFound(err error) bool { return syncproto.CodeOf(err) == syncproto.CodeNotFound }

func invalid(op, detail string) error {
	return &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: op, Detail: detail}
}

func errorOf(err error) *syncproto.Error {
	e, _ := errors.AsType[*syncproto.Error](err)
	return e
}
