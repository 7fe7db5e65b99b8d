package mobilesdk

import (
	"context"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Enroll joins the phone to a person and a unit. Repeating it with the same code after a lost answer gets the same
// answer. What was captured before there was an enrollment becomes the person's. A phone that was revoked may enroll
// again as the same person: everything unsent goes under its new device. A code of another person is refused
// (profile_other_person) and nothing changes; see Adopt.
func (e *Engine) Enroll(ctx context.Context, server, code string) error {
	return e.enroll(ctx, server, code, false)
}

// Adopt is Enroll for a profile whose person the server knows under another identity now, because it lost the old one
// for good. Somebody in front of the phone must say that both are them: everything that the phone holds and no backup
// covers is offered under the new identity, in the order in which it was captured. While a phone whose access ended still
// sends what it holds (S-188) its work is nobody else's: profile_other_person.
func (e *Engine) Adopt(ctx context.Context, server, code string) error {
	return e.enroll(ctx, server, code, true)
}

func (e *Engine) enroll(ctx context.Context, server, code string, adopt bool) error {
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
	r, err := e.askToJoin(ctx, e.enrollRequest(joining, ""), &Summary{})
	if err != nil {
		return err
	}
	e.rejoins = rejoins{}
	return e.store.Update(context.WithoutCancel(ctx), "enroll", func(tx *phonestore.Tx) error {
		return e.enrolled(tx, phonestore.Join{Identity: *joining, Token: r.Token}, r, adopt)
	})
}

func (e *Engine) enrollRequest(who *phonestore.Identity, token string) *Request {
	return &Request{Server: who.Server, Path: "/v1/enroll", Body: syncproto.AppendEnrollRequest(nil, &syncproto.EnrollRequest{
		Code: who.Code, Device: who.Device, Nonce: who.Nonce, App: e.cfg.App, Token: token,
	})}
}

// askToJoin sends an enrollment or a fork.
func (e *Engine) askToJoin(ctx context.Context, request *Request, s *Summary) (*syncproto.EnrollResponse, error) {
	body, response, err := e.do(ctx, request, 30*time.Second)
	if response != nil {
		s.BytesUp, s.BytesDown = s.BytesUp+response.Sent, s.BytesDown+response.Received
	}
	if err != nil {
		return nil, err
	}
	r, err := syncproto.DecodeEnrollResponse(body)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeBodyIncomplete, "read credential", err)
	}
	return r, nil
}

// joining returns the identity under which the phone enrolls with a code, making and storing it the first time.
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

func (e *Engine) enrolled(tx *phonestore.Tx, join phonestore.Join, r *syncproto.EnrollResponse, adopt bool) error {
	state, err := tx.State()
	if err != nil {
		return err
	}
	other := state.Person != "" && state.Person != r.Person
	if other && (!adopt || state.Ended > 0) { // a server that ends an access has not lost who had it
		return syncproto.E(syncproto.CodeOtherPerson, "enroll", nil) // who is who is not for a program to guess
	}
	if err := e.keepJoins(state, []phonestore.Join{join}); err != nil {
		return err
	}
	early := state.Device == ""
	state.Server, state.Joining, state.Forking = join.Server, nil, nil
	state.Person, state.Name, state.Unit, state.UnitName, state.Role = r.Person, r.Name, r.Unit, r.UnitName, r.Role
	state.Revoked, state.LastError = false, ""
	state.Ended, state.Unwanted, state.Removed, state.Swept = 0, nil, 0, false
	e.ended.Store(false)
	if state.Push != nil && state.Push.Clear {
		state.Push = nil // of a device that is no more
	}
	state.Push.Untold()
	if state.Epoch == "" {
		state.Epoch = r.Epoch
		state.EpochNumber(r.Epoch)
	}
	switch {
	case early:
		state.Device = r.Device
		return e.claim(tx, state)
	case adopt && state.Device != r.Device:
		return e.regroup(tx, state, r.Device, nil)
	}
	return renumber(tx, state, r.Device)
}

// keepJoins stores how the phone came to be its device, and the token that goes with it.
func (e *Engine) keepJoins(state *phonestore.State, joins []phonestore.Join) (err error) {
	if state.Joins, err = e.store.SealJoins(joins); err != nil {
		return err
	}
	state.Token, err = e.store.SealToken(joins[len(joins)-1].Token)
	return err
}

// standIn gives a phone that is not enrolled somebody to capture as. On the day of a flood the app may be minutes old.
func (e *Engine) standIn(state *phonestore.State) error {
	if state.Device != "" || state.Standin != nil {
		return nil
	}
	s := &phonestore.Standin{}
	for _, id := range []*syncproto.ID{&s.Device, &s.Person, &s.Unit} {
		var err error
		if *id, err = e.newID(); err != nil {
			return err
		}
	}
	state.Standin = s
	return nil
}

// claim makes what was captured before the enrollment the person's: under the device, with the number it had and no
// origin, because no server ever saw it.
func (e *Engine) claim(tx *phonestore.Tx, state *phonestore.State) error {
	if state.Standin == nil {
		return nil
	}
	state.Standin.Heir, state.Standin.Home = state.Device, state.Unit
	touched := map[syncproto.ID]bool{}
	for {
		part, err := tx.WaitingOf(state.Standin.Device, renumberPart)
		if err != nil {
			return err
		}
		if len(part) == 0 {
			return e.rebuildAll(tx, state, touched)
		}
		for _, m := range part {
			if d, err := syncproto.DecodeMutation(m.Wire); err == nil {
				m.Wire = claimed(state.Standin, d)
			}
			if err := tx.Claim(m, state.Device); err != nil {
				return err
			}
			touched[m.Record] = true
		}
	}
}

// claimed writes a mutation from before the enrollment as it is written since.
func claimed(s *phonestore.Standin, m *syncproto.Mutation) []byte {
	if m.Unit == s.Unit {
		m.Unit = s.Home
	}
	return bareWire(m)
}
