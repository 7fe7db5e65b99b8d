package desk

import (
	"context"
	"maps"
	"slices"

	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Comparison is what differs between two revisions of a submission.
type Comparison struct {
	Record syncproto.ID       `json:"record"`
	From   int64              `json:"from"`
	To     int64              `json:"to"`
	State  [2]syncproto.State `json:"state"`
	Fields []FieldChange      `json:"fields"`
	Parts  []PartChange       `json:"parts"`
}

// Shape says how the two values of a field are told apart.
type Shape string

// The shapes.
const (
	ShapeText  Shape = "text"  // Runs
	ShapeSet   Shape = "set"   // Added and Removed
	ShapeValue Shape = "value" // From and To
)

// FieldChange is one field that differs. Null stands for no value.
type FieldChange struct {
	Field   string            `json:"field"`
	Shape   Shape             `json:"shape"`
	Runs    []reconcile.Run   `json:"runs,omitempty"`
	Added   []syncproto.Value `json:"added,omitempty"`
	Removed []syncproto.Value `json:"removed,omitempty"`
	From    *syncproto.Value  `json:"from,omitempty"`
	To      *syncproto.Value  `json:"to,omitempty"`
}

// What became of a part. One that moved may have changed too.
const (
	PartAdded   = "added"
	PartRemoved = "removed" // deleted, taken down, declined, or not let in
	PartMoved   = "moved"
	PartChanged = "changed"
)

// PartChange is one photo or event that differs.
type PartChange struct {
	Part   syncproto.ID   `json:"part"`
	Kind   syncproto.Kind `json:"kind"`
	Change string         `json:"change"`
	From   int            `json:"from,omitempty"` // its place among the parts, from 1; 0 for none
	To     int            `json:"to,omitempty"`
	Fields []FieldChange  `json:"fields"`
}

// Compare compares two revisions of a submission field by field: from 0 is the first that the desk may see, to 0 the
// newest. Errors: not_found, also for revisions that are their author's alone.
func (s *Service) Compare(ctx context.Context, by syncer.Actor, id syncproto.ID, from, to int64) (out *Comparison, err error) {
	err = s.look(ctx, by, func(v *sight) error {
		top, err := v.whole(id)
		if err != nil {
			return err
		}
		out, err = v.compare(top.Record.ID, from, to)
		return err
	})
	return out, err
}

func (v *sight) compare(id syncproto.ID, from, to int64) (*Comparison, error) {
	history, err := v.history(id)
	if err != nil {
		return nil, err
	}
	a, b := at(history, from, history[0]), at(history, to, history[len(history)-1])
	if a == nil || b == nil {
		return nil, hidden("compare revisions")
	}
	out := &Comparison{
		Record: id, From: a.Revision, To: b.Revision, State: [2]syncproto.State{a.State, b.State},
		Fields: compareFields(a.Kind, a.Fields, b.Fields),
	}
	out.Parts, err = v.compareParts(id, a, b)
	return out, err
}

// at finds a revision; 0 stands for fallback.
func at(history []*syncproto.Record, revision int64, fallback *syncproto.Record) *syncproto.Record {
	if revision == 0 {
		return fallback
	}
	i := slices.IndexFunc(history, func(r *syncproto.Record) bool { return r.Revision == revision })
	if i < 0 {
		return nil
	}
	return history[i]
}

func compareFields(kind syncproto.Kind, a, b syncproto.Fields) []FieldChange {
	names := map[string]bool{}
	for _, fields := range []syncproto.Fields{a, b} {
		for name := range fields {
			names[name] = true
		}
	}
	out := []FieldChange{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if a[name] != b[name] {
			out = append(out, compareField(kind, name, a[name], b[name]))
		}
	}
	return out
}

func compareField(kind syncproto.Kind, name string, a, b syncproto.Value) FieldChange {
	out := FieldChange{Field: name, Shape: ShapeValue}
	if syncproto.IsText(kind, name) {
		from, wasText := textOf(a)
		to, isText := textOf(b)
		if wasText && isText {
			out.Shape, out.Runs = ShapeText, reconcile.CompareText(from, to)
			return out
		}
	}
	from, wasList := listOf(a)
	to, isList := listOf(b)
	if wasList && isList && syncproto.IsSet(kind, name) {
		out.Shape, out.Added, out.Removed = ShapeSet, without(to, from), without(from, to)
		return out
	}
	if a == "" {
		a = syncproto.Null
	}
	if b == "" {
		b = syncproto.Null
	}
	out.From, out.To = &a, &b
	return out
}

// textOf and listOf take no value for an empty one.
func textOf(v syncproto.Value) (string, bool) {
	if v.IsNull() {
		return "", true
	}
	return v.AsText()
}

func listOf(v syncproto.Value) ([]syncproto.Value, bool) {
	if v.IsNull() {
		return nil, true
	}
	return v.AsList()
}

func without(list, other []syncproto.Value) (out []syncproto.Value) {
	for _, item := range list {
		if !slices.Contains(other, item) {
			out = append(out, item)
		}
	}
	return out
}
