package storagetest

import (
	"fmt"
	"slices"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testReachable compares what previews walk over with what is asked of one person at a time.
func testReachable(t *testing.T, s storage.Store) {
	w := newWorld(t, 25)
	var persons []syncproto.ID
	update(t, s, func(tx storage.Tx) error {
		persons = persons[:0]
		for i := range 40 {
			p := storage.Person{ID: w.id(), Name: "Lan", Created: 1}
			if w.IntN(6) == 0 {
				p.Suspended = 5
			}
			persons = append(persons, p.ID)
			if err := tx.PutPerson(&p); err != nil {
				return err
			}
			if w.IntN(2) == 0 {
				if err := tx.PutPreference(&storage.Preference{Person: p.ID, MayPhone: i%2 == 0, Muted: []syncproto.CallKind{syncproto.CallReminder}}); err != nil {
					return err
				}
			}
			for n := range w.IntN(3) {
				d := storage.Device{ID: w.id(), Person: p.ID, Unit: w.unit, TokenHash: [32]byte{byte(i), byte(n), 7}, Created: 1, Revoked: int64(w.IntN(2) * w.IntN(2))}
				reg := storage.Registration{Device: d.ID, Person: p.ID, Service: "fcm", Kind: "token", Platform: "android", Address: fmt.Sprint(i, " ", n), At: 1}
				if w.IntN(4) == 0 {
					reg.Retired, reg.Code = 3, "unregistered"
				}
				if err := tx.PutDevice(&d); err != nil {
					return err
				}
				if err := tx.PutRegistration(&reg); err != nil {
					return err
				}
			}
		}
		return nil
	})
	slices.Sort(persons)
	view(t, s, func(r storage.Reader) error { return compareReachable(t, r, persons) })
}

func compareReachable(t *testing.T, r storage.Reader, persons []syncproto.ID) error {
	var want, got []syncproto.ID
	list, err := r.RegistrationsOf(persons)
	if err != nil {
		return err
	}
	for i := range list {
		want = append(want, list[i].Person)
	}
	slices.Sort(want)
	err = r.Registered(func(person syncproto.ID) bool { got = append(got, person); return true })
	if want = slices.Compact(want); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("with a registration: got %v, want %v", got, want)
	}
	if err != nil {
		return err
	}
	said, err := r.Preferences(persons)
	if err != nil {
		return err
	}
	var last syncproto.ID
	err = r.EachPreference(func(p *storage.Preference) bool {
		one := said[p.Person]
		if p.Person <= last || one.MayPhone != p.MayPhone || !slices.Equal(one.Muted, p.Muted) {
			t.Errorf("got %+v after %s, want %+v", p, last, one)
		}
		last = p.Person
		delete(said, p.Person)
		return true
	})
	if len(said) != 0 {
		t.Errorf("preferences that were not there: %v", said)
	}
	count := 0
	if err == nil {
		err = r.Registered(func(syncproto.ID) bool { count++; return false })
	}
	if count != 1 {
		t.Errorf("it went on after it was told to stop: %d", count)
	}
	return err
}
