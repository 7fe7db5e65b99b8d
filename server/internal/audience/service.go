package audience

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options hold what a service needs. Store is required.
type Options struct {
	Store  storage.Store
	Access *people.Cache    // nil for one of its own
	Keys   *Keys            // nil for none: facts can be neither read nor written
	Rules  Rules            // nil for DefaultRules
	Now    func() time.Time // nil for time.Now
	Log    *slog.Logger     // nil for none; it gets ids, codes and counts only
	Most   int              // persons of one audience; 0 for 1,000,000
	// Questions is how many different previews on facts one officer may ask an hour; 0 for 30.
	Questions int
}

// Service chooses people, and keeps what they told and how they are tagged. It is safe for concurrent use.
type Service struct {
	store  storage.Store
	access *people.Cache
	keys   *Keys
	rules  Rules
	now    func() time.Time
	log    *slog.Logger
	most   int
	asked  questions

	mu    sync.Mutex
	state Status
}

// New makes a service.
func New(opt Options) *Service {
	s := &Service{
		store: opt.Store, access: opt.Access, keys: opt.Keys, rules: opt.Rules, now: opt.Now, log: opt.Log, most: opt.Most,
		asked: questions{most: opt.Questions},
	}
	if s.access == nil {
		s.access = &people.Cache{}
	}
	if s.keys == nil {
		s.keys = &Keys{}
	}
	if s.rules == nil {
		s.rules = DefaultRules()
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.most <= 0 {
		s.most = 1_000_000
	}
	if s.asked.most <= 0 {
		s.asked.most = 30
	}
	return s
}

func (s *Service) millis() int64 { return s.now().UnixMilli() }

// Ask is a question about an audience.
type Ask struct {
	Predicate *Predicate
	Kind      syncproto.CallKind // of the call, for what is muted; "" for none
	Call      syncproto.ID       // for the audit log; "" while it is only looked at
	// Each is given everybody whom Resolve finds, in order of ids, instead of a List that holds them: half a million ids as
	// strings are 40 MB. It runs in the snapshot and must not ask the store. Its error ends the search, and is Resolve's.
	Each func(person, unit syncproto.ID) error
}

// List is an audience, one person once, in order of ids. It belongs to the caller.
type List struct {
	Persons []syncproto.ID
	Units   []syncproto.ID // in which each is counted; as long as Persons
	Grant   syncproto.ID   // by which its asker may call them
	Unknown int64          // who was left out because a fact is not known
}

// Resolve returns the people of an audience at this moment, in one snapshot. That facts were read is in the audit log before it
// returns, in a transaction of its own.
//
// Errors: audience_invalid; forbidden for a unit that is not the asker's, and who is no officer; call_unknown for a call that is
// none of theirs; audience_empty; audience_too_large; rate_limited for too many different audiences on facts: each is a question like
// that of a preview, which one that was previewed within the hour has been counted for.
func (s *Service) Resolve(ctx context.Context, by people.Actor, ask Ask) (*List, error) {
	const op = "resolve audience"
	if err := s.rules.check(ask.Predicate); err != nil {
		return nil, err
	}
	if len(ask.Predicate.Facts()) > 0 && !s.asked.may(by.Person, ask.Predicate, s.now()) {
		return nil, syncproto.E(syncproto.CodeRateLimited, op, nil)
	}
	var out *List
	var found int
	var read reading
	err := s.store.View(ctx, func(r storage.Reader) error {
		w, err := s.newWorld(r, by, ask.Predicate)
		if err != nil {
			return err
		}
		out, found = &List{Grant: w.grant}, 0
		m, err := s.each(r, w, ask.Predicate, func(c *storage.Candidate, v verdict) error {
			switch {
			case v.truth == unknown:
				out.Unknown++
			case v.truth == yes && found == s.most:
				return syncproto.E(syncproto.CodeAudienceTooLarge, op, nil)
			case v.truth == yes && ask.Each != nil:
				found++
				return ask.Each(c.Person, w.unitAt(v.unit))
			case v.truth == yes:
				found++
				out.Persons = append(out.Persons, c.Person)
				out.Units = append(out.Units, w.unitAt(v.unit))
			}
			return nil
		})
		if err == nil {
			read = reading{w: w, m: m}
		}
		return err
	})
	if err == nil {
		err = s.noteReading(ctx, by, "fact.used", ask, read)
	}
	if err == nil && found == 0 {
		err = syncproto.E(syncproto.CodeAudienceEmpty, op, nil)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// unitAt returns the id of a unit by number; "" for -1.
func (w *world) unitAt(i int32) syncproto.ID {
	if i < 0 {
		return ""
	}
	return w.units[i]
}

// each asks a predicate of everybody.
func (s *Service) each(r storage.Reader, w *world, p *Predicate, fn func(c *storage.Candidate, v verdict) error) (*matcher, error) {
	m := newMatcher(w, p, s.keys)
	var failed error
	err := r.Candidates(m.facts, func(c *storage.Candidate) bool {
		v := m.ask(c)
		if v.truth != no || v.hinges {
			failed = fn(c, v)
		}
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	return m, err
}

// reading is what was read of facts.
type reading struct {
	w *world
	m *matcher
}

// noteReading writes down that facts were opened: who, for what, which facts, of how many persons. Never whose, and no values:
// those who are called are on the list of the call.
func (s *Service) noteReading(ctx context.Context, by people.Actor, act string, ask Ask, read reading) error {
	if read.m == nil || len(read.m.facts) == 0 {
		return nil
	}
	note := &storage.Audit{
		At: read.w.now, Act: act, Person: by.Person, Device: by.Device, Grant: read.w.grant, Unit: read.w.unit, Record: ask.Call,
		Detail: factDetail(read.m.facts, read.m.opened),
	}
	if n := read.m.unreadable; n > 0 {
		s.log.Warn("facts cannot be opened", "facts", n)
	}
	return s.store.Update(ctx, func(tx storage.Tx) error { return tx.AddAudit(note) })
}

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }

func detailOf(err error) string {
	if own, ok := errors.AsType[*syncproto.Error](err); ok {
		return own.Detail
	}
	return ""
}
