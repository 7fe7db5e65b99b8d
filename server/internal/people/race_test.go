package people_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// TestReorganisationsAtOnce lets several people change the tree at the same time. Each change is judged on what those
// before it led to, so the laws hold; none fails for the company.
func TestReorganisationsAtOnce(t *testing.T) {
	l := newLand(t)
	units := []syncproto.ID{l.north, l.south, l.lake, l.hill, l.river, l.field, l.meadow}
	var running sync.WaitGroup
	for worker := range uint64(6) {
		running.Go(func() {
			r := rand.New(rand.NewPCG(worker, 9))
			for range 40 {
				c := randomChange(r, units, *l.now)
				c.At = 0
				_, err := l.Reorganise(t.Context(), people.Console(), []people.UnitChange{c}, false)
				if err != nil && syncproto.KindOf(err) == syncproto.Internal {
					t.Errorf("worker %d: %+v: %v", worker, c, err)
				}
				l.rights(syncproto.NewID()).Follows(*l.now)
			}
		})
	}
	running.Wait()
	final := map[syncproto.ID]bool{}
	all := must[[]people.Shown](t)(l.UnitsAt(t.Context(), *l.now))
	ids := make([]syncproto.ID, len(all))
	for i, u := range all {
		ids[i] = u.ID
		final[u.ID] = u.Until != 0 && len(u.Successors) == 0
	}
	l.holdLaws(ids, final, 9, 0)
}
