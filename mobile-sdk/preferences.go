package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Preferences is what the person wants to be told (S-197). The zero value is what holds until they say otherwise.
type Preferences struct {
	Muted    []syncproto.CallKind `json:"muted"` // of these no push comes; the inbox has them all the same
	MayPhone bool                 `json:"may_phone"`
	Language string               `json:"language,omitempty"` // vi, en; "" for Vietnamese
	Sending  Sending              `json:"sending,omitempty"`
}

// Preferences returns the person's, with what waits here.
func (e *Engine) Preferences(ctx context.Context) (*Preferences, error) {
	out := &Preferences{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		*out = Preferences{Muted: []syncproto.CallKind{}}
		state, err := tx.State()
		if err != nil {
			return err
		}
		id := syncproto.PreferenceID(state.Self().Person)
		cur, err := e.current(tx, id)
		if err != nil || cur.record == nil || cur.record.Deleted {
			return err
		}
		items, _ := cur.record.Fields[syncproto.PreferenceMutedField].AsList()
		for _, item := range items {
			out.Muted = append(out.Muted, syncproto.CallKind(item.TextOr("")))
		}
		out.MayPhone = cur.record.Fields[syncproto.PreferenceMayPhoneField] == "true"
		out.Language = cur.record.Fields[syncproto.PreferenceLanguageField].TextOr("")
		item := Item{ID: id}
		err = sending(tx, &item)
		out.Sending = item.Sending
		return err
	})
	return out, err
}

// Mute stops, or with muted false lets through again, the pushes of a kind of calls, offline too. Errors: usage for a kind
// that there is not, and not_enrolled.
func (e *Engine) Mute(ctx context.Context, kind syncproto.CallKind, muted bool) error {
	known := false
	for _, k := range syncproto.CallKinds() {
		known = known || k == kind
	}
	if !known {
		return syncproto.E(syncproto.CodeUsage, "mute", nil)
	}
	change := map[string][]syncproto.Value{syncproto.PreferenceMutedField: {syncproto.Text(string(kind))}}
	return e.preferred(ctx, func(c *capture) error {
		m := c.preference(nil)
		if muted {
			m.Add = change
		} else {
			m.Remove = change
		}
		cur, err := c.e.current(c.tx, m.Record)
		if err != nil || cur.record == nil && !muted {
			return err // nothing was muted
		}
		return c.add(m)
	})
}

// AllowPhone says whether the association may telephone or write about calls, offline too. Error: not_enrolled.
func (e *Engine) AllowPhone(ctx context.Context, allowed bool) error {
	value := syncproto.Value("false")
	if allowed {
		value = "true"
	}
	return e.prefer(ctx, syncproto.PreferenceMayPhoneField, value)
}

// PreferLanguage says in which language pushes come: vi or en. Errors: usage, not_enrolled.
func (e *Engine) PreferLanguage(ctx context.Context, language string) error {
	if language != "vi" && language != "en" {
		return syncproto.E(syncproto.CodeUsage, "choose language", nil)
	}
	return e.prefer(ctx, syncproto.PreferenceLanguageField, syncproto.Text(language))
}

func (e *Engine) prefer(ctx context.Context, field string, value syncproto.Value) error {
	return e.preferred(ctx, func(c *capture) error { return c.add(c.preference(syncproto.Fields{field: value})) })
}

// preferred captures what the person prefers. Before the enrollment nobody can say whose preference it would be: its id is
// derived from the person's.
func (e *Engine) preferred(ctx context.Context, act func(*capture) error) error {
	return e.capture(ctx, func(c *capture) error {
		if c.state.Device == "" {
			return syncproto.E(syncproto.CodeNotEnrolled, "prefer", nil)
		}
		return act(c)
	})
}

func (c *capture) preference(set syncproto.Fields) *syncproto.Mutation {
	self := c.state.Self()
	return &syncproto.Mutation{Record: syncproto.PreferenceID(self.Person), Kind: syncproto.KindPreference, Unit: self.Unit, Set: set}
}
