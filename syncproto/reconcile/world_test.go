package reconcile_test

import (
	"maps"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

func id(n byte) syncproto.ID { return syncproto.MakeID(1_700_000_000_000, [10]byte{9: n}) }

// The people of these tests. Lan has two phones.
var (
	lan     = reconcile.Actor{Device: id(1), Person: id(11), Member: true}
	lanPad  = reconcile.Actor{Device: id(2), Person: id(11), Member: true}
	editorA = reconcile.Actor{Device: id(3), Person: id(13), Member: true, Editor: true}
	editorB = reconcile.Actor{Device: id(4), Person: id(14), Member: true, Editor: true}
	admin   = reconcile.Actor{Device: id(5), Person: id(15), Member: true, Editor: true, Admin: true}
	lapsed  = reconcile.Actor{Device: id(6), Person: id(16), Member: true, Lapsed: true}
	someone = reconcile.Actor{Device: id(7), Person: id(17), Member: true}
	orphan  = reconcile.Actor{Device: id(8), Person: id(18)}
	unit    = id(21)
	storyID = id(31)
)

// world is the least server that Apply needs: one record, its revisions, and what devices had sent of merged text.
type world struct {
	t         *testing.T
	record    *syncproto.Record
	parent    *syncproto.Record
	revisions map[int64]syncproto.Fields
	sides     map[string]map[syncproto.ID]syncproto.Value
	kept      []reconcile.Kept
	foreign   bool
	toEditor  bool
	hold      int64
	now       int64
	n         int64
}

func newWorld(t *testing.T) *world {
	return &world{
		t: t, revisions: map[int64]syncproto.Fields{}, sides: map[string]map[syncproto.ID]syncproto.Value{},
		now: 1_700_000_000_000,
	}
}

func (w *world) input(a reconcile.Actor, m *syncproto.Mutation) reconcile.Input {
	in := reconcile.Input{
		Record: w.record, Parent: w.parent, Mutation: m, Actor: a, Now: w.now, ForeignBase: w.foreign,
		Hold: w.hold, ToEditor: w.toEditor,
	}
	if reconcile.NeedsBase(w.record, m, a.Device, w.foreign) {
		in.Base = w.revisions[m.BaseRevision]
	}
	if w.record != nil {
		for name := range m.Set {
			if wr := w.record.Writer(name); wr.Merged && wr.Device == a.Device {
				if in.Sides == nil {
					in.Sides = syncproto.Fields{}
				}
				in.Sides[name] = w.sides[name][a.Device]
			}
		}
	}
	return in
}

// do judges a mutation, checks what is true of every verdict, and stores it.
func (w *world) do(a reconcile.Actor, m *syncproto.Mutation) reconcile.Verdict {
	w.t.Helper()
	w.n++
	m.Number, m.ID = w.n, id(100)
	if m.Record == "" {
		m.Record = storyID
	}
	if m.Kind == "" {
		m.Kind = syncproto.KindStory
	}
	if w.record != nil && m.Kind == syncproto.KindStory {
		m.Kind = w.record.Kind
	}
	in := w.input(a, m)
	v := reconcile.Apply(in)
	checkVerdict(w.t, in, v)
	w.store(a, v)
	return v
}

func (w *world) store(a reconcile.Actor, v reconcile.Verdict) {
	if v.Record != nil {
		w.record = v.Record
		w.revisions[v.Record.Revision] = maps.Clone(v.Record.Fields)
	}
	if v.Parent != nil {
		w.parent = v.Parent
	}
	for _, k := range v.Kept {
		if k.Silent {
			if w.sides[k.Field] == nil {
				w.sides[k.Field] = map[syncproto.ID]syncproto.Value{}
			}
			w.sides[k.Field][a.Device] = k.Lost
		}
		w.kept = append(w.kept, k)
	}
}

// checkVerdict holds what is true of every verdict.
func checkVerdict(t *testing.T, in reconcile.Input, v reconcile.Verdict) {
	t.Helper()
	fail := func(why string) {
		t.Helper()
		t.Fatalf("%s\nmutation %s\nverdict %+v", why, syncproto.AppendMutation(nil, in.Mutation), v)
	}
	switch v.Result {
	case syncproto.Applied, syncproto.Merged:
		if v.Code != "" {
			fail("a code without a conflict")
		}
	case syncproto.Conflicts:
		if v.Code == "" || len(v.Kept) == 0 {
			fail("a conflict without its reason or its losing side")
		}
	case syncproto.Rejected:
		if v.Code == "" || v.Record != nil || v.Parent != nil || len(v.Kept) > 0 {
			fail("a rejected mutation did something")
		}
	default:
		fail("an unknown result")
	}
	for _, k := range v.Kept {
		if k.Lost == "" || k.Silent == (k.Reason != "") {
			fail("a kept side without a value or a reason")
		}
	}
	if r := v.Record; r != nil {
		want := int64(1)
		if in.Record != nil {
			want = in.Record.Revision + 1
		}
		if r.Revision != want || r.Changed != in.Now {
			fail("a revision out of turn")
		}
		for name, mark := range r.Marks {
			if mark > r.Revision || !syncproto.ValidName(name) {
				fail("a mark of " + name + " out of turn")
			}
		}
		wire := syncproto.AppendRecord(nil, r)
		if back, err := syncproto.DecodeRecord(wire); err != nil {
			fail("the record cannot be read back: " + err.Error())
		} else if string(syncproto.AppendRecord(nil, back)) != string(wire) {
			fail("the record changes when it is read back")
		}
	}
}

// story puts a story of Lan's into a state, at revision 2 (or 1 for a draft), last touched by her first phone.
func (w *world) story(state syncproto.State, fields syncproto.Fields) *world {
	w.t.Helper()
	is(w.t, w.do(lan, &syncproto.Mutation{Unit: unit, Set: fields}), "applied")
	if state != syncproto.StateDraft {
		w.record.State = state
	}
	return w
}

func (w *world) set(a reconcile.Actor, base int64, fields syncproto.Fields) reconcile.Verdict {
	w.t.Helper()
	return w.do(a, &syncproto.Mutation{BaseRevision: base, Set: fields})
}

func (w *world) command(a reconcile.Actor, base int64, c syncproto.Command, reason string) reconcile.Verdict {
	w.t.Helper()
	return w.do(a, &syncproto.Mutation{BaseRevision: base, Command: c, Reason: reason})
}

func (w *world) remove(a reconcile.Actor, base int64) reconcile.Verdict {
	w.t.Helper()
	return w.do(a, &syncproto.Mutation{BaseRevision: base, Delete: true})
}

// is checks result and code, written "conflict field_conflict".
func is(t *testing.T, v reconcile.Verdict, want string) {
	t.Helper()
	got := string(v.Result)
	if v.Code != "" {
		got += " " + string(v.Code)
	}
	if got != want {
		t.Errorf("got %s, want %s (%+v)", got, want, v)
	}
}

func (w *world) holds(field, want string) {
	w.t.Helper()
	if got := w.record.Fields[field].TextOr(string(w.record.Fields[field])); got != want {
		w.t.Errorf("%s is %q, want %q", field, got, want)
	}
}

func (w *world) stands(state syncproto.State) {
	w.t.Helper()
	if w.record.State != state {
		w.t.Errorf("state is %s, want %s", w.record.State, state)
	}
}

func text(s string) syncproto.Value { return syncproto.Text(s) }

func fields(pairs ...string) syncproto.Fields {
	f := syncproto.Fields{}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i]] = text(pairs[i+1])
	}
	return f
}
