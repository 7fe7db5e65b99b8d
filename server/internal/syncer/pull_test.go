package syncer_test

import (
	"context"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

func cancelled() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, cancel
}

func TestFirstSyncThenNothingNew(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	resp := p.round()
	if len(resp.Pages) == 0 || resp.More || p.cursor == "" {
		t.Fatalf("got %+v", resp)
	}
	var order []string
	for _, page := range resp.Pages {
		kind, _ := page.Scope.Split()
		order = append(order, kind)
		if !page.Fresh || !page.CaughtUp {
			t.Errorf("got %+v", page)
		}
	}
	if got := strings.Join(order, " "); got != "person call call unit unit public" {
		t.Errorf("got %q", got)
	}
	resp = p.round()
	if len(resp.Pages) != 0 || resp.Cursor != "" || resp.More || p.size > 120 {
		t.Errorf("idle: %d bytes, %+v", p.size, resp)
	}
}

func TestNewScopeAndLostScope(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.round()
	other := w.unit("Hoằng Trạch", w.province)
	grant, err := w.people.AddGrant(t.Context(), syncproto.Grant{Person: p.person, Unit: other, Role: syncproto.RoleVolunteer})
	w.check(err)
	resp := p.round()
	fresh := map[syncproto.Scope]bool{}
	for _, page := range resp.Pages {
		fresh[page.Scope] = page.Fresh
	}
	if !fresh[syncproto.UnitScope(other)] || fresh[syncproto.PersonScope(p.person)] || len(resp.Pages) != 2 {
		t.Errorf("got %v", fresh)
	}
	w.now.Add(1000)
	w.check(w.people.EndGrant(t.Context(), p.person, grant.ID))
	resp = p.round()
	if len(resp.Drops) != 1 || resp.Drops[0] != syncproto.UnitScope(other) || resp.Cursor == "" {
		t.Errorf("got drops %v", resp.Drops)
	}
	if resp = p.round(); len(resp.Drops) != 0 || resp.Cursor != "" {
		t.Errorf("again: got %+v", resp)
	}
}

func TestGrantThatRunsOutByItself(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	other := w.unit("Hoằng Trạch", "")
	_, err := w.people.AddGrant(t.Context(), syncproto.Grant{
		Person: p.person, Unit: other, Role: syncproto.RoleVolunteer, Until: w.now.Load() + 5000,
	})
	w.check(err)
	p.round()
	w.now.Add(4999)
	if resp := p.round(); len(resp.Drops) != 0 {
		t.Errorf("before: %v", resp.Drops)
	}
	w.now.Add(1)
	if resp := p.round(); len(resp.Drops) != 1 {
		t.Errorf("after: %v", resp.Drops)
	}
}

func TestSnapshotBelowTheFloor(t *testing.T) {
	w := newWorld(t)
	p, q := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	id := p.story("một")
	p.round()
	second := &phone{w: w, person: p.person, device: w.device(p.person, w.commune)}
	second.holds()
	p.wants(syncproto.Mutation{Record: id, BaseRevision: 1, Delete: true})
	p.story("hai")
	p.round()
	w.check(w.store.Update(t.Context(), func(tx storage.Tx) error { return tx.Compact(1 << 60) }))
	resp := second.round()
	if len(resp.Pages) != 1 || !resp.Pages[0].Fresh || !resp.Pages[0].CaughtUp || resp.Pages[0].Sum.Count != 2 {
		t.Errorf("got %+v", resp.Pages)
	}
	q.round()
}

func TestEpochChangeReadsAnew(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	id := p.story("một")
	before := p.round()
	w.check(w.store.Update(t.Context(), func(tx storage.Tx) error { _, err := tx.NewEpoch(); return err }))
	resp := p.round()
	if resp.Epoch == before.Epoch || len(resp.Pages) != 6 || !resp.Pages[0].Fresh || resp.Accepted != 1 {
		t.Errorf("got %+v", resp)
	}
	// A base of the old epoch is named as such, and what it edits may still come.
	p.wants(syncproto.Mutation{
		Record: w.id(), BaseRevision: 9, BaseEpoch: before.Epoch, Set: syncproto.Fields{"title": syncproto.Text("hai")},
	})
	p.wants(syncproto.Mutation{Record: w.id(), BaseRevision: 9, Set: syncproto.Fields{"title": syncproto.Text("ba")}})
	resp = p.round()
	if resp.Outcomes[0].Code != syncproto.CodeRecordAwaited || resp.Outcomes[1].Code != syncproto.CodeRecordMissing {
		t.Errorf("got %+v", resp.Outcomes)
	}
	if resp = p.round(); len(resp.Pages) != 0 {
		t.Errorf("then: got %+v", resp.Pages)
	}
	w.record(id)
}

func TestStoreOlderThanItsPhones(t *testing.T) {
	for name, spoil := range map[string]func(c *syncproto.Cursor){
		"position above head": func(c *syncproto.Cursor) { c.Positions[0].Sequence += 10 },
		"accepted above":      func(c *syncproto.Cursor) { c.Accepted += 2 },
		"number unknown": func(c *syncproto.Cursor) {
			c.Positions = append(c.Positions, syncproto.Position{Scope: 9999, Sequence: 1})
		},
	} {
		for _, pushing := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t)
				p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
				p.story("một")
				before := p.round()
				var key []byte
				w.check(w.store.View(t.Context(), func(r storage.Reader) (err error) { key, err = r.Key(); return err }))
				c, err := syncproto.OpenCursor(key, p.device.ID, p.cursor)
				w.check(err)
				spoil(c)
				p.cursor = c.Seal(key, p.device.ID)
				stale := p.cursor
				if pushing {
					p.story("hai")
				}
				resp := p.round()
				if resp.Epoch == before.Epoch || len(resp.Pages) != 6 || !resp.Pages[0].Fresh {
					t.Errorf("got %+v", resp)
				}
				p.cursor = stale
				if again := p.round(); again.Epoch != resp.Epoch {
					t.Errorf("the epoch was drawn twice: %s, %s", resp.Epoch, again.Epoch)
				}
			})
		}
	}
}

func TestForgedCursor(t *testing.T) {
	w := newWorld(t)
	p, q := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Mai", w.commune, syncproto.RoleVolunteer)
	p.round()
	for _, cursor := range []string{p.cursor, "x", strings.Repeat("A", 60), p.cursor + "A"} {
		req := q.request()
		req.Cursor = cursor
		if _, err := q.exchange(req); syncproto.CodeOf(err) != syncproto.CodeCursorForged {
			t.Errorf("got %v", err)
		}
	}
}

func TestDraftIsPrivateAndSubmitMovesItWithItsPhotos(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.province, syncproto.RoleEditor)
	stranger := w.joins("Tư", w.unit("Nghệ An", ""), syncproto.RoleEditor)
	desk := syncproto.DeskScope(w.commune)
	story := p.story("một")
	photo := w.id()
	p.wants(syncproto.Mutation{Record: photo, Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(story))}})
	p.round()
	if held := editor.holdsAll()[desk]; len(held) != 0 {
		t.Fatalf("the desk sees %v", held)
	}
	w.changed = nil
	p.wants(syncproto.Mutation{Record: story, BaseRevision: 1, Command: syncproto.CommandSubmit})
	if o := p.round().Outcomes[0]; o.Result != syncproto.Applied {
		t.Fatalf("got %+v", o)
	}
	if len(w.changed) != 1 || len(w.changed[0]) != 2 || w.changed[0][0] != desk {
		t.Errorf("notified of %v", w.changed)
	}
	held := editor.holds()[desk]
	if held[story] == nil || held[photo] == nil || held[story].State != syncproto.StateSubmitted {
		t.Fatalf("the desk sees %v", held)
	}
	note := w.id()
	editor.wants(syncproto.Mutation{Record: note, Kind: syncproto.KindNote, Set: syncproto.Fields{
		"parent": syncproto.Text(string(photo)), "text": syncproto.Text("ảnh mờ"),
	}})
	if o := editor.round().Outcomes[0]; o.Result != syncproto.Applied {
		t.Fatalf("note: got %+v", o)
	}
	if held := p.holdsAll()[syncproto.PersonScope(p.person)]; held[note] == nil {
		t.Errorf("the author does not see the note: %v", held)
	}
	p.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Command: syncproto.CommandWithdraw})
	p.round()
	for scope, records := range stranger.holdsAll() {
		if records[story] != nil || records[photo] != nil || records[note] != nil {
			t.Errorf("a stranger sees them in %s", scope)
		}
	}
}

func TestConflictReachesAuthorAndDesk(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := p.story("một")
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.round()
	editor.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Set: syncproto.Fields{"title": syncproto.Text("của biên tập")}})
	editor.round()
	p.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Set: syncproto.Fields{"title": syncproto.Text("của tôi")}})
	o := p.round().Outcomes[0]
	if o.Result != syncproto.Conflicts || o.Code != syncproto.CodeFieldConflict || !o.Conflict.Valid() || o.Detail != "title" {
		t.Fatalf("got %+v", o)
	}
	mine := p.holdsAll()[syncproto.PersonScope(p.person)][o.Conflict]
	theirs := editor.holdsAll()[syncproto.DeskScope(w.commune)][o.Conflict]
	if mine == nil || theirs == nil {
		t.Fatalf("author %v, desk %v", mine, theirs)
	}
	if mine.Fields["lost"] != syncproto.Text("của tôi") || mine.Fields["stays"] != syncproto.Text("của biên tập") ||
		mine.Author != p.person || mine.State != syncproto.StateOpen || mine.Parent() != story {
		t.Errorf("got %+v", mine)
	}
	p.wants(syncproto.Mutation{Record: o.Conflict, Kind: syncproto.KindConflict, BaseRevision: 1, Command: syncproto.CommandDismiss})
	if o := p.round().Outcomes[0]; o.Result != syncproto.Applied {
		t.Errorf("dismiss: got %+v", o)
	}
}

func TestIncomingWinnerKeepsTheWritersSide(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	event := w.id()
	p.wants(syncproto.Mutation{Record: event, Kind: syncproto.KindEvent, Set: syncproto.Fields{"blood_units": syncproto.Int(40)}})
	p.wants(syncproto.Mutation{Record: event, Kind: syncproto.KindEvent, Command: syncproto.CommandSubmit})
	p.round()
	editor.wants(syncproto.Mutation{Record: event, Kind: syncproto.KindEvent, BaseRevision: 2, Set: syncproto.Fields{"blood_units": syncproto.Int(41)}})
	editor.round()
	p.wants(syncproto.Mutation{Record: event, Kind: syncproto.KindEvent, BaseRevision: 2, Set: syncproto.Fields{"blood_units": syncproto.Int(42)}})
	o := p.round().Outcomes[0]
	if c := w.record(o.Conflict); c.Author != editor.person || c.Fields["lost"] != syncproto.Int(41) {
		t.Errorf("got %+v", c)
	}
}
