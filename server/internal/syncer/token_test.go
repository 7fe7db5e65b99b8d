package syncer_test

import (
	"context"
	"crypto/sha256"
	"testing"

	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestRecognizedDevicesAreLookedAtAgain changes the device of a remembered token behind the service's back, as another
// process does, and has Sync find out in the state that it answers from.
func TestRecognizedDevicesAreLookedAtAgain(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*storage.Device)
		code   syncproto.Code
	}{
		"revoked":       {func(d *storage.Device) { d.Revoked = 1 }, syncproto.CodeTokenRevoked},
		"another token": {func(d *storage.Device) { d.TokenHash = sha256.Sum256([]byte("new")) }, syncproto.CodeTokenUnknown},
	} {
		for _, pushes := range []bool{true, false} {
			w := newWorldOn(t, openSQLite(t))
			p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
			if w.sync.Recognize(p.token) != nil || w.sync.Recognize("") != nil {
				t.Errorf("%s: recognized what was never authenticated", name)
			}
			_, err := w.sync.Authenticate(t.Context(), p.token)
			w.check(err)
			known := w.sync.Recognize(p.token)
			if known == nil || known.ID != p.device.ID {
				t.Fatalf("%s: recognized %v", name, known)
			}
			changed := *p.device
			c.change(&changed)
			w.check(w.store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutDevice(&changed) }))
			id := w.id()
			if pushes {
				p.wants(syncproto.Mutation{Record: id, Set: syncproto.Fields{"title": syncproto.Text("một")}})
			}
			if _, err := w.sync.Sync(t.Context(), known, p.request(), wire.Identity); syncproto.CodeOf(err) != c.code {
				t.Errorf("%s, pushes %v: got %v", name, pushes, err)
			}
			if w.sync.Recognize(p.token) != nil {
				t.Errorf("%s: recognized again", name)
			}
			w.check(w.store.View(t.Context(), func(r storage.Reader) error {
				if _, err := r.Record(id); syncproto.CodeOf(err) != syncproto.CodeNotFound {
					t.Errorf("%s: record: %v", name, err)
				}
				return nil
			}))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			w.check(w.sync.Run(ctx)) // writes what was noted
			w.check(w.store.View(t.Context(), func(r storage.Reader) error {
				if _, err := r.Contact(p.device.ID); syncproto.CodeOf(err) != syncproto.CodeNotFound {
					t.Errorf("%s: contact: %v", name, err)
				}
				return nil
			}))
		}
	}
}
