package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestCallsOfANewerBuildAreNotHalfRead: what a build does not know it must not write back without it.
func TestCallsOfANewerBuildAreNotHalfRead(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	call, campaign := benchID(1), benchID(2)
	err := s.Update(t.Context(), func(tx storage.Tx) error {
		if err := tx.PutCampaign(&storage.Campaign{ID: campaign}); err != nil {
			return err
		}
		return tx.PutCall(&storage.Call{ID: call, Kind: syncproto.CallOrdinary, State: storage.CallScheduled, Revision: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		data string
		want syncproto.Code
	}{{`json_set(data, '$.v', 2)`, syncproto.CodeStoreNewer}, {`'{"v":'`, syncproto.CodeStoreBroken}} {
		for _, table := range []string{"calls", "campaigns"} {
			if err := s.Exec("UPDATE " + table + " SET data = " + one.data); err != nil {
				t.Fatal(err)
			}
		}
		for name, ask := range map[string]func(r storage.Reader) error{
			"a call":        func(r storage.Reader) error { _, err := r.Call(call); return err },
			"calls":         func(r storage.Reader) error { _, err := r.Calls(storage.CallQuery{Limit: 5}); return err },
			"calls due":     func(r storage.Reader) error { _, err := r.CallsDue(5, 5); return err },
			"a campaign":    func(r storage.Reader) error { _, err := r.Campaign(campaign); return err },
			"all campaigns": func(r storage.Reader) error { _, err := r.Campaigns("", 5); return err },
		} {
			if err := s.View(t.Context(), ask); syncproto.CodeOf(err) != one.want {
				t.Errorf("%s: got %v, want %s", name, err, one.want)
			}
		}
	}
}

// TestALongLookAtEverybodyCanBeGivenUp: a preview whose officer left stops soon, and the connection serves the next.
func TestALongLookAtEverybodyCanBeGivenUp(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "lantoa.db"))
	const persons = 2000
	err := s.Update(t.Context(), func(tx storage.Tx) error {
		for n := range uint64(persons) {
			if err := tx.PutPerson(&storage.Person{ID: benchID(n)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		seen := 0
		err := s.View(ctx, func(r storage.Reader) error {
			return r.Candidates([]string{"blood_group"}, func(*storage.Candidate) bool {
				if seen++; seen == 10 {
					cancel()
				}
				return true
			})
		})
		if syncproto.CodeOf(err) != syncproto.CodeUnavailable || seen > 300 {
			t.Fatalf("got %v after %d persons", err, seen)
		}
		cancel()
	}
}
