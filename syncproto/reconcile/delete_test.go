package reconcile_test

import (
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

func TestDelete(t *testing.T) {
	tests := []struct {
		name   string
		state  syncproto.State
		before func(*world)
		actor  reconcile.Actor
		base   int64
		want   string
	}{
		{"its author deletes a draft", "draft", nil, lan, 1, "applied"},
		{"its author's other phone that has seen it", "draft", nil, lanPad, 1, "applied"},
		{"its author's other phone that has not", "draft", nil, lanPad, 0, "conflict delete_undone"},
		{"an editor deletes a submission", "submitted", nil, editorA, 1, "applied"},
		{"an editor does not see a draft", "draft", nil, editorA, 1, "rejected forbidden"},
		{"somebody without rights", "submitted", nil, someone, 1, "rejected forbidden"},
		{"an editor of the past", "submitted", nil, lapsed, 1, "conflict grant_ended"},
		{"after an edit by another device", "submitted", func(w *world) { w.set(editorA, 1, fields("title", "b")) }, lan, 1, "conflict delete_undone"},
		{"after an edit that was seen", "submitted", func(w *world) { w.set(editorA, 1, fields("title", "b")) }, lan, 2, "applied"},
		{"after the deleter's own edit", "submitted", func(w *world) { w.set(lan, 1, fields("title", "b")) }, lan, 1, "applied"},
		{"after a claim", "submitted", func(w *world) { w.command(editorA, 1, "claim", "") }, lan, 1, "conflict delete_undone"},
		{"again by the same device", "draft", func(w *world) { w.remove(lan, 1) }, lan, 1, "applied"},
		{"again by another", "draft", func(w *world) { w.remove(lan, 1) }, lanPad, 1, "applied"},
		{"its author deletes what is published", "published", nil, lan, 1, "conflict published_edit_kept"},
		{"an editor deletes what is published", "published", nil, editorA, 1, "applied"},
		{"what is taken down", "taken_down", nil, admin, 1, "conflict taken_down"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t).story(tt.state, fields("title", "a"))
			if tt.before != nil {
				tt.before(w)
			}
			was := w.record
			v := w.remove(tt.actor, tt.base)
			is(t, v, tt.want)
			if gone := tt.want == "applied"; w.record.Deleted != gone || !gone && w.record != was {
				t.Errorf("deleted is %v", w.record.Deleted)
			}
			if len(v.Kept) > 0 && (v.Kept[0].Field != "" || v.Kept[0].Lost != "{}") {
				t.Errorf("kept %+v", v.Kept)
			}
			if w.record.Fields["title"] == "" {
				t.Error("the fields of the record are gone")
			}
		})
	}
}

func TestEditOfATombstone(t *testing.T) {
	tests := []struct {
		name  string
		actor reconcile.Actor
		base  int64
		set   syncproto.Fields
		want  string
	}{
		{"by the device that deleted", lan, 1, fields("title", "b"), "applied"},
		{"by one that knew of the delete", editorA, 2, fields("title", "b"), "applied"},
		{"by one that did not", editorA, 1, fields("title", "b"), "conflict edit_restored_record"},
		{"with the value that it had", editorA, 1, fields("title", "a"), "conflict edit_restored_record"},
		{"by somebody without rights", someone, 1, fields("title", "b"), "rejected forbidden"},
		{"by an editor of the past", lapsed, 2, fields("title", "b"), "conflict grant_ended"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t).story("submitted", fields("title", "a", "body", "x"))
			w.remove(lan, 1)
			v := w.set(tt.actor, tt.base, tt.set)
			is(t, v, tt.want)
			if v.Record == nil {
				if !w.record.Deleted {
					t.Error("restored without a right to")
				}
				return
			}
			if w.record.Deleted || w.record.Fields["title"] != tt.set["title"] || w.record.Fields["body"] != text("x") {
				t.Errorf("the record is %+v", w.record)
			}
			w.stands("submitted")
		})
	}
	t.Run("commands do not reach it", func(t *testing.T) {
		w := newWorld(t).story("submitted", fields("title", "a"))
		w.remove(lan, 1)
		is(t, w.command(editorA, 2, "claim", ""), "rejected wrong_state")
	})
	t.Run("a field that collides as well is kept by its name", func(t *testing.T) {
		w := newWorld(t).story("submitted", fields("title", "a"))
		w.set(lan, 1, fields("title", "b"))
		w.remove(lan, 1)
		v := w.set(editorA, 1, fields("title", "c"))
		is(t, v, "conflict edit_restored_record")
		if len(v.Kept) != 2 || v.Kept[1].Field != "title" || v.Kept[1].Lost != text("c") || w.record.Deleted {
			t.Errorf("%+v", v)
		}
	})
}

func TestWhoMayEditWhere(t *testing.T) {
	type row struct {
		state      syncproto.State
		actor      reconcile.Actor
		want       string
		thenStands syncproto.State
	}
	var rows []row
	for _, state := range []syncproto.State{
		"draft", "submitted", "in_review", "needs_changes", "resubmitted", "declined", "withdrawn", "unclaimed",
	} {
		rows = append(rows, row{state, lan, "applied", state})
		if state == "draft" {
			rows = append(rows, row{state, editorA, "rejected forbidden", state}, row{state, lapsed, "rejected forbidden", state})
		} else {
			rows = append(rows, row{state, editorA, "applied", state}, row{state, lapsed, "conflict grant_ended", state})
		}
		rows = append(rows, row{state, someone, "rejected forbidden", state})
	}
	rows = append(rows, []row{
		{"approved", lan, "applied", "resubmitted"},
		{"approved", editorA, "applied", "in_review"},
		{"approved", lapsed, "conflict grant_ended", "approved"},
		{"published", lan, "conflict published_edit_kept", "published"},
		{"published", editorA, "applied", "corrected"},
		{"corrected", lan, "conflict published_edit_kept", "corrected"},
		{"corrected", admin, "applied", "corrected"},
		{"taken_down", lan, "conflict taken_down", "taken_down"},
		{"taken_down", editorA, "conflict taken_down", "taken_down"},
		{"taken_down", lapsed, "conflict taken_down", "taken_down"},
		{"taken_down", someone, "rejected forbidden", "taken_down"},
	}...)
	for _, tt := range rows {
		t.Run(string(tt.state)+" "+tt.want, func(t *testing.T) {
			w := newWorld(t).story(tt.state, syncproto.Fields{"title": text("a"), "tags": `["x"]`})
			v := w.do(tt.actor, &syncproto.Mutation{
				BaseRevision: 1, Set: fields("title", "b"), Add: map[string][]syncproto.Value{"tags": {text("y")}},
			})
			is(t, v, tt.want)
			w.stands(tt.thenStands)
			if v.Result == syncproto.Conflicts && (v.Record != nil || v.Kept[0].Lost != `{"tags":["x","y"],"title":"b"}`) {
				t.Errorf("%+v", v)
			}
			if claim := w.record.Claim; tt.state == "approved" && tt.actor == editorA &&
				(claim == nil || claim.Person != editorA.Person || claim.Until != w.now+reconcile.ClaimFor) {
				t.Errorf("claim is %+v", claim)
			}
		})
	}
}

func TestALosingEditDoesNotReturnAStoryToReview(t *testing.T) {
	w := newWorld(t).story("approved", fields("title", "a"))
	w.record.Marks = map[string]int64{"title": 1}
	w.record.Writers["title"] = syncproto.Writer{Device: editorA.Device}
	is(t, w.set(lan, 0, fields("title", "b")), "conflict field_conflict")
	w.stands("approved")
}
