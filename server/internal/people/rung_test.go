package people_test

import (
	"testing"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// TestWhoIsShutOutIsNotRungAnyMore: where a device is rung is forgotten with its access; an account that rests keeps it and
// is rung by nobody meanwhile.
func TestWhoIsShutOutIsNotRungAnyMore(t *testing.T) {
	for name, c := range map[string]struct {
		end         func(s *people.Service, person, device syncproto.ID) error
		kept, rings bool
	}{
		"revoked": {func(s *people.Service, _, device syncproto.ID) error { return s.RevokeDevice(t.Context(), device) }, false, false},
		"closed": {func(s *people.Service, person, _ syncproto.ID) error {
			return s.Close(t.Context(), people.Console(), person)
		}, false, false},
		"rests": {func(s *people.Service, person, _ syncproto.ID) error {
			return s.Suspend(t.Context(), people.Console(), person)
		}, true, false},
		"goes on": {func(s *people.Service, person, _ syncproto.ID) error {
			if err := s.Suspend(t.Context(), people.Console(), person); err != nil {
				return err
			}
			return s.Resume(t.Context(), people.Console(), person)
		}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			store := memory.New()
			s := people.New(store)
			unit, err := s.CreateUnit(t.Context(), syncproto.Unit{Name: "Hoằng Lộc"})
			if err != nil {
				t.Fatal(err)
			}
			person, _, err := s.CreatePerson(t.Context(), "Mận", unit.ID, syncproto.RoleVolunteer)
			if err != nil {
				t.Fatal(err)
			}
			device := syncproto.NewID()
			err = store.Update(t.Context(), func(tx storage.Tx) error {
				if err := tx.PutDevice(&storage.Device{ID: device, Person: person.ID, Unit: unit.ID}); err != nil {
					return err
				}
				return tx.PutRegistration(&storage.Registration{
					Device: device, Person: person.ID, Service: "fcm", Kind: "token", Platform: "android", Address: "address", At: 1,
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.end(s, person.ID, device); err != nil {
				t.Fatal(err)
			}
			err = store.View(t.Context(), func(r storage.Reader) error {
				if _, err := r.Registration(device); (err == nil) != c.kept {
					t.Errorf("kept: %v, want %v", err == nil, c.kept)
				}
				list, err := r.RegistrationsOf([]syncproto.ID{person.ID})
				if (len(list) > 0) != c.rings {
					t.Errorf("rings: %v, want %v", len(list) > 0, c.rings)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
