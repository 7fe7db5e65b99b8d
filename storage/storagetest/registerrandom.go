package storagetest

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// roll is what a store should hold of few people who meet often: plain maps, asked by looking at everything.
type roll struct {
	persons  map[syncproto.ID]storage.Person
	grants   map[syncproto.ID]syncproto.Grant // by id
	devices  map[syncproto.ID]storage.Device
	accounts map[syncproto.ID]string // logins
}

func (r *roll) clone() *roll {
	return &roll{maps.Clone(r.persons), maps.Clone(r.grants), maps.Clone(r.devices), maps.Clone(r.accounts)}
}

func (r *roll) holder(phone string) syncproto.ID {
	for id, p := range r.persons {
		if phone != "" && p.Closed == 0 && p.Phone == phone {
			return id
		}
	}
	return ""
}

func (r *roll) owner(login string) syncproto.ID {
	for id, l := range r.accounts {
		if login != "" && l == login {
			return id
		}
	}
	return ""
}

// office is where the random life happens: few of everything, so that most steps meet what is there.
type office struct {
	*world
	persons, units, ids []syncproto.ID
	phones, logins      []string
}

// step does one thing to the store and to the roll and compares what the store says of it.
func (o *office) step(t *testing.T, tx storage.Tx, r *roll) {
	t.Helper()
	person, unit, id := draw(o.world, o.persons), draw(o.world, o.units), draw(o.world, o.ids)
	switch o.IntN(5) {
	case 0, 1:
		p := storage.Person{ID: person, Phone: draw(o.world, o.phones), Closed: o.Int64N(2)}
		holder := r.holder(p.Phone)
		free := p.Closed != 0 || holder == "" || holder == person
		if o.agrees(t, tx.PutPerson(&p), free) {
			r.persons[person] = p
		}
	case 2:
		g := syncproto.Grant{ID: id, Person: o.persons[slices.Index(o.ids, id)%len(o.persons)], Unit: unit, Until: o.Int64N(9)}
		if o.agrees(t, tx.PutGrant(&g), true) {
			r.grants[id] = g
		}
	case 3:
		d := storage.Device{ID: id, Person: person, Acknowledged: o.Int64N(9)}
		if o.agrees(t, tx.PutDevice(&d), true) {
			r.devices[id] = d
		}
	case 4:
		if o.IntN(3) == 0 {
			o.agrees(t, tx.DropAccount(person), true)
			delete(r.accounts, person)
			return
		}
		login := draw(o.world, o.logins)
		owner := r.owner(login)
		if o.agrees(t, tx.PutAccount(&storage.Account{Person: person, Login: login}), owner == "" || owner == person) {
			r.accounts[person] = login
		}
	}
}

// agrees reports whether a step was done, which must be as expected.
func (o *office) agrees(t *testing.T, err error, expected bool) bool {
	t.Helper()
	if expected && err != nil || !expected && syncproto.CodeOf(err) != syncproto.CodeRecordExists {
		t.Errorf("got %v, expected to pass: %v", err, expected)
	}
	return err == nil
}

func draw[T any](w *world, list []T) T { return list[w.IntN(len(list))] }

// compare asks the store everything that the roll knows.
func (o *office) compare(t *testing.T, s storage.Reader, r *roll) {
	t.Helper()
	open := 0
	for _, person := range o.persons {
		grants := slices.SortedFunc(maps.Values(r.grants), func(a, b syncproto.Grant) int { return cmp.Compare(a.ID, b.ID) })
		grants = slices.DeleteFunc(grants, func(g syncproto.Grant) bool { return g.Person != person })
		got, err := s.Grants(person)
		wantRows(t, got, err, grants...)
		devices := slices.SortedFunc(maps.Values(r.devices), func(a, b storage.Device) int { return cmp.Compare(a.ID, b.ID) })
		devices = slices.DeleteFunc(devices, func(d storage.Device) bool { return d.Person != person })
		owned, err := s.DevicesOf(person)
		wantRows(t, owned, err, devices...)
		if login, ok := r.accounts[person]; ok {
			a, err := s.Account(person)
			wantRow(t, a, err, storage.Account{Person: person, Login: login})
			if p, known := r.persons[person]; known && p.Closed == 0 {
				open++
			}
		}
	}
	if n, err := s.Accounts(); err != nil || n != open {
		t.Errorf("got %d accounts, %v, want %d", n, err, open)
	}
	for _, phone := range o.phones {
		p, err := s.PersonByPhone(phone)
		if id := r.holder(phone); id == "" {
			wantMissing(t, p, err)
		} else {
			wantRow(t, p, err, r.persons[id])
		}
	}
	for _, login := range o.logins {
		a, err := s.AccountByLogin(login)
		if id := r.owner(login); id == "" {
			wantMissing(t, a, err)
		} else {
			wantRow(t, a, err, storage.Account{Person: id, Login: login})
		}
	}
	o.compareUnits(t, s, r)
}

func (o *office) compareUnits(t *testing.T, s storage.Reader, r *roll) {
	t.Helper()
	for _, unit := range o.units {
		members := slices.SortedFunc(maps.Values(r.grants), func(a, b syncproto.Grant) int {
			return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.ID, b.ID))
		})
		members = slices.DeleteFunc(members, func(g syncproto.Grant) bool { return g.Unit != unit })
		got, err := s.Members(unit)
		wantRows(t, got, err, members...)
	}
}

func testRegisterRandom(t *testing.T, s storage.Store) {
	w := newWorld(t, 134)
	o := &office{
		world: w, persons: w.ids(4), units: w.ids(3), ids: w.ids(8), phones: []string{"", "+84905000001", "+84905000002"},
		logins: []string{"", "dao", "hai"},
	}
	now := &roll{map[syncproto.ID]storage.Person{}, map[syncproto.ID]syncproto.Grant{}, map[syncproto.ID]storage.Device{}, map[syncproto.ID]string{}}
	for range 60 {
		steps, keep := w.IntN(8), w.IntN(4) > 0
		var next *roll
		update(t, s, func(tx storage.Tx) error {
			next = now.clone()
			_ = tx.Savepoint(func() error {
				for range steps {
					o.step(t, tx, next)
				}
				o.compare(t, tx, next)
				if keep {
					return nil
				}
				return errWanted
			})
			return nil
		})
		if keep {
			now = next
		}
		view(t, s, func(r storage.Reader) error {
			o.compare(t, r, now)
			return nil
		})
	}
}
