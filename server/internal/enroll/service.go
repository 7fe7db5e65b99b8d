package enroll

import (
	"context"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// DefaultValid is how long a code may be used if its issuer does not say: a week, so that a code given out at one
// weekly meeting works until the next.
const DefaultValid = 7 * 24 * time.Hour

// maxValid bounds it. A code on paper is a key under the mat.
const maxValid = 90 * 24 * time.Hour

// Service issues and redeems codes. It keeps no state of its own but a copy of the units, and is safe for concurrent use,
// also by several processes on one store.
type Service struct {
	store storage.Store
	now   func() time.Time
	cache people.Cache
}

// New makes the service. now may be nil.
func New(store storage.Store, now func() time.Time) *Service {
	if now == nil {
		now = time.Now
	}
	return &Service{store: store, now: now}
}

// Invitation says what a code is for.
type Invitation struct {
	Unit   syncproto.ID
	Role   syncproto.Role
	Person syncproto.ID  // somebody already known, who gets a further device; or ""
	Name   string        // of the invited person, if known
	Valid  time.Duration // 0 for DefaultValid
}

// Issued is a code as its issuer sees it, once.
type Issued struct {
	Code    string // grouped for reading
	Name    string // for whom, if that is known
	Expires time.Time
	Unit    syncproto.Unit
}

// Issue makes a code, as the operator at the machine does. The unit must exist and not have ended, and so must the person
// if one is named.
func (s *Service) Issue(ctx context.Context, inv Invitation) (*Issued, error) {
	issued, err := s.Invite(ctx, people.Console(), inv, []string{inv.Name})
	if err != nil {
		return nil, err
	}
	return &issued[0], nil
}

// MaxInvited bounds how many codes are made at once: everybody who comes to a meeting.
const MaxInvited = 500

// Invite makes a code for each of some names, which may be empty: all of them or none. The audit log says who did it and
// by which grant.
func (s *Service) Invite(ctx context.Context, by people.Actor, inv Invitation, names []string) ([]Issued, error) {
	const op = "issue enrollment code"
	if inv.Valid == 0 {
		inv.Valid = DefaultValid
	}
	switch {
	case !inv.Role.Valid():
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "role"}
	case inv.Valid < time.Minute || inv.Valid > maxValid:
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "valid"}
	case len(names) == 0 || len(names) > MaxInvited || inv.Person != "" && len(names) > 1:
		return nil, &syncproto.Error{Code: syncproto.CodeTooMany, Op: op, Detail: "count"}
	}
	now := s.now()
	out := make([]Issued, len(names))
	for i, name := range names {
		name, err := cleanName(name)
		if err != nil {
			return nil, err
		}
		out[i] = Issued{Code: syncproto.NewEnrollCode(), Name: name, Expires: now.Add(inv.Valid)}
	}
	err := s.store.View(ctx, func(r storage.Reader) error {
		_, err := s.cache.Read(r) // not while others wait
		return err
	})
	if err == nil {
		err = s.store.Update(ctx, func(tx storage.Tx) error { return s.issue(tx, by, &inv, out, now.UnixMilli()) })
	}
	return out, err
}

func (s *Service) issue(tx storage.Tx, by people.Actor, inv *Invitation, out []Issued, now int64) error {
	access, err := s.cache.Within(tx)
	if err != nil {
		return err
	}
	unit, err := openUnit(tx, inv.Unit, now)
	if err != nil {
		return err
	}
	if shown, ok := access.Tree(now).Unit(unit.ID); ok {
		unit = shown
	}
	grant, err := access.MayInvite(tx, by, syncproto.Grant{Person: inv.Person, Unit: unit.ID, Role: inv.Role}, now)
	if err != nil {
		return err
	}
	for i := range out {
		out[i].Unit = unit
		bare, err := syncproto.ParseEnrollCode(out[i].Code)
		if err != nil {
			return err
		}
		err = tx.PutEnrollCode(&storage.EnrollCode{
			Hash: hashText(bare), Unit: unit.ID, Role: inv.Role, Person: inv.Person, Name: out[i].Name,
			Created: now, Expires: out[i].Expires.UnixMilli(),
		})
		if err != nil {
			return err
		}
		if err := tx.AddAudit(by.Note("invited_"+string(inv.Role), grant, unit.ID, inv.Person, now)); err != nil {
			return err
		}
	}
	return nil
}

// Redeem turns a code into a device (S-130). The same request again gets the same answer, also after the code has
// expired and also from a server that was restored from before (S-133); another device gets enrollment_code_used.
func (s *Service) Redeem(ctx context.Context, req *syncproto.EnrollRequest) (*syncproto.EnrollResponse, error) {
	bare, err := syncproto.ParseEnrollCode(req.Code)
	if err != nil {
		return nil, err
	}
	name, err := cleanName(req.Name)
	if err != nil {
		return nil, err
	}
	var resp *syncproto.EnrollResponse
	err = s.store.Update(ctx, func(tx storage.Tx) (err error) {
		resp, err = s.redeem(tx, req, bare, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

func (s *Service) redeem(tx storage.Tx, req *syncproto.EnrollRequest, bare, name string) (*syncproto.EnrollResponse, error) {
	const op = "redeem enrollment code"
	now := s.now().UnixMilli()
	code, err := tx.EnrollCode(hashText(bare))
	if err != nil {
		return nil, instead(err, syncproto.CodeEnrollUnknown, op)
	}
	key, err := tx.Key()
	if err != nil {
		return nil, err
	}
	token := deviceToken(key, bare, req.Device, req.Nonce)
	if code.Used != 0 {
		if code.Device != req.Device || code.Nonce != hashText(req.Nonce) {
			return nil, syncproto.E(syncproto.CodeEnrollUsed, op, nil)
		}
		if device, err := tx.Device(req.Device); err != nil || device.Revoked != 0 {
			if err == nil {
				err = syncproto.E(syncproto.CodeTokenRevoked, op, nil)
			}
			return nil, err
		}
		return answer(tx, req.Device, token, code.Unit, code.Role)
	}
	if now >= code.Expires && !proves(req.Token, token) {
		return nil, syncproto.E(syncproto.CodeEnrollExpired, op, nil)
	}
	if err := unusedDevice(tx, req.Device, op); err != nil {
		return nil, err
	}
	unit, err := s.unitOf(tx, code.Unit, now)
	if err != nil {
		return nil, instead(err, syncproto.CodeEnrollExpired, op)
	}
	person, err := join(tx, key, code, unit, name, req.Device, now)
	if err != nil {
		return nil, err
	}
	device := &storage.Device{ID: req.Device, Person: person, Unit: unit.ID, TokenHash: hashText(token), Created: now}
	if err := tx.PutDevice(device); err != nil {
		return nil, err
	}
	code.Used, code.Device, code.Nonce, code.Person, code.Unit = now, req.Device, hashText(req.Nonce), person, unit.ID
	code.Name = "" // it is the person's now, and is corrected and erased there
	if err := tx.PutEnrollCode(code); err != nil {
		return nil, err
	}
	return answer(tx, req.Device, token, unit.ID, code.Role)
}

// unitOf returns the unit that a code is for. A code on a sheet that was printed before the unit was merged is for what
// the unit has become.
func (s *Service) unitOf(tx storage.Tx, id syncproto.ID, now int64) (syncproto.Unit, error) {
	unit, err := openUnit(tx, id, now)
	if err == nil || syncproto.KindOf(err) != syncproto.NotFound {
		return unit, err
	}
	access, accessErr := s.cache.Within(tx)
	if accessErr != nil {
		return unit, accessErr
	}
	if home, known := access.Tree(now).Unit(access.Home(id, nil, now)); known && home.Until == 0 {
		return home, nil
	}
	return unit, err
}

// mostForks bounds the identities that the phones of one person take in a day. Each makes everybody's rights be read anew, and a
// phone needs one when it was copied.
const mostForks = 16

// Fork gives a cloned phone an identity of its own (S-125): a new device of the same person and unit. It is repeatable
// like Redeem. The old identity lives on, for the other of the two phones. What a phone may still do whose access has ended, its
// new identity may, too, and no longer (S-188): what only the copy holds is not lost.
//
// Errors: record_exists, rate_limited.
func (s *Service) Fork(ctx context.Context, old *storage.Device, req *syncproto.ForkRequest) (*syncproto.EnrollResponse, error) {
	var resp *syncproto.EnrollResponse
	err := s.store.Update(ctx, func(tx storage.Tx) (err error) {
		resp, err = s.fork(tx, old.ID, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

func (s *Service) fork(tx storage.Tx, from syncproto.ID, req *syncproto.ForkRequest) (*syncproto.EnrollResponse, error) {
	const op = "fork device"
	old, err := tx.Device(from)
	if err != nil {
		return nil, err
	}
	key, err := tx.Key()
	if err != nil {
		return nil, err
	}
	token := deviceToken(key, string(old.ID), req.Device, req.Nonce)
	have, err := tx.Device(req.Device)
	switch {
	case err == nil && have.ForkedFrom == old.ID && have.TokenHash == hashText(token):
		// asked again: the first answer was lost
	case err == nil:
		return nil, syncproto.E(syncproto.CodeRecordExists, op, nil)
	case syncproto.KindOf(err) != syncproto.NotFound:
		return nil, err
	default:
		now := s.now().UnixMilli()
		if err := fewForks(tx, old.Person, now); err != nil {
			return nil, err
		}
		err = tx.PutDevice(&storage.Device{
			ID: req.Device, Person: old.Person, Unit: old.Unit, TokenHash: hashText(token),
			Created: now, Revoked: old.Revoked, ForkedFrom: old.ID,
		})
		if err != nil {
			return nil, err
		}
	}
	return answer(tx, req.Device, token, old.Unit, "")
}

// fewForks fails with rate_limited if the phones of a person have taken enough identities today.
func fewForks(r storage.Reader, person syncproto.ID, now int64) error {
	devices, err := r.DevicesOf(person)
	if err != nil {
		return err
	}
	forks := 0
	for i := range devices {
		if d := &devices[i]; d.ForkedFrom != "" && now-d.Created < (24*time.Hour).Milliseconds() {
			forks++
		}
	}
	if forks >= mostForks {
		return syncproto.E(syncproto.CodeRateLimited, "fork device", nil)
	}
	return nil
}

// cleanName normalises a name; control characters are refused, since names are printed on terminals and lists.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(norm.NFC.String(name)), " ")
	if len(name) > 200 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }) {
		return "", &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "check name", Detail: "name"}
	}
	return name, nil
}
