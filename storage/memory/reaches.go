package memory

import (
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Reaches implements storage.CallReader.
func (r *reader) Reaches(call syncproto.ID) ([]storage.Reach, error) {
	found := map[syncproto.ID]*storage.Reach{}
	for _, m := range r.recipientsWhere(call, "", -1, func(*storage.Recipient) bool { return true }) {
		one, ok := found[m.Unit]
		if !ok {
			one = &storage.Reach{Unit: m.Unit, Choices: map[string]int64{}}
			found[m.Unit] = one
		}
		addReach(one, &m)
	}
	var out []storage.Reach
	for _, one := range found {
		out = append(out, *one)
	}
	slices.SortFunc(out, func(a, b storage.Reach) int { return strings.Compare(string(a.Unit), string(b.Unit)) })
	return out, nil
}

func addReach(one *storage.Reach, m *storage.Recipient) {
	count := func(n *int64, is bool) {
		if is {
			*n++
		}
	}
	one.Eligible++
	count(&one.Arrived, m.Received > 0 || m.Shown > 0 || m.Opened > 0)
	count(&one.Opened, m.Opened > 0)
	count(&one.Answered, m.Choice != "")
	if m.Choice != "" {
		one.Choices[m.Choice]++
	}
	one.Places += placesOf(m)
	count(&one.Waiting, m.Standing == syncproto.StateWaiting)
	count(&one.Late, m.Standing == syncproto.StateLate)
	if m.Came > 0 {
		one.Came++
		one.CamePeople += max(m.Count, 1)
	}
}
