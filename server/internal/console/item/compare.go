package item

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Diff is what differs between two revisions of a submission.
type Diff struct {
	From, To   int64
	Was, Is    syncproto.State
	Moved      bool // it has another state
	Fields     []FieldDiff
	Parts      []PartDiff
	Same       []Field // what did not change, folded
	Older      *desk.Revision
	Newer      *desk.Revision
	Unaltered  bool
	Everything bool // from the first revision to the newest
}

// FieldDiff is one field that differs.
type FieldDiff struct {
	Name           string
	Runs           []Run // of texts
	Added, Removed []string
	From, To       *Field // of anything else
}

// Run is a piece of a text that stayed, came or went. A long one that stayed is folded in its middle.
type Run struct {
	Mark             string // same, added, removed
	Text, Fold, Tail string
}

// PartDiff is one photo or event that differs.
type PartDiff struct {
	Kind     syncproto.Kind
	Change   string // added, removed, moved, changed
	From, To int
	ID       syncproto.ID
	Photo    *Photo // as it is now; nil where it is not there any more
	Fields   []FieldDiff
}

func (s *Sheet) diff(r *page.Request, c *desk.Comparison) *Diff {
	d := &Diff{From: c.From, To: c.To, Was: c.State[0], Is: c.State[1], Moved: c.State[0] != c.State[1]}
	d.Fields = s.fieldDiffs(r, c.Fields)
	for _, p := range c.Parts {
		d.Parts = append(d.Parts, PartDiff{
			Kind: p.Kind, Change: p.Change, From: p.From, To: p.To, ID: p.Part, Photo: s.photo(p.Part), Fields: s.fieldDiffs(r, p.Fields),
		})
	}
	changed := func(name string) bool {
		return slices.ContainsFunc(c.Fields, func(f desk.FieldChange) bool { return f.Field == name })
	}
	for _, f := range append([]Field{{Name: "title", Text: s.Title}, {Name: "body", Text: s.Body}}, s.Fields...) {
		if !changed(f.Name) && (f.Text != "" || f.At != 0 || len(f.Items) > 0) {
			d.Same = append(d.Same, f)
		}
	}
	d.Unaltered = len(d.Fields) == 0 && len(d.Parts) == 0
	return d
}

// first are the fields that are read first.
var first = []string{"title", "body", "caption"}

func (s *Sheet) fieldDiffs(r *page.Request, changes []desk.FieldChange) (list []FieldDiff) {
	b := &builder{r: r}
	for _, c := range changes {
		if c.Field == "parent" || c.Field == syncproto.ArrivedField || c.Field == syncproto.OwnField {
			continue
		}
		f := FieldDiff{Name: c.Field}
		switch c.Shape {
		case desk.ShapeText:
			f.Runs = runs(c.Runs)
		case desk.ShapeSet:
			f.Added, f.Removed = textsOf(c.Added), textsOf(c.Removed)
		default:
			f.From, f.To = b.side(c.Field, c.From), b.side(c.Field, c.To)
		}
		list = append(list, f)
	}
	slices.SortStableFunc(list, func(x, y FieldDiff) int { return rank(x.Name) - rank(y.Name) })
	return list
}

func rank(name string) int {
	if i := slices.Index(first, name); i >= 0 {
		return i
	}
	return len(first) + placeOf(name)
}

// side is one value of a field that is no text; nil for none.
func (b *builder) side(name string, v *syncproto.Value) *Field {
	if v == nil || v.IsNull() {
		return nil
	}
	f := b.readable(name, *v)
	return &f
}

func textsOf(values []syncproto.Value) (list []string) {
	for _, v := range values {
		list = append(list, v.TextOr(string(v)))
	}
	return list
}

// foldFrom is the length in letters from which a run that stayed is folded, keep what stays of it on either side.
const (
	foldFrom = 400
	keep     = 120
)

func runs(list []reconcile.Run) (out []Run) {
	for _, r := range list {
		run := Run{Mark: string(r.Mark), Text: r.Text}
		if letters := []rune(r.Text); r.Mark == reconcile.RunSame && len(letters) > foldFrom {
			run.Text, run.Fold, run.Tail = string(letters[:keep]), string(letters[keep:len(letters)-keep]), string(letters[len(letters)-keep:])
		}
		out = append(out, run)
	}
	return out
}

// comparing is the page that compares two revisions.
type comparing struct {
	*Sheet
	Diff      *Diff
	Revisions []desk.Revision
	To        string // the way back
}

// compare draws the difference of two revisions: by default, of the first that the desk may see and the newest.
func (a *area) compare(ctx context.Context, r *page.Request) (page.Answer, error) {
	sheet, err := a.load(ctx, r)
	if err != nil {
		return nil, err
	}
	from, to := r.Number("from"), r.Number("to")
	if r.Err() != nil {
		return nil, r.Err()
	}
	if from > to && to != 0 {
		from, to = to, from
	}
	comparison, err := a.opt.Desk.Compare(ctx, r.Desk(), sheet.ID, from, to)
	if err != nil {
		return nil, err
	}
	list, err := a.opt.Desk.Revisions(ctx, r.Desk(), sheet.ID)
	if err != nil {
		return nil, err
	}
	diff := sheet.diff(r, comparison)
	for i := range list {
		switch list[i].Revision {
		case diff.From:
			diff.Older = &list[i]
		case diff.To:
			diff.Newer = &list[i]
		}
	}
	back := r.Text("back")
	data := &comparing{Sheet: sheet, Diff: diff, Revisions: list, To: page.Local(back, pathOf(sheet.ID, ""))}
	title := r.T("item.compare_title", "from", diff.From, "to", diff.To) + ": " + sheet.heading(r)
	return &page.View{Name: "item/compare", Title: title, Area: menuArea, Data: data}, nil
}
