package campaign_test

import (
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestALargeListIsCutIntoShares sends to more people than are written at once, in two units, and finds each of them once.
func TestALargeListIsCutIntoShares(t *testing.T) {
	w := newWorld(t, func(o *campaign.Options) { o.Large = 1_000_000 })
	w.crowd(10_499)
	w.joins("Xa", w.beside, syncproto.RoleVolunteer)
	c := w.sends(w.dong, func(d *campaign.Draft) { d.Audience = volunteers(w.province) })
	in := w.intents(c.ID)
	if c.Recipients != 10_504 || len(in) != 1 || in[0].Persons != 10_504 {
		t.Fatalf("got %d recipients, %+v", c.Recipients, in)
	}
	seen, units, shares := map[syncproto.ID]bool{}, map[syncproto.ID]int{}, 0
	for {
		var share *storage.Share
		err := w.store.View(t.Context(), func(r storage.Reader) (err error) { share, err = r.NextShare(in[0].Number); return err })
		if err != nil {
			wantCode(t, err, syncproto.CodeNotFound)
			break
		}
		if share.Number != shares || len(share.Persons) > 500 {
			t.Fatalf("share %d is number %d and has %d persons", shares, share.Number, len(share.Persons))
		}
		shares++
		for i, person := range share.Persons {
			if seen[person] {
				t.Errorf("%s is there twice", person)
			}
			seen[person] = true
			units[share.Units[i]]++
		}
		w.update(func(tx storage.Tx) error {
			_, err := tx.Plan(share, []storage.Delivery{{Person: share.Persons[0], Class: storage.ClassRoutine, State: storage.DeliveryUnreachable}})
			return err
		})
	}
	if shares != 22 || len(seen) != 10_504 || units[w.here] != 10_503 || units[w.beside] != 1 {
		t.Errorf("%d shares of %d people: %v", shares, len(seen), units)
	}
}
