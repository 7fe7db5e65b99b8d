package mobilesdk

import (
	"context"
	"net/http"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// registerAgain is how long a registration is left alone (S-198): services forget what nobody repeats.
const registerAgain = int64(30 * 24 * time.Hour / time.Millisecond)

// refusedAgain is how long after a refusal the server is asked again: it may use other services, or be newer, by then.
const refusedAgain = int64(24 * time.Hour / time.Millisecond)

// registerPatience bounds one telling of the server; goodbyePatience that of a profile which is being removed, while a person
// waits for it.
const (
	registerPatience = 20 * time.Second
	goodbyePatience  = 5 * time.Second
)

// PushView says how this phone is rung.
type PushView struct {
	Service  string `json:"service,omitempty"` // "" for not at all
	Kind     string `json:"kind,omitempty"`
	Platform string `json:"platform,omitempty"`
	Told     int64  `json:"told,omitempty"` // when the server was told last, its time; 0 while it does not know
	// Elsewhere: another profile of this phone has registered the address since, and is the one that is rung.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Code is why the server did not take it, with its sentence. It is asked again a day later.
	Code     syncproto.Code `json:"code,omitempty"`
	Sentence string         `json:"sentence,omitempty"`
}

// SetPush says where this phone is rung: what the push service gave the app. It is kept sealed, and told to the server at the
// end of the next sync, again when it changes and once a month. Call it at every start: of two profiles of a phone the one that
// said so last is rung. Errors: push_target_invalid, and missing_member.
func (e *Engine) SetPush(ctx context.Context, r *syncproto.RegistrationRequest) error {
	said := *r
	said.App, said.Language = e.cfg.App, e.cfg.Language
	wire := syncproto.AppendRegistrationRequest(nil, &said)
	if _, err := syncproto.DecodeRegistrationRequest(wire); err != nil {
		return err
	}
	mine := e.addresses.mine(said.Address)
	err := e.store.Update(ctx, "push", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if old := state.Push; old != nil && !old.Clear && mine {
			if had, err := e.store.OpenPush(old.Sealed); err == nil && string(had) == string(wire) {
				return nil
			}
		}
		sealed, err := e.store.SealPush(wire)
		state.Push = &phonestore.Push{Sealed: sealed}
		return err
	})
	if err == nil {
		e.addresses.claim(said.Address)
	}
	return err
}

// ClearPush says that this phone is not rung any more. The server hears of it at the next contact.
func (e *Engine) ClearPush(ctx context.Context) error {
	e.addresses.forget()
	return e.store.Update(ctx, "push", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err == nil && state.Push != nil {
			state.Push = &phonestore.Push{Clear: true}
			if state.Device == "" {
				state.Push = nil // nobody was told
			}
		}
		return err
	})
}

// Push says how this phone is rung.
func (e *Engine) Push(ctx context.Context) (*PushView, error) {
	out := &PushView{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		*out = PushView{}
		state, err := tx.State()
		if err != nil || state.Push == nil || state.Push.Clear {
			return err
		}
		r, _, err := e.registration(state.Push)
		if err != nil {
			return err
		}
		*out = PushView{
			Service: r.Service, Kind: r.Kind, Platform: r.Platform, Told: state.Push.Told, Code: state.Push.Code,
			Elsewhere: e.addresses.elsewhere(r.Address),
		}
		if out.Code != "" {
			out.Sentence = e.sentence(out.Code)
		}
		return nil
	})
	return out, err
}

// PushInfo asks the server what an app needs to know before it asks a push service for an address: which services the server
// uses, and the key with which a Web Push subscription is made. It waits for the network, at most 20 seconds. If the server says
// that it does not ring this phone, though it was told, it is told again with the next sync; if because the address ended, Push
// says push_target_invalid until the app has another.
//
// Errors: needs_network, not_enrolled.
func (e *Engine) PushInfo(ctx context.Context) (*PushServices, error) {
	body, err := e.askNow(ctx, &Request{Method: http.MethodGet, Path: "/v1/push"})
	if err != nil {
		return nil, err
	}
	info, err := syncproto.DecodePushInfo(body)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeBodyIncomplete, "read push info", err)
	}
	out := &PushServices{Services: append([]string{}, info.Services...), VAPIDKey: info.VAPIDKey, Registered: info.Registered}
	if info.Registered {
		return out, nil
	}
	return out, e.store.Update(context.WithoutCancel(ctx), "push", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || state.Push == nil || state.Push.Clear || state.Push.Told == 0 {
			return err
		}
		if state.Push.Untold(); info.Code != "" {
			state.Push.Code, state.Push.Asked = syncproto.CodeTargetInvalid, e.now(state)
		}
		return nil
	})
}

// PushServices is what a server says of pushes.
type PushServices struct {
	Services   []string `json:"services"`            // fcm, webpush; none where calls come through the inbox alone
	VAPIDKey   string   `json:"vapid_key,omitempty"` // for a Web Push subscription: base64url without padding
	Registered bool     `json:"registered"`          // this phone is rung
}

// registration opens what is kept, as a value and as it goes over the wire.
func (e *Engine) registration(p *phonestore.Push) (r *syncproto.RegistrationRequest, wire []byte, err error) {
	if wire, err = e.store.OpenPush(p.Sealed); err == nil {
		r, err = syncproto.DecodeRegistrationRequest(wire)
	}
	return r, wire, err
}

// telling is what the server is to be told of pushes.
type telling struct {
	request *Request
	push    phonestore.Push
}

// tellPush tells the server where this phone is rung, if it does not know. What passes is tried again after the next sync; a
// refusal stays until the app says something else.
func (e *Engine) tellPush(ctx context.Context, patience time.Duration) {
	e.pushing.Lock() // or an older word could reach the server after a newer one
	defer e.pushing.Unlock()
	t, err := e.pushToTell(ctx)
	if err != nil || t == nil {
		return
	}
	_, _, err = e.do(ctx, t.request, patience)
	var code syncproto.Code
	if err != nil {
		if code = syncproto.CodeOf(err); mayBeTold(code) {
			return
		}
	}
	_ = e.store.Update(context.WithoutCancel(ctx), "push", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || state.Push == nil || string(state.Push.Sealed) != string(t.push.Sealed) || state.Push.Clear != t.push.Clear {
			return err // the app has said something else meanwhile
		}
		switch now := e.now(state); {
		case t.push.Clear:
			state.Push = nil
		case code != "":
			state.Push.Told, state.Push.Code, state.Push.Asked = 0, code, now
		default:
			state.Push.Told, state.Push.Code, state.Push.Asked = now, "", 0
		}
		return nil
	})
}

func (e *Engine) pushToTell(ctx context.Context) (t *telling, err error) {
	err = e.store.View(ctx, func(tx *phonestore.Tx) error {
		t = nil
		state, err := tx.State()
		if err != nil || state.Push == nil || state.Device == "" || state.Ended != 0 || !due(state.Push, e.now(state)) {
			return err
		}
		token, err := e.store.OpenToken(state.Token)
		if err != nil {
			return err
		}
		ask := &Request{Method: http.MethodDelete, Server: state.Server, Path: "/v1/push/registration", Token: token}
		if !state.Push.Clear {
			r, wire, err := e.registration(state.Push)
			if err != nil || e.addresses.elsewhere(r.Address) {
				return err
			}
			ask.Method, ask.Body = http.MethodPut, wire
		}
		t = &telling{ask, *state.Push}
		return nil
	})
	return t, err
}

// due reports whether the server is to be told. A phone whose clock was put back tells once more rather than never again.
func due(p *phonestore.Push, now int64) bool {
	since := func(at, patience int64) bool { return now-at >= patience || now < at }
	switch {
	case p.Clear:
		return true
	case p.Code != "":
		return since(p.Asked, refusedAgain)
	}
	return p.Told == 0 || since(p.Told, registerAgain)
}

// sayGoodbye tells the server, of a profile that is being removed, to ring it no more: now or not at all, since the token goes
// with the profile. Without a network it ends when another profile says the same address, or the service that the app is gone.
func (e *Engine) sayGoodbye(ctx context.Context) {
	if err := e.ClearPush(ctx); err == nil {
		e.tellPush(ctx, goodbyePatience)
	}
}

// mayBeTold reports whether the next contact may go better: also with a token that is put right meanwhile.
func mayBeTold(code syncproto.Code) bool {
	switch syncproto.KindOfCode(code) {
	case syncproto.Unavailable, syncproto.Exhausted, syncproto.Unauthenticated, syncproto.Internal:
		return true
	case syncproto.NotFound:
		return code == syncproto.CodeNotFound // an older server
	}
	return false
}
