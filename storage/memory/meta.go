package memory

import (
	"crypto/rand"
	"maps"
	"slices"

	"lantoa/syncproto"
)

// Epoch implements storage.MetaReader.
func (r *reader) Epoch() (syncproto.Epoch, error) { return r.epoch, nil }

// Key implements storage.MetaReader.
func (r *reader) Key() ([]byte, error) { return slices.Clone(r.key), nil }

// Access implements storage.MetaReader.
func (r *reader) Access() (uint64, error) { return r.access, nil }

// NewEpoch implements storage.MetaWriter.
func (t *tx) NewEpoch() (syncproto.Epoch, error) {
	rand.Read(t.epoch[:])
	return t.epoch, nil
}

// Compact implements storage.MetaWriter. What records were, tombstones too, stays in their revisions.
func (t *tx) Compact(before int64) error {
	t.numbers.from("", func(n string, scope syncproto.Scope) bool {
		t.compactScope(n, scope, before)
		return true
	})
	t.judged.from("", func(key string, j judged) bool {
		c, ok := t.contacts.get(key[:len(key)-8])
		if ok && j.at < before && j.Outcome.Number <= c.Acknowledged {
			t.judged.drop(key)
		}
		return true
	})
	return nil
}

func (t *tx) compactScope(n string, scope syncproto.Scope, before int64) {
	current, _ := t.heads.get(string(scope))
	head := *current
	t.feed.under(n, "", func(sequence string, e entry) bool {
		if e.live || e.at >= before {
			return true
		}
		t.feed.drop(n + sequence)
		head.Floor = max(head.Floor, ofNumber(sequence))
		k, _ := t.records.get(string(e.record))
		c := *k
		c.places = maps.Clone(k.places)
		delete(c.places, head.Number)
		t.records.put(string(e.record), &c)
		return true
	})
	t.heads.put(string(scope), &head)
}
