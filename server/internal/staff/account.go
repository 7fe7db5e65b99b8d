package staff

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxLogin is the most bytes of a login.
const maxLogin = 200

// foldLogin brings a login to the form in which it is unique: NFC, small letters, no spaces; a phone number with its
// country, so that 0912 345 678 and +84912345678 are one.
func foldLogin(login string) string {
	login = norm.NFC.String(strings.ToLower(strings.ToValidUTF8(login, "")))
	login = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, login)
	digits := strings.NewReplacer(".", "", "-", "", "(", "", ")", "").Replace(login)
	bare := strings.TrimPrefix(digits, "+")
	if len(bare) < 9 || strings.ContainsFunc(bare, func(r rune) bool { return r < '0' || r > '9' }) {
		return login
	}
	if local, ok := strings.CutPrefix(digits, "0"); ok {
		return "+84" + local
	}
	if len(digits) == 11 && strings.HasPrefix(digits, "84") {
		return "+" + digits
	}
	return digits
}

// checkLogin refuses what is no login.
func checkLogin(login string) error {
	n := utf8.RuneCountInString(login)
	if n < 3 || len(login) > maxLogin || strings.ContainsFunc(login, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return invalid("check login", "login")
	}
	return nil
}

// ensureDevice gives an account the device under which acts at a desk are judged: one that no phone can be, since nobody
// knows its token. It stands in the unit of its owner's strongest grant.
func (s *Service) ensureDevice(tx storage.Tx, account *storage.Account, now int64) error {
	if account.Device != "" {
		device, err := tx.Device(account.Device)
		if err == nil && device.Revoked == 0 {
			return nil
		}
		if err != nil && !isNotFound(err) {
			return err
		}
	}
	grants, err := tx.Grants(account.Person)
	if err != nil {
		return err
	}
	best := strongest(grants, now)
	if best == nil {
		return syncproto.E(syncproto.CodeForbidden, "make the device of a desk", nil)
	}
	device := &storage.Device{
		ID: syncproto.NewID(), Person: account.Person, Unit: best.Unit, TokenHash: [32]byte(random(32)), Created: now,
	}
	if err := tx.PutDevice(device); err != nil {
		return err
	}
	account.Device = device.ID
	return tx.PutAccount(account)
}

// strongest returns the grant that allows most of those that hold, nil if none does.
func strongest(grants []syncproto.Grant, now int64) *syncproto.Grant {
	order := []syncproto.Role{
		syncproto.RoleAdmin, syncproto.RoleOperator, syncproto.RoleEditor, syncproto.RoleOfficer, syncproto.RoleVolunteer,
	}
	var best *syncproto.Grant
	for i := range grants {
		g := &grants[i]
		if g.Holds(now) && (best == nil || cmp.Less(slices.Index(order, g.Role), slices.Index(order, best.Role))) {
			best = g
		}
	}
	return best
}

// SetPassword gives somebody another password. All their sessions end; they get a new one. Whoever proved who they are
// longer than a quarter of an hour ago gets confirm_identity.
func (s *Service) SetPassword(ctx context.Context, who *Identity, v *Visit, password string) (entry *Entry, err error) {
	now := s.millis()
	var own []string
	err = s.store.View(ctx, func(r storage.Reader) error {
		_, account, err := s.proved(r, who, now)
		if err != nil {
			return err
		}
		person, err := r.Person(who.Person)
		if err == nil {
			own = []string{account.Login, person.Name}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := CheckPassword(password, own...); err != nil {
		return nil, err
	}
	stored, err := s.passwords.hash(ctx, knowns, password)
	if err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		_, account, err := s.proved(tx, who, now)
		if err != nil {
			return err
		}
		entry, err = s.setPassword(tx, v, account, stored, MethodPassword, now)
		return err
	})
	if err == nil {
		s.guards.opened(who.Person)
	}
	return entry, err
}

// setPassword stores a password, ends all sessions and opens one.
func (s *Service) setPassword(tx storage.Tx, v *Visit, account *storage.Account, stored, method string, now int64) (*Entry, error) {
	account.Password, account.Changed, account.Failed, account.Until = stored, now, 0, 0
	if err := tx.PutAccount(account); err != nil {
		return nil, err
	}
	if err := endAll(tx, account.Person); err != nil {
		return nil, err
	}
	if err := s.note(tx, account, ActSetPassword, method, now); err != nil {
		return nil, err
	}
	return s.open(tx, v, account, method, now)
}
