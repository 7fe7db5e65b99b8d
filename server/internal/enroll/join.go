package enroll

import (
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// join finds or makes the person that a code stands for, with the grant that it carries.
func join(tx storage.Tx, key []byte, code *storage.EnrollCode, unit syncproto.Unit, name string, device syncproto.ID, now int64) (syncproto.ID, error) {
	grant := syncproto.Grant{
		ID: derivedID(key, "grant", code.Hash), Person: code.Person, Unit: unit.ID, Role: code.Role, From: now,
	}
	if code.Person == "" {
		grant.Person = derivedID(key, "person", code.Hash)
		person := storage.Person{ID: grant.Person, Name: firstOf(code.Name, name, unnamed(code.Role, device)), Created: now}
		return person.ID, people.CreatePerson(tx, person, grant, now)
	}
	if _, err := openPerson(tx, code.Person); err != nil {
		return "", instead(err, syncproto.CodeEnrollExpired, "redeem enrollment code")
	}
	more, err := people.MoreSince(tx, code.Person, code.Created, now, grant)
	if err == nil && more {
		err = syncproto.E(syncproto.CodeEnrollExpired, "redeem enrollment code", nil)
	}
	if err != nil {
		return "", err
	}
	grants, err := tx.Grants(code.Person)
	if err != nil {
		return "", err
	}
	for i := range grants {
		if g := &grants[i]; g.Unit == unit.ID && g.Role == code.Role && g.Holds(now) && g.Until == 0 {
			return code.Person, nil // a further phone of the same person
		}
	}
	return code.Person, people.AddGrant(tx, grant, now)
}

// unnamed is what somebody is called whose name neither the code nor the phone says: the role and a mark that tells
// two of them apart in a list.
func unnamed(role syncproto.Role, device syncproto.ID) string {
	return catalogue.Text(catalogue.Vietnamese, "role."+string(role), nil) + " " + string(device[len(device)-4:])
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// answer is what an enrolled device is told. Without a role, its person's first grant in the unit names one.
func answer(r storage.Reader, device syncproto.ID, token string, unit syncproto.ID, role syncproto.Role) (*syncproto.EnrollResponse, error) {
	d, err := r.Device(device)
	if err != nil {
		return nil, err
	}
	p, err := r.Person(d.Person)
	if err != nil {
		return nil, err
	}
	epoch, err := r.Epoch()
	if err != nil {
		return nil, err
	}
	units, err := r.Units()
	if err != nil {
		return nil, err
	}
	if role == "" {
		if role, err = roleIn(r, d.Person, unit); err != nil {
			return nil, err
		}
	}
	u, _ := syncproto.NewTree(units).Unit(unit)
	return &syncproto.EnrollResponse{
		Token: token, Device: device, Person: p.ID, Name: p.Name, Unit: unit, UnitName: u.Name, Role: role,
		Epoch: epoch.String(),
	}, nil
}

func roleIn(r storage.Reader, person, unit syncproto.ID) (syncproto.Role, error) {
	grants, err := r.Grants(person)
	if err != nil {
		return "", err
	}
	for _, g := range grants {
		if g.Unit == unit {
			return g.Role, nil
		}
	}
	return syncproto.RoleVolunteer, nil
}

// openUnit returns a unit that has begun and not ended.
func openUnit(r storage.Reader, id syncproto.ID, now int64) (syncproto.Unit, error) {
	units, err := r.Units()
	if err != nil {
		return syncproto.Unit{}, err
	}
	for _, u := range units {
		if u.ID == id && u.From <= now && (u.Until == 0 || now < u.Until) {
			return u, nil
		}
	}
	return syncproto.Unit{}, &syncproto.Error{Code: syncproto.CodeNotFound, Op: "find unit", Detail: "unit"}
}

func openPerson(r storage.Reader, id syncproto.ID) (*storage.Person, error) {
	p, err := r.Person(id)
	if err == nil && p.Closed != 0 {
		err = &syncproto.Error{Code: syncproto.CodeNotFound, Op: "find person", Detail: "person"}
	}
	return p, err
}

// unusedDevice fails if a device id is taken: ids are the phone's own choice, and one device must never become
// another's.
func unusedDevice(r storage.Reader, id syncproto.ID, op string) error {
	_, err := r.Device(id)
	switch {
	case err == nil:
		return syncproto.E(syncproto.CodeRecordExists, op, nil)
	case syncproto.KindOf(err) == syncproto.NotFound:
		return nil
	}
	return err
}

// instead replaces not_found by a code that says more; other errors pass.
func instead(err error, code syncproto.Code, op string) error {
	if syncproto.KindOf(err) == syncproto.NotFound {
		return syncproto.E(code, op, err)
	}
	return err
}
