package mobilesdk

import (
	"context"
	"strconv"
	"strings"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// maxAnchors bounds the boots that the phone remembers; cheap phones restart often, captures rarely wait longer.
const maxAnchors = 16

// plan is one request as it was built, with what its answer will be held against.
type plan struct {
	request *Request
	sent    []*phonestore.Mutation
	budget  int
	held    bool  // the batch ends before a photo whose copies are being made
	files   int64 // what phonestore.Store.MediaChanges said before the reading
	anew    bool  // there was no cursor: the answer begins everything from nothing
}

// build reads everything that a round sends, on one snapshot. Nothing in the outbox is locked or changed: a capture
// that comes while the request is under way waits for the next round.
func (e *Engine) build(ctx context.Context) (*plan, error) {
	p := &plan{files: e.store.MediaChanges()}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if state.Device == "" {
			return syncproto.E(syncproto.CodeNotEnrolled, "sync", nil)
		}
		counts, err := tx.Counts()
		if err != nil {
			return err
		}
		budget, room, most := e.pace.ask()
		r := &syncproto.SyncRequest{
			Protocol: syncproto.ProtocolVersion, App: e.cfg.App, Cursor: state.Cursor, MaxBytes: budget,
			Acknowledged: state.Judged, Unsent: counts.Unsent,
		}
		p.budget, p.anew = budget, state.Cursor == ""
		if err := e.addBatch(tx, state, r, p, room, most); err != nil {
			return err
		}
		if err := e.addTroubles(tx, state, counts, r, p); err != nil {
			return err
		}
		if err := addRepairs(tx, r); err != nil {
			return err
		}
		token, err := e.store.OpenToken(state.Token)
		p.request = &Request{Server: state.Server, Path: "/v1/sync", Token: token, Body: syncproto.AppendSyncRequest(nil, r)}
		return err
	})
	return p, err
}

// addBatch adds the head of the outbox: at least one mutation, then as many as fit.
func (e *Engine) addBatch(tx *phonestore.Tx, state *phonestore.State, r *syncproto.SyncRequest, p *plan, room, most int) error {
	held, err := heldRecords(tx)
	if err != nil {
		return err
	}
	boots := map[string]bool{}
	size, last := 0, int64(0)
	add := func(m *phonestore.Mutation) (bool, error) {
		if last != 0 && m.Number != last+1 {
			return false, nil // a hole is filled when the server names it (out_of_order)
		}
		if held[m.Record] {
			p.held = true
			return false, nil
		}
		wire, boot := compose(m, state)
		if size > 0 && (size+len(wire) > room || len(r.Mutations) >= most) {
			return false, nil
		}
		size, last = size+len(wire), m.Number
		r.Mutations = append(r.Mutations, syncproto.PushedMutation{Wire: wire})
		p.sent = append(p.sent, m)
		boots[boot] = true
		return true, nil
	}
	if err := tx.EachWaiting(add); err != nil {
		return err
	}
	if len(p.sent) > 0 {
		r.Refer = true
		at := e.captureClock()
		r.Clock = &syncproto.Clock{Wall: at.Device, Boot: at.Boot, Uptime: at.Uptime}
		for _, a := range state.Anchors {
			if boots[a.Boot] && a.Boot != at.Boot {
				r.Clock.Anchors = append(r.Clock.Anchors, a)
			}
		}
	}
	return nil
}

// compose writes a mutation as it travels now: with its number, where it comes from, and the epoch of its base if that
// is not the epoch of the request's cursor.
func compose(m *phonestore.Mutation, state *phonestore.State) (wire []byte, boot string) {
	if m.Record == "" {
		return syncproto.AppendMutation(nil, &syncproto.Mutation{Number: m.Number, Void: true}), ""
	}
	d, err := syncproto.DecodeMutation(m.Wire)
	if err != nil {
		// Only a damaged row gets here. Its number must be used, and its payload must reach the server as it is.
		return []byte(`{"n":` + strconv.FormatInt(m.Number, 10) + `,"damaged":` + string(syncproto.Text(string(m.Wire))) + `}`), ""
	}
	d.Number, d.Origin = m.Number, m.Origin
	if d.BaseRevision > 0 && m.Epoch != state.CursorEpoch {
		d.BaseEpoch = m.Epoch
	}
	return syncproto.AppendMutation(nil, d), d.Captured.Boot
}

// addRepairs asks for what the repair of a scope needs next.
func addRepairs(tx *phonestore.Tx, r *syncproto.SyncRequest) error {
	scopes, err := tx.Scopes()
	if err != nil {
		return err
	}
	for _, name := range sortedScopes(scopes) {
		s := scopes[name]
		switch s.Repair {
		case repairDigest, repairVerify:
			r.Digests = append(r.Digests, s.Name)
		case repairLeaves:
			for _, want := range parseLeaves(s.Leaves) {
				if len(r.Leaves) < leavesPerRound {
					r.Leaves = append(r.Leaves, syncproto.LeafWanted{Scope: s.Name, Leaf: want.leaf, After: want.after})
				}
			}
		}
	}
	return nil
}

// leafWant is a leaf that a repair still has to read, from a record on.
type leafWant struct {
	leaf  int
	after syncproto.ID
}

func parseLeaves(text string) (out []leafWant) {
	for part := range strings.FieldsSeq(text) {
		number, after, _ := strings.Cut(part, "/")
		leaf, err := strconv.Atoi(number)
		if err == nil {
			out = append(out, leafWant{leaf, syncproto.ID(after)})
		}
	}
	return out
}

func formatLeaves(wants []leafWant) string {
	var b strings.Builder
	for _, w := range wants {
		b.WriteString(strconv.Itoa(w.leaf))
		if w.after != "" {
			b.WriteString("/" + string(w.after))
		}
		b.WriteByte(' ')
	}
	return b.String()
}
