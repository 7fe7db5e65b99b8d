package people

import (
	"cmp"
	"context"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// CreatePerson adds a person with a first grant, from now on, over a unit.
func (s *Service) CreatePerson(ctx context.Context, name string, unit syncproto.ID, role syncproto.Role) (storage.Person, syncproto.Grant, error) {
	now := s.millis()
	person := storage.Person{ID: syncproto.NewID(), Name: cleanName(name), Created: now}
	grant := syncproto.Grant{ID: syncproto.NewID(), Person: person.ID, Unit: unit, Role: role, From: now}
	err := s.store.Update(ctx, func(tx storage.Tx) error { return CreatePerson(tx, person, grant, now) })
	return person, grant, err
}

// CreatePerson is Service.CreatePerson inside a transaction of its caller; person and grant are complete.
func CreatePerson(tx storage.Tx, person storage.Person, grant syncproto.Grant, now int64) error {
	const op = "create person"
	person.Name = cleanName(person.Name)
	if person.Name == "" || len(person.Name) > maxNameBytes {
		return invalid(op, "name")
	}
	if err := tx.PutPerson(&person); err != nil {
		return err
	}
	return AddGrant(tx, grant, now)
}

// Person returns a person and all their grants.
func (s *Service) Person(ctx context.Context, id syncproto.ID) (person *storage.Person, grants []syncproto.Grant, err error) {
	err = s.store.View(ctx, func(r storage.Reader) (err error) {
		if person, err = r.Person(id); err != nil {
			return err
		}
		grants, err = r.Grants(id)
		return err
	})
	return person, grants, err
}

// AddGrant gives a person a role over a unit. An empty ID is drawn, and an empty From is now.
func (s *Service) AddGrant(ctx context.Context, g syncproto.Grant) (syncproto.Grant, error) {
	now := s.millis()
	if g.ID == "" {
		g.ID = syncproto.NewID()
	}
	if g.From == 0 {
		g.From = now
	}
	err := s.store.Update(ctx, func(tx storage.Tx) error { return AddGrant(tx, g, now) })
	return g, err
}

// AddGrant is Service.AddGrant inside a transaction of its caller; g is complete.
func AddGrant(tx storage.Tx, g syncproto.Grant, now int64) error {
	const op = "add grant"
	if !g.Role.Valid() {
		return invalid(op, "role")
	}
	if g.Until != 0 && g.Until <= g.From {
		return invalid(op, "until")
	}
	units, err := tx.Units()
	if err != nil {
		return err
	}
	if findID(units, g.Unit) == nil {
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "unit"}
	}
	if err := tx.PutGrant(&g); err != nil {
		return err
	}
	return putProfile(tx, g.Person, now)
}

// EndGrant ends a grant now. Ending an ended grant changes nothing. A grant that has not begun never will.
func (s *Service) EndGrant(ctx context.Context, person, grant syncproto.ID) error {
	now := s.millis()
	return s.store.Update(ctx, func(tx storage.Tx) error {
		grants, err := tx.Grants(person)
		if err != nil {
			return err
		}
		for _, g := range grants {
			if g.ID != grant {
				continue
			}
			if g.Until != 0 && g.Until <= now {
				return nil
			}
			g.Until = max(now, 1)
			g.From = min(g.From, g.Until)
			if err := tx.PutGrant(&g); err != nil {
				return err
			}
			return putProfile(tx, person, now)
		}
		return &syncproto.Error{Code: syncproto.CodeNotFound, Op: "end grant", Detail: "grant"}
	})
}

// putProfile writes what a person's phones show of the person: the name, the unit of the first grant in force, and
// the grants. Ended grants stay in it, so that an app can say since when something is over.
func putProfile(tx storage.Tx, id syncproto.ID, now int64) error {
	person, err := tx.Person(id)
	if err != nil {
		return err
	}
	grants, err := tx.Grants(id)
	if err != nil {
		return err
	}
	var unit syncproto.ID
	list := make([]syncproto.Value, 0, len(grants))
	slices.SortStableFunc(grants, func(a, b syncproto.Grant) int { return cmp.Compare(a.From, b.From) })
	for i := range grants {
		g := &grants[i]
		if unit == "" || g.Holds(now) && !holdsAny(grants[:i], now) {
			unit = g.Unit
		}
		item := syncproto.Fields{
			"role": syncproto.Text(string(g.Role)), "unit": syncproto.Text(string(g.Unit)),
			"from": syncproto.Int(g.From),
		}
		if g.Until != 0 {
			item["until"] = syncproto.Int(g.Until)
		}
		list = append(list, syncproto.Object(item))
	}
	list = list[max(0, len(list)-syncproto.MaxItems):] // phones take no more: the oldest go, over long since
	fields := syncproto.Fields{
		"name": syncproto.Text(person.Name), "unit": syncproto.Text(string(unit)), "grants": syncproto.List(list...),
	}
	return putRecord(tx, &syncproto.Record{
		ID: id, Kind: syncproto.KindProfile, Unit: unit, Author: id, Fields: fields,
	}, now)
}

func holdsAny(grants []syncproto.Grant, at int64) bool {
	for i := range grants {
		if grants[i].Holds(at) {
			return true
		}
	}
	return false
}
