package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func testRegistrations(t *testing.T, s storage.Store) {
	w := newWorld(t, 300)
	full := storage.Registration{
		Device: w.id(), Person: w.id(), Service: "webpush", Kind: "endpoint", Platform: "web", Address: "https://push.example/1",
		P256DH: "key", Auth: "secret", Language: "en", App: "1.2", At: 7, Bad: 1, Retired: 9, Code: "unregistered",
	}
	bare := storage.Registration{Device: w.id(), Person: full.Person, Address: "x"}
	update(t, s, func(tx storage.Tx) error {
		for _, bad := range []storage.Registration{
			{Person: w.id(), Address: "hidden"}, {Device: w.id(), Address: "hidden"}, {Device: "hidden", Person: w.id(), Address: "hidden"},
		} {
			err := tx.PutRegistration(&bad)
			wantCode(t, err, syncproto.CodeInvalidID)
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("an error tells an address: %v", err)
			}
		}
		wantCode(t, tx.PutRegistration(&storage.Registration{Device: w.id(), Person: w.id()}), syncproto.CodeTargetInvalid)
		old := full
		old.Address, old.Retired = "older", 0
		for _, r := range []*storage.Registration{&old, &bare, &full} {
			if err := tx.PutRegistration(r); err != nil {
				return err
			}
		}
		return tx.Savepoint(func() error { return nil })
	})
	_ = s.Update(context.Background(), func(tx storage.Tx) error {
		_ = tx.DropRegistration(bare.Device)
		return errWanted
	})
	view(t, s, func(r storage.Reader) error {
		for _, want := range []storage.Registration{full, bare} {
			got, err := r.Registration(want.Device)
			wantRow(t, got, err, want)
		}
		for _, id := range []syncproto.ID{"", w.id(), "none"} {
			got, err := r.Registration(id)
			wantMissing(t, got, err)
		}
		return nil
	})
	update(t, s, func(tx storage.Tx) error {
		for _, id := range []syncproto.ID{"", w.id(), bare.Device, bare.Device} {
			if err := tx.DropRegistration(id); err != nil {
				t.Error(err)
			}
		}
		got, err := tx.Registration(bare.Device)
		wantMissing(t, got, err)
		return nil
	})
}

// testAddresses: a phone that changes hands or is set up anew is rung once.
func testAddresses(t *testing.T, s storage.Store) {
	p := newPost(t, s, 301, 2)
	moved := *p.registration(1)
	moved.Address = p.registration(0).Address
	update(t, s, func(tx storage.Tx) error { return tx.PutRegistration(&moved) })
	update(t, s, func(tx storage.Tx) error { return tx.PutRegistration(&moved) }) // says the same again
	view(t, s, func(r storage.Reader) error {
		got, err := r.Registration(p.devices[0])
		wantMissing(t, got, err)
		list, err := r.RegistrationsOf(p.persons)
		wantRows(t, list, err, moved)
		return nil
	})
	update(t, s, func(tx storage.Tx) error { return tx.PutRegistration(p.registration(1)) })
	update(t, s, func(tx storage.Tx) error { return tx.PutRegistration(p.registration(0)) }) // the address is free again
	other := *p.registration(0)
	other.Person = p.persons[1]
	update(t, s, func(tx storage.Tx) error { return tx.PutRegistration(&other) })
	want := []storage.Registration{other, *p.registration(1)}
	slices.SortFunc(want, func(a, b storage.Registration) int { return strings.Compare(string(a.Device), string(b.Device)) })
	view(t, s, func(r storage.Reader) error {
		list, err := r.RegistrationsOf(p.persons)
		wantRows(t, list, err, want...)
		list, err = r.RegistrationsOf(p.persons[:1])
		wantRows(t, list, err)
		return nil
	})
}

// testRegistrationsUsed: nobody is rung who may not connect any more, and those who may again are.
func testRegistrationsUsed(t *testing.T, s storage.Store) {
	p := newPost(t, s, 302, 6)
	of := func(n int) storage.Registration { return *p.registration(n) }
	web := storage.Registration{Device: p.id(), Person: p.persons[0], Service: "webpush", Platform: "web", Address: "web"}
	device := storage.Device{ID: p.devices[1], Person: p.persons[1], Revoked: 5}
	known := storage.Device{ID: p.devices[4], Person: p.persons[4]}
	person := storage.Person{ID: p.persons[2], Suspended: 5}
	closed := storage.Person{ID: p.persons[3], Closed: 5}
	put := func(ds []storage.Device, ps []storage.Person) {
		t.Helper()
		update(t, s, func(tx storage.Tx) error {
			for i := range ds {
				if err := tx.PutDevice(&ds[i]); err != nil {
					return err
				}
			}
			for i := range ps {
				if err := tx.PutPerson(&ps[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	want := func(counts string, list ...storage.Registration) {
		t.Helper()
		slices.SortFunc(list, func(a, b storage.Registration) int {
			return strings.Compare(string(a.Person+a.Device), string(b.Person+b.Device))
		})
		view(t, s, func(r storage.Reader) error {
			got, err := r.RegistrationsOf(append([]syncproto.ID{"", "none", p.id(), p.persons[0]}, p.persons...))
			wantRows(t, got, err, list...)
			n, err := r.RegistrationCounts()
			if err != nil || fmt.Sprint(n) != counts {
				t.Errorf("got %v, %v, want %s", n, err, counts)
			}
			return nil
		})
	}
	update(t, s, func(tx storage.Tx) error { return tx.PutRegistration(&web) })
	put([]storage.Device{device, known}, []storage.Person{person, closed})
	want("map[fcm/android:3 webpush/web:1]", of(0), web, of(4), of(5))
	update(t, s, func(tx storage.Tx) error {
		for _, n := range []int{1, 2, 3} { // a registration said again does not bring anybody back
			if err := tx.PutRegistration(p.registration(n)); err != nil {
				return err
			}
		}
		return tx.RetireRegistration(p.devices[5], p.registration(5).Address, "gone", 3)
	})
	want("map[fcm/android:2 retired/gone:1 webpush/web:1]", of(0), web, of(4))
	device.Revoked, person.Suspended, closed.Closed, known.Revoked = 0, 0, 0, 3
	put([]storage.Device{device, known}, []storage.Person{person, closed})
	want("map[fcm/android:4 retired/gone:1 webpush/web:1]", of(0), web, of(1), of(2), of(3))
}

// testRegistrationsRetired: what was said of an older address does not touch the newer one.
func testRegistrationsRetired(t *testing.T, s storage.Store) {
	p := newPost(t, s, 303, 1)
	device, address := p.devices[0], p.registration(0).Address
	update(t, s, func(tx storage.Tx) error {
		for i, target := range []string{"older", address, address} {
			n, err := tx.CountBad(device, target)
			if err != nil || n != i {
				t.Errorf("got %d, %v, want %d", n, err, i)
			}
		}
		if n, err := tx.CountBad(p.id(), address); err != nil || n != 0 {
			t.Errorf("got %d, %v of an unknown device", n, err)
		}
		return tx.RetireRegistration(device, "older", "gone", 5)
	})
	want := *p.registration(0)
	want.Bad = 2
	check := func() {
		t.Helper()
		view(t, s, func(r storage.Reader) error {
			got, err := r.Registration(device)
			wantRow(t, got, err, want)
			return nil
		})
	}
	check()
	update(t, s, func(tx storage.Tx) error { return tx.RetireRegistration(device, address, "gone", 5) })
	update(t, s, func(tx storage.Tx) error { return tx.RetireRegistration(device, address, "again", 6) })
	want.Retired, want.Code = 5, "gone"
	check()
	update(t, s, func(tx storage.Tx) error { return tx.PutRegistration(p.registration(0)) })
	want = *p.registration(0)
	check()
}
