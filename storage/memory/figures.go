package memory

import (
	"cmp"
	"maps"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Counted implements storage.FigureReader.
func (r *reader) Counted() (int64, error) { return r.counted, nil }

// Counters implements storage.FigureReader.
func (r *reader) Counters(from, until int64, yield func(c *storage.Counters) bool) error {
	r.counters.from(signed(from), func(_ string, kept *storage.Counters) bool {
		if kept.Span > until {
			return false
		}
		c := *kept
		c.Counts = maps.Clone(kept.Counts)
		return yield(&c)
	})
	return nil
}

// CallSum implements storage.FigureReader.
func (r *reader) CallSum(call syncproto.ID) (*storage.CallSum, error) {
	kept, ok := r.callSums.get(string(call))
	if !ok {
		return nil, missing("read sums of a call")
	}
	return cloneSum(kept), nil
}

func cloneSum(s *storage.CallSum) *storage.CallSum {
	c := *s
	c.Reaches = slices.Clone(s.Reaches)
	for i := range c.Reaches {
		c.Reaches[i].Choices = maps.Clone(c.Reaches[i].Choices)
	}
	return &c
}

// Waits implements storage.FigureReader.
func (r *reader) Waits(edges []int64) (out []storage.Wait, err error) {
	counts := map[storage.Wait]int{}
	r.submissions.from("", func(_ string, s *submission) bool {
		switch s.State {
		case syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview, syncproto.StateUnclaimed:
			w := storage.Wait{Unit: s.Unit, State: s.State}
			for _, edge := range edges {
				if s.Since < edge {
					w.Age++
				}
			}
			counts[w]++
		}
		return true
	})
	for w, n := range counts {
		w.Count = n
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b storage.Wait) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.State, b.State), cmp.Compare(a.Age, b.Age))
	})
	return out, nil
}

// Authors implements storage.FigureReader.
func (r *reader) Authors(from, until int64, yield func(unit, author syncproto.ID) bool) error {
	type pair struct{ unit, author syncproto.ID }
	seen := map[pair]bool{}
	r.submissions.from("", func(_ string, s *submission) bool {
		if s.Sent >= from && s.Sent < until {
			seen[pair{s.Unit, s.Author}] = true
		}
		return true
	})
	for _, p := range slices.SortedFunc(maps.Keys(seen), func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.author, b.author))
	}) {
		if !yield(p.unit, p.author) {
			break
		}
	}
	return nil
}

// ActiveDevices implements storage.FigureReader.
func (r *reader) ActiveDevices(since int64) (out []storage.UnitCount, err error) {
	counts := map[syncproto.ID]int{}
	r.contacts.from("", func(id string, c *storage.Contact) bool {
		if d, ok := r.devices.get(id); ok && d.Revoked == 0 && c.At >= since {
			counts[d.Unit]++
		}
		return true
	})
	for _, unit := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, storage.UnitCount{Unit: unit, Count: counts[unit]})
	}
	return out, nil
}

// Count implements storage.FigureWriter.
func (t *tx) Count(after, upTo int64, add []storage.Counters) error {
	if t.counted != after {
		return syncproto.E(syncproto.CodeStaleRevision, "count", nil)
	}
	t.counted = upTo
	for i := range add {
		c := &add[i]
		key := signed(c.Span) + string(c.Unit)
		sum := map[string]int64{}
		if old, ok := t.counters.get(key); ok {
			sum = maps.Clone(old.Counts)
		}
		for name, n := range c.Counts {
			if sum[name] += n; sum[name] == 0 {
				delete(sum, name)
			}
		}
		if len(sum) == 0 {
			t.counters.drop(key)
			continue
		}
		t.counters.put(key, &storage.Counters{Span: c.Span, Unit: c.Unit, Counts: sum})
	}
	return nil
}

// Uncount implements storage.FigureWriter.
func (t *tx) Uncount() error {
	t.counted, t.counters = 0, tree[*storage.Counters]{}
	return nil
}

// PutCallSum implements storage.FigureWriter.
func (t *tx) PutCallSum(s *storage.CallSum) error {
	if !s.Call.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store sums of a call", nil)
	}
	t.callSums.put(string(s.Call), cloneSum(s))
	return nil
}
