package reconcile_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
	"lantoa/syncproto/vectors"
)

// load reads a vector file. An unknown member is fatal: a case that nobody runs is worse than none.
func load[C any](t *testing.T, file string) []C {
	t.Helper()
	data, err := vectors.Files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		About string `json:"about"`
		Cases []C    `json:"cases"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return out.Cases
}

type actor struct {
	Device     syncproto.ID `json:"device"`
	Person     syncproto.ID `json:"person"`
	Member     bool         `json:"member"`
	Editor     bool         `json:"editor"`
	Admin      bool         `json:"admin"`
	Lapsed     bool         `json:"lapsed"`
	OwnAllowed bool         `json:"own_allowed"`
	Seat       bool         `json:"seat"`
	Closed     bool         `json:"closed"`
}

type writer struct {
	Device syncproto.ID `json:"device"`
	Merged bool         `json:"merged"`
}

type kept struct {
	Field  string          `json:"field"`
	Base   syncproto.Value `json:"base"`
	Stays  syncproto.Value `json:"stays"`
	Lost   syncproto.Value `json:"lost"`
	Reason syncproto.Code  `json:"reason"`
	Silent bool            `json:"silent"`
}

// want is what a merge must come to. What it does not name is not compared, but for kept, which is complete.
type want struct {
	Result    syncproto.Result `json:"result"`
	Code      syncproto.Code   `json:"code"`
	Detail    string           `json:"detail"`
	Unchanged bool             `json:"unchanged"`
	Revision  int64            `json:"revision"`
	State     *syncproto.State `json:"state"`
	Author    syncproto.ID     `json:"author"`
	Unit      syncproto.ID     `json:"unit"`
	Deleted   *bool            `json:"deleted"`
	Reason    string           `json:"reason"`
	Fields    syncproto.Fields `json:"fields"`
	Marks     map[string]int64 `json:"marks"`
	Claim     json.RawMessage  `json:"claim"`
	Hold      *int64           `json:"hold"`
	Writer    *struct {
		Field string `json:"field"`
		writer
	} `json:"writer"`
	Kept []kept `json:"kept"`
}

type mergeCase struct {
	Name     string            `json:"name"`
	Clause   string            `json:"clause"`
	Record   json.RawMessage   `json:"record"`
	Writers  map[string]writer `json:"writers"`
	Parent   json.RawMessage   `json:"parent"`
	Mutation json.RawMessage   `json:"mutation"`
	Actor    actor             `json:"actor"`
	Base     syncproto.Fields  `json:"base"`
	Sides    syncproto.Fields  `json:"sides"`
	Foreign  bool              `json:"foreign"`
	Now      int64             `json:"now"`
	Hold     int64             `json:"hold"`
	ToEditor bool              `json:"to_editor"`
	Want     want              `json:"want"`
}

func decodeRecord(t *testing.T, data []byte) *syncproto.Record {
	t.Helper()
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	r, err := syncproto.DecodeRecord(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (c *mergeCase) input(t *testing.T) reconcile.Input {
	m, err := syncproto.DecodeMutation(c.Mutation)
	if err != nil {
		t.Fatal(err)
	}
	in := reconcile.Input{
		Record: decodeRecord(t, c.Record), Parent: decodeRecord(t, c.Parent), Mutation: m, Actor: reconcile.Actor(c.Actor),
		Base: c.Base, Sides: c.Sides, ForeignBase: c.Foreign, Now: c.Now,
		Hold: c.Hold, ToEditor: c.ToEditor,
	}
	if in.Record != nil {
		// Whoever is not named wrote nothing: the record is all of its maker's device.
		in.Record.Writers = map[string]syncproto.Writer{"": {Device: c.Actor.Device}}
		for field, w := range c.Writers {
			in.Record.Writers[field] = syncproto.Writer(w)
		}
	}
	return in
}

func TestMergeVectors(t *testing.T) {
	for _, c := range load[mergeCase](t, "merge.json") {
		t.Run(c.Name, func(t *testing.T) {
			t.Log(c.Clause)
			in := c.input(t)
			v := reconcile.Apply(in)
			if v.Result != c.Want.Result || v.Code != c.Want.Code || c.Want.Detail != "" && v.Detail != c.Want.Detail {
				t.Errorf("got %s %s %s, want %s %s %s", v.Result, v.Code, v.Detail, c.Want.Result, c.Want.Code, c.Want.Detail)
			}
			checkKept(t, v.Kept, c.Want.Kept)
			if c.Want.Unchanged {
				if v.Record != nil {
					t.Errorf("the record changed: %s", syncproto.AppendRecord(nil, v.Record))
				}
				return
			}
			if v.Record == nil {
				t.Fatal("the record did not change")
			}
			checkRecord(t, v.Record, &c.Want)
		})
	}
}

func checkRecord(t *testing.T, r *syncproto.Record, w *want) {
	t.Helper()
	wire := string(syncproto.AppendRecord(nil, r))
	if w.Revision != 0 && r.Revision != w.Revision || w.State != nil && r.State != *w.State ||
		w.Deleted != nil && r.Deleted != *w.Deleted || w.Author != "" && r.Author != w.Author ||
		w.Unit != "" && r.Unit != w.Unit || w.Hold != nil && r.Hold != *w.Hold || w.Reason != "" && r.Reason != w.Reason {
		t.Errorf("got %s, want %+v", wire, *w)
	}
	if w.Fields != nil && syncproto.Object(r.Fields) != syncproto.Object(w.Fields) {
		t.Errorf("fields:\n got %s\nwant %s", syncproto.Object(r.Fields), syncproto.Object(w.Fields))
	}
	for field, mark := range w.Marks {
		if got := r.Mark(field); got != mark {
			t.Errorf("mark of %s is %d, want %d", field, got, mark)
		}
	}
	if w.Writer != nil && r.Writer(w.Writer.Field) != syncproto.Writer(w.Writer.writer) {
		t.Errorf("writer of %s is %+v, want %+v", w.Writer.Field, r.Writer(w.Writer.Field), w.Writer.writer)
	}
	if w.Claim == nil {
		return
	}
	var claim *struct {
		Person syncproto.ID `json:"person"`
		Until  int64        `json:"until"`
	}
	if err := json.Unmarshal(w.Claim, &claim); err != nil {
		t.Fatal(err)
	}
	if (claim == nil) != (r.Claim == nil) || claim != nil && *r.Claim != syncproto.Claim(*claim) {
		t.Errorf("claim: got %+v, want %+v", r.Claim, claim)
	}
}

func checkKept(t *testing.T, got []reconcile.Kept, want []kept) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("kept %+v, want %+v", got, want)
	}
	for i, w := range want {
		g := got[i]
		if g.Field != w.Field || g.Silent != w.Silent || w.Reason != "" && g.Reason != w.Reason ||
			w.Base != "" && g.Base != w.Base || w.Stays != "" && g.Stays != w.Stays || w.Lost != "" && g.Lost != w.Lost {
			t.Errorf("kept %+v, want %+v", g, w)
		}
	}
}

type textCase struct {
	Name     string `json:"name"`
	Clause   string `json:"clause"`
	Base     string `json:"base"`
	Current  string `json:"current"`
	Incoming string `json:"incoming"`
	Merged   string `json:"merged"`
	Conflict bool   `json:"conflict"`
}

func TestTextVectors(t *testing.T) {
	for _, c := range load[textCase](t, "text.json") {
		t.Run(c.Name, func(t *testing.T) {
			t.Log(c.Clause)
			merged, clean := reconcile.MergeText(c.Base, c.Current, c.Incoming)
			switch {
			case clean == c.Conflict:
				t.Errorf("clean is %v: %q", clean, merged)
			case clean && merged != c.Merged:
				t.Errorf("got %q, want %q", merged, c.Merged)
			case !clean && merged != c.Current:
				t.Errorf("an unclean merge changed the text: %q", merged)
			}
		})
	}
}

type machineCase struct {
	Name    string            `json:"name"`
	Clause  string            `json:"clause"`
	Kind    syncproto.Kind    `json:"kind"`
	From    syncproto.State   `json:"from"`
	Command syncproto.Command `json:"command"`
	Role    string            `json:"role"`
	Reason  string            `json:"reason"`
	To      syncproto.State   `json:"to"`
	Code    syncproto.Code    `json:"code"`
}

const (
	idRecord  syncproto.ID = "01968c5e-0000-7000-8000-000000000010"
	idParent  syncproto.ID = "01968c5e-0000-7000-8000-000000000011"
	idAuthor  syncproto.ID = "01968c5e-0000-7000-8000-000000000001"
	idOther   syncproto.ID = "01968c5e-0000-7000-8000-000000000003"
	idDevice  syncproto.ID = "01968c5e-0000-7000-8000-0000000000d1"
	idDevice2 syncproto.ID = "01968c5e-0000-7000-8000-0000000000d2"
)

func roleOf(t *testing.T, role string) (actor reconcile.Actor, subjectAuthor syncproto.ID) {
	actor = reconcile.Actor{Device: idDevice2, Person: idOther, Member: true}
	switch role {
	case "author":
		actor.Device, actor.Person = idDevice, idAuthor
	case "parent_author":
		return actor, actor.Person
	case "editor":
		actor.Editor = true
	case "admin":
		actor.Editor, actor.Admin = true, true
	case "lapsed":
		actor.Member, actor.Lapsed = false, true
	case "stranger":
	default:
		t.Fatalf("unknown role %q", role)
	}
	return actor, idAuthor
}

func TestMachineVectors(t *testing.T) {
	for _, c := range load[machineCase](t, "machine.json") {
		t.Run(c.Name, func(t *testing.T) {
			t.Log(c.Clause)
			who, subjectAuthor := roleOf(t, c.Role)
			r := &syncproto.Record{
				ID: idRecord, Kind: c.Kind, Author: idAuthor, Revision: 4, State: c.From, Fields: syncproto.Fields{},
				Writers: map[string]syncproto.Writer{"": {Device: idDevice}},
			}
			in := reconcile.Input{
				Record: r, Actor: who, Now: 1_763_790_000_000,
				Mutation: &syncproto.Mutation{
					Number: 1, ID: idRecord, Record: idRecord, Kind: c.Kind, BaseRevision: 4, Command: c.Command, Reason: c.Reason,
				},
			}
			if c.From == syncproto.StateInReview {
				r.Claim = &syncproto.Claim{Person: who.Person, Until: in.Now + 1000}
			}
			if c.Kind == syncproto.KindNote || c.Kind == syncproto.KindConflict {
				r.Fields["parent"] = syncproto.Text(string(idParent))
				in.Parent = &syncproto.Record{ID: idParent, Kind: syncproto.KindStory, Author: subjectAuthor, State: syncproto.StateSubmitted, Revision: 1}
			}
			v := reconcile.Apply(in)
			if v.Code != c.Code || (v.Result == syncproto.Rejected) != (c.Code != "") {
				t.Fatalf("got %s %s, want %q or state %q", v.Result, v.Code, c.Code, c.To)
			}
			if c.Code == "" && (v.Record == nil || v.Record.State != c.To) {
				t.Errorf("got %+v, want state %s", v.Record, c.To)
			}
		})
	}
}
