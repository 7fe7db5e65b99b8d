package media_test

import (
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/mediafile/sample"
)

// seen says which lanes somebody may read: nothing, the small ones, or all.
type seen string

const (
	nothing seen = "nothing"
	copies  seen = "copies"
	all     seen = "all"
)

func TestWhoMayRead(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(sample.Options{Seed: 2, Lat: 19.8, Lon: 105.9})
	id := w.photo(files{syncproto.LaneOriginal: b})
	w.bring(id, syncproto.LaneOriginal, b)
	w.work()

	lapsed := w.person("Hùng", w.commune, syncproto.RoleEditor)
	w.view(func(r storage.Reader) error {
		grants, err := r.Grants(lapsed)
		w.must(w.people.EndGrant(t.Context(), lapsed, grants[0].ID))
		return err
	})
	closed := w.person("Minh", w.commune, syncproto.RoleEditor)
	w.update(func(tx storage.Tx) error {
		p, err := tx.Person(closed)
		if err != nil {
			return err
		}
		p.Closed = w.now
		return tx.PutPerson(p)
	})
	people := map[string]syncproto.ID{
		"author": w.author, "member": w.person("Hà", w.commune, syncproto.RoleVolunteer),
		"editor": w.person("Thu", w.commune, syncproto.RoleEditor), "editor above": w.person("Bình", w.province, syncproto.RoleEditor),
		"admin": w.person("An", w.province, syncproto.RoleAdmin), "operator": w.person("Tú", w.province, syncproto.RoleOperator),
		"officer": w.person("Yến", w.commune, syncproto.RoleOfficer), "stranger": w.person("Dũng", w.other, syncproto.RoleVolunteer),
		"editor elsewhere": w.person("Quý", w.other, syncproto.RoleAdmin), "lapsed editor": lapsed, "closed account": closed,
		"nobody": syncproto.NewID(),
	}
	w.now += 1000
	desk := map[string]seen{"author": all, "editor": all, "editor above": all, "admin": all}
	public := map[string]seen{
		"author": all, "editor": all, "editor above": all, "admin": all, "member": copies, "officer": copies,
	}
	for _, c := range []struct {
		state syncproto.State
		want  map[string]seen
	}{
		{syncproto.StateDraft, map[string]seen{"author": all}},
		{syncproto.StateSubmitted, desk},
		{syncproto.StateUnclaimed, desk},
		{syncproto.StateApproved, desk},
		{syncproto.StatePublished, public},
		{syncproto.StateCorrected, public},
		{syncproto.StateTakenDown, desk},
		{syncproto.StateWithdrawn, desk},
	} {
		w.move(id, c.state)
		for name, person := range people {
			want := c.want[name]
			if want == "" {
				want = nothing
			}
			for _, lane := range syncproto.Lanes() {
				_, _, err := w.read(person, id, lane)
				allowed := want == all || want == copies && lane != syncproto.LaneOriginal
				if allowed != (err == nil) || err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
					t.Errorf("%s, %s, %s: %v", c.state, name, lane, err)
				}
			}
		}
	}
	w.remove(id)
	for name, person := range people {
		for _, lane := range syncproto.Lanes() {
			if _, _, err := w.read(person, id, lane); syncproto.CodeOf(err) != syncproto.CodeNotFound || err == nil {
				t.Errorf("deleted, %s, %s: %v", name, lane, err)
			}
		}
	}
}

func TestAPartOfAStoryIsWhereTheStoryIs(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(sample.Options{Seed: 2})
	story := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindStory, Unit: w.commune, Author: w.author, Revision: 1,
		State: syncproto.StateSubmitted, Fields: syncproto.Fields{"title": syncproto.Text("Lũ")},
	}
	m := syncproto.Media{MediaFile: fileOf(b), Type: "image/jpeg"}
	// The photo was captured for another unit than the story.
	part := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindPhoto, Unit: w.other, Author: w.author, Revision: 1, State: syncproto.StateDraft,
		Fields: syncproto.Fields{"parent": syncproto.Text(string(story.ID)), syncproto.MediaField: m.Value()},
	}
	place := func(state syncproto.State) {
		story.State = state
		story.Revision++
		part.Revision++
		w.update(func(tx storage.Tx) error {
			stored, err := tx.Record(part.ID)
			if err == nil {
				part = stored.Record.Clone()
				part.Revision++
			}
			if err := tx.PutRecord(story, syncproto.Placement(story, nil)); err != nil {
				return err
			}
			return tx.PutRecord(part, syncproto.Placement(part, story))
		})
	}
	place(syncproto.StateSubmitted)
	w.bring(part.ID, syncproto.LaneOriginal, b)
	w.work()
	editor, foreign := w.person("Thu", w.commune, syncproto.RoleEditor), w.person("Quý", w.other, syncproto.RoleEditor)
	member := w.person("Hà", w.commune, syncproto.RoleVolunteer)
	may := func(person syncproto.ID, lane syncproto.Lane) bool {
		_, _, err := w.read(person, part.ID, lane)
		return err == nil
	}
	if !may(editor, syncproto.LaneOriginal) || may(foreign, syncproto.LaneDisplay) || may(member, syncproto.LaneDisplay) {
		t.Error("submitted: the editors of the story's unit read it, and nobody else")
	}
	place(syncproto.StatePublished)
	if !may(member, syncproto.LaneDisplay) || may(member, syncproto.LaneOriginal) || may(foreign, syncproto.LaneDisplay) {
		t.Error("published: the members of the story's unit see it")
	}
	place(syncproto.StateDraft)
	if may(editor, syncproto.LaneDisplay) || !may(w.author, syncproto.LaneOriginal) {
		t.Error("a draft is its author's alone")
	}
}

func TestAnEditorOfMoreDesksThanAPhoneFollows(t *testing.T) {
	w := newWorld(t)
	for range 80 {
		_, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: string(syncproto.NewID()), Parent: w.province})
		w.must(err)
	}
	last, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Cuối", Parent: w.commune})
	w.must(err)
	b := sample.JPEG(sample.Options{Seed: 2})
	id := w.photoIn(syncproto.StateSubmitted, files{syncproto.LaneOriginal: b})
	w.change(id, func(r *syncproto.Record) { r.Unit = last.ID })
	w.bring(id, syncproto.LaneOriginal, b)
	w.work()
	for _, lane := range syncproto.Lanes() {
		if _, _, err := w.read(w.person("Bình", w.province, syncproto.RoleEditor), id, lane); err != nil {
			t.Errorf("%s: %v", lane, err)
		}
	}
}

func TestAHashOpensNothing(t *testing.T) {
	w := newWorld(t)
	b := sample.JPEG(sample.Options{Seed: 2})
	id := w.photoIn(syncproto.StateDraft, files{syncproto.LaneOriginal: b})
	w.bring(id, syncproto.LaneOriginal, b)
	w.work()
	// Somebody names the hash of a file in a record of their own, without ever having brought it.
	thief := w.person("Dũng", w.commune, syncproto.RoleVolunteer)
	w.author = thief
	own := w.photo(files{syncproto.LaneOriginal: b, syncproto.LaneDisplay: b, syncproto.LaneThumbnail: b[:1]})
	for _, lane := range syncproto.Lanes() {
		if _, _, err := w.read(thief, own, lane); syncproto.CodeOf(err) != syncproto.CodeMediaWaiting {
			t.Errorf("%s: %v", lane, err)
		}
	}
	if a := w.arrived(own); len(a.Lanes) != 0 || len(a.Shows) != 0 {
		t.Errorf("got %+v", a)
	}
}

func TestOtherRecordsHaveNoFiles(t *testing.T) {
	w := newWorld(t)
	for _, id := range []syncproto.ID{w.commune, syncproto.NewID(), "x"} {
		if _, _, err := w.read(w.author, id, syncproto.LaneDisplay); syncproto.CodeOf(err) != syncproto.CodeNotFound {
			t.Errorf("%s: %v", id, err)
		}
	}
}
