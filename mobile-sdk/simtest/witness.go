package simtest

import (
	"slices"

	"lantoa/syncproto"
)

// witness reads every exchange on the wire, whichever backend serves it, and remembers what was answered.
type witness struct {
	outcomes map[identity]syncproto.Outcome
	effects  map[syncproto.ID]identity // under which number a mutation had its effect
	changes  map[step][]change
}

// identity is a device's number.
type identity struct {
	device syncproto.ID
	number int64
}

func newWitness() *witness {
	return &witness{outcomes: map[identity]syncproto.Outcome{}, effects: map[syncproto.ID]identity{}, changes: map[step][]change{}}
}

// witness checks what can be checked on one exchange alone.
func (w *World) witness(path, token string, body, answer []byte) {
	switch path {
	case "/v1/enroll", "/v1/fork":
		if r, err := syncproto.DecodeEnrollResponse(answer); err == nil {
			w.tokens[r.Token], w.owners[r.Device] = r.Device, r.Person
		}
	case "/v1/sync":
		q, err := syncproto.DecodeSyncRequest(body)
		if err != nil {
			return
		}
		r, err := syncproto.DecodeSyncResponse(answer)
		if err != nil {
			w.violate(Decodes, "response: %v", err)
			return
		}
		device := w.tokens[token]
		w.witnessPush(device, q, r)
		w.witnessPull(device, q, r)
	}
}

func (w *World) witnessPush(device syncproto.ID, q *syncproto.SyncRequest, r *syncproto.SyncResponse) {
	sent, whole := map[int64]syncproto.ID{}, map[int64]*syncproto.PushedMutation{}
	for i := range q.Mutations {
		sent[q.Mutations[i].Number], whole[q.Mutations[i].Number] = q.Mutations[i].ID, &q.Mutations[i]
	}
	for _, o := range r.Outcomes {
		id, name := identity{device, o.Number}, sent[o.Number]
		w.say("    device %s n=%d %s -> %s %s", short(device), o.Number, short(name), o.Result, o.Code)
		if first, seen := w.wire.outcomes[id]; seen && first != o {
			w.violate(OutcomesStable, "device %s n=%d was %+v, is %+v", short(device), o.Number, first, o)
		}
		w.wire.outcomes[id] = o
		if m := whole[o.Number]; m != nil && m.Err == nil && o.Revision > 0 {
			at := step{m.Record, o.Revision}
			w.wire.changes[at] = append(w.wire.changes[at], change{device, m.BaseRevision, m.Set})
		}
		if name == "" || o.Result == syncproto.Duplicate || o.Result == syncproto.Rejected {
			continue
		}
		if other, had := w.wire.effects[name]; had && other != id {
			w.violate(ExactlyOnce, "mutation %s had its effect as %s n=%d and as %s n=%d", short(name),
				short(other.device), other.number, short(device), o.Number)
		}
		w.wire.effects[name] = id
	}
}

// witnessPull checks that nothing travels that the device may not see.
func (w *World) witnessPull(device syncproto.ID, q *syncproto.SyncRequest, r *syncproto.SyncResponse) {
	follows := w.follows(w.owners[device])
	facts := w.server.Facts()
	for _, page := range r.Pages {
		w.fill(q, page.Changes)
		w.say("    page %s fresh=%v changes=%d caught_up=%v", page.Scope, page.Fresh, len(page.Changes), page.CaughtUp)
		w.witnessChanges(facts, device, follows, page.Scope, page.Changes)
	}
	for _, leaf := range r.Leaves {
		w.say("    leaf %s %d changes=%d", leaf.Scope, leaf.Leaf, len(leaf.Changes))
		w.witnessChanges(facts, device, follows, leaf.Scope, leaf.Changes)
	}
}

// fill puts back what the server does not repeat because the request had it.
func (w *World) fill(q *syncproto.SyncRequest, changes []syncproto.Change) {
	sent := func(field string, number int64) (syncproto.Value, bool) {
		for i := range q.Mutations {
			if q.Mutations[i].Number == number {
				v, ok := q.Mutations[i].Set[field]
				return v, ok
			}
		}
		return "", false
	}
	for i := range changes {
		if err := changes[i].Fill(sent); err != nil || len(changes[i].Sent) > 0 {
			w.violate(Decodes, "change of %s: %v", short(changes[i].ID), err)
		}
	}
}

func (w *World) witnessChanges(facts Facts, device syncproto.ID, follows []syncproto.Scope, scope syncproto.Scope, changes []syncproto.Change) {
	if !slices.Contains(follows, scope) {
		w.violate(OnlyGranted, "device %s got pages of %s", short(device), scope)
		return
	}
	for i := range changes {
		if changes[i].Removed {
			continue
		}
		r, err := syncproto.DecodeRecord(changes[i].Wire)
		if err != nil {
			w.violate(Decodes, "record: %v", err)
			continue
		}
		w.checkAuthor(r)
		if r.Deleted {
			continue
		}
		if !slices.Contains(syncproto.Placement(r, topmost(facts, r)), scope) {
			w.violate(OnlyGranted, "device %s got %s %s in state %q through %s", short(device), r.Kind, short(r.ID), r.State, scope)
		}
	}
}

// topmost returns the highest ancestor of a record that is known, as far up as the product looks.
func topmost(facts Facts, r *syncproto.Record) *syncproto.Record {
	var top *syncproto.Record
	for range 4 {
		id := r.Parent()
		if id == "" {
			return top
		}
		f := facts.Record(id)
		if f == nil {
			return top
		}
		top, r = f.Record, f.Record
	}
	return top
}

// forget is called when the database goes back in time: what it answered since may be answered differently.
func (w *witness) forget() { *w = *newWitness() }
