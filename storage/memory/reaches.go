package memory

import (
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Reaches implements storage.CallReader.
func (r *reader) Reaches(call syncproto.ID) ([]storage.Reach, error) {
	pushed := r.pushedBy(call)
	found := map[syncproto.ID]*storage.Reach{}
	for _, m := range r.recipientsWhere(call, "", -1, func(*storage.Recipient) bool { return true }) {
		one, ok := found[m.Unit]
		if !ok {
			one = &storage.Reach{Unit: m.Unit, Choices: map[string]int64{}}
			found[m.Unit] = one
		}
		accepted, registered := pushed[m.Person]
		kept, was := r.pushed.get(string(call) + string(m.Person))
		if registered || was {
			one.Registered++
		}
		if accepted || kept {
			one.Accepted++
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

// pushedBy returns the persons with a registration when a call was handed over, and of each whether a service took it.
func (r *reader) pushedBy(call syncproto.ID) map[syncproto.ID]bool {
	out := map[syncproto.ID]bool{}
	r.intents.from("", func(_ string, i *intent) bool {
		if i.Record != call || !ofCall(i) {
			return true
		}
		r.each(i.Number, 0, func(d *delivery) bool {
			if d.State != storage.DeliveryUnreachable {
				out[d.Person] = out[d.Person] || taken(d)
			}
			return true
		})
		return true
	})
	return out
}

// ofCall reports whether an intent hands a call over to those on its list.
func ofCall(i *intent) bool {
	return slices.Contains(syncproto.CallKinds(), syncproto.CallKind(i.Kind))
}

func taken(d *delivery) bool {
	return d.State == storage.DeliveryAccepted || d.State == storage.DeliveryUnsure
}

// keepPushed keeps what a delivery that is about to be removed says of somebody on a call's list.
func (t *tx) keepPushed(i *intent, d *delivery) {
	key := string(i.Record) + string(d.Person)
	if _, ok := t.recipients.get(key); !ok || !ofCall(i) || d.State == storage.DeliveryUnreachable {
		return
	}
	before, _ := t.pushed.get(key)
	t.pushed.put(key, before || taken(d))
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
