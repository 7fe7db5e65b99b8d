package review_test

import (
	"slices"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// nine are the stories that a phone still holds: created and submitted without network.
func (p *who) nine() (stories []syncproto.ID, mutations []syncproto.Mutation) {
	for range 9 {
		id := p.w.id()
		stories = append(stories, id)
		mutations = append(mutations,
			syncproto.Mutation{ID: p.w.id(), Record: id, Kind: syncproto.KindStory, Unit: p.device.Unit, Set: syncproto.Fields{"title": syncproto.Text("một")}},
			syncproto.Mutation{ID: p.w.id(), Record: id, Kind: syncproto.KindStory, Command: syncproto.CommandSubmit})
	}
	return stories, mutations
}

// TestARevokedPhoneLosesNothing: what it still holds lands in the inbox of its unit, under its author's name (S-188).
func TestARevokedPhoneLosesNothing(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	old := lan.sent("cũ")
	lan.syncs()
	cursor := lan.cursor
	w.check(w.people.RevokeDevice(t.Context(), lan.actor.Device))
	stories, mutations := lan.nine()
	lan.n = w.device(lan.actor.Device).Accepted
	resp := lan.syncs(mutations...)
	if !resp.Ended || len(resp.Pages) != 0 || lan.cursor != cursor || resp.More {
		t.Errorf("got %+v", resp)
	}
	for _, scope := range []syncproto.Scope{syncproto.PersonScope(lan.actor.Person), syncproto.UnitScope(w.commune)} {
		if !slices.Contains(resp.Drops, scope) {
			t.Errorf("%s is not dropped: %v", scope, resp.Drops)
		}
	}
	for i, id := range stories {
		r := w.record(id)
		if r.State != syncproto.StateUnclaimed || r.Author != lan.actor.Person || r.Unit != w.commune || resp.Outcomes[2*i+1].Code != "" {
			t.Errorf("got %+v, %+v", r, resp.Outcomes[2*i+1])
		}
		same(t, "notices", w.notices(id), "desk unclaimed")
	}
	for _, id := range stories {
		ha.does(id, syncproto.CommandAdopt, "")
		same(t, "notices", w.notices(id), "desk unclaimed", "person adopted")
	}
	w.view(func(r storage.Reader) error {
		found, err := r.Find(&storage.Query{Author: lan.actor.Person, States: []syncproto.State{syncproto.StateSubmitted}, Order: storage.OrderWaiting, Limit: 20})
		if err == nil && len(found.Rows) != 10 {
			t.Errorf("%d on the desk", len(found.Rows))
		}
		return err
	})
	w.stands(old, syncproto.StateSubmitted)
	if again := lan.syncs(); !again.Ended || again.Accepted != lan.n || len(again.Pages) != 0 {
		t.Errorf("got %+v", again)
	}
	w.now += people.EndedFor
	_, err := w.sync.Sync(t.Context(), lan.device, &syncproto.SyncRequest{Protocol: 1}, 0)
	if syncproto.CodeOf(err) != syncproto.CodeTokenRevoked {
		t.Errorf("got %v", err)
	}
}

func (w *world) device(id syncproto.ID) (d *storage.Device) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) { d, err = r.Device(id); return err })
	return d
}

// TestAClosedAccountsDraftsAreFound: nobody will ever submit them, so they do not stay where only their author looks.
func TestAClosedAccountsDraftsAreFound(t *testing.T) {
	w := newWorld(t)
	ha := w.who("Hà", w.commune, syncproto.RoleEditor)
	w.now += 1000
	w.update(func(tx storage.Tx) error {
		p, err := tx.Person(ha.actor.Person)
		if err == nil {
			p.Closed = w.now
			err = tx.PutPerson(p)
		}
		return err
	})
	id := w.id()
	resp := ha.syncs(syncproto.Mutation{ID: w.id(), Record: id, Kind: syncproto.KindStory, Unit: w.commune, Set: syncproto.Fields{"title": syncproto.Text("một")}})
	if !resp.Ended || resp.Outcomes[0].Result != syncproto.Applied {
		t.Errorf("got %+v", resp)
	}
	w.stands(id, syncproto.StateUnclaimed)
	if w.row(id) == nil {
		t.Error("it is in no queue")
	}
	same(t, "notices", w.notices(id), "desk unclaimed")
}

// TestARestingAccountKeepsItsPhones: a suspension ends nothing but grants.
func TestARestingAccountKeepsItsPhones(t *testing.T) {
	w := newWorld(t)
	lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
	draft := lan.story("một")
	w.update(func(tx storage.Tx) error {
		p, err := tx.Person(lan.actor.Person)
		if err == nil {
			p.Suspended = w.now
			err = tx.PutPerson(p)
		}
		return err
	})
	if resp := lan.syncs(); resp.Ended || len(resp.Pages) == 0 {
		t.Errorf("got %+v", resp)
	}
	lan.does(draft, syncproto.CommandSubmit, "")
	w.stands(draft, syncproto.StateUnclaimed)
}

// TestALatePhotoOfAClosedAccountIsFound: its story came as a draft before the account was closed, by another phone maybe.
func TestALatePhotoOfAClosedAccountIsFound(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story, quiet := lan.story("một"), lan.story("nháp")
	w.now += 1000
	w.check(w.people.Close(t.Context(), people.Console(), lan.actor.Person))
	lan.n = w.device(lan.actor.Device).Accepted
	photo := w.id()
	lan.syncs(syncproto.Mutation{ID: w.id(), Record: photo, Kind: syncproto.KindPhoto, Unit: w.commune, Set: syncproto.Fields{"parent": syncproto.Text(string(story))}})
	w.stands(story, syncproto.StateUnclaimed)
	w.stands(quiet, syncproto.StateDraft)
	if row := w.row(story); row == nil || row.Photos != 1 {
		t.Errorf("in the queue: %+v", row)
	}
	same(t, "notices", w.notices(story), "desk unclaimed")
	if ha.holds()[photo] == nil {
		t.Error("the desk does not see the photo")
	}
}
