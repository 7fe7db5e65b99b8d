package staff

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// How long a session lives: without being used, and at all. OWASP names hours for what holds personal data of others;
// an editor who opens the desk each morning signs in every other week.
const (
	idleLife  = 12 * time.Hour
	wholeLife = 14 * 24 * time.Hour
	seenEvery = time.Minute // how often a session's last use is written
)

// Identity is who makes a request at a desk.
type Identity struct {
	Person  syncproto.ID
	Device  syncproto.ID // under which acts are judged
	Session syncproto.ID
	Proved  int64 // server time, Unix ms, when they last proved who they are
}

// Identify returns who a session's token belongs to; session_ended if there is none, or if it, the account or the
// person's right to use it has ended. It asks the store each time: what an admin suspends is suspended at the next
// request. Whoever came in by a recovery code gets credential_required until they have set a password or a key.
func (s *Service) Identify(ctx context.Context, token string) (*Identity, error) {
	found, err := s.find(ctx, token)
	if err != nil {
		return nil, err
	}
	if found.session.Method == MethodRecovery {
		return nil, syncproto.E(syncproto.CodeCredential, "identify", nil)
	}
	return found.identity(), nil
}

// IdentifyAny is Identify for what is open to those, too, who came in by a recovery code: their own account.
func (s *Service) IdentifyAny(ctx context.Context, token string) (*Identity, error) {
	found, err := s.find(ctx, token)
	if err != nil {
		return nil, err
	}
	return found.identity(), nil
}

// seat is a session with its account.
type seat struct {
	session storage.Session
	account storage.Account
}

func (f *seat) identity() *Identity {
	return &Identity{Person: f.session.Person, Device: f.account.Device, Session: f.session.ID, Proved: f.session.Proved}
}

// find looks a token up and notes that it was used.
func (s *Service) find(ctx context.Context, token string) (*seat, error) {
	hash, ok := hashToken(token)
	if !ok {
		return nil, ended()
	}
	var found *seat
	now := s.millis()
	shut := false
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		found, shut, err = seatOf(r, hash, now)
		return err
	})
	if shut {
		s.drop(ctx, hash)
	}
	if err != nil {
		return nil, err
	}
	if now-found.session.Seen >= seenEvery.Milliseconds() {
		s.seen(ctx, hash, now)
	}
	return found, nil
}

// seatOf reads a session that lives, with an account that may be used. shut says that the session lives and the account
// does not.
func seatOf(r storage.Reader, hash [32]byte, now int64) (found *seat, shut bool, err error) {
	session, err := r.Session(hash)
	if err != nil {
		return nil, false, orEnded(err)
	}
	if over(session, now) {
		return nil, false, ended()
	}
	account, err := r.Account(session.Person)
	if err != nil {
		return nil, isNotFound(err), orEnded(err)
	}
	if err := mayEnter(r, account); err != nil {
		return nil, syncproto.CodeOf(err) == syncproto.CodeSessionEnded, err
	}
	return &seat{session: *session, account: *account}, false, nil
}

// drop ends a session whose account was shut: it does not live on when the account is opened again.
func (s *Service) drop(ctx context.Context, hash [32]byte) {
	err := s.store.Update(ctx, func(tx storage.Tx) error { return tx.DropSession(hash) })
	if err != nil && !isNotFound(err) {
		s.log.Warn("session not removed", "err", err)
	}
}

// mayEnter refuses with session_ended whoever is suspended or gone, or whose desk an admin has shut.
func mayEnter(r storage.Reader, account *storage.Account) error {
	person, err := r.Person(account.Person)
	if err != nil {
		return orEnded(err)
	}
	if person.Closed != 0 || person.Suspended != 0 {
		return ended()
	}
	device, err := r.Device(account.Device)
	if err != nil {
		return orEnded(err)
	}
	if device.Revoked != 0 {
		return ended()
	}
	return nil
}

// seen writes that a session was used. A store that cannot be written still shows what is in it.
func (s *Service) seen(ctx context.Context, hash [32]byte, now int64) {
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		session, err := tx.Session(hash)
		if err != nil || now-session.Seen < seenEvery.Milliseconds() {
			return err
		}
		session.Seen = now
		return tx.PutSession(session)
	})
	if err != nil && !isNotFound(err) {
		s.log.Warn("use of a session not written", "err", err)
	}
}

// tokenBytes is the size of a session's token.
const tokenBytes = 32

// hashToken returns what is stored of a token; ok is false for what no token looks like.
func hashToken(token string) (hash [32]byte, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes || len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) { // it skips line breaks
		return hash, false
	}
	return sha256.Sum256(raw), true
}

func ended() error { return syncproto.E(syncproto.CodeSessionEnded, "find session", nil) }

// orEnded is session_ended for what is not there.
func orEnded(err error) error {
	if isNotFound(err) {
		return syncproto.E(syncproto.CodeSessionEnded, "find session", err)
	}
	return err
}
