package syncer_test

import (
	"errors"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// listener is a Reviewer that writes down what it hears.
type listener struct {
	asked, heard []string
	code         syncproto.Code
	err          error
	rows         int
	fault        bool
}

func (l *listener) Refuse(_ storage.Reader, c *syncer.Change) (syncproto.Code, string, error) {
	l.asked = append(l.asked, string(c.After.Kind)+" "+string(c.After.State)+" under "+string(c.Top.State))
	return l.code, "x", nil
}

func (l *listener) Follow(_ storage.Tx, c *syncer.Change) ([]*syncproto.Record, error) {
	l.heard = append(l.heard, string(c.After.Kind)+" "+string(c.After.State)+" under "+string(c.Top.State))
	return nil, l.err
}

func (l *listener) Row(_ storage.Tx, _ *people.Access, top *syncproto.Record, _ int64) error {
	if l.rows++; l.fault {
		panic("of ours")
	}
	return nil
}

func (l *listener) take() (asked, heard []string) {
	asked, heard = l.asked, l.heard
	l.asked, l.heard = nil, nil
	return asked, heard
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
}

// TestWhatTheDeskHearsOf: nothing of drafts; of what it sees everything, with what a part makes of its whole.
func TestWhatTheDeskHearsOf(t *testing.T) {
	w := newWorld(t)
	l := &listener{}
	w.sync = syncer.New(w.store, syncer.Options{Reviewer: l})
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story, photo, note := w.id(), w.id(), w.id()
	under := func(id, parent syncproto.ID, kind syncproto.Kind) syncproto.Mutation {
		return syncproto.Mutation{Record: id, Kind: kind, Set: syncproto.Fields{"parent": syncproto.Text(string(parent))}}
	}
	p.wants(body(story, 0, "một"))
	p.wants(under(photo, story, syncproto.KindPhoto))
	p.wants(under(note, photo, syncproto.KindNote))
	p.wants(body(story, 0, "hai"))
	p.wants(syncproto.Mutation{Record: w.id(), Kind: syncproto.KindAnswer, Set: syncproto.Fields{"choice": syncproto.Text("yes")}})
	p.round()
	asked, heard := l.take()
	equal(t, "drafts: asked", asked)
	equal(t, "drafts: heard", heard)
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	p.wants(under(w.id(), story, syncproto.KindPhoto))
	p.wants(syncproto.Mutation{Record: note, Kind: syncproto.KindNote, Command: syncproto.CommandResolve})
	p.round()
	asked, heard = l.take()
	equal(t, "submitted: asked", asked, "story submitted under submitted", "photo draft under submitted", "note resolved under submitted")
	equal(t, "submitted: heard", heard, "story submitted under submitted", "story submitted under submitted", "photo draft under submitted",
		"note resolved under submitted")
	editor.wants(syncproto.Mutation{Record: story, BaseRevision: 1, Set: syncproto.Fields{"body": syncproto.Text("ba")}})
	editor.round()
	if _, heard = l.take(); len(heard) != 1 || heard[0] != "conflict open under submitted" {
		t.Errorf("a collision: got %q", heard)
	}
	p.wants(syncproto.Mutation{Record: story, BaseRevision: 9, Delete: true})
	p.round()
	_, heard = l.take()
	equal(t, "deleted", heard, "story submitted under submitted")
}

// TestWhatTheDeskRefuses is rejected like anything else, and leaves a dead letter; what follows fails with it.
func TestWhatTheDeskRefuses(t *testing.T) {
	w := newWorld(t)
	l := &listener{}
	w.sync = syncer.New(w.store, syncer.Options{Reviewer: l})
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	story := p.story("một")
	p.round()
	l.code = syncproto.CodeConsentMissing
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	o := p.round().Outcomes[0]
	if o.Result != syncproto.Rejected || o.Code != syncproto.CodeConsentMissing || o.Detail != "x" || o.Revision != 1 || len(w.letters(p.device.ID)) != 1 {
		t.Errorf("got %+v", o)
	}
	if _, heard := l.take(); len(heard) != 0 || w.record(story).State != syncproto.StateDraft {
		t.Errorf("it happened: %q", heard)
	}
	l.code, l.err = "", syncproto.E(syncproto.CodeStoreFull, "follow", nil)
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	if resp, err := p.exchange(p.request()); err != nil || resp.PushCode != syncproto.CodeUnavailable || resp.Accepted != 2 {
		t.Errorf("got %+v, %v", resp, err)
	}
	if w.record(story).State != syncproto.StateDraft {
		t.Error("half of it is stored")
	}
}

// TestRowsAreWrittenOnce for all that a batch brings, and never stop it.
func TestRowsAreWrittenOnce(t *testing.T) {
	w := newWorld(t)
	l := &listener{fault: true}
	w.sync = syncer.New(w.store, syncer.Options{Reviewer: l})
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	story := p.story("một")
	p.wants(syncproto.Mutation{Record: story, Command: syncproto.CommandSubmit})
	for range 5 {
		p.wants(syncproto.Mutation{Record: w.id(), Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(story))}})
	}
	if resp := p.round(); resp.Accepted != 7 || l.rows != 1 {
		t.Errorf("accepted %d, %d rows", resp.Accepted, l.rows)
	}
}

// TestTheServersOwnChange is placed like any other, poked, and undone whole if it fails.
func TestTheServersOwnChange(t *testing.T) {
	w := newWorld(t).reviewed()
	p, editor := w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Hà", w.commune, syncproto.RoleEditor)
	story := p.story("một")
	photo := w.id()
	p.wants(syncproto.Mutation{Record: photo, Kind: syncproto.KindPhoto, Set: syncproto.Fields{"parent": syncproto.Text(string(story))}})
	p.round()
	submitted := w.record(story)
	submitted.State, submitted.Revision = syncproto.StateSubmitted, 2
	no := errors.New("no")
	w.changed = nil
	err := w.sync.Change(t.Context(), func(_ storage.Tx, put *syncer.Putter) error {
		if err := put.Put(submitted); err != nil {
			return err
		}
		return no
	})
	if !errors.Is(err, no) || w.record(story).Revision != 1 || len(w.changed) != 0 {
		t.Errorf("got %v", err)
	}
	w.check(w.sync.Change(t.Context(), func(_ storage.Tx, put *syncer.Putter) error { return put.Put(submitted) }))
	held := editor.holds()[syncproto.DeskScope(w.commune)]
	if held[story] == nil || held[photo] == nil || len(w.changed) != 1 {
		t.Errorf("the desk holds %d, poked %v", len(held), w.changed)
	}
	w.check(w.sync.Change(t.Context(), func(_ storage.Tx, put *syncer.Putter) error {
		return put.Erase(&syncproto.Record{
			ID: photo, Kind: syncproto.KindPhoto, Unit: w.commune, Author: p.person, Revision: 2, Deleted: true, Erased: true,
			Received: submitted.Received, Changed: w.now.Load(),
		})
	}))
	if r := w.record(photo); !r.Erased || len(r.Fields) != 0 {
		t.Errorf("got %+v", r)
	}
	if len(w.changed) != 2 {
		t.Errorf("poked %v", w.changed)
	}
	w.check(w.store.View(t.Context(), func(r storage.Reader) error {
		if old, err := r.Revision(photo, 1); err == nil {
			t.Errorf("its first revision is still there: %+v", old)
		}
		row, err := r.Submission(story)
		if err == nil && row.Photos != 0 {
			t.Errorf("got %+v", row)
		}
		return err
	}))
}
