package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Patch is an edit: what to set (Null clears), and for set fields what to add and remove.
type Patch struct {
	Set    syncproto.Fields
	Add    map[string][]syncproto.Value
	Remove map[string][]syncproto.Value
}

// Create captures a new record of the person's unit and returns its id. It is durable when Create returns.
func (e *Engine) Create(ctx context.Context, kind syncproto.Kind, parent syncproto.ID, set syncproto.Fields) (syncproto.ID, error) {
	id, err := e.newID()
	if err != nil {
		return "", err
	}
	set = set.Clone()
	if set == nil {
		set = syncproto.Fields{}
	}
	if parent != "" {
		set["parent"] = syncproto.Text(string(parent))
	}
	if !syncproto.PhoneWrites(kind) {
		return "", syncproto.E(syncproto.CodeKindReadOnly, "create", nil)
	}
	return id, e.capture(ctx, func(c *capture) error {
		return c.add(&syncproto.Mutation{Record: id, Kind: kind, Unit: c.state.Self().Unit, Set: set})
	})
}

// Edit captures a change of a record.
func (e *Engine) Edit(ctx context.Context, record syncproto.ID, p Patch) error {
	return e.capture(ctx, func(c *capture) error {
		return c.add(&syncproto.Mutation{Record: record, Set: p.Set, Add: p.Add, Remove: p.Remove})
	})
}

// Delete captures the deletion of a record.
func (e *Engine) Delete(ctx context.Context, record syncproto.ID) error {
	return e.capture(ctx, func(c *capture) error {
		return c.add(&syncproto.Mutation{Record: record, Delete: true})
	})
}

// Command captures a step of a record's state machine. A step that the phone can see to be impossible is refused at
// once; every other is the server's to judge.
func (e *Engine) Command(ctx context.Context, record syncproto.ID, command syncproto.Command, reason string) error {
	return e.capture(ctx, func(c *capture) error {
		return c.add(&syncproto.Mutation{Record: record, Command: command, Reason: reason})
	})
}

// RestoreConflict puts the losing side of a conflict back and marks it restored, as one act: both or neither.
func (e *Engine) RestoreConflict(ctx context.Context, conflict syncproto.ID) error {
	return e.capture(ctx, func(c *capture) error {
		r, err := c.conflict(conflict)
		if err != nil {
			return err
		}
		lost := r.Fields["lost"]
		set := syncproto.Fields{}
		if field := r.Fields["field"].TextOr(""); field != "" {
			set[field] = lost
		} else if whole, ok := lost.AsObject(); ok {
			set = whole
		}
		if len(set) > 0 {
			if err := c.add(&syncproto.Mutation{Record: r.Parent(), Set: set}); err != nil {
				return err
			}
		}
		return c.add(&syncproto.Mutation{Record: conflict, Command: syncproto.CommandRestore})
	})
}

// DismissConflict accepts what the record holds.
func (e *Engine) DismissConflict(ctx context.Context, conflict syncproto.ID) error {
	return e.capture(ctx, func(c *capture) error {
		if _, err := c.conflict(conflict); err != nil {
			return err
		}
		return c.add(&syncproto.Mutation{Record: conflict, Command: syncproto.CommandDismiss})
	})
}

// capture is one durable transaction of things that a person did.
type capture struct {
	e     *Engine
	tx    *phonestore.Tx
	state *phonestore.State
}

func (e *Engine) capture(ctx context.Context, act func(*capture) error) error {
	err := e.store.Update(ctx, "capture", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if err := e.standIn(state); err != nil {
			return err
		}
		return act(&capture{e: e, tx: tx, state: state})
	})
	if err == nil {
		e.noteCapture()
	}
	return err
}

func (c *capture) conflict(id syncproto.ID) (*syncproto.Record, error) {
	cur, err := c.e.current(c.tx, id)
	if err != nil {
		return nil, err
	}
	if cur.record == nil || cur.record.Kind != syncproto.KindConflict {
		return nil, syncproto.E(syncproto.CodeNotThere, "decide conflict", nil)
	}
	if cur.record.State != syncproto.StateOpen {
		return nil, syncproto.E(syncproto.CodeWrongState, "decide conflict", nil)
	}
	return cur.record, nil
}

// add numbers a mutation, appends it to the outbox with what merging will need, and replays it over the view.
func (c *capture) add(m *syncproto.Mutation) error { return c.addOver(m, 0, "") }

// addOver is add for what was captured over a revision of an epoch before. It keeps that base if the record has left the
// phone since: without one it would be a creation, and make its sender the author of somebody else's record.
func (c *capture) addOver(m *syncproto.Mutation, base int64, epoch string) error {
	cur, err := c.e.current(c.tx, m.Record)
	if err != nil {
		return err
	}
	if cur.record == nil && m.Kind == "" {
		return syncproto.E(syncproto.CodeNotThere, "capture", nil)
	}
	if m.Kind == "" {
		m.Kind = cur.record.Kind
	}
	stored := &phonestore.Mutation{Device: c.state.Self().Device, Number: c.state.Next, Record: m.Record, Kind: m.Kind, Epoch: epoch}
	m.BaseRevision = base
	if cur.row != nil {
		m.BaseRevision = cur.row.Revision
		stored.Epoch = c.state.EpochName(cur.row.Epoch)
		stored.Base = proseOf(cur.server, m)
	}
	if m.ID, err = c.e.newID(); err != nil {
		return err
	}
	m.Captured, m.Number = c.e.captureClock(), c.state.Next
	stored.Captured = m.Captured.Device
	if err := m.Validate(); err != nil {
		return err
	}
	if stored.Wire = bareWire(m); len(stored.Wire)+64 > syncproto.MaxMutationBytes {
		return syncproto.E(syncproto.CodeTooLarge, "capture", nil)
	}
	o := overlay{e: c.e, tx: c.tx, state: c.state, record: cur.record, at: cur.at, row: cur.row}
	verdict, err := o.replay(stored, m)
	if err != nil {
		return err
	}
	if verdict.Result == syncproto.Rejected && hopeless(m, verdict.Code) {
		return &syncproto.Error{Code: verdict.Code, Op: "capture", Detail: verdict.Detail}
	}
	if err := c.tx.AddMutation(stored); err != nil {
		return err
	}
	c.state.Next++
	if err := c.follow(verdict.Parent); err != nil {
		return err
	}
	return o.store(m.Record)
}

// follow shows what a change of a part does to its whole: what was approved goes back to review.
func (c *capture) follow(whole *syncproto.Record) error {
	if whole == nil {
		return nil
	}
	cur, err := c.e.current(c.tx, whole.ID)
	if err != nil {
		return err
	}
	return c.tx.PutView(&phonestore.View{Record: whole, At: cur.at})
}

// hopeless reports whether telling the person now is better than sending. Content is never refused for what only the
// server can know; a command carries no content, and a person in front of the screen can choose another.
func hopeless(m *syncproto.Mutation, code syncproto.Code) bool {
	switch code {
	case syncproto.CodeUnknownCommand, syncproto.CodeReasonRequired, syncproto.CodeKindReadOnly, syncproto.CodeInvalidField,
		syncproto.CodeErased: // it must not be kept, here neither
		return true
	case syncproto.CodeWrongState:
		return m.Command != ""
	}
	return false
}

// bareWire encodes a mutation without what may still change while it waits: number, origin, epoch of the base.
func bareWire(m *syncproto.Mutation) []byte {
	bare := *m
	bare.Number, bare.Origin, bare.BaseEpoch = 0, nil, ""
	return syncproto.AppendMutation(nil, &bare)
}

// proseOf picks the long texts that a mutation sets, as the server had them: the phone needs them to merge as the
// server will, after newer revisions have come down.
func proseOf(server *syncproto.Record, m *syncproto.Mutation) syncproto.Fields {
	var base syncproto.Fields
	for name := range m.Set {
		if server == nil || !syncproto.IsProse(m.Kind, name) {
			continue
		}
		if base == nil {
			base = syncproto.Fields{}
		}
		base[name] = server.Fields[name]
	}
	return base
}

func (e *Engine) actor(state *phonestore.State) reconcile.Actor {
	self := state.Self()
	return reconcile.Actor{
		Device: self.Device, Person: self.Person, Member: true,
		Editor: state.Role == syncproto.RoleEditor || state.Role == syncproto.RoleAdmin,
		Admin:  state.Role == syncproto.RoleAdmin || state.Role == syncproto.RoleOperator,
	}
}
