package reconcile_test

import (
	"fmt"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// at makes a record of a group in a state.
func (w *world) at(group reconcile.Group, state syncproto.State) *world {
	w.t.Helper()
	switch group {
	case reconcile.GroupPart:
		w.parent = &syncproto.Record{
			ID: id(32), Kind: "story", Unit: unit, Author: lan.Person, Revision: 4, State: "submitted",
			Fields: fields("title", "whole"), Writers: map[string]syncproto.Writer{"": {Device: lan.Device}},
		}
		w.do(lan, &syncproto.Mutation{Kind: "photo", Unit: unit, Set: fields("parent", string(w.parent.ID), "caption", "a")})
	case reconcile.GroupNote:
		w.do(lan, &syncproto.Mutation{Kind: "note", Unit: unit, Set: fields("text", "a")})
	case reconcile.GroupConsent:
		w.do(lan, &syncproto.Mutation{Kind: "consent", Unit: unit, Set: fields("who", "Em Bình")})
	case reconcile.GroupConflict:
		w.record = &syncproto.Record{
			ID: storyID, Kind: "conflict", Unit: unit, Author: lan.Person, Revision: 1, Fields: fields("field", "a"),
			Received: w.now, Changed: w.now,
		}
	default:
		w.story("draft", fields("title", "a"))
	}
	w.record.State = state
	if state == syncproto.StateApproved || state == syncproto.StatePublished {
		w.record.Hold = w.now + 1000
	}
	return w
}

var (
	states = []syncproto.State{
		"", "draft", "submitted", "in_review", "needs_changes", "resubmitted", "approved", "published", "corrected",
		"taken_down", "declined", "withdrawn", "unclaimed", "open", "resolved", "restored", "dismissed",
		"given",
	}
	commands = []syncproto.Command{
		"submit", "resubmit", "withdraw", "claim", "release", "return", "approve", "decline", "publish", "correct",
		"take_down", "reinstate", "adopt", "resolve", "reopen", "restore", "dismiss", "hand_over", "undo",
	}
)

// TestEveryCommandInEveryState walks the whole square of states and commands, for every kind of actor.
func TestEveryCommandInEveryState(t *testing.T) {
	groups := map[reconcile.Group]map[syncproto.Command]bool{}
	table := map[string]reconcile.Transition{}
	for _, row := range reconcile.Transitions() {
		if groups[row.Group] == nil {
			groups[row.Group] = map[syncproto.Command]bool{}
		}
		groups[row.Group][row.Command] = true
		key := fmt.Sprint(row.Group, row.From, row.Command)
		if _, twice := table[key]; twice {
			t.Errorf("%s is in the table twice", key)
		}
		table[key] = row
	}
	for group, known := range groups {
		for _, state := range states {
			for _, command := range commands {
				row, has := table[fmt.Sprint(group, state, command)]
				for _, actor := range []reconcile.Actor{lan, editorA, admin, lapsed, someone} {
					w := newWorld(t).at(group, state)
					w.toEditor = true
					v := w.command(actor, 1, command, "vì thế")
					if want := expect(known[command], has, row, group == reconcile.GroupSubmission && (state == "draft" || state == ""), actor); string(v.Result)+string(v.Code) != want {
						t.Errorf("%s %s %s by %v: got %s%s, want %s", group, state, command, actor, v.Result, v.Code, want)
					}
					if v.Result == syncproto.Applied && v.Record != nil {
						w.stands(row.To)
					}
				}
			}
		}
	}
}

// expect is the square in words.
func expect(known, has bool, row reconcile.Transition, draft bool, a reconcile.Actor) string {
	author, editor := a.Person == lan.Person, a.Editor || a.Admin
	may := map[reconcile.By]bool{
		reconcile.ByAuthor: author, reconcile.ByEditor: editor, reconcile.ByAdmin: a.Admin, reconcile.ByEither: author || editor,
	}
	outside := "rejectedforbidden"
	if a.Lapsed {
		outside = "rejectedgrant_ended"
	}
	switch {
	case !author && (draft || !editor && !a.Lapsed):
		return outside
	case !known:
		return "rejectedunknown_command"
	}
	switch {
	case !has:
		return "rejectedwrong_state"
	case !may[row.By]:
		return outside
	}
	return "applied"
}

func TestTheWayOfAStory(t *testing.T) {
	w := newWorld(t).story("draft", fields("title", "a", "body", "b"))
	steps := []struct {
		actor   reconcile.Actor
		command syncproto.Command
		reason  string
		want    string
		state   syncproto.State
	}{
		{lan, "publish", "", "rejected wrong_state", "draft"},
		{lan, "submit", "", "applied", "submitted"},
		{lan, "submit", "", "applied", "submitted"},
		{lanPad, "submit", "", "rejected wrong_state", "submitted"},
		{editorA, "approve", "", "rejected wrong_state", "submitted"},
		{editorA, "claim", "", "applied", "in_review"},
		{editorA, "claim", "", "applied", "in_review"},
		{editorB, "claim", "", "rejected claimed_by_another", "in_review"},
		{editorB, "approve", "", "rejected claimed_by_another", "in_review"},
		{editorA, "release", "", "applied", "submitted"},
		{editorB, "claim", "", "applied", "in_review"},
		{editorB, "return", " ", "rejected reason_required", "in_review"},
		{editorB, "return", "Thiếu ngày", "applied", "needs_changes"},
		{editorB, "return", "Thiếu ngày", "applied", "needs_changes"},
		{editorB, "return", "Thiếu nơi", "rejected wrong_state", "needs_changes"},
		{lan, "resubmit", "", "applied", "resubmitted"},
		{editorB, "claim", "", "applied", "in_review"},
		{editorB, "approve", "", "applied", "approved"},
		{editorB, "publish", "", "applied", "published"},
		{editorB, "correct", "Sai tên", "applied", "corrected"},
		{editorB, "correct", "Sai tên", "applied", "corrected"},
		{editorB, "correct", "Sai số", "applied", "corrected"},
		{editorA, "take_down", "Rút đồng ý", "applied", "taken_down"},
		{editorA, "reinstate", "Nhầm", "rejected forbidden", "taken_down"},
		{admin, "reinstate", "Nhầm", "applied", "approved"},
		{admin, "fly", "", "rejected unknown_command", "approved"},
	}
	for i, s := range steps {
		v := w.command(s.actor, w.record.Revision, s.command, s.reason)
		t.Log(i, s.command, v.Result, v.Code)
		is(t, v, s.want)
		w.stands(s.state)
		if (w.record.State == syncproto.StateInReview) != (w.record.Claim != nil) {
			t.Errorf("step %d: claim is %+v in %s", i, w.record.Claim, w.record.State)
		}
	}
	if w.record.Revision != 14 || w.record.Reason != "Nhầm" {
		t.Errorf("revision %d, reason %q", w.record.Revision, w.record.Reason)
	}
}

func TestClaims(t *testing.T) {
	w := newWorld(t).story("submitted", fields("title", "a"))
	w.command(editorA, 1, "claim", "")
	w.now += reconcile.ClaimFor - 1
	is(t, w.command(editorB, 2, "decline", "x"), "rejected claimed_by_another")
	w.now++
	is(t, w.command(editorB, 2, "claim", ""), "applied")
	if w.record.Claim.Person != editorB.Person {
		t.Error("the claim that ran out still holds")
	}
	w.now += 1000
	w.command(editorB, 3, "claim", "")
	if w.record.Claim.Until != w.now+reconcile.ClaimFor {
		t.Error("claiming again does not extend the claim")
	}
	w.now -= 5000
	if v := w.command(editorB, 4, "claim", ""); v.Record != nil {
		t.Error("a clock that went back shortens the claim")
	}
	is(t, w.command(lan, 4, "withdraw", ""), "applied") // an author's way out is open while an editor works
}

func TestApproveOnlyWhatWasSeen(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(*world)
		base   int64
		want   string
	}{
		{"nothing changed", func(*world) {}, 2, "applied"},
		{"the author edited since", func(w *world) { w.set(lan, 2, fields("title", "b")) }, 2, "rejected stale_revision"},
		{"the author's edit was seen", func(w *world) { w.set(lan, 2, fields("title", "b")) }, 3, "applied"},
		{"the editor's own phone edited since", func(w *world) { w.set(editorA, 2, fields("title", "b")) }, 2, "applied"},
		{"the editor's edit was merged with the author's", func(w *world) {
			w.set(lan, 2, fields("body", "KHÔNG hai ba bốn"))
			w.set(editorA, 2, fields("body", "một hai ba NĂM"))
		}, 2, "rejected stale_revision"},
		{"the base is of another epoch", func(w *world) { w.foreign = true }, 2, "rejected stale_revision"},
		{"the base is above the record's revision", func(*world) {}, 9, "rejected stale_revision"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t).story("submitted", fields("title", "a", "body", "một hai ba bốn"))
			w.command(editorA, 1, "claim", "")
			tt.before(w)
			is(t, w.command(editorA, tt.base, "approve", ""), tt.want)
		})
	}
}

func TestNobodyApprovesTheirOwnStory(t *testing.T) {
	self := editorA
	self.Person = lan.Person
	w := newWorld(t).story("in_review", fields("title", "a"))
	is(t, w.command(self, 1, "approve", ""), "rejected own_story")
	self.OwnAllowed = true
	is(t, w.command(self, 1, "approve", ""), "applied")
}

func TestHandingOverAClaim(t *testing.T) {
	over := func(to syncproto.ID) *syncproto.Mutation {
		return &syncproto.Mutation{BaseRevision: 2, Command: "hand_over", To: to}
	}
	w := newWorld(t).story("submitted", fields("title", "a"))
	is(t, w.command(editorA, 1, "claim", ""), "applied")
	is(t, w.do(editorA, over(someone.Person)), "rejected forbidden")
	w.toEditor = true
	is(t, w.do(editorB, over(editorB.Person)), "rejected claimed_by_another")
	w.now += 1000
	is(t, w.do(editorA, over(editorB.Person)), "applied")
	if c := w.record.Claim; c == nil || c.Person != editorB.Person || c.Until != w.now+reconcile.ClaimFor {
		t.Errorf("got %+v", c)
	}
	is(t, w.do(admin, over(editorA.Person)), "merged") // an admin frees what somebody forgot
	w.now += reconcile.ClaimFor
	is(t, w.do(editorB, over(editorB.Person)), "merged") // nobody has it any more
}

func TestUndoWithinTheHold(t *testing.T) {
	w := newWorld(t).story("in_review", fields("title", "a"))
	w.hold = 60_000
	is(t, w.command(editorA, 1, "approve", ""), "applied")
	is(t, w.command(editorA, 2, "publish", ""), "applied")
	end := w.now + w.hold
	if w.record.Hold != end || reconcile.Settle(w.record, end-1) != nil {
		t.Errorf("held until %d", w.record.Hold)
	}
	w.now = end - 1
	is(t, w.command(editorB, 3, "undo", ""), "applied")
	w.stands("approved")
	is(t, w.command(editorB, 4, "undo", ""), "rejected undo_too_late") // the approval is not held any more
	is(t, w.command(editorB, 4, "publish", ""), "applied")
	w.now = w.record.Hold
	is(t, w.command(editorB, 5, "undo", ""), "rejected undo_too_late")
	settled := reconcile.Settle(w.record, w.now)
	if settled == nil || settled.Hold != 0 || settled.Revision != 6 || settled.State != "published" {
		t.Fatalf("got %+v", settled)
	}
	w.record = settled
	is(t, w.command(editorA, 5, "take_down", "sai"), "applied") // what the server wrote is nobody's change
}

func TestAnApprovalOfOnesOwnIsSeen(t *testing.T) {
	self := editorA
	self.Person, self.OwnAllowed = lan.Person, true
	w := newWorld(t).story("in_review", fields("title", "a"))
	is(t, w.command(self, 1, "approve", ""), "applied")
	if w.record.Fields["own_review"] != syncproto.Bool(true) {
		t.Errorf("got %v", w.record.Fields)
	}
	is(t, w.set(editorB, 2, fields("title", "b")), "applied")
	is(t, w.command(editorB, 3, "approve", ""), "applied")
	if _, marked := w.record.Fields["own_review"]; marked {
		t.Error("somebody else has approved it since")
	}
	is(t, w.set(self, 4, syncproto.Fields{"own_review": syncproto.Bool(true)}), "rejected invalid_field")
}

func TestWorkOfAnAuthorWithoutAGrantWaits(t *testing.T) {
	w := newWorld(t)
	w.do(orphan, &syncproto.Mutation{Unit: unit, Set: fields("title", "a")})
	is(t, w.command(orphan, 0, "submit", ""), "applied")
	w.stands("unclaimed")
	if v := w.command(orphan, 0, "submit", ""); v.Record != nil || v.Result != syncproto.Applied {
		t.Errorf("again: %+v", v)
	}
	is(t, w.command(editorA, 2, "adopt", ""), "applied")
	w.stands("submitted")
	is(t, w.command(editorA, 3, "return", "x"), "applied")
	is(t, w.command(orphan, 4, "resubmit", ""), "applied")
	w.stands("unclaimed")
}

func TestACommandAfterOthersChangesIsMerged(t *testing.T) {
	w := newWorld(t).story("draft", fields("title", "a"))
	w.set(lanPad, 1, fields("title", "b"))
	is(t, w.command(lan, 1, "submit", ""), "merged")
}

func TestConflictsAndNotesAnswerToBothSides(t *testing.T) {
	for _, group := range []reconcile.Group{reconcile.GroupConflict, reconcile.GroupNote} {
		command := map[reconcile.Group]syncproto.Command{"conflict": "restore", "note": "resolve"}[group]
		w := newWorld(t).at(group, "open")
		is(t, w.command(someone, 1, command, ""), "rejected forbidden")
		w.parent = &syncproto.Record{ID: id(40), Kind: "story", Author: someone.Person, State: "submitted", Revision: 1}
		is(t, w.command(someone, 1, command, ""), "applied")
	}
	w := newWorld(t).at(reconcile.GroupConflict, "open")
	is(t, w.set(editorA, 1, fields("x", "y")), "rejected kind_read_only")
	is(t, w.remove(editorA, 1), "rejected kind_read_only")
	is(t, newWorld(t).do(lan, &syncproto.Mutation{Kind: "conflict", Command: "dismiss"}), "rejected record_missing")
}
