package memory

import "lantoa/syncproto"

// Told implements storage.DeliveryReader.
func (r *reader) Told(day int64, persons []syncproto.ID) (map[syncproto.ID]int64, error) {
	out := map[syncproto.ID]int64{}
	for _, person := range persons {
		if n, ok := r.tellings.get(signed(day) + string(person)); ok {
			out[person] = n
		}
	}
	return out, nil
}

// TellingCounts implements storage.DeliveryReader.
func (r *reader) TellingCounts(from, until int64) (map[int64]int64, error) {
	times := map[string]int64{}
	r.tellings.from(signed(from), func(key string, n int64) bool {
		if key[:8] >= signed(until) {
			return false
		}
		times[key[8:]] += n
		return true
	})
	out := map[int64]int64{}
	for _, n := range times {
		out[n]++
	}
	return out, nil
}

// Tell implements storage.DeliveryWriter.
func (t *tx) Tell(day int64, persons []syncproto.ID) error {
	for _, person := range persons {
		if !person.Valid() {
			return syncproto.E(syncproto.CodeInvalidID, "write what was told", nil)
		}
	}
	for _, person := range persons {
		key := signed(day) + string(person)
		n, _ := t.tellings.get(key)
		t.tellings.put(key, n+1)
	}
	return nil
}
