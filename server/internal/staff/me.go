package staff

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Me is what somebody who is signed in sees of themselves.
type Me struct {
	Person   syncproto.ID `json:"person"`
	Name     string       `json:"name"`
	Login    string       `json:"login"`
	Grants   []GrantView  `json:"grants"`
	Settings AccountView  `json:"settings"`
}

// GrantView is a grant that holds, with its unit's name.
type GrantView struct {
	ID       syncproto.ID   `json:"id"`
	Role     syncproto.Role `json:"role"`
	Unit     syncproto.ID   `json:"unit"`
	UnitName string         `json:"unit_name"`
	From     int64          `json:"from"`
	Until    int64          `json:"until,omitempty"`
}

// AccountView is how somebody signs in.
type AccountView struct {
	Session   syncproto.ID `json:"session"`
	Device    syncproto.ID `json:"device"` // under which acts at the desk are judged
	Method    string       `json:"method"`
	Proved    int64        `json:"proved"`
	Expires   int64        `json:"expires"`
	Must      bool         `json:"must,omitempty"` // set a password or a key before anything else
	Password  bool         `json:"password"`
	Passkeys  int          `json:"passkeys"`
	Recovery  int          `json:"recovery_codes"` // how many are left
	Recovered int64        `json:"recovered,omitempty"`
}

// Me returns what somebody may know of themselves. Recovered says when a recovery code was last used: an owner who did
// not use one sees that somebody else did.
func (s *Service) Me(ctx context.Context, who *Identity) (me *Me, err error) {
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		person, err := r.Person(who.Person)
		if err != nil {
			return err
		}
		me = &Me{Person: person.ID, Name: person.Name}
		if err := s.settings(r, who, me); err != nil {
			return err
		}
		access, err := s.access.Read(r)
		if err != nil {
			return err
		}
		grants, err := r.Grants(who.Person)
		me.Grants = make([]GrantView, 0, len(grants))
		tree := access.Tree(now)
		for i := range grants {
			g := &grants[i]
			if !g.Holds(now) {
				continue
			}
			unit, _ := tree.Unit(g.Unit)
			me.Grants = append(me.Grants, GrantView{ID: g.ID, Role: g.Role, Unit: g.Unit, UnitName: unit.Name, From: g.From, Until: g.Until})
		}
		return err
	})
	return me, err
}

func (s *Service) settings(r storage.Reader, who *Identity, me *Me) error {
	account, err := r.Account(who.Person)
	if err != nil {
		return orEnded(err)
	}
	session, err := sessionOf(r, who.Person, who.Session)
	if err != nil {
		return orEnded(err)
	}
	keys, err := r.Passkeys(who.Person)
	if err != nil {
		return err
	}
	codes, err := r.RecoveryCodes(who.Person)
	if err != nil {
		return err
	}
	me.Login = account.Login
	me.Settings = AccountView{
		Session: session.ID, Device: account.Device, Method: session.Method, Proved: session.Proved, Expires: session.Expires,
		Must: session.Method == MethodRecovery, Password: account.Password != "", Passkeys: len(keys), Recovery: countUnused(codes),
	}
	for i := range codes {
		me.Settings.Recovered = max(me.Settings.Recovered, codes[i].Used)
	}
	return nil
}

// DeviceView is a phone of somebody's as they see it in a list.
type DeviceView struct {
	ID      syncproto.ID `json:"id"`
	Unit    syncproto.ID `json:"unit"`
	Created int64        `json:"created"`
	Revoked int64        `json:"revoked,omitempty"`
	// ForkedFrom is the phone that this one is a copy of: of a stolen phone, its copies are to be shut out, too.
	ForkedFrom syncproto.ID `json:"forked_from,omitempty"`
	Seen       int64        `json:"seen,omitempty"`
	App        string       `json:"app,omitempty"`
	Unsent     int64        `json:"unsent,omitempty"`
	Failed     int64        `json:"failed,omitempty"`
}

// Devices lists somebody's phones.
func (s *Service) Devices(ctx context.Context, who *Identity) (list []DeviceView, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		devices, err := r.DevicesOf(who.Person)
		if err != nil {
			return err
		}
		list = make([]DeviceView, 0, len(devices))
		for i := range devices {
			d := &devices[i]
			if d.ID == who.Device {
				continue // the desk's, which is no phone
			}
			view := DeviceView{ID: d.ID, Unit: d.Unit, Created: d.Created, Revoked: d.Revoked, ForkedFrom: d.ForkedFrom}
			contact, err := r.Contact(d.ID)
			if err != nil && !isNotFound(err) {
				return err
			}
			if err == nil {
				view.Seen, view.App, view.Unsent, view.Failed = contact.At, contact.App, contact.Unsent, contact.Failed
			}
			list = append(list, view)
		}
		return nil
	})
	return list, err
}

// RevokeDevice shuts one of somebody's own phones out; not_found if it is not theirs.
func (s *Service) RevokeDevice(ctx context.Context, who *Identity, id syncproto.ID) error {
	now := s.millis()
	return s.store.Update(ctx, func(tx storage.Tx) error {
		device, err := tx.Device(id)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err != nil || device.Person != who.Person || id == who.Device {
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: "revoke device", Detail: "device"}
		}
		if device.Revoked != 0 {
			return nil
		}
		device.Revoked = max(now, 1)
		if err := tx.PutDevice(device); err != nil {
			return err
		}
		if err := tx.DropRegistration(id); err != nil {
			return err
		}
		return s.noteOf(tx, who, ActRevokeDevice, id, now)
	})
}
