package mobilesdk

import (
	"context"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Ringing is what an app shows when it is rung.
type Ringing struct {
	// Fresh is false for an identity that was shown before: a push may come twice, and by two ways.
	Fresh  bool         `json:"fresh"`
	Title  string       `json:"title"`
	Text   string       `json:"text"`
	Record syncproto.ID `json:"record,omitempty"` // what opens; "" for the inbox
	// Here says that the record is on the phone already. If not, a sync brings it.
	Here bool `json:"here,omitempty"`
}

// maxIdentity bounds the identity of a push (S-199).
const maxIdentity = 64

// Ring takes the three values of a push, {"n", "k", "r"}, and says what to show. The app shows it if it is Fresh, and syncs.
// A call that is on the phone counts as shown. What a newer server means by a kind that this app does not know opens the
// inbox. A store that takes nothing just now, on a full disk, keeps no push from being shown.
//
// Error: usage for a push without an identity.
func (e *Engine) Ring(ctx context.Context, identity, kind string, record syncproto.ID) (*Ringing, error) {
	if identity == "" || len(identity) > maxIdentity {
		return nil, syncproto.E(syncproto.CodeUsage, "ring", nil)
	}
	out := &Ringing{}
	err := e.store.Update(ctx, "ring", func(tx *phonestore.Tx) (err error) {
		*out = Ringing{}
		out.Fresh, err = tx.Rung(identity)
		if err != nil || !record.Valid() {
			return err
		}
		cur, err := e.current(tx, record)
		out.Record, out.Here = record, err == nil && cur.record != nil
		return err
	})
	if unwritable(err) {
		*out, err = Ringing{Fresh: true}, nil // shown twice is better than not at all
		if record.Valid() {
			out.Record = record
		}
	}
	if err != nil {
		return nil, err
	}
	if out.Title, out.Text = e.ringText(kind); out.Title == "" {
		out.Title, out.Text = e.ringText("digest")
		out.Record, out.Here = "", false
	}
	if !out.Here {
		return out, nil
	}
	err = e.Shown(ctx, out.Record)
	if code := syncproto.CodeOf(err); err != nil && code != syncproto.CodeNotThere && !unwritable(err) { // what is no call needs none
		return nil, err
	}
	return out, nil
}

// unwritable reports whether the phone's store takes nothing just now.
func unwritable(err error) bool {
	if err == nil {
		return false
	}
	switch syncproto.CodeOf(err) {
	case syncproto.CodeStoreFull, syncproto.CodeStoreReadOnly, syncproto.CodeStoreBusy:
		return true
	}
	return false
}

// ringText returns the words of a kind, "" for one that is not known.
func (e *Engine) ringText(kind string) (title, text string) {
	return ringText(catalogue.Match(e.cfg.Language), kind)
}

func ringText(lang catalogue.Language, kind string) (title, text string) {
	if kind == "digest" {
		return catalogue.Text(lang, "push.digest", nil), catalogue.Text(lang, "push.digest_some", nil)
	}
	if !syncproto.ValidName(kind) || !catalogue.Has("push."+kind+"_text") {
		return "", ""
	}
	return catalogue.Text(lang, "push."+kind, nil), catalogue.Text(lang, "push."+kind+"_text", nil)
}
