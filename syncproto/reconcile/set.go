package reconcile

import (
	"slices"

	"lantoa/syncproto"
)

// changeSet returns a set after removes and adds, in the order in which its items arrived, and whether it differs
// from what it was. ok is false if the value is no list. Adding what is there and removing what is not change
// nothing, which is why sets never conflict (S-52).
func changeSet(current syncproto.Value, add, remove []syncproto.Value) (after syncproto.Value, changed, ok bool) {
	var items []syncproto.Value
	if !current.IsNull() {
		if items, ok = current.AsList(); !ok {
			return current, false, false
		}
	}
	for _, item := range remove {
		if i := slices.Index(items, orNull(item)); i >= 0 {
			items, changed = slices.Delete(items, i, i+1), true
		}
	}
	for _, item := range add {
		if item = orNull(item); !slices.Contains(items, item) {
			items, changed = append(items, item), true
		}
	}
	if !changed {
		return current, false, true
	}
	after = syncproto.List(items...)
	return after, after != current, true
}
