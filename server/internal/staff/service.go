package staff

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options are what a service can be told. The zero value is what a server runs with.
type Options struct {
	Now func() time.Time // nil for time.Now
	Log *slog.Logger     // nil for none
	// Origin is where browsers find the server, such as https://lantoa.example.vn; passkeys are bound to its host. Without
	// it there are passkeys on localhost only: what a request says of its host is not to be believed for more.
	Origin string
	// Count is told of each sign-in: its method and its result (good, refused, locked). nil for nobody.
	Count func(method, result string)
}

// Service signs people in. It is safe for concurrent use.
type Service struct {
	store      storage.Store
	now        func() time.Time
	log        *slog.Logger
	count      func(method, result string)
	party      *webauthn.WebAuthn // of Options.Origin; nil without
	passwords  *hasher
	guards     *guards
	ceremonies *ceremonies
	access     people.Cache
}

// New makes the service over a store. An origin that is none is a fault of the configuration.
func New(store storage.Store, o Options) (*Service, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Count == nil {
		o.Count = func(string, string) {}
	}
	s := &Service{
		store: store, now: o.Now, log: o.Log, count: o.Count, passwords: newHasher(today), guards: newGuards(o.Now),
		ceremonies: newCeremonies(),
	}
	if o.Origin != "" {
		var err error
		if s.party, err = partyOf(o.Origin); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Visit is what a request tells of who makes it.
type Visit struct {
	From    netip.Addr
	Agent   string // of the browser
	Browser string // the mark of a browser that signed in before (Entry.Browser)
	Token   string // of the session that the visitor has, which a new one replaces
	Origin  string // of the page, as the server sees it: for passkeys on localhost
}

// Entry is what somebody gets who is let in. Token and Browser are secrets.
type Entry struct {
	Person  syncproto.ID
	Token   string
	Browser string // by which the browser is known the next time
	Method  string
	Expires int64 // Unix ms
	Must    bool  // set a password or a key before anything else
}

// How somebody got a session.
const (
	MethodPassword = "password"
	MethodPasskey  = "passkey"
	MethodRecovery = "recovery"
	MethodLink     = "link"
)

// Run writes what failed into the accounts and removes sessions that are over, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	sweep := time.NewTicker(time.Hour)
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			s.writeFailures(last)
			return nil
		case <-sweep.C:
			s.dropSessions(ctx)
		case <-s.guards.stir:
			s.writeFailures(ctx)
			rest := time.NewTimer(time.Second) // one write for a flood
			select {
			case <-ctx.Done():
			case <-rest.C:
			}
			rest.Stop()
		}
	}
}

// writeFailures writes what strangers did to accounts since the last time, so that a restart does not give them new
// attempts.
func (s *Service) writeFailures(ctx context.Context) {
	failures := s.guards.unwritten()
	if len(failures) == 0 {
		return
	}
	now := s.millis()
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		for person, one := range failures {
			account, err := tx.Account(person)
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return err
			}
			account.Failed, account.Until = one.failed, one.until.UnixMilli()
			if err := tx.PutAccount(account); err != nil {
				return err
			}
			entry := s.entry(account, ActRefused, now)
			entry.Detail = "passwords " + itoa(one.fresh)
			if err := tx.AddAudit(entry); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.guards.notWritten(failures)
		if ctx.Err() == nil {
			s.log.Warn("failed sign-ins not written", "err", err)
		}
	}
}

func (s *Service) dropSessions(ctx context.Context) {
	now := s.millis()
	err := s.store.Update(ctx, func(tx storage.Tx) error { return tx.DropSessions(now) })
	if err != nil && ctx.Err() == nil {
		s.log.Warn("old sessions not removed", "err", err)
	}
}

func (s *Service) millis() int64 { return s.now().UnixMilli() }

func isNotFound(err error) bool { return err != nil && syncproto.KindOf(err) == syncproto.NotFound }

func invalid(op, detail string) error {
	return &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: detail}
}
