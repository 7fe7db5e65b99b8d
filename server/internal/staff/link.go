package staff

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// How long a link is good: the first operator is sitting at the machine, somebody invited may be away until next week.
const (
	firstLinkLife = 24 * time.Hour
	linkLife      = 7 * 24 * time.Hour
)

// IssuedLink is a link as its issuer sees it, once.
type IssuedLink struct {
	Link    string `json:"link"` // the token
	Expires int64  `json:"expires"`
}

// Setup is what somebody says who uses a link.
type Setup struct {
	Link     string
	Login    string // may be empty for somebody who has an account already
	Password string
	Name     string // of the first operator; others have one
}

// newest is the row that says which link for the first operator counts: the one that was made when it was. Older ones
// end with that.
var newest = sha256.Sum256([]byte("newest link of the first operator 1"))

// FirstLink makes the link by which the first operator comes in, and ends those made before; nil if an operator has an
// account already.
func (s *Service) FirstLink(ctx context.Context) (link *IssuedLink, err error) {
	now := s.millis()
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		link = nil
		there, err := hasOperator(tx, now)
		if err != nil || there {
			return err
		}
		made := now
		last, err := tx.SignInLink(newest)
		if err == nil {
			made = max(made, last.Created+1)
		} else if !isNotFound(err) {
			return err
		}
		pointer := &storage.SignInLink{Hash: newest, Created: made, Expires: made, Used: made}
		if err := tx.PutSignInLink(pointer); err != nil {
			return err
		}
		link, err = putLink(tx, "", made, now+firstLinkLife.Milliseconds())
		return err
	})
	return link, err
}

func putLink(tx storage.Tx, person syncproto.ID, created, expires int64) (*IssuedLink, error) {
	raw := random(tokenBytes)
	for raw[0]>>2 == 62 { // would begin with a dash, which commands take for a flag
		raw = random(tokenBytes)
	}
	err := tx.PutSignInLink(&storage.SignInLink{Hash: sha256.Sum256(raw), Person: person, Created: created, Expires: expires})
	if err != nil {
		return nil, err
	}
	return &IssuedLink{Link: base64.RawURLEncoding.EncodeToString(raw), Expires: expires}, nil
}

// hasOperator reports whether somebody with an account is an operator.
func hasOperator(r storage.Reader, now int64) (bool, error) {
	n, err := r.Accounts()
	if err != nil || n == 0 {
		return false, err
	}
	for after := syncproto.ID(""); ; {
		grants, err := r.GrantsOf(after, 500)
		if err != nil || len(grants) == 0 {
			return false, err
		}
		for i := range grants {
			g := &grants[i]
			after = g.Person
			if g.Role != syncproto.RoleOperator || !g.Holds(now) {
				continue
			}
			there, err := hasAccount(r, g.Person)
			if err != nil || there {
				return there, err
			}
		}
	}
}

func hasAccount(r storage.Reader, person syncproto.ID) (bool, error) {
	_, err := r.Account(person)
	if isNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p, err := r.Person(person)
	return err == nil && p.Closed == 0, err
}

// Invite makes a link by which a person sets up an account, or sets theirs up anew. Whoever invites is an admin of every
// unit in which the person has a grant, and an operator if the person is one: a link is as good as the account, and ends when
// the person is given a role that lets them do more. It must be fresh who they are (confirm_identity).
func (s *Service) Invite(ctx context.Context, who *Identity, person syncproto.ID) (link *IssuedLink, err error) {
	var access *people.Access
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		access, err = s.access.Read(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	now := s.millis()
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		if _, _, err := s.proved(tx, who, now); err != nil {
			return err
		}
		access, err := access.Within(tx)
		if err != nil {
			return err
		}
		grant, err := mayInvite(tx, access, who.Person, person, now)
		if err != nil {
			return err
		}
		err = tx.AddAudit(&storage.Audit{
			At: now, Act: ActMakeLink, Person: who.Person, Device: who.Device, Grant: grant, Record: person,
		})
		if err != nil {
			return err
		}
		link, err = putLink(tx, person, now, now+linkLife.Milliseconds())
		return err
	})
	return link, err
}

// mayInvite returns the grant that allows somebody to invite a person. Who is not below them does not exist for them.
func mayInvite(r storage.Reader, access *people.Access, who, person syncproto.ID, now int64) (syncproto.ID, error) {
	const op = "invite to sign in"
	unknown := &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "person"}
	rights, err := access.Of(r, who)
	if err != nil {
		return "", err
	}
	mine, err := r.Grants(who)
	if err != nil {
		return "", err
	}
	p, err := r.Person(person)
	if isNotFound(err) {
		return "", unknown
	}
	if err != nil {
		return "", err
	}
	theirs, err := r.Grants(person)
	if err != nil {
		return "", err
	}
	var grant syncproto.ID
	for i := range theirs {
		g := &theirs[i]
		if g.Until != 0 && g.Until <= now {
			continue
		}
		standing := rights.On(g.Unit, now) // also of what begins later: the account will be good for that, too
		if !standing.Admin || g.Role == syncproto.RoleOperator && !isOperator(mine, now) {
			return "", unknown
		}
		if g.Holds(now) {
			grant = standing.Grant
		}
	}
	if grant == "" || p.Closed != 0 || p.Suspended != 0 {
		return "", unknown
	}
	return grant, nil
}

func isOperator(grants []syncproto.Grant, now int64) bool {
	for i := range grants {
		if grants[i].Role == syncproto.RoleOperator && grants[i].Holds(now) {
			return true
		}
	}
	return false
}
