package mobilesdk

import "lantoa/syncproto"

// sentValue returns what a mutation of this round's request set a field to: the server does not send a volunteer's own
// words back (S-77).
func (a *application) sentValue(field string, number int64) (syncproto.Value, bool) {
	for _, m := range a.plan.sent {
		if m.Number != number {
			continue
		}
		if a.decoded == nil {
			a.decoded = map[int64]syncproto.Fields{}
		}
		set, known := a.decoded[number]
		if !known {
			if d, err := syncproto.DecodeMutation(m.Wire); err == nil {
				set = d.Set
			}
			a.decoded[number] = set
		}
		v, ok := set[field]
		return v, ok
	}
	return "", false
}
