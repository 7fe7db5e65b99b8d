package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Person implements storage.PeopleReader.
func (r *reader) Person(id syncproto.ID) (*storage.Person, error) {
	p, ok := r.persons.get(string(id))
	if !ok {
		return nil, missing("read person")
	}
	c := *p
	return &c, nil
}

// PersonByPhone implements storage.PersonReader.
func (r *reader) PersonByPhone(phone string) (*storage.Person, error) {
	id, ok := r.phones.get(phone)
	if !ok {
		return nil, missing("read person")
	}
	return r.Person(id)
}

// Persons implements storage.PersonReader.
func (r *reader) Persons(after syncproto.ID, limit int) (out []storage.Person, err error) {
	r.persons.under("", string(after), func(_ string, p *storage.Person) bool {
		if len(out) == limit {
			return false
		}
		out = append(out, *p)
		return true
	})
	return out, nil
}

// PutPerson implements storage.PeopleWriter.
func (t *tx) PutPerson(p *storage.Person) error {
	const op = "store person"
	if !p.ID.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	reachable := p.Phone != "" && p.Closed == 0
	if other, ok := t.phones.get(p.Phone); ok && reachable && other != p.ID {
		return syncproto.E(syncproto.CodeRecordExists, op, nil)
	}
	if old, ok := t.persons.get(string(p.ID)); ok && old.Closed == 0 {
		t.phones.drop(old.Phone)
	}
	if reachable {
		t.phones.put(p.Phone, p.ID)
	}
	c := *p
	t.persons.put(string(p.ID), &c)
	t.access++
	return nil
}

// Grants implements storage.PeopleReader.
func (r *reader) Grants(person syncproto.ID) (out []syncproto.Grant, err error) {
	if !person.Valid() {
		return nil, nil // as in the other store: nobody has the grants of all
	}
	r.grants.under(string(person), "", func(_ string, g *syncproto.Grant) bool {
		out = append(out, *g)
		return true
	})
	return out, nil
}

// Members implements storage.PersonReader.
func (r *reader) Members(unit syncproto.ID) (out []syncproto.Grant, err error) {
	if !unit.Valid() {
		return nil, nil
	}
	r.members.under(string(unit), "", func(key string, _ struct{}) bool {
		g, _ := r.grants.get(key)
		out = append(out, *g)
		return true
	})
	return out, nil
}

// GrantsOf implements storage.PersonReader.
func (r *reader) GrantsOf(after syncproto.ID, limit int) (out []syncproto.Grant, err error) {
	r.grants.from(string(after), func(_ string, g *syncproto.Grant) bool {
		if g.Person == after {
			return true
		}
		if full := limit >= 0 && len(out) >= limit; full && (len(out) == 0 || out[len(out)-1].Person != g.Person) {
			return false
		}
		out = append(out, *g)
		return true
	})
	return out, nil
}

// PutGrant implements storage.PeopleWriter.
func (t *tx) PutGrant(g *syncproto.Grant) error {
	key := string(g.Person) + string(g.ID)
	if old, ok := t.grants.get(key); ok {
		t.members.drop(string(old.Unit) + key)
	}
	c := *g
	t.grants.put(key, &c)
	t.members.put(string(g.Unit)+key, struct{}{})
	t.access++
	return nil
}

// DevicesOf implements storage.PersonReader.
func (r *reader) DevicesOf(person syncproto.ID) (out []storage.Device, err error) {
	if !person.Valid() {
		return nil, nil
	}
	r.owned.under(string(person), "", func(id string, _ struct{}) bool {
		d, _ := r.devices.get(id)
		out = append(out, *d)
		return true
	})
	return out, nil
}
