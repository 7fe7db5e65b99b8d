package reconcile_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

var actors = []reconcile.Actor{lan, lanPad, editorA, editorB, admin, lapsed, someone, orphan}

// chance makes a random mutation with a base that its device may have seen.
func chance(rng *rand.Rand, w *world, serial int) *syncproto.Mutation {
	m := &syncproto.Mutation{Unit: unit}
	if w.record != nil {
		m.BaseRevision = rng.Int64N(w.record.Revision + 1)
	}
	switch p := rng.IntN(20); {
	case p < 13:
		m.Set = syncproto.Fields{}
		for _, name := range []string{"title", "place", "body", "mood"} {
			if rng.IntN(3) == 0 {
				m.Set[name] = valueOf(name, serial)
			}
		}
		if w.record != nil && rng.IntN(2) == 0 {
			m.Set["body"] = text(mutateText(rng, w.revisions[max(m.BaseRevision, 1)]["body"].TextOr(""), 2))
		}
		if rng.IntN(8) == 0 {
			m.Set["mood"] = syncproto.Null
		}
		if len(m.Set) == 0 || rng.IntN(4) == 0 {
			m.Add = map[string][]syncproto.Value{"tags": {text(fmt.Sprint(rng.IntN(6)))}}
			m.Remove = map[string][]syncproto.Value{"tags": {text(fmt.Sprint(rng.IntN(6)))}}
		}
	case p < 14:
		m.Delete = true
	default:
		m.Command = commands[rng.IntN(len(commands))]
		m.Reason = []string{"", "vì thế"}[rng.IntN(2)]
	}
	return m
}

// valueOf makes a value that its field accepts.
func valueOf(name string, n int) syncproto.Value {
	switch name {
	case "place":
		return syncproto.Object(fields("text", fmt.Sprint("thôn ", n)))
	case "happened_at":
		return syncproto.Int(int64(n))
	}
	return text(fmt.Sprint(name, "_", n))
}

// snapshot is everything of an input that Apply could have changed.
func snapshot(in reconcile.Input) string {
	var b bytes.Buffer
	for _, r := range []*syncproto.Record{in.Record, in.Parent} {
		if r != nil {
			fmt.Fprintf(&b, "%s %v %v %v\n", syncproto.AppendRecord(nil, r), r.Fields, r.Writers, r.Marks)
		}
	}
	fmt.Fprintf(&b, "%s %v %v\n", syncproto.AppendMutation(nil, in.Mutation), in.Base, in.Sides)
	return b.String()
}

// TestRandomHistories holds the laws over random histories of one record: the verdict depends on the input alone,
// the input stays as it was, a replay changes nothing, and nothing that anybody set is lost.
func TestRandomHistories(t *testing.T) {
	const seed = 1975
	results := map[string]int{}
	for run := range 1500 {
		rng := rand.New(rand.NewPCG(seed, uint64(run)))
		w := newWorld(t)
		ledger := newLedger()
		from := states[1+rng.IntN(12)]
		w.story(from, syncproto.Fields{"title": text("title-x"), "body": text(randomText(rng, 12, 40)), "tags": `["1","2"]`})
		ledger.take(w, lan, w.record, nil, &syncproto.Mutation{Set: w.record.Fields}, reconcile.Verdict{Record: w.record})
		for serial := range 25 {
			a := actors[rng.IntN(len(actors))]
			if rng.IntN(2) == 0 {
				a = actors[rng.IntN(4)]
			}
			w.foreign = rng.IntN(15) == 0
			w.now += rng.Int64N(reconcile.ClaimFor)
			m := chance(rng, w, serial)
			m.Number, m.ID, m.Record, m.Kind = 1, id(100), storyID, syncproto.KindStory
			in := w.input(a, m)
			before := snapshot(in)
			v := reconcile.Apply(in)
			where := fmt.Sprintf("seed %d, run %d, step %d: %s", seed, run, serial, syncproto.AppendMutation(nil, m))
			if again := reconcile.Apply(in); !reflect.DeepEqual(v, again) {
				t.Fatalf("%s\njudged twice it is %+v and %+v", where, v, again)
			}
			if snapshot(in) != before {
				t.Fatalf("%s\nthe input changed", where)
			}
			checkVerdict(t, in, v)
			old := w.record
			w.store(a, v)
			results[fmt.Sprint(v.Result, v.Code)]++
			if lost := ledger.take(w, a, old, in.Sides, m, v); lost != "" {
				t.Fatalf("%s\nlost %s", where, lost)
			}
			if replay := reconcile.Apply(w.input(a, m)); v.Result != syncproto.Rejected && replay.Record != nil {
				t.Fatalf("%s\na replay makes a revision: first %+v, then %+v", where, v, replay)
			}
		}
	}
	t.Logf("seed %d: %v", seed, results)
	for _, want := range []string{
		"applied", "merged", "conflictfield_conflict", "conflictdelete_undone", "conflictedit_restored_record",
		"conflictgrant_ended", "conflicttaken_down", "conflictpublished_edit_kept",
	} {
		if results[want] == 0 {
			t.Errorf("seed %d: the histories never came to %s", seed, want)
		}
	}
}

// TestWhoComesFirstIsNoAuthor: after a restore a creation and what was done to the record since arrive in any order, from
// anybody. Its author is who captured it, and whatever was set can be found.
func TestWhoComesFirstIsNoAuthor(t *testing.T) {
	const seed = 1985
	early := 0
	for run := range 3000 {
		rng := rand.New(rand.NewPCG(seed, uint64(run)))
		w := newWorld(t)
		w.foreign = true
		at, count := rng.IntN(6), 6
		for serial := range count {
			a, m := actors[rng.IntN(len(actors))], chance(rng, w, serial)
			if m.BaseRevision = 1 + rng.Int64N(9); serial == at {
				a, m = lan, &syncproto.Mutation{Unit: unit, Set: fields("title", "của Lan", "body", "một hai ba")}
			}
			before := w.record
			v := w.do(a, m)
			switch {
			case serial == at:
				is(t, v, "applied")
			case before == nil && (m.Delete || m.Command != ""):
				is(t, v, "rejected record_missing")
			case before == nil:
				is(t, v, "conflict record_awaited")
				early++
			}
			whole := syncproto.Fields{}
			for _, k := range v.Kept {
				if lost, ok := k.Lost.AsObject(); ok && k.Field == "" {
					whole = lost
				}
			}
			for name, value := range m.Set {
				if before == nil && serial != at && whole[name] != value {
					t.Fatalf("seed %d, run %d, step %d: %s %s is not kept: %+v", seed, run, serial, name, value, v.Kept)
				}
			}
			if w.record != nil && (serial < at || w.record.Author != lan.Person) {
				t.Fatalf("seed %d, run %d, step %d: a record by %s", seed, run, serial, w.record.Author)
			}
		}
	}
	if early == 0 {
		t.Errorf("seed %d: no edit came before its record", seed)
	}
}

// ledger follows every value that anybody set, from outside the merge, to see where it went.
type ledger struct {
	holder map[string]held
}

// held is a value in the record: who wrote it, and at which revision it came.
type held struct {
	value    syncproto.Value
	device   syncproto.ID
	revision int64
}

func newLedger() *ledger { return &ledger{holder: map[string]held{}} }

// take books one verdict and returns what was lost by it, or "".
func (l *ledger) take(w *world, a reconcile.Actor, old *syncproto.Record, sides syncproto.Fields, m *syncproto.Mutation, v reconcile.Verdict) string {
	if v.Result == syncproto.Rejected {
		return "" // the whole payload becomes a dead letter
	}
	keeps := func(name string, value syncproto.Value) bool {
		return slices.ContainsFunc(v.Kept, func(k reconcile.Kept) bool {
			whole, _ := k.Lost.AsObject()
			return k.Field == name && k.Lost == value || k.Field == "" && whole[name] == value
		})
	}
	for name, value := range m.Set {
		now := w.record.Fields[name]
		if now == "" {
			now = syncproto.Null
		}
		if now != value && !keeps(name, value) {
			return fmt.Sprintf("the incoming %s %s; the record holds %s, kept %+v", name, value, now, v.Kept)
		}
	}
	if v.Record == nil {
		return ""
	}
	for name, value := range v.Record.Fields {
		h, had := l.holder[name]
		if had && h.value == value {
			continue
		}
		set, wasSet := m.Set[name]
		merged := slices.ContainsFunc(v.Kept, func(k reconcile.Kept) bool { return k.Silent && k.Field == name })
		seen := !w.foreign && h.revision <= m.BaseRevision || h.device == a.Device
		if had && wasSet && !merged && !seen && !keeps(name, h.value) {
			return fmt.Sprintf("%s %s of revision %d, which nobody had seen; kept %+v", name, h.value, h.revision, v.Kept)
		}
		if merged { // it holds every word that either side brought
			if gone := missingWords(w, name, h, set, value, m, sides); gone != "" {
				return gone
			}
		}
		device := a.Device
		if merged || !wasSet {
			device = "" // more than one device's words: nobody overwrites it unseen
		}
		l.holder[name] = held{value, device, v.Record.Revision}
	}
	for name, h := range l.holder {
		if _, has := v.Record.Fields[name]; !has && h.value != syncproto.Null {
			seen := !w.foreign && h.revision <= m.BaseRevision || h.device == a.Device
			if !seen && !keeps(name, h.value) {
				return fmt.Sprintf("%s %s of revision %d was cleared by somebody who had not seen it", name, h.value, h.revision)
			}
			l.holder[name] = held{syncproto.Null, a.Device, v.Record.Revision}
		}
	}
	return ""
}

func missingWords(w *world, name string, h held, set, value syncproto.Value, m *syncproto.Mutation, sides syncproto.Fields) string {
	base := w.revisions[m.BaseRevision][name]
	if side, has := sides[name]; has {
		base = side
	}
	from, merged := words(base.TextOr("")), words(value.TextOr(""))
	for _, side := range []syncproto.Value{h.value, set} {
		for word := range words(side.TextOr("")) {
			if from[word] == 0 && merged[word] == 0 {
				return fmt.Sprintf("the word %q of %s in the merge %s", word, side, value)
			}
		}
	}
	return ""
}

// TestDisjointEditsCommute: two devices that change different fields end with the same fields in both orders.
func TestDisjointEditsCommute(t *testing.T) {
	const seed = 30
	names := []string{"title", "body", "place", "happened_at", "type", "mood"}
	for run := range 2000 {
		rng := rand.New(rand.NewPCG(seed, uint64(run)))
		var edits [2]syncproto.Fields
		for i := range edits {
			edits[i] = syncproto.Fields{}
		}
		for _, name := range names {
			if side := rng.IntN(3); side < 2 {
				edits[side][name] = valueOf(name, rng.IntN(9))
			}
		}
		var ends [2]string
		for order := range 2 {
			w := newWorld(t).story("submitted", fields("title", "a", "body", "b", "type", "relief"))
			for i := range 2 {
				side := (i + order) % 2
				if len(edits[side]) > 0 {
					w.set([]reconcile.Actor{lan, editorA}[side], 1, edits[side])
				}
			}
			ends[order] = string(syncproto.Object(w.record.Fields))
		}
		if ends[0] != ends[1] {
			t.Fatalf("seed %d, run %d: %v\n%s\n%s", seed, run, edits, ends[0], ends[1])
		}
	}
}

func FuzzApply(f *testing.F) {
	w := newWorld(&testing.T{})
	w.story("draft", fields("title", "a", "body", "một hai ba"))
	record := string(syncproto.AppendRecord(nil, w.record))
	for _, m := range []syncproto.Mutation{
		{Set: fields("title", "b", "body", "một hai bốn")},
		{Add: map[string][]syncproto.Value{"tags": {text("x")}}},
		{Delete: true},
		{Command: "submit"},
		{Command: "return", Reason: "x"},
	} {
		m.Number, m.ID, m.Record, m.Kind, m.BaseRevision = 1, id(100), storyID, "story", 1
		f.Add(record, string(syncproto.AppendMutation(nil, &m)), byte(0))
		f.Add(strings.Replace(record, `"draft"`, `"in_review"`, 1), string(syncproto.AppendMutation(nil, &m)), byte(2))
		f.Add("", string(syncproto.AppendMutation(nil, &m)), byte(9))
	}
	f.Fuzz(func(t *testing.T, record, mutation string, flags byte) {
		m, err := syncproto.DecodeMutation([]byte(mutation))
		if err != nil || m.Validate() != nil {
			return
		}
		r, err := syncproto.DecodeRecord([]byte(record))
		if err != nil || len(r.Marks) > syncproto.MaxFields-2 || len(r.Fields) > syncproto.MaxFields-2 || r.Revision < 0 || r.Revision > 1<<50 {
			r = nil
		}
		if r != nil {
			for name, mark := range r.Marks {
				if mark > r.Revision || !syncproto.ValidName(name) {
					return
				}
			}
		}
		in := reconcile.Input{
			Record: r, Mutation: m, Actor: actors[int(flags)%len(actors)], Now: 1_700_000_000_000,
			Base: fields("body", "một"), Sides: fields("title", "x"), ForeignBase: flags&8 != 0,
		}
		if flags&16 != 0 {
			in.Parent = r
		}
		before := snapshot(in)
		v := reconcile.Apply(in)
		if snapshot(in) != before {
			t.Fatal("the input changed")
		}
		checkVerdict(t, in, v)
		if v.Record != nil {
			in.Record = v.Record
			in.Sides = m.Set
			if again := reconcile.Apply(in); again.Record != nil {
				t.Fatalf("a replay makes a revision:\n%s\n%s\n%s", record, mutation, syncproto.AppendRecord(nil, again.Record))
			}
		}
	})
}

func BenchmarkApplyCreate(b *testing.B) {
	in := reconcile.Input{
		Mutation: &syncproto.Mutation{
			Number: 1, ID: id(100), Record: storyID, Kind: "story", Unit: unit,
			Set: fields("title", "Mang gạo đến thôn Hạ", "body", strings.Repeat("Sáng nay chị Lan ", 60), "type", "relief", "place", "x"),
		},
		Actor: lan, Now: 1_700_000_000_000, Captured: &syncproto.Captured{},
	}
	delete(in.Mutation.Set, "place")
	b.ReportAllocs()
	for b.Loop() {
		reconcile.Apply(in)
	}
}

func BenchmarkApplyEdit(b *testing.B) {
	w := newWorld(&testing.T{})
	w.story("submitted", fields("title", "a", "body", strings.Repeat("Sáng nay chị Lan ", 60), "type", "relief"))
	m := &syncproto.Mutation{Number: 1, ID: id(100), Record: storyID, Kind: "story", BaseRevision: 1, Set: fields("title", "b")}
	in := w.input(editorA, m)
	b.ReportAllocs()
	for b.Loop() {
		reconcile.Apply(in)
	}
}
