package storagetest

import (
	"context"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// grants returns none for the first person, one for the second and so on, by person and id.
func (w *world) grants(persons, units []syncproto.ID) (all []syncproto.Grant) {
	for i, person := range persons {
		for j, id := range w.ids(i) {
			all = append(all, syncproto.Grant{
				ID: id, Person: person, Unit: units[j%len(units)], Role: syncproto.RoleEditor, From: 1, Until: int64(j),
			})
		}
	}
	return all
}

func putGrants(t *testing.T, s storage.Store, w *world, list ...syncproto.Grant) {
	t.Helper()
	update(t, s, func(tx storage.Tx) error {
		for _, i := range w.Perm(len(list)) {
			if err := tx.PutGrant(&list[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func testMembers(t *testing.T, s storage.Store) {
	w := newWorld(t, 106)
	persons, units := w.ids(4), w.ids(2)
	all := w.grants(persons, units)
	wantMembers := func() {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			for _, unit := range units {
				want := slices.DeleteFunc(slices.Clone(all), func(g syncproto.Grant) bool { return g.Unit != unit })
				got, err := r.Members(unit)
				wantRows(t, got, err, want...)
			}
			for _, unit := range []syncproto.ID{"", w.id(), "not an id"} {
				got, err := r.Members(unit)
				wantRows(t, got, err)
			}
			return nil
		})
	}
	putGrants(t, s, w, all...)
	wantMembers()
	for i := range all { // everybody moves
		all[i].Unit, all[i].Until = units[(i+1)%2], 77
	}
	putGrants(t, s, w, all...)
	wantMembers()
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		moved := all[0]
		moved.Unit = w.id()
		_ = tx.PutGrant(&moved)
		return errWanted
	})
	wantMembers()
}

// testGrantsOf: the grants of one person come together, whatever the limit.
func testGrantsOf(t *testing.T, s storage.Store) {
	w := newWorld(t, 109)
	persons := w.ids(4)
	all := w.grants(persons, w.ids(2))
	putGrants(t, s, w, all...)
	view(t, s, func(r storage.Reader) error {
		page := func(after syncproto.ID, limit int, want ...syncproto.Grant) {
			t.Helper()
			got, err := r.GrantsOf(after, limit)
			wantRows(t, got, err, want...)
		}
		page("", -1, all...)
		page("", 0)
		page("", 1, all[0])
		page("", 2, all[:3]...)
		page("", 3, all[:3]...)
		page("", 4, all...)
		page(persons[0], 1, all[0])
		page(persons[1], 1, all[1:3]...)
		page(persons[2], 2, all[3:]...)
		page(persons[3], 2)
		return nil
	})
}

func testDevicesOf(t *testing.T, s storage.Store) {
	w := newWorld(t, 107)
	other := w.id()
	var all []storage.Device
	for i, id := range w.ids(4) {
		d := w.newDevice(byte(i + 1))
		d.ID = id
		all = append(all, *d)
	}
	all[1].Person, all[2].Revoked = other, 5
	nobodys := w.newDevice(9)
	nobodys.Person = ""
	for i := range all {
		putDevice(t, s, &all[len(all)-1-i])
	}
	putDevice(t, s, nobodys)
	wantDevices := func(person syncproto.ID, want ...storage.Device) {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.DevicesOf(person)
			wantRows(t, got, err, want...)
			return nil
		})
	}
	wantDevices(w.person, all[0], all[2], all[3])
	wantDevices(other, all[1])
	wantDevices("")
	wantDevices(w.id())
	all[0].Person, all[2].Acknowledged = other, 50
	putDevice(t, s, &all[0])
	putDevice(t, s, &all[2])
	update(t, s, func(tx storage.Tx) error {
		return tx.AddJudged(all[3].ID, 1, []storage.Judged{outcome(1, syncproto.Applied)})
	})
	all[3].Accepted = 1
	wantDevices(w.person, all[2], all[3])
	wantDevices(other, all[0], all[1])
}

func testAuditsBy(t *testing.T, s storage.Store) {
	w := newWorld(t, 108)
	other := w.id()
	var all []storage.Audit
	update(t, s, func(tx storage.Tx) error {
		all = nil
		for i, person := range []syncproto.ID{w.person, other, w.person, "", w.person} {
			a := storage.Audit{At: int64(i), Act: "record.read", Person: person, Record: w.unit}
			if err := tx.AddAudit(&a); err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	view(t, s, func(r storage.Reader) error {
		list := func(person syncproto.ID, above int64, limit int, want ...storage.Audit) {
			t.Helper()
			got, err := r.AuditsBy(person, above, limit)
			wantRows(t, got, err, want...)
		}
		list(w.person, 0, 10, all[0], all[2], all[4])
		list(w.person, -1, 2, all[0], all[2])
		list(w.person, 1, 10, all[2], all[4])
		list(w.person, 5, 10)
		list(other, 0, 10, all[1])
		list("", 0, 10)
		list(w.id(), 0, 10)
		return nil
	})
}
