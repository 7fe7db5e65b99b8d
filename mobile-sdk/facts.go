package mobilesdk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// askPatience bounds what is asked while a person waits in front of it.
const askPatience = 20 * time.Second

// Fact is something that the person told the association of themselves: a blood group, the day of a gift. It is sealed on the
// server and never stored on a phone: a phone that is lent or lost has none of it.
type Fact struct {
	Name    string `json:"name"`             // blood_group, last_whole_blood, last_apheresis
	Value   string `json:"value,omitempty"`  // "O+", "2026-09-30", "never"
	Locked  bool   `json:"locked,omitempty"` // the server has it but cannot open it just now
	Agreed  int64  `json:"agreed"`           // when the person agreed that it is kept, Unix ms
	How     string `json:"how"`              // written, voice, spoken; app for what they entered themselves
	Changed int64  `json:"changed"`
}

// MyFacts asks the server what it keeps of the person. It waits for the network, at most 20 seconds, and keeps nothing.
//
// Errors: needs_network without one; not_enrolled.
func (e *Engine) MyFacts(ctx context.Context) ([]Fact, error) {
	body, err := e.askFacts(ctx, http.MethodGet, "", nil)
	if err != nil {
		return nil, err
	}
	answer := struct {
		Facts []Fact `json:"facts"`
	}{Facts: []Fact{}}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, syncproto.E(syncproto.CodeBodyIncomplete, "read facts", err)
	}
	return answer.Facts, nil
}

// TellFact tells the server a fact, in place of an older one of that name. agreed is what the person answered to being asked
// whether it may be kept; without it the server keeps nothing. It waits for the network; nothing of it is kept for later.
//
// Errors: needs_network, fact_unknown, invalid_value, fact_consent, not_enrolled.
func (e *Engine) TellFact(ctx context.Context, name, value string, agreed bool) error {
	if !agreed {
		return syncproto.E(syncproto.CodeFactConsent, "tell fact", nil) // what they do not agree to does not leave the phone
	}
	if name == "" {
		return syncproto.E(syncproto.CodeFactUnknown, "tell fact", nil)
	}
	body, err := json.Marshal(map[string]any{"value": value, "consent": true})
	if err == nil {
		_, err = e.askFacts(ctx, http.MethodPut, name, body)
	}
	return err
}

// ForgetFact withdraws the consent to a fact, to all of them for "": the server deletes it. It waits for the network. What is
// not there is no error.
//
// Errors: needs_network, fact_unknown, not_enrolled.
func (e *Engine) ForgetFact(ctx context.Context, name string) error {
	_, err := e.askFacts(ctx, http.MethodDelete, name, nil)
	return err
}

// askFacts is one exchange about the person's facts.
func (e *Engine) askFacts(ctx context.Context, method, name string, body []byte) ([]byte, error) {
	path := "/v1/me/facts"
	if name != "" {
		path += "/" + url.PathEscape(name)
	}
	return e.askNow(ctx, &Request{Method: method, Path: path, Body: body})
}

// askNow is one exchange that is done now or not at all.
func (e *Engine) askNow(ctx context.Context, r *Request) ([]byte, error) {
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		if state.Device == "" {
			return syncproto.E(syncproto.CodeNotEnrolled, "ask server", nil)
		}
		r.Server = state.Server
		r.Token, err = e.store.OpenToken(state.Token)
		return err
	})
	if err != nil {
		return nil, err
	}
	answer, _, err := e.do(ctx, r, askPatience)
	switch code := syncproto.CodeOf(err); {
	case err == nil:
	case code == syncproto.CodeOffline, code == syncproto.CodeTimeout, code == syncproto.CodeUnavailable:
		// The sentences of these say that something is kept and goes by itself. Of this nothing is.
		err = syncproto.E(syncproto.CodeNeedsNetwork, "ask server", err)
	}
	return answer, err
}
