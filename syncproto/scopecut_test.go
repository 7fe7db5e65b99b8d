package syncproto_test

import (
	"slices"
	"testing"

	"lantoa/syncproto"
)

// TestWhatEndedPushesNobodysDeskOut: a province into which its districts and its neighbours ended, with a commune below.
func TestWhatEndedPushesNobodysDeskOut(t *testing.T) {
	for _, districts := range []int{3, 20, 40, 100} {
		province, commune, old, person := syncproto.NewID(), syncproto.NewID(), syncproto.NewID(), syncproto.NewID()
		units := []syncproto.Unit{
			{ID: province}, {ID: commune, Parent: province}, {ID: old, Parent: province, Until: 1, Successors: []syncproto.ID{commune}},
		}
		for range districts {
			units = append(units, syncproto.Unit{ID: syncproto.NewID(), Parent: province, Until: 1, Successors: []syncproto.ID{province}})
		}
		for range 90 {
			units = append(units, syncproto.Unit{ID: syncproto.NewID(), Parent: province})
		}
		tree := syncproto.NewTree(units)
		for at, want := range map[syncproto.ID][]syncproto.Scope{
			commune:  {syncproto.UnitScope(province), syncproto.ScopePublic, syncproto.UnitScope(old), syncproto.DeskScope(commune), syncproto.DeskScope(old)},
			province: {syncproto.UnitScope(province), syncproto.ScopePublic, syncproto.DeskScope(province)},
		} {
			got, _ := syncproto.Follows(person, []syncproto.Grant{{Person: person, Unit: at, Role: syncproto.RoleEditor}}, tree, 2)
			if len(got) > syncproto.MaxGrantScopes {
				t.Errorf("%d districts: %d scopes", districts, len(got))
			}
			for _, scope := range want {
				if !slices.Contains(got, scope) {
					t.Errorf("%d districts: no %s", districts, scope)
				}
			}
			if desks := count(got, "desk"); at == province && desks < 25 {
				t.Errorf("%d districts: %d desks", districts, desks)
			}
		}
	}
}

func count(scopes []syncproto.Scope, kind string) (n int) {
	for _, s := range scopes {
		if k, _ := s.Split(); k == kind {
			n++
		}
	}
	return n
}
