package memory

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Heads implements storage.FeedReader.
func (r *reader) Heads(scopes []syncproto.Scope) ([]storage.Head, error) {
	out := make([]storage.Head, 0, len(scopes))
	for _, scope := range scopes {
		if h, ok := r.heads.get(string(scope)); ok {
			out = append(out, *h)
		} else {
			out = append(out, storage.Head{Scope: scope})
		}
	}
	return out, nil
}

// ScopesByNumber implements storage.FeedReader.
func (r *reader) ScopesByNumber(numbers []uint64) (map[uint64]syncproto.Scope, error) {
	out := make(map[uint64]syncproto.Scope, len(numbers))
	for _, n := range numbers {
		if scope, ok := r.numbers.get(number(n)); ok {
			out[n] = scope
		}
	}
	return out, nil
}

// Changes implements storage.FeedReader.
func (r *reader) Changes(scope, after uint64, limit int, yield func(uint64, syncproto.Change) bool) error {
	given := 0
	r.feed.under(number(scope), number(after), func(sequence string, e entry) bool {
		if given == limit {
			return false
		}
		given++
		return yield(ofNumber(sequence), r.change(e))
	})
	return nil
}

func (r *reader) change(e entry) syncproto.Change {
	k, _ := r.records.get(string(e.record))
	if !e.live && !k.record.Deleted {
		return syncproto.Change{ID: e.record, Removed: true}
	}
	return syncproto.Change{ID: e.record, Wire: slices.Clone(k.wire)}
}

// Digest implements storage.FeedReader.
func (r *reader) Digest(scope uint64) (*syncproto.Digest, error) {
	d := &syncproto.Digest{}
	r.feed.under(number(scope), "", func(_ string, e entry) bool {
		if e.live {
			k, _ := r.records.get(string(e.record))
			d.Add(e.record, k.hash)
		}
		return true
	})
	return d, nil
}

// LeafRecords implements storage.FeedReader.
func (r *reader) LeafRecords(scope uint64, leaf int, after syncproto.ID, yield func(syncproto.Change) bool) error {
	var found []entry
	r.feed.under(number(scope), "", func(_ string, e entry) bool {
		if e.live && e.record > after && syncproto.Leaf(e.record) == leaf {
			found = append(found, e)
		}
		return true
	})
	slices.SortFunc(found, func(a, b entry) int {
		if a.record < b.record {
			return -1
		}
		return 1
	})
	for _, e := range found {
		if !yield(r.change(e)) {
			break
		}
	}
	return nil
}
