package mobilesdk

import (
	"context"
	"encoding/base64"
	"time"

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
	body, response, err := e.do(ctx, request, timeout(len(request.Body), 0))
	if response != nil {
		s.BytesUp, s.BytesDown = s.BytesUp+response.Sent, s.BytesDown+response.Received
	}
	if err != nil {
		return err
	}
	r, err := syncproto.DecodeEnrollResponse(body)
	if err != nil {
		return syncproto.E(syncproto.CodeBodyIncomplete, "read fork", err)
	}
	token, err := e.store.SealToken(r.Token)
	if err != nil {
		return err
	}
	s.Forked = true
	return e.store.Update(context.WithoutCancel(ctx), "fork", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || state.Forking == nil || state.Forking.Device != r.Device {
			return err
		}
		state.Token, state.Forks, state.Forking = token, state.Forks+1, nil
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
		part, err := tx.WaitingOf(old, 500)
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

// Enroll joins the phone to a person and a unit. Repeating it with the same code after a lost answer gets the same
// answer. A phone that was revoked may enroll again as the same person: everything unsent goes under its new device.
func (e *Engine) Enroll(ctx context.Context, server, code string) error {
	bare, err := syncproto.ParseEnrollCode(code)
	if err != nil {
		return err
	}
	server, err = cleanServer(server)
	if err != nil {
		return err
	}
	select {
	case e.syncing <- struct{}{}:
		defer func() { <-e.syncing }()
	case <-ctx.Done():
		return syncproto.E(syncproto.CodeTimeout, "enroll", ctx.Err())
	}
	joining, err := e.joining(ctx, server, bare)
	if err != nil {
		return err
	}
	body := syncproto.AppendEnrollRequest(nil, &syncproto.EnrollRequest{
		Code: bare, Device: joining.Device, Nonce: joining.Nonce, App: e.cfg.App,
	})
	answer, _, err := e.do(ctx, &Request{Server: server, Path: "/v1/enroll", Body: body}, 30*time.Second)
	if err != nil {
		return err
	}
	r, err := syncproto.DecodeEnrollResponse(answer)
	if err != nil {
		return syncproto.E(syncproto.CodeBodyIncomplete, "read enrollment", err)
	}
	token, err := e.store.SealToken(r.Token)
	if err != nil {
		return err
	}
	return e.store.Update(context.WithoutCancel(ctx), "enroll", func(tx *phonestore.Tx) error {
		return enrolled(tx, server, token, r)
	})
}

func (e *Engine) joining(ctx context.Context, server, code string) (*phonestore.Identity, error) {
	var out *phonestore.Identity
	err := e.store.Update(ctx, "joining", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if j := state.Joining; j != nil && j.Server == server && j.Code == code {
			out = j
			return nil
		}
		if out, err = e.newIdentity(); err != nil {
			return err
		}
		out.Server, out.Code = server, code
		state.Joining = out
		return nil
	})
	return out, err
}

func enrolled(tx *phonestore.Tx, server string, token []byte, r *syncproto.EnrollResponse) error {
	state, err := tx.State()
	if err != nil {
		return err
	}
	if state.Person != "" && state.Person != r.Person {
		return syncproto.E(syncproto.CodeBundlePerson, "enroll", nil) // a profile is one person's, for good
	}
	state.Server, state.Token, state.Joining, state.Forking = server, token, nil, nil
	state.Person, state.Name, state.Unit, state.UnitName, state.Role = r.Person, r.Name, r.Unit, r.UnitName, r.Role
	state.Revoked, state.LastError = false, ""
	if state.Epoch == "" {
		state.Epoch = r.Epoch
		state.EpochNumber(r.Epoch)
	}
	return renumber(tx, state, r.Device)
}
