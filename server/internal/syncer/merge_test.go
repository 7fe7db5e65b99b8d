package syncer_test

import (
	"context"
	"strings"
	"testing"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// body is a mutation that sets a story's body.
func body(story syncproto.ID, base int64, text string) syncproto.Mutation {
	return syncproto.Mutation{Record: story, BaseRevision: base, Set: syncproto.Fields{"body": syncproto.Text(text)}}
}

func TestProseMergesAgainAndAgain(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := w.id()
	p.wants(body(story, 0, "Sáng nay xã nhà hiến máu. Trời mưa to."))
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.round()
	editor.wants(body(story, 2, "Sáng nay xã nhà hiến máu. Trời mưa rất to."))
	editor.round()
	// Offline, the author goes on from what the author wrote, twice.
	p.wants(body(story, 2, "Sáng nay xã Hoằng Lộc hiến máu. Trời mưa to."))
	p.wants(body(story, 2, "Sáng nay xã Hoằng Lộc hiến máu đông. Trời mưa to."))
	for i, o := range p.round().Outcomes {
		if o.Result != syncproto.Merged || o.Code != "" {
			t.Errorf("outcome %d: got %+v", i, o)
		}
	}
	want := syncproto.Text("Sáng nay xã Hoằng Lộc hiến máu đông. Trời mưa rất to.")
	if got := w.record(story).Fields["body"]; got != want {
		t.Errorf("got %s", got)
	}
}

// TestChainCutInTheMiddle: the first half of an offline chain arrives, an editor works on it, the second half comes
// with the same base of none.
func TestChainCutInTheMiddle(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := w.id()
	p.wants(body(story, 0, "Một hai ba bốn năm."))
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.round()
	editor.wants(body(story, 2, "Một hai ba bốn năm sáu."))
	editor.round()
	p.wants(body(story, 0, "Không một hai ba bốn năm."))
	o := p.round().Outcomes[0]
	if got := w.record(story).Fields["body"]; o.Result != syncproto.Merged || got != syncproto.Text("Không một hai ba bốn năm sáu.") {
		t.Errorf("got %+v, %s", o, got)
	}
}

func TestLapsedEditorsEditIsKept(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	desk := w.joins("Tâm", w.commune, syncproto.RoleEditor)
	story := p.story("một")
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.round()
	w.now.Add(1000)
	w.check(w.people.EndGrant(t.Context(), editor.person, editor.grant))
	editor.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Set: syncproto.Fields{"title": syncproto.Text("hai")}})
	editor.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Command: syncproto.CommandApprove})
	resp := editor.round()
	if o := resp.Outcomes[0]; o.Result != syncproto.Conflicts || o.Code != syncproto.CodeLateGrant || o.Conflict == "" {
		t.Errorf("edit: got %+v", o)
	}
	if o := resp.Outcomes[1]; o.Result != syncproto.Rejected {
		t.Errorf("command: got %+v", o)
	}
	if desk.holdsAll()[syncproto.DeskScope(w.commune)][resp.Outcomes[0].Conflict] == nil || w.record(story).Revision != 2 {
		t.Error("the desk does not see what was kept")
	}
}

func TestHugeLosingSideIsSplit(t *testing.T) {
	w := newWorld(t)
	p, admin := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleAdmin)
	story := p.story("một")
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.round()
	for _, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandTakeDown} {
		revision := w.record(story).Revision
		admin.wants(syncproto.Mutation{Record: story, BaseRevision: revision, Command: c, Reason: "sai"})
		if o := admin.round().Outcomes[0]; o.Result == syncproto.Rejected {
			t.Fatalf("%s: got %+v", c, o)
		}
	}
	p.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Set: syncproto.Fields{
		"title": syncproto.Text("hai"), "body": syncproto.Text(strings.Repeat("một ", 7000)), "ghi_chu": syncproto.Text(strings.Repeat("x", 40000)),
	}})
	o := p.round().Outcomes[0]
	if o.Result != syncproto.Conflicts || o.Code != syncproto.CodeTakenDown {
		t.Fatalf("got %+v", o)
	}
	kept := 0
	for _, r := range p.holdsAll()[syncproto.PersonScope(p.person)] { // decodes strictly, as a phone does
		if r.Kind == syncproto.KindConflict {
			kept++
		}
	}
	if kept != 3 {
		t.Errorf("got %d conflicts", kept)
	}
}

func TestLateParentMovesWhatHangsBelow(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story, photo := w.id(), w.id()
	p.wants(syncproto.Mutation{Record: photo, Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(story))}})
	p.round()
	p.wants(body(story, 0, "sau"))
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.round()
	if editor.holds()[syncproto.DeskScope(w.commune)][photo] == nil {
		t.Error("the photo stayed behind")
	}
}

func TestParentsInACircleEnd(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	a, b := w.id(), w.id()
	under := func(id, parent syncproto.ID) {
		p.wants(syncproto.Mutation{Record: id, Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(parent))}})
	}
	under(a, a)
	under(b, a)
	under(a, b)
	under(b, b)
	p.wants(syncproto.Mutation{Record: a, Kind: syncproto.KindPhoto, Delete: true})
	if resp := p.round(); resp.Accepted != 5 {
		t.Errorf("got %+v", resp)
	}
}

func TestUnknownUnitFallsToTheDevices(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	id := w.id()
	p.wants(syncproto.Mutation{Record: id, Unit: w.id(), Set: syncproto.Fields{"title": syncproto.Text("x")}})
	req := p.request()
	first, err := p.exchange(req)
	w.check(err)
	if got := w.record(id).Unit; got != w.commune {
		t.Errorf("got %s", got)
	}
	if again, err := p.exchange(req); err != nil || again.PushCode != "" || again.Outcomes[0] != first.Outcomes[0] {
		t.Errorf("replay: got %+v, %v", again, err)
	}
}

// panicking is a store whose transactions fall over one record.
type panicking struct {
	storage.Store
	on syncproto.ID
}

type panickingTx struct {
	storage.Tx
	on syncproto.ID
}

func (s panicking) Update(ctx context.Context, fn func(storage.Tx) error) error {
	return s.Store.Update(ctx, func(tx storage.Tx) error { return fn(panickingTx{tx, s.on}) })
}

func (t panickingTx) PutRecord(r *syncproto.Record, scopes []syncproto.Scope) error {
	err := t.Tx.PutRecord(r, scopes)
	if r.ID == t.on {
		panic("a bug")
	}
	return err
}

func TestPoisonRejectsItselfAlone(t *testing.T) {
	w := newWorld(t)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	one, two := p.story("một"), p.story("hai")
	three := p.story("ba")
	w.sync = syncer.New(panicking{w.store, two}, syncer.Options{})
	resp := p.round()
	if len(resp.Outcomes) != 3 || resp.Outcomes[1].Code != syncproto.CodeInternal || resp.Accepted != 3 {
		t.Fatalf("got %+v", resp)
	}
	held := p.holdsAll()[syncproto.PersonScope(p.person)]
	if held[one] == nil || held[two] != nil || held[three] == nil || len(w.letters(p.device.ID)) != 1 {
		t.Errorf("got %v", held)
	}
}
