package storagetest

import (
	"fmt"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// registerLaws are those of what the desk knows of units, people and what is asked of it.
func registerLaws(run func(name string, test func(t *testing.T, s storage.Store))) {
	run("versions of units", testUnitVersions)
	run("a unit that is put has a version", testFirstVersion)
	run("settings of units", testUnitSettings)
	run("persons", testPersons)
	run("a phone number is one person's", testPhones)
	run("of many who claim the same one gets it", testClaims)
	run("grants by unit", testMembers)
	run("grants by person", testGrantsOf)
	run("devices of a person", testDevicesOf)
	run("the audit log of a person", testAuditsBy)
	run("accounts", testAccounts)
	run("accounts of persons who are not closed", testAccountsCounted)
	run("passkeys", testPasskeys)
	run("sessions", testSessions)
	run("sign-in links", testSignInLinks)
	run("recovery codes", testRecoveryCodes)
	run("a dropped account takes everything along", testDropAccount)
	run("notices", testNotices)
	run("notices that are taken back", testNoticesDropped)
	run("cases", testCases)
	run("cases are listed by what must be done first", testCasesListed)
	run("cases that are due", testCasesDue)
	run("the register is undone by a savepoint that fails", testRegisterUndone)
	run("the register is seen after its commit", testRegisterSeen)
	run("compaction leaves the register alone", testRegisterCompact)
	run("no memory of the register is shared", testRegisterNoSharing)
	run("the register of a random life", testRegisterRandom)
}

// scribbleRegister writes a row of every sort about one person.
func scribbleRegister(w *world, tx storage.Tx, person syncproto.ID) error {
	unit, device := w.id(), w.newDevice(0)
	device.Person, device.TokenHash = person, [32]byte{}
	name := string(person)
	for _, err := range []error{
		tx.PutUnitVersion(&storage.UnitVersion{Unit: unit, Since: 4, Name: "Xã Ea Kao", Parent: w.unit}),
		tx.PutUnitSetting(&storage.UnitSetting{Unit: unit, AlarmAfter: 5}),
		tx.PutPerson(&storage.Person{ID: person, Name: "Đào", Phone: "+" + name}),
		tx.PutGrant(&syncproto.Grant{ID: w.id(), Person: person, Unit: w.unit, Role: syncproto.RoleEditor}),
		tx.PutDevice(device),
		tx.PutContacts([]storage.Contact{{Device: device.ID, At: 5, Oldest: 9, Troubles: []syncproto.Trouble{{Record: w.id(), Code: syncproto.CodeQuota, Age: 3}}}}),
		tx.PutAccount(&storage.Account{Person: person, Login: name, Handle: []byte(name), Device: device.ID}),
		tx.PutPasskey(&storage.Passkey{ID: []byte(name), Person: person, Data: []byte("x")}),
		tx.PutSession(&storage.Session{Hash: hashOf(person), ID: w.id(), Person: person, Expires: 100}),
		tx.PutSignInLink(&storage.SignInLink{Hash: hashOf(person), Person: person, Expires: 5}),
		tx.PutRecoveryCodes(person, []storage.RecoveryCode{{Hash: hashOf(person)}}),
		tx.PutCase(&storage.Case{ID: w.id(), Kind: storage.CaseErasure, Person: person, Unit: w.unit, DoneBy: 5, Due: 6, Steps: []byte("{}")}),
	} {
		if err != nil {
			return err
		}
	}
	_, err := tx.AddNotice(&storage.Notice{To: syncproto.PersonScope(person), Kind: "returned", Record: w.id(), Unit: w.unit, Due: 50})
	return err
}

func hashOf(id syncproto.ID) (hash [32]byte) {
	copy(hash[:], id)
	return hash
}

// registerText returns all that can be seen of the register.
func registerText(r storage.Reader) string {
	versions, versionsErr := r.UnitVersions()
	settings, settingsErr := r.UnitSettings()
	persons, personsErr := r.Persons("", -1)
	grants, grantsErr := r.GrantsOf("", -1)
	accounts, accountsErr := r.Accounts()
	notices, noticesErr := r.Notices("", 0, -1)
	cases, casesErr := r.Cases(nil, false, "", -1)
	open, openErr := r.Cases(nil, true, "", -1)
	due, dueErr := r.CasesDue(1000, -1)
	out := fmt.Sprint(versions, versionsErr, settings, settingsErr, persons, personsErr, grants, grantsErr, accounts, accountsErr,
		notices, noticesErr, cases, casesErr, open, openErr, due, dueErr)
	for i := range persons {
		out += personText(r, &persons[i])
	}
	for _, g := range grants {
		members, err := r.Members(g.Unit)
		out += fmt.Sprint(members, err)
	}
	for _, n := range notices {
		to, err := r.Notices(n.To, 0, -1)
		out += fmt.Sprint(to, err)
	}
	return out
}

func personText(r storage.Reader, p *storage.Person) string {
	_, byPhone := r.PersonByPhone(p.Phone)
	out := fmt.Sprint(*p, syncproto.CodeOf(byPhone))
	if a, err := r.Account(p.ID); err == nil {
		_, byLogin := r.AccountByLogin(a.Login)
		_, byHandle := r.AccountByHandle(a.Handle)
		out += fmt.Sprint(*a, byLogin, byHandle)
	}
	passkeys, passkeysErr := r.Passkeys(p.ID)
	sessions, sessionsErr := r.Sessions(p.ID)
	codes, codesErr := r.RecoveryCodes(p.ID)
	devices, devicesErr := r.DevicesOf(p.ID)
	audits, auditsErr := r.AuditsBy(p.ID, 0, -1)
	out += fmt.Sprint(passkeys, passkeysErr, sessions, sessionsErr, codes, codesErr, devices, devicesErr, audits, auditsErr)
	for _, d := range devices {
		if c, err := r.Contact(d.ID); err == nil {
			out += fmt.Sprint(*c)
		}
	}
	if l, err := r.SignInLink(hashOf(p.ID)); err == nil {
		out += fmt.Sprint(*l)
	}
	return out
}

// seenRegister is registerText of what is committed.
func seenRegister(t *testing.T, s storage.Store) (out string) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		out = registerText(r)
		return nil
	})
	return out
}

// spoilRegister changes what is there about one person, and what others might find them by.
func spoilRegister(tx storage.Tx, person syncproto.ID) error {
	grants, err := tx.Grants(person)
	if err != nil {
		return err
	}
	devices, err := tx.DevicesOf(person)
	if err != nil {
		return err
	}
	cases, err := tx.Cases(nil, true, "", 1)
	if err != nil {
		return err
	}
	grants[0].Unit, devices[0].Person, cases[0].Closed, cases[0].DoneBy, cases[0].Due = person, "", 3, 99, 0
	for _, err := range []error{
		tx.PutPerson(&storage.Person{ID: person, Phone: "+1", Closed: 5}), tx.PutGrant(&grants[0]), tx.PutDevice(&devices[0]),
		tx.PutContacts([]storage.Contact{{Device: devices[0].ID}}), tx.PutCase(&cases[0]),
		tx.PutAccount(&storage.Account{Person: person, Login: "spoiled", Handle: []byte("spoiled")}),
		tx.PutPasskey(&storage.Passkey{ID: []byte(person), Person: person, Created: 99}),
		tx.PutSession(&storage.Session{Hash: hashOf(person), Person: person}),
		tx.PutSignInLink(&storage.SignInLink{Hash: hashOf(person), Used: 9}), tx.PutRecoveryCodes(person, nil),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func removeRegister(tx storage.Tx, person syncproto.ID) error {
	versions, err := tx.UnitVersions()
	if err != nil {
		return err
	}
	notices, err := tx.Notices("", 0, 1)
	if err != nil {
		return err
	}
	for _, err := range []error{
		tx.DropAccount(person), tx.DropUnitVersion(versions[0].Unit, versions[0].Since), tx.DropNotices(notices[0].Record, 1),
		tx.DropSessions(1000), tx.DropSession(hashOf(person)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func testRegisterUndone(t *testing.T, s storage.Store) {
	w := newWorld(t, 130)
	update(t, s, func(tx storage.Tx) error { return scribbleRegister(w, tx, w.person) })
	before := seenRegister(t, s)
	for name, change := range map[string]func(storage.Tx) error{
		"adding":   func(tx storage.Tx) error { return scribbleRegister(w, tx, w.id()) },
		"changing": func(tx storage.Tx) error { return spoilRegister(tx, w.person) },
		"removing": func(tx storage.Tx) error { return removeRegister(tx, w.person) },
	} {
		update(t, s, func(tx storage.Tx) error {
			changed, changeErr := "", error(nil)
			_ = tx.Savepoint(func() error {
				if changeErr = change(tx); changeErr == nil {
					changed = registerText(tx)
				}
				return errWanted
			})
			if changeErr != nil || changed == before {
				t.Errorf("%s: nothing was seen inside the savepoint: %v", name, changeErr)
			}
			if got := registerText(tx); got != before {
				t.Errorf("%s: after the savepoint got %s\nwant %s", name, got, before)
			}
			return nil
		})
		if got := seenRegister(t, s); got != before {
			t.Errorf("%s: committed %s\nwant %s", name, got, before)
		}
	}
}

func testRegisterSeen(t *testing.T, s storage.Store) {
	w := newWorld(t, 131)
	empty := seenRegister(t, s)
	update(t, s, func(tx storage.Tx) error {
		if err := scribbleRegister(w, tx, w.person); err != nil {
			return err
		}
		if got := seenRegister(t, s); got != empty {
			t.Errorf("seen before the commit: %s", got)
		}
		return nil
	})
	if got := seenRegister(t, s); got == empty {
		t.Error("nothing is seen after the commit")
	}
}

func testRegisterCompact(t *testing.T, s storage.Store) {
	w := newWorld(t, 132)
	update(t, s, func(tx storage.Tx) error {
		if err := scribbleRegister(w, tx, w.person); err != nil {
			return err
		}
		return tx.AddAudit(&storage.Audit{Act: "person.closed", Person: w.person})
	})
	before := seenRegister(t, s)
	update(t, s, func(tx storage.Tx) error { return tx.Compact(1 << 60) })
	if got := seenRegister(t, s); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
}

// testRegisterNoSharing: neither what was given to the store nor what it gave is its own.
func testRegisterNoSharing(t *testing.T, s storage.Store) {
	w := newWorld(t, 133)
	d := w.newDevice(1)
	c := storage.Contact{Device: d.ID, Troubles: []syncproto.Trouble{{Lane: syncproto.LaneOriginal, Code: syncproto.CodeQuota, Age: 5}}}
	a := storage.Account{Person: w.person, Handle: []byte("handle")}
	p := storage.Passkey{ID: []byte("key"), Person: w.person, Data: []byte("data")}
	k := storage.Case{ID: w.id(), Steps: []byte("steps"), Due: 1}
	update(t, s, func(tx storage.Tx) error {
		for _, err := range []error{
			tx.PutDevice(d), tx.PutContacts([]storage.Contact{c}), tx.PutAccount(&a), tx.PutPasskey(&p), tx.PutCase(&k),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
	c.Troubles[0].Code, a.Handle[0], p.ID[0], p.Data[0], k.Steps[0] = "", 'X', 'X', 'X', 'X'
	for range 2 {
		update(t, s, func(tx storage.Tx) error {
			contact, contactErr := tx.Contact(d.ID)
			account, accountErr := tx.Account(w.person)
			passkeys, passkeysErr := tx.Passkeys(w.person)
			cases, casesErr := tx.CasesDue(1, 1)
			for _, err := range []error{contactErr, accountErr, passkeysErr, casesErr} {
				if err != nil {
					return err
				}
			}
			got := fmt.Sprintf("%s %s %s %s %s", contact.Troubles[0].Code, account.Handle, passkeys[0].ID, passkeys[0].Data, cases[0].Steps)
			if got != "quota_exceeded handle key data steps" {
				t.Errorf("got %s", got)
			}
			contact.Troubles[0].Code, account.Handle[0], passkeys[0].ID[0], passkeys[0].Data[0], cases[0].Steps[0] = "", 'X', 'X', 'X', 'X'
			return nil
		})
	}
}
