package reconcile_test

import (
	"fmt"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// hangs puts a story of Lan's in a state above what is made or moved next.
func (w *world) hangs(state syncproto.State) {
	w.parent = &syncproto.Record{
		ID: id(32), Kind: "story", Unit: unit, Author: lan.Person, Revision: 4, State: state,
		Fields: fields("title", "whole"), Writers: map[string]syncproto.Writer{"": {Device: lan.Device}},
	}
}

// under makes a photo by an actor under a story of Lan's in a state.
func (w *world) under(state syncproto.State, a reconcile.Actor) reconcile.Verdict {
	w.t.Helper()
	w.hangs(state)
	return w.do(a, &syncproto.Mutation{Kind: "photo", Unit: id(99), Set: fields("parent", string(id(32)), "caption", "a")})
}

func TestAPhotoJoinsAStory(t *testing.T) {
	for _, tt := range []struct {
		state, part, whole syncproto.State
		actor              reconcile.Actor
		touched            bool
	}{
		{"draft", "draft", "draft", lan, false},
		{"submitted", "draft", "submitted", lan, true},
		{"needs_changes", "draft", "needs_changes", lan, false},
		{"in_review", "draft", "in_review", lan, true},
		{"approved", "draft", "resubmitted", lan, true},
		{"approved", "draft", "in_review", editorA, true},
		{"published", "unclaimed", "published", lan, false},
		{"corrected", "unclaimed", "corrected", lan, false},
		{"published", "draft", "corrected", editorA, true},
		{"taken_down", "unclaimed", "taken_down", lan, false},
		{"taken_down", "unclaimed", "taken_down", editorA, false},
		{"submitted", "unclaimed", "submitted", someone, false},
	} {
		t.Run(fmt.Sprintf("%s to %s", tt.state, tt.whole), func(t *testing.T) {
			w := newWorld(t)
			v := w.under(tt.state, tt.actor)
			is(t, v, "applied")
			w.stands(tt.part)
			if w.record.Unit != unit {
				t.Error("the photo is of another unit than its story")
			}
			if w.parent.State != tt.whole || (v.Parent != nil) != tt.touched || tt.touched && w.parent.Revision != 5 {
				t.Errorf("the story is %+v", w.parent)
			}
		})
	}
}

// TestNobodyHangsAnythingUnderAnothersDraft: who knows its id is no business of it. What comes before it waits for it.
func TestNobodyHangsAnythingUnderAnothersDraft(t *testing.T) {
	for _, actor := range []reconcile.Actor{someone, editorA, orphan} {
		w := newWorld(t)
		w.hangs("draft")
		is(t, w.do(actor, &syncproto.Mutation{Kind: "photo", Unit: unit, Set: fields("parent", string(id(32)))}), "rejected forbidden")
		w.parent = nil
		is(t, w.do(actor, &syncproto.Mutation{Kind: "photo", Unit: unit, Set: fields("caption", "a")}), "applied")
		w.hangs("draft")
		is(t, w.do(actor, &syncproto.Mutation{BaseRevision: 1, Set: fields("parent", string(id(32)))}), "conflict forbidden")
		w.hangs("submitted")
		w.do(actor, &syncproto.Mutation{BaseRevision: 1, Set: fields("parent", string(id(32)))})
		if w.record.Parent() != id(32) {
			t.Error("what the desk sees takes it")
		}
	}
	w := newWorld(t)
	is(t, w.do(someone, &syncproto.Mutation{Kind: "photo", Unit: unit, Set: fields("parent", string(id(32)))}), "applied")
}

func TestAPhotoOfAStoryStandsWhereItsStoryStands(t *testing.T) {
	for _, tt := range []struct {
		state syncproto.State
		actor reconcile.Actor
		want  string
		whole syncproto.State
	}{
		{"draft", lan, "applied", "draft"},
		{"draft", editorA, "rejected forbidden", "draft"},
		{"submitted", editorA, "applied", "submitted"},
		{"approved", lan, "applied", "resubmitted"},
		{"approved", editorA, "applied", "in_review"},
		{"published", lan, "conflict published_edit_kept", "published"},
		{"published", editorA, "applied", "corrected"},
		{"taken_down", lan, "conflict taken_down", "taken_down"},
	} {
		t.Run(fmt.Sprintf("%s %s", tt.state, tt.want), func(t *testing.T) {
			for _, act := range []syncproto.Mutation{{BaseRevision: 1, Set: fields("caption", "b")}, {BaseRevision: 1, Delete: true}} {
				w := newWorld(t)
				w.under("draft", lan)
				w.parent.State = tt.state
				is(t, w.do(tt.actor, &act), tt.want)
				if w.parent.State != tt.whole {
					t.Errorf("the story is %s, want %s", w.parent.State, tt.whole)
				}
			}
		})
	}
}

func TestAStoryInReviewIsNotApprovedWithAPhotoThatNobodySaw(t *testing.T) {
	w := newWorld(t)
	w.under("in_review", lan)
	whole := newWorld(t)
	whole.record = w.parent
	is(t, whole.do(editorA, &syncproto.Mutation{Record: id(32), BaseRevision: 4, Command: "approve"}), "rejected stale_revision")
	is(t, whole.do(editorA, &syncproto.Mutation{Record: id(32), BaseRevision: 5, Command: "approve"}), "applied")
}

func TestWhereAPhotoHangs(t *testing.T) {
	move := func(to syncproto.Value) *syncproto.Mutation {
		return &syncproto.Mutation{BaseRevision: 1, Set: syncproto.Fields{"parent": to}}
	}
	other := text(string(id(50)))
	t.Run("its author takes it out of a draft", func(t *testing.T) {
		w := newWorld(t)
		w.under("draft", lan)
		is(t, w.do(lan, move(syncproto.Null)), "applied")
		w.stands("draft")
	})
	t.Run("its author does not take it out of a story that others see", func(t *testing.T) {
		w := newWorld(t)
		w.under("submitted", lan)
		v := w.do(lan, move(syncproto.Null))
		is(t, v, "conflict forbidden")
		if v.Kept[0].Field != "parent" || v.Kept[0].Lost != syncproto.Null {
			t.Errorf("kept %+v", v.Kept)
		}
	})
	t.Run("its author does not hang it elsewhere", func(t *testing.T) {
		w := newWorld(t)
		w.under("draft", lan)
		is(t, w.do(lan, move(other)), "conflict forbidden")
	})
	t.Run("an editor moves it, and it waits to be let in", func(t *testing.T) {
		w := newWorld(t)
		w.under("published", editorA)
		is(t, w.do(editorA, move(other)), "applied")
		w.stands("unclaimed")
		if w.parent.State != "corrected" {
			t.Errorf("the story that it left is %s", w.parent.State)
		}
	})
	t.Run("a photo without a story gets one", func(t *testing.T) {
		for state, want := range map[syncproto.State]syncproto.State{"draft": "draft", "published": "unclaimed"} {
			w := newWorld(t)
			w.do(lan, &syncproto.Mutation{Kind: "photo", Unit: unit, Set: fields("caption", "a")})
			w.parent = &syncproto.Record{ID: id(50), Kind: "story", Unit: unit, Author: lan.Person, Revision: 1, State: state}
			is(t, w.do(lan, move(other)), "applied")
			w.stands(want)
		}
	})
}

func TestOnePhotoIsTakenDown(t *testing.T) {
	w := newWorld(t)
	w.under("draft", lan)
	w.parent.State = "published"
	is(t, w.command(editorA, 1, "take_down", "Trẻ em"), "applied")
	w.stands("taken_down")
	if w.parent.State != "corrected" {
		t.Errorf("the story is %s", w.parent.State)
	}
	for _, scope := range syncproto.Placement(w.record, w.parent) {
		if scope == syncproto.UnitScope(unit) {
			t.Error("a photo taken down is still in public view")
		}
	}
	is(t, w.set(lan, 1, fields("caption", "b")), "conflict taken_down")
	is(t, w.command(admin, 2, "reinstate", "Nhầm"), "applied")
	w.stands("draft")
}

func TestNotesAreBetweenTheAuthorAndTheEditors(t *testing.T) {
	for actor, want := range map[*reconcile.Actor]string{
		&lan: "applied", &editorA: "applied", &someone: "rejected forbidden", &lapsed: "rejected grant_ended",
	} {
		w := newWorld(t)
		w.parent = &syncproto.Record{ID: id(32), Kind: "story", Unit: unit, Author: lan.Person, Revision: 1, State: "submitted"}
		v := w.do(*actor, &syncproto.Mutation{Kind: "note", Unit: id(98), Set: fields("parent", string(id(32)), "text", "a")})
		is(t, v, want)
		if v.Record != nil && v.Record.Unit != unit {
			t.Error("the note is of another unit than its story")
		}
	}
}
