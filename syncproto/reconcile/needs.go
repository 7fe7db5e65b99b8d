package reconcile

import "lantoa/syncproto"

// NeedsBase reports whether Apply needs Input.Base to judge the mutation as well as it can: whether it sets long text
// that another device has changed since the base. Callers then load the record's base revision; for all other
// mutations they can save the read. The device is "" for that of an account (Actor.Seat).
func NeedsBase(r *syncproto.Record, m *syncproto.Mutation, device syncproto.ID, foreign bool) bool {
	if r == nil || foreign {
		return false
	}
	for name := range m.Set {
		w := r.Writer(name)
		if syncproto.IsProse(r.Kind, name) && r.Mark(name) > m.BaseRevision && (w.Device != device || w.Merged) {
			return true
		}
	}
	return false
}
