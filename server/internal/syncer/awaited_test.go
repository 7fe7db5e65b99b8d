package syncer_test

import (
	"reflect"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// newEpoch is what a restore does to those who come back.
func (w *world) newEpoch() {
	w.t.Helper()
	w.check(w.store.Update(w.t.Context(), func(tx storage.Tx) error { _, err := tx.NewEpoch(); return err }))
}

// TestEditBeforeItsRecord: the server was restored, and an editor's phone comes back before the author's.
func TestEditBeforeItsRecord(t *testing.T) {
	w := newWorld(t)
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.province, syncproto.RoleEditor)
	epoch := editor.round().Epoch
	w.newEpoch()
	story, photo := w.id(), w.id()
	editor.wants(syncproto.Mutation{
		Record: story, BaseRevision: 2, BaseEpoch: epoch, Set: syncproto.Fields{"title": syncproto.Text("của Hà")},
	})
	sent := editor.outbox
	o := editor.round().Outcomes[0]
	if o.Result != syncproto.Conflicts || o.Code != syncproto.CodeRecordAwaited || o.Conflict == "" || o.Revision != 0 {
		t.Fatalf("got %+v", o)
	}
	editor.outbox = sent
	if again := editor.round().Outcomes[0]; !reflect.DeepEqual(again, o) {
		t.Errorf("a replay got %+v, first was %+v", again, o)
	}
	if editor.holdsAll()[syncproto.PersonScope(editor.person)][o.Conflict] == nil {
		t.Error("the editor does not see what was kept")
	}
	set := map[string]syncproto.Value{"title": syncproto.Text("của Lan")}
	p.wants(syncproto.Mutation{Record: story, Set: set})
	p.wants(syncproto.Mutation{Record: photo, Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(story))}})
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	for _, o := range p.round().Outcomes {
		if o.Result != syncproto.Applied {
			t.Errorf("got %+v", o)
		}
	}
	r := w.record(story)
	if r.Author != p.person || r.Unit != w.commune || r.State != syncproto.StateSubmitted || r.Fields["title"] != set["title"] {
		t.Errorf("got %+v", r)
	}
	if r := w.record(photo); r.Author != p.person || r.State != syncproto.StateDraft {
		t.Errorf("got %+v", r)
	}
	if p.holdsAll()[syncproto.PersonScope(p.person)][o.Conflict] == nil || editor.holdsAll()[syncproto.DeskScope(w.commune)][o.Conflict] == nil {
		t.Error("the author or the desk does not see what was kept")
	}
	editor.wants(syncproto.Mutation{Record: story, BaseRevision: 2, Set: syncproto.Fields{"title": syncproto.Text("của Hà")}})
	editor.wants(syncproto.Mutation{Record: o.Conflict, Kind: syncproto.KindConflict, BaseRevision: 1, Command: syncproto.CommandRestore})
	for _, o := range editor.round().Outcomes {
		if o.Result != syncproto.Applied {
			t.Errorf("restoring got %+v", o)
		}
	}
	if r := w.record(story); r.Author != p.person || r.Fields["title"] != syncproto.Text("của Hà") {
		t.Errorf("got %+v", r)
	}
}

// TestEditBeforeItsRecordIsPrivate: nobody hears of it but its sender until the record is there, and a draft stays one.
func TestEditBeforeItsRecordIsPrivate(t *testing.T) {
	w := newWorld(t)
	p, pad := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	pad.device, pad.person = w.device(p.person, w.commune), p.person // Lan's second phone
	desk := w.joins("Tâm", w.commune, syncproto.RoleEditor)
	epoch := pad.round().Epoch
	w.newEpoch()
	story := w.id()
	pad.wants(syncproto.Mutation{Record: story, BaseRevision: 1, BaseEpoch: epoch, Set: syncproto.Fields{
		"title": syncproto.Text("hai"), "body": syncproto.Text(strings.Repeat("một ", 7000)), "ghi_chu": syncproto.Text(strings.Repeat("x", 40000)),
	}})
	if o := pad.round().Outcomes[0]; o.Code != syncproto.CodeRecordAwaited {
		t.Fatalf("got %+v", o)
	}
	p.wants(syncproto.Mutation{Record: story, Set: syncproto.Fields{"title": syncproto.Text("một")}})
	p.round()
	kept := 0
	for _, r := range p.holdsAll()[syncproto.PersonScope(p.person)] {
		if r.Kind == syncproto.KindConflict {
			kept++
		}
	}
	if r := w.record(story); kept != 3 || r.State != syncproto.StateDraft || r.Author != p.person {
		t.Errorf("%d were kept, the story is %+v", kept, r)
	}
	if got := desk.holdsAll()[syncproto.DeskScope(w.commune)]; len(got) != 0 {
		t.Errorf("the desk sees %v", got)
	}
}
