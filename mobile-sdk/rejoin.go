package mobilesdk

import (
	"context"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// rejoins spaces out attempts to join again: a server that lost a phone for good is not to be asked in each round.
type rejoins struct {
	wait time.Duration
	next time.Duration // uptime
}

const (
	firstRejoin = time.Minute
	lastRejoin  = time.Hour
)

// rejoin repeats how the phone joined, for a server that was restored from before (S-133): the last step that the server
// can follow, and each after it. Every step gets the answer that it got before. cause is the server's token_unknown;
// it is returned when joining again does not help, because its sentence says what does.
func (e *Engine) rejoin(ctx context.Context, s *Summary, cause error) error {
	if now := e.cfg.Clock.Uptime(); now < e.rejoins.next {
		return cause
	}
	var person syncproto.ID
	var joins []phonestore.Join
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		person = state.Person
		joins, err = e.store.OpenJoins(state)
		return err
	})
	if err != nil {
		return err
	}
	server := joins[0].Server
	at := len(joins) - 1
	for ; ; at-- { // back to a step that the server can follow
		err := e.repeat(ctx, s, server, joins, at, person)
		if err == nil {
			break
		}
		if at == 0 || syncproto.CodeOf(err) != syncproto.CodeTokenUnknown {
			return e.notRejoined(err, cause)
		}
	}
	for at++; at < len(joins); at++ {
		if err := e.repeat(ctx, s, server, joins, at, person); err != nil {
			return e.notRejoined(err, cause)
		}
	}
	e.rejoins.after(e)
	s.Rejoined, s.More = true, true
	return e.store.Update(context.WithoutCancel(ctx), "rejoin", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		state.Revoked, state.LastError = false, ""
		state.Push.Untold()
		return e.keepJoins(state, joins)
	})
}

// repeat asks one step again and keeps the token that answers it.
func (e *Engine) repeat(ctx context.Context, s *Summary, server string, joins []phonestore.Join, at int, person syncproto.ID) error {
	step := &joins[at]
	request := e.enrollRequest(&step.Identity, step.Token)
	switch {
	case at > 0:
		body := syncproto.AppendForkRequest(nil, &syncproto.ForkRequest{Device: step.Device, Nonce: step.Nonce})
		request = &Request{Server: server, Path: "/v1/fork", Token: joins[at-1].Token, Body: body}
	case step.Code == "":
		return syncproto.E(syncproto.CodeTokenUnknown, "join again", nil)
	}
	r, err := e.askToJoin(ctx, request, s)
	if err != nil {
		return err
	}
	if r.Device != step.Device || r.Person != person { // another server at the same address
		return syncproto.E(syncproto.CodeOtherPerson, "join again", nil)
	}
	step.Token = r.Token
	return nil
}

// notRejoined sorts out why a step failed: the network and a withdrawn access stand for themselves, anything else means
// that only a new code helps.
func (e *Engine) notRejoined(err, cause error) error {
	if passes(err) || syncproto.CodeOf(err) == syncproto.CodeTokenRevoked {
		return err
	}
	e.rejoins.after(e)
	e.cfg.Log.Warn("could not join again", "code", string(syncproto.CodeOf(err)))
	return cause
}

func (r *rejoins) after(e *Engine) {
	r.wait = min(max(2*r.wait, firstRejoin), lastRejoin)
	r.next = e.cfg.Clock.Uptime() + r.wait
}
