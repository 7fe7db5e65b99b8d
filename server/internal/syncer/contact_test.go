package syncer_test

import (
	"context"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestWhatARequestBringsIsNotStuck: a phone counts it until the answer comes, and may never come again.
func TestWhatARequestBringsIsNotStuck(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	first := p.story("một")
	p.wants(syncproto.Mutation{Record: w.id(), BaseRevision: 1, Delete: true}) // of nothing that is there
	p.n++
	p.outbox = append(p.outbox, syncproto.PushedMutation{Mutation: syncproto.Mutation{Number: p.n, Void: true}, Wire: []byte(`{"n":3,"void":true}`)})
	file := syncproto.Trouble{Lane: syncproto.LaneOriginal, Code: syncproto.CodeQuota, Age: 5_000_000}
	req := p.request()
	req.Unsent, req.Oldest = 2, 7_200_000
	req.Troubles = []syncproto.Trouble{{Record: first, Code: syncproto.CodeOffline, Age: 7_200_000}, file}
	for range 2 { // the answer is lost, and the phone says it again
		_, err := p.exchange(req)
		w.check(err)
		c := w.contact(p.device.ID)
		if c.Unsent != 0 || c.Failed != 1 || c.Oldest != 0 || len(c.Troubles) != 1 || c.Troubles[0] != file {
			t.Errorf("got %+v", c)
		}
	}
	req.Unsent = 5
	_, err := p.exchange(req)
	w.check(err)
	if c := w.contact(p.device.ID); c.Unsent != 3 || c.Oldest != req.Oldest {
		t.Errorf("with more that waits: got %+v", c)
	}
}

// contact is what the board holds of a device, once it is written.
func (w *world) contact(device syncproto.ID) (c *storage.Contact) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	cancel()
	w.check(w.sync.Run(ctx))
	w.check(w.store.View(w.t.Context(), func(r storage.Reader) (err error) {
		c, err = r.Contact(device)
		return err
	}))
	return c
}
