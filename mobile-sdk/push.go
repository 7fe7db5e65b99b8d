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

// registerPatience bounds one telling of the server.
const registerPatience = 20 * time.Second

// PushView says how this phone is rung.
type PushView struct {
	Service  string `json:"service,omitempty"` // "" for not at all
	Kind     string `json:"kind,omitempty"`
	Platform string `json:"platform,omitempty"`
	Told     int64  `json:"told,omitempty"` // when the server was told last, its time; 0 while it does not know
	// Code is why the server did not take it, with its sentence.
	Code     syncproto.Code `json:"code,omitempty"`
	Sentence string         `json:"sentence,omitempty"`
}

// SetPush says where this phone is rung: what the push service gave the app. It is kept sealed, and told to the server at the
// end of the next sync, again when it changes and once a month. Errors: push_target_invalid, and missing_member.
func (e *Engine) SetPush(ctx context.Context, r *syncproto.RegistrationRequest) error {
	said := *r
	said.App, said.Language = e.cfg.App, e.cfg.Language
	wire := syncproto.AppendRegistrationRequest(nil, &said)
	if _, err := syncproto.DecodeRegistrationRequest(wire); err != nil {
		return err
	}
	return e.store.Update(ctx, "push", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if old := state.Push; old != nil && !old.Clear {
			if had, err := e.store.OpenPush(old.Sealed); err == nil && string(had) == string(wire) {
				return nil
			}
		}
		sealed, err := e.store.SealPush(wire)
		state.Push = &phonestore.Push{Sealed: sealed}
		return err
	})
}

// ClearPush says that this phone is not rung any more. The server hears of it at the next contact.
func (e *Engine) ClearPush(ctx context.Context) error {
	return e.store.Update(ctx, "push", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err == nil && state.Push != nil {
			state.Push = &phonestore.Push{Clear: true}
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
		wire, err := e.store.OpenPush(state.Push.Sealed)
		if err != nil {
			return err
		}
		r, err := syncproto.DecodeRegistrationRequest(wire)
		if err != nil {
			return err
		}
		*out = PushView{Service: r.Service, Kind: r.Kind, Platform: r.Platform, Told: state.Push.Told, Code: state.Push.Code}
		if out.Code != "" {
			out.Sentence = e.sentence(out.Code)
		}
		return nil
	})
	return out, err
}

// telling is what the server is to be told of pushes.
type telling struct {
	request *Request
	push    phonestore.Push
}

// tellPush tells the server where this phone is rung, if it does not know. What passes is tried again after the next sync; a
// refusal stays until the app says something else.
func (e *Engine) tellPush(ctx context.Context) {
	t, err := e.pushToTell(ctx)
	if err != nil || t == nil {
		return
	}
	_, _, err = e.do(ctx, t.request, registerPatience)
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
		switch {
		case t.push.Clear:
			state.Push = nil
		case code != "":
			state.Push.Code, state.Push.Told = code, 0
		default:
			state.Push.Code, state.Push.Told = "", e.now(state)
		}
		return nil
	})
}

func (e *Engine) pushToTell(ctx context.Context) (t *telling, err error) {
	err = e.store.View(ctx, func(tx *phonestore.Tx) error {
		t = nil
		state, err := tx.State()
		if err != nil || state.Push == nil || state.Device == "" || state.Ended != 0 {
			return err
		}
		p := *state.Push
		if !p.Clear && (p.Code != "" || p.Told != 0 && e.now(state)-p.Told < registerAgain) {
			return nil
		}
		token, err := e.store.OpenToken(state.Token)
		if err != nil {
			return err
		}
		r := &Request{Method: http.MethodDelete, Server: state.Server, Path: "/v1/push/registration", Token: token}
		if !p.Clear {
			r.Method = http.MethodPut
			if r.Body, err = e.store.OpenPush(p.Sealed); err != nil {
				return err
			}
		}
		t = &telling{r, p}
		return nil
	})
	return t, err
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
