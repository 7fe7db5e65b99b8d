package mobilesdk

import (
	"context"
	"encoding/base64"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// newIdentity makes what a phone sends when it asks for a device of its own. It is stored before it is sent, so that a
// repeat after a lost answer is the same question.
func (e *Engine) newIdentity() (*phonestore.Identity, error) {
	id, err := e.newID()
	if err != nil {
		return nil, err
	}
	var nonce [24]byte
	if _, err := (lockedRandom{e}).Read(nonce[:]); err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, "make nonce", err)
	}
	return &phonestore.Identity{Device: id, Nonce: base64.RawURLEncoding.EncodeToString(nonce[:])}, nil
}

// prepareFork makes the phone's next identity: its numbers were used by a copy of it (S-125).
func (e *Engine) prepareFork(state *phonestore.State) (err error) {
	if state.Forking == nil {
		state.Forking, err = e.newIdentity()
	}
	return err
}

// finishFork exchanges the prepared identity for a token, and renumbers the outbox under it.
func (e *Engine) finishFork(ctx context.Context, s *Summary) error {
	var request *Request
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || state.Forking == nil {
			return err
		}
		token, err := e.store.OpenToken(state.Token)
		body := syncproto.AppendForkRequest(nil, &syncproto.ForkRequest{Device: state.Forking.Device, Nonce: state.Forking.Nonce})
		request = &Request{Server: state.Server, Path: "/v1/fork", Token: token, Body: body}
		return err
	})
	if err != nil || request == nil {
		return err
	}
	r, err := e.askToJoin(ctx, request, s)
	if err != nil {
		return err
	}
	s.Forked = true
	return e.store.Update(context.WithoutCancel(ctx), "fork", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || state.Forking == nil || state.Forking.Device != r.Device {
			return err
		}
		joins, err := e.store.OpenJoins(state)
		if err != nil {
			return err
		}
		fork := *state.Forking
		// Whichever of the two is the copy: told again from here, the address would be taken from a phone that is rung by it.
		// The app says anyway at its next start where this phone is rung.
		state.Push = nil
		if err := e.keepJoins(state, append(joins, phonestore.Join{Identity: fork, Token: r.Token})); err != nil {
			return err
		}
		state.Forks, state.Forking = state.Forks+1, nil
		if fork.Regroup {
			return e.regroup(tx, state, r.Device, s)
		}
		return renumber(tx, state, r.Device)
	})
}

// renumber gives the outbox to a new device id: from 1, each mutation keeping its first identity as its origin, so that
// the server applies it once whoever brings it. What was judged stays in the journal under the old id.
func renumber(tx *phonestore.Tx, state *phonestore.State, device syncproto.ID) error {
	old := state.Device
	state.Device, state.Next, state.Judged, state.Durable = device, 1, 0, 0
	state.Cursor, state.CursorEpoch, state.CaughtUp = "", "", false
	if old == "" || old == device {
		return nil
	}
	for {
		part, err := tx.WaitingOf(old, renumberPart)
		if err != nil || len(part) == 0 {
			return err
		}
		for _, m := range part {
			if m.Record == "" { // a void filled a hole that the new numbers do not have
				if err := tx.Discard(m); err != nil {
					return err
				}
				continue
			}
			if m.Origin == nil {
				m.Origin = &syncproto.Origin{Device: old, Number: m.Number}
			}
			m.Device, m.Number = device, state.Next
			state.Next++
			if err := tx.Reopen(m); err != nil {
				return err
			}
		}
	}
}

// renumberPart is how many mutations are moved at a time, to bound memory.
const renumberPart = 500

// regroup is renumber for the journal too: everything that the phone still holds goes into the outbox of a new device,
// in the order of capture. What the server knows of it, it applies no second time.
func (e *Engine) regroup(tx *phonestore.Tx, state *phonestore.State, device syncproto.ID, s *Summary) error {
	state.Device, state.Next, state.Judged, state.Durable = device, 1, 0, 0
	state.Cursor, state.CursorEpoch, state.CaughtUp = "", "", false
	touched := map[syncproto.ID]bool{}
	for after := int64(0); ; {
		part, err := tx.Held(device, after, renumberPart)
		if err != nil {
			return err
		}
		if len(part) == 0 {
			return e.rebuildAll(tx, state, touched)
		}
		for _, m := range part {
			after = m.Seq
			if m.Record == "" {
				if err := tx.Discard(m); err != nil {
					return err
				}
				continue
			}
			if m.Judged && s != nil {
				s.Reoffered++
				state.Reoffered++
			}
			if m.Origin == nil {
				m.Origin = &syncproto.Origin{Device: m.Device, Number: m.Number}
			}
			m.Device, m.Number = device, state.Next
			state.Next++
			if err := tx.Reopen(m); err != nil {
				return err
			}
			touched[m.Record] = true
		}
	}
}

// believeFork is the deliberate bug of hook.IgnoreFork.
func (a *application) believeFork() error {
	for _, m := range a.plan.sent {
		if err := a.tx.Discard(m); err != nil {
			return err
		}
		a.touched[m.Record] = true
	}
	return nil
}
