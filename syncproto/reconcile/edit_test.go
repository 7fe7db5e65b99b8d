package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

func TestCreate(t *testing.T) {
	w := newWorld(t)
	captured := &syncproto.Captured{Device: 5, Estimate: 6, Uncertainty: 7}
	m := &syncproto.Mutation{
		Number: 1, ID: id(100), Record: storyID, Kind: syncproto.KindStory, Unit: unit,
		Set: syncproto.Fields{"title": text("Gạo"), "place": syncproto.Null},
		Add: map[string][]syncproto.Value{"tags": {text("a"), text("a"), text("b")}},
	}
	in := w.input(lan, m)
	in.Captured = captured
	v := reconcile.Apply(in)
	checkVerdict(t, in, v)
	is(t, v, "applied")
	r := v.Record
	if r.ID != storyID || r.Author != lan.Person || r.Unit != unit || r.State != syncproto.StateDraft || r.Received != w.now {
		t.Errorf("the record is %+v", r)
	}
	if r.Captured == captured || *r.Captured != *captured {
		t.Error("the time of capture is shared or lost")
	}
	if len(r.Fields) != 2 || r.Fields["tags"] != `["a","b"]` || r.Writer("title") != (syncproto.Writer{Device: lan.Device}) {
		t.Errorf("the fields are %v by %v", r.Fields, r.Writers)
	}
}

func TestCreateByKind(t *testing.T) {
	for _, tt := range []struct {
		kind  syncproto.Kind
		actor reconcile.Actor
		base  int64
		want  string
		state syncproto.State
	}{
		{"story", lan, 0, "applied", "draft"},
		{"photo", lan, 0, "applied", "draft"},
		{"event", lan, 0, "applied", "draft"},
		{"note", lan, 0, "applied", "open"},
		{"answer", lan, 0, "applied", ""},
		{"receipt", lan, 0, "applied", ""},
		{"kind_of_next_year", lan, 0, "applied", ""},
		{"story", orphan, 0, "applied", "draft"},
		{"story", lapsed, 0, "applied", "draft"},
		{"story", lan, 3, "rejected record_missing", ""},
		{"call", lan, 0, "rejected kind_read_only", ""},
		{"campaign", admin, 0, "rejected kind_read_only", ""},
		{"unit", lan, 0, "rejected kind_read_only", ""},
		{"profile", lan, 0, "rejected kind_read_only", ""},
		{"conflict", lan, 0, "rejected kind_read_only", ""},
	} {
		t.Run(fmt.Sprintf("%s at base %d", tt.kind, tt.base), func(t *testing.T) {
			w := newWorld(t)
			v := w.do(tt.actor, &syncproto.Mutation{Kind: tt.kind, BaseRevision: tt.base, Set: fields("x", "y")})
			is(t, v, tt.want)
			if v.Record != nil {
				w.stands(tt.state)
			}
		})
	}
	for _, a := range actors {
		w := newWorld(t)
		w.foreign = true
		is(t, w.set(a, 7, fields("title", "a")), "conflict record_awaited")
		is(t, w.set(a, 7, fields("state", "draft")), "rejected invalid_field")
		if w.record != nil {
			t.Errorf("%+v made a record by an edit", a)
		}
	}
}

func TestWhatIsNoMutation(t *testing.T) {
	is(t, reconcile.Apply(reconcile.Input{}), "rejected invalid_mutation")
	for _, m := range []syncproto.Mutation{
		{},
		{Set: fields("a", "b"), Delete: true},
		{Set: fields("a", "b"), Command: "submit"},
		{Delete: true, Command: "submit"},
	} {
		is(t, newWorld(t).do(lan, &m), "rejected invalid_mutation")
	}
	w := newWorld(t)
	is(t, w.do(lan, &syncproto.Mutation{Void: true}), "applied")
	is(t, w.remove(lan, 0), "rejected record_missing")
	is(t, w.command(lan, 0, "submit", ""), "rejected record_missing")
	for _, name := range []string{"state", reconcile.StateField, reconcile.PartsField} {
		is(t, w.set(lan, 0, fields(name, "published")), "rejected invalid_field")
	}
	w.story("draft", fields("title", "a"))
	for _, name := range []string{"state", reconcile.StateField, reconcile.PartsField} {
		is(t, w.set(lan, 1, fields(name, "published")), "rejected invalid_field")
	}
	is(t, reconcile.Apply(w.input(lan, &syncproto.Mutation{Kind: "photo", Set: fields("caption", "x")})), "rejected kind_mismatch")
}

func TestTwoValuesOfOneField(t *testing.T) {
	tests := []struct {
		name         string
		kind         syncproto.Kind
		field        string
		base, a, b   string
		want         string // of the second arrival, b
		holds, loses string
	}{
		{"a title stays", "story", "title", "cũ", "một", "hai", "conflict field_conflict", "một", "hai"},
		{"a type stays", "story", "type", "model", "relief", "activity", "conflict field_conflict", "relief", "activity"},
		{"an unknown field stays", "story", "mood", "cũ", "một", "hai", "conflict field_conflict", "một", "hai"},
		{"a place is replaced", "answer_of_next_year", "place", "cũ", "một", "hai", "conflict field_conflict", "hai", "một"},
		{"the same new value is none", "story", "title", "cũ", "một", "một", "merged", "một", ""},
		{"prose that does not meet merges", "story", "body", "một hai ba bốn", "không hai ba bốn", "một hai ba năm", "merged", "không hai ba năm", "một hai ba năm"},
		{"prose that meets stays", "story", "body", "một hai", "một ba", "một tư", "conflict field_conflict", "một ba", "một tư"},
		{"prose from nothing stays", "story", "body", "", "một ba", "một tư", "conflict field_conflict", "một ba", "một tư"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			first := fields("other", "x")
			if tt.base != "" {
				first[tt.field] = text(tt.base)
			}
			w.do(lan, &syncproto.Mutation{Kind: tt.kind, Unit: unit, Set: first})
			is(t, w.do(lan, &syncproto.Mutation{Kind: tt.kind, BaseRevision: 1, Set: fields(tt.field, tt.a)}), "applied")
			is(t, w.do(lanPad, &syncproto.Mutation{Kind: tt.kind, BaseRevision: 1, Set: fields(tt.field, tt.b)}), tt.want)
			w.holds(tt.field, tt.holds)
			if tt.loses == "" {
				if len(w.kept) != 0 {
					t.Errorf("kept %+v", w.kept)
				}
				return
			}
			k := w.kept[0]
			if len(w.kept) != 1 || k.Field != tt.field || k.Lost != text(tt.loses) || k.Stays != text(tt.holds) {
				t.Errorf("kept %+v", w.kept)
			}
		})
	}
}

func TestFactsOfAnEventLetTheLaterCountWin(t *testing.T) {
	for _, name := range []string{"start", "end", "registered", "blood_units", "households", "value_dong"} {
		w := newWorld(t)
		count := func(n int64) syncproto.Fields { return syncproto.Fields{name: syncproto.Int(n)} }
		w.do(lan, &syncproto.Mutation{Kind: "event", Set: count(1)})
		is(t, w.set(lan, 1, count(2)), "applied")
		v := w.set(lanPad, 1, count(3))
		is(t, v, "conflict field_conflict")
		if v.Detail != name || w.record.Fields[name] != "3" || v.Kept[0].Lost != "2" || v.Kept[0].Stays != "3" {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestDisjointFieldsMerge(t *testing.T) {
	w := newWorld(t).story("draft", fields("title", "a", "body", "b"))
	is(t, w.set(lan, 1, fields("title", "a2")), "applied")
	is(t, w.set(lanPad, 1, fields("body", "b2")), "merged")
	w.holds("title", "a2")
	w.holds("body", "b2")
	if w.record.Mark("title") != 2 || w.record.Mark("body") != 3 || w.record.Writer("body").Device != lanPad.Device {
		t.Errorf("marks %v writers %v", w.record.Marks, w.record.Writers)
	}
}

func TestADeviceNeverConflictsWithItself(t *testing.T) {
	w := newWorld(t).story("draft", fields("title", "a", "body", "một"))
	for i := range 3 {
		is(t, w.set(lan, 0, fields("title", fmt.Sprint(i), "body", fmt.Sprint(i))), "applied")
	}
	is(t, w.command(lan, 0, "submit", ""), "applied")
	is(t, w.set(lan, 0, fields("title", "z")), "applied")
}

func TestABaseFromAfterTheChangeReplaces(t *testing.T) {
	w := newWorld(t).story("draft", fields("title", "a"))
	w.set(lanPad, 1, fields("title", "b"))
	is(t, w.set(lan, 2, fields("title", "c")), "applied")
	w.holds("title", "c")
}

func TestABaseThatMeansNothingCollidesWithEverybodyElse(t *testing.T) {
	for name, prepare := range map[string]func(*world) int64{
		"of another epoch":          func(w *world) int64 { w.foreign = true; return 9 },
		"of zero":                   func(*world) int64 { return 0 },
		"above the record's latest": func(*world) int64 { return 99 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).story("draft", fields("title", "a", "body", "một hai ba"))
			base := prepare(w)
			v := w.set(lanPad, base, fields("title", "b", "body", "một hai tư"))
			is(t, v, "conflict field_conflict")
			if v.Record != nil || len(v.Kept) != 2 {
				t.Errorf("%+v", v)
			}
			is(t, w.set(lan, base, fields("title", "c")), "applied")
		})
	}
}

func TestNullClearsAField(t *testing.T) {
	w := newWorld(t).story("draft", fields("title", "a", "body", "b"))
	is(t, w.do(lan, &syncproto.Mutation{Set: syncproto.Fields{"title": syncproto.Null}}), "applied")
	if _, has := w.record.Fields["title"]; has || w.record.Mark("title") != 2 {
		t.Errorf("title is %v, mark %d", w.record.Fields, w.record.Mark("title"))
	}
	v := w.set(lanPad, 1, fields("title", "b"))
	is(t, v, "conflict field_conflict")
	if v.Kept[0].Stays != syncproto.Null || v.Kept[0].Lost != text("b") {
		t.Errorf("kept %+v", v.Kept)
	}
	is(t, w.do(lanPad, &syncproto.Mutation{BaseRevision: 1, Set: syncproto.Fields{"title": syncproto.Null}}), "merged")
}

func TestSettingWhatIsThereMakesNoRevision(t *testing.T) {
	w := newWorld(t).story("published", fields("title", "a"))
	for _, a := range []reconcile.Actor{lan, lanPad, editorA, lapsed} {
		if v := w.set(a, 1, fields("title", "a")); v.Result != syncproto.Applied || v.Record != nil {
			t.Errorf("%+v", v)
		}
	}
}

func TestAMergedTextIsMergedAgainFromWhatItsDeviceHadSent(t *testing.T) {
	w := newWorld(t).story("draft", fields("body", "một hai ba bốn năm"))
	w.set(lan, 1, fields("body", "KHÔNG hai ba bốn năm"))
	is(t, w.set(lanPad, 1, fields("body", "một hai ba bốn SÁU")), "merged")
	w.holds("body", "KHÔNG hai ba bốn SÁU")
	if wr := w.record.Writer("body"); wr != (syncproto.Writer{Device: lanPad.Device, Merged: true}) {
		t.Fatalf("writer is %+v", wr)
	}
	// The pad, still offline, goes on from its own text.
	is(t, w.set(lanPad, 1, fields("body", "một hai ba bốn SÁU BẢY")), "merged")
	w.holds("body", "KHÔNG hai ba bốn SÁU BẢY")
	is(t, w.set(lanPad, 1, fields("body", "một hai ba bốn BẢY")), "merged")
	w.holds("body", "KHÔNG hai ba bốn BẢY")
	// The other phone, still offline too, changed the first word once more: its first change is in the text already.
	v := w.set(lan, 1, fields("body", "CHẲNG hai ba bốn năm"))
	is(t, v, "conflict field_conflict")
	w.holds("body", "KHÔNG hai ba bốn BẢY")
	if got := v.Kept[0].Base; got != text("một hai ba bốn năm") {
		t.Errorf("base of the conflict is %s", got)
	}
}

func TestSetsMergeByAddAndRemove(t *testing.T) {
	w := newWorld(t).story("draft", syncproto.Fields{"title": text("x"), "tags": `["a","b"]`})
	change := func(a reconcile.Actor, base int64, add, remove syncproto.Value) reconcile.Verdict {
		m := &syncproto.Mutation{BaseRevision: base}
		if add != "" {
			m.Add = map[string][]syncproto.Value{"tags": {add}}
		}
		if remove != "" {
			m.Remove = map[string][]syncproto.Value{"tags": {remove}}
		}
		return w.do(a, m)
	}
	is(t, change(lan, 1, text("c"), text("a")), "applied")
	is(t, change(lanPad, 1, text("d"), text("b")), "merged")
	w.holds("tags", `["c","d"]`)
	if v := change(lanPad, 1, text("c"), text("a")); v.Record != nil || v.Result != syncproto.Merged {
		t.Errorf("adding what is there: %+v", v)
	}
	// The pad has never seen "c": a whole list from it must not drop that silently.
	v := w.do(lanPad, &syncproto.Mutation{BaseRevision: 1, Set: syncproto.Fields{"tags": `["d"]`}})
	is(t, v, "conflict field_conflict")
	w.holds("tags", `["c","d"]`)
	is(t, change(lan, 9, "", text("c")), "merged")
	is(t, change(lan, 9, "", text("d")), "merged")
	w.holds("tags", `[]`)
	w.do(lan, &syncproto.Mutation{Set: fields("mood", "calm")})
	is(t, w.do(lan, &syncproto.Mutation{Add: map[string][]syncproto.Value{"mood": {text("x")}}}), "rejected invalid_field")
}

func TestARecordStaysWithinTheLimitsOfTheWire(t *testing.T) {
	w := newWorld(t).story("draft", fields("title", "a"))
	many := syncproto.Fields{}
	for i := range 61 {
		many[fmt.Sprintf("f%d", i)] = "1"
	}
	is(t, w.set(lan, 1, many), "applied")
	is(t, w.set(lan, 1, fields("one_more", "x")), "rejected too_many")
	clear := syncproto.Fields{}
	for name := range many {
		clear[name] = syncproto.Null
	}
	is(t, w.set(lan, 1, clear), "applied")
	is(t, w.set(lan, 1, fields("one_more", "x")), "rejected too_many")

	w = newWorld(t).story("draft", fields("title", "a"))
	huge := strings.Repeat("x", 60<<10)
	for i := range 4 {
		is(t, w.set(lan, 1, fields(fmt.Sprintf("f%d", i), huge)), "applied")
	}
	is(t, w.set(lan, 1, fields("f5", huge)), "rejected too_large")
	is(t, w.set(lan, 1, syncproto.Fields{"f5": syncproto.Value(`"` + strings.Repeat("x", 65<<10) + `"`)}), "rejected too_large")

	w = newWorld(t).story("draft", fields("title", "a"))
	for i := range 51 {
		want := "applied"
		if i == 50 {
			want = "rejected invalid_field"
		}
		is(t, w.do(lan, &syncproto.Mutation{Add: map[string][]syncproto.Value{"tags": {text(fmt.Sprint(i))}}}), want)
	}
}
