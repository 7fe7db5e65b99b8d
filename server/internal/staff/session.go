package staff

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// FreshProof is how long a proof of who somebody is lets them change how they sign in.
const FreshProof = 15 * time.Minute

// SessionView is a session as its owner sees it in a list.
type SessionView struct {
	ID      syncproto.ID `json:"id"`
	Created int64        `json:"created"`
	Seen    int64        `json:"seen"`
	Expires int64        `json:"expires"`
	Agent   string       `json:"agent,omitempty"`
	Method  string       `json:"method"`
	Current bool         `json:"current"`
}

// mostSessions bounds the sessions of a person: the least used one makes room.
const mostSessions = 50

func makeRoom(tx storage.Tx, person syncproto.ID) error {
	sessions, err := tx.Sessions(person)
	if err != nil || len(sessions) < mostSessions {
		return err
	}
	slices.SortFunc(sessions, func(a, b storage.Session) int { return cmp.Compare(a.Seen, b.Seen) })
	for i := range sessions[:len(sessions)-mostSessions+1] {
		if err := tx.DropSession(sessions[i].Hash); err != nil {
			return err
		}
	}
	return nil
}

// open makes a session inside a transaction and says in the audit log how its owner got it. The session that the visitor
// had, if it is theirs, is replaced.
func (s *Service) open(tx storage.Tx, v *Visit, account *storage.Account, method string, now int64) (*Entry, error) {
	if err := s.ensureDevice(tx, account, now); err != nil {
		return nil, err
	}
	if old, ok := hashToken(v.Token); ok {
		session, err := tx.Session(old)
		if err == nil && session.Person == account.Person {
			err = tx.DropSession(old)
		}
		if err != nil && !isNotFound(err) {
			return nil, err
		}
	}
	if err := makeRoom(tx, account.Person); err != nil {
		return nil, err
	}
	key, err := tx.Key()
	if err != nil {
		return nil, err
	}
	raw := random(tokenBytes)
	session := &storage.Session{
		Hash: sha256.Sum256(raw), ID: syncproto.NewID(), Person: account.Person, Created: now, Proved: now, Seen: now,
		Expires: now + wholeLife.Milliseconds(), Agent: cleanAgent(v.Agent), Method: method,
	}
	if err := tx.PutSession(session); err != nil {
		return nil, err
	}
	if err := s.note(tx, account, ActSignIn, method, now); err != nil {
		return nil, err
	}
	return &Entry{
		Person: account.Person, Token: base64.RawURLEncoding.EncodeToString(raw), Browser: browserMark(key, account.Person, now),
		Method: method, Expires: session.Expires, Must: method == MethodRecovery,
	}, nil
}

// SignOut ends the session of a token. One that has ended is signed out already.
func (s *Service) SignOut(ctx context.Context, token string) error {
	hash, ok := hashToken(token)
	if !ok {
		return nil
	}
	now := s.millis()
	return s.store.Update(ctx, func(tx storage.Tx) error {
		session, err := tx.Session(hash)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		who := &Identity{Person: session.Person}
		if err := s.noteOf(tx, who, ActSignOut, session.ID, now); err != nil {
			return err
		}
		return tx.DropSession(hash)
	})
}

// Sessions lists somebody's sessions that live, newest first.
func (s *Service) Sessions(ctx context.Context, who *Identity) (list []SessionView, err error) {
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		sessions, err := r.Sessions(who.Person)
		list = make([]SessionView, 0, len(sessions))
		for i := range sessions {
			one := &sessions[i]
			if over(one, now) {
				continue
			}
			list = append(list, SessionView{
				ID: one.ID, Created: one.Created, Seen: one.Seen, Expires: one.Expires, Agent: one.Agent, Method: one.Method,
				Current: one.ID == who.Session,
			})
		}
		return err
	})
	slices.SortStableFunc(list, func(a, b SessionView) int { return cmp.Compare(b.Seen, a.Seen) })
	return list, err
}

// EndSession ends one of somebody's own sessions; not_found if they have none of that id.
func (s *Service) EndSession(ctx context.Context, who *Identity, id syncproto.ID) error {
	now := s.millis()
	return s.store.Update(ctx, func(tx storage.Tx) error {
		session, err := sessionOf(tx, who.Person, id)
		if err != nil {
			return err
		}
		if err := s.noteOf(tx, who, ActEndSession, id, now); err != nil {
			return err
		}
		return tx.DropSession(session.Hash)
	})
}

func sessionOf(r storage.Reader, person, id syncproto.ID) (*storage.Session, error) {
	sessions, err := r.Sessions(person)
	if err != nil {
		return nil, err
	}
	for i := range sessions {
		if sessions[i].ID == id {
			return &sessions[i], nil
		}
	}
	return nil, &syncproto.Error{Code: syncproto.CodeNotFound, Op: "find session", Detail: "session"}
}

// proved returns the caller's session and account; confirm_identity if it is too long ago that they proved who they are.
func (s *Service) proved(r storage.Reader, who *Identity, now int64) (*storage.Session, *storage.Account, error) {
	session, err := sessionOf(r, who.Person, who.Session)
	if err != nil {
		return nil, nil, orEnded(err)
	}
	if now-session.Proved >= FreshProof.Milliseconds() {
		return nil, nil, syncproto.E(syncproto.CodeConfirm, "change how somebody signs in", nil)
	}
	account, err := r.Account(who.Person)
	return session, account, orEnded(err)
}

// endAll ends all sessions of a person.
func endAll(tx storage.Tx, person syncproto.ID) error {
	sessions, err := tx.Sessions(person)
	if err != nil {
		return err
	}
	for i := range sessions {
		if err := tx.DropSession(sessions[i].Hash); err != nil {
			return err
		}
	}
	return nil
}

func over(session *storage.Session, now int64) bool {
	return now >= session.Expires || now-session.Seen >= idleLife.Milliseconds()
}

// maxAgent is how much is kept of what a browser calls itself.
const maxAgent = 200

func cleanAgent(agent string) string {
	agent = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 {
			return -1
		}
		return r
	}, strings.ToValidUTF8(agent, ""))
	if len(agent) > maxAgent {
		agent = strings.ToValidUTF8(agent[:maxAgent], "")
	}
	return agent
}
