package roster

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

const changeRoot = page.Root + "/units/change"

// changePage is one step of a reorganisation.
type changePage struct {
	*plan
	Tree    *forest // as the plan leaves it
	Draft   *draft
	Acts    []people.Act
	Several []string // levels that units have, to choose from
	All     []option // living units
	Mine    []option // those that whoever asks governs
	Top     bool     // may be put at the top
	Wrong   string   // the field that the problem is about
	Step    int      // of how many steps this is which, for the reader
	Steps   []changeStep
	Touched touched
	Bad     int // the change that does not fit, from 1; 0 for none
	Now     bool
}

// change leads through a reorganisation. What is asked for is in "step"; without one, what is not known yet is asked.
func (a *area) change(ctx context.Context, r *page.Request) (page.Answer, error) {
	p, err := readPlan(r)
	if err != nil {
		return nil, err
	}
	d := readDraft(r)
	if err := r.Err(); err != nil {
		return a.refused(ctx, r, p, d, err)
	}
	step, _, _ := strings.Cut(r.Text("step"), " ")
	if step == "apply" && r.Method != http.MethodPost {
		step = "look" // a link may show a plan; only the form, whose origin is known, has it carried out
	}
	switch step {
	case "add":
		return a.add(ctx, r, p, d)
	case "look":
		return a.preview(ctx, r, p, nil)
	case "drop":
		return a.drop(ctx, r, p)
	case "again":
		return a.editAgain(ctx, r, p)
	case "apply":
		return a.apply(ctx, r, p)
	case "pick":
		d.Units = nil
	case "part":
		if len(d.Parts) < mostParts {
			d.Parts = append(d.Parts, part{Number: len(d.Parts) + 1})
		}
	case "act":
		d = &draft{}
	}
	if d.Act == people.ActCancel && len(d.Units) == 1 {
		p.Changes = append(p.Changes, people.UnitChange{Act: people.ActCancel, Unit: d.Units[0]})
		return a.preview(ctx, r, p, nil)
	}
	return a.ask(ctx, r, p, d, nil, "")
}

// ask draws the form for what is not known yet.
func (a *area) ask(ctx context.Context, r *page.Request, p *plan, d *draft, refusal *page.Problem, wrong string) (page.Answer, error) {
	if err := a.look(ctx, r, p); err != nil {
		return a.preview(ctx, r, p, err)
	}
	tree := p.forest
	c := &changePage{plan: p, Tree: tree, Draft: d, Acts: acts, Wrong: wrong, Top: r.Has(syncproto.RoleOperator)}
	c.Several, c.All, c.Mine = levels(tree), tree.options(nil), tree.options(mine)
	view := page.View{Area: "units", Data: c, Problem: refusal}
	known := slices.Contains(acts, d.Act)
	switch {
	case !known:
		view.Name, c.Step = "roster/acts", 1
		view.Title = r.T("roster.change")
	case d.Needs() || wrong == "unit":
		view.Name, c.Step = "roster/pick", 2
		view.Title = r.T("roster.pick_" + string(d.Act))
		tree.unfold("")
		tree.openTo(d.Units)
	default:
		view.Name, c.Step = "roster/how", 3
		view.Title = r.T("roster.how_" + string(d.Act))
		c.prefill(tree)
	}
	return view, nil
}

// prefill proposes what is most likely meant, where nothing was typed yet.
func (c *changePage) prefill(f *forest) {
	d := c.Draft
	for len(d.Parts) < 2 {
		d.Parts = append(d.Parts, part{Number: len(d.Parts) + 1})
	}
	if c.Problem() || len(d.Units) == 0 {
		return
	}
	first := f.byID[d.Units[0]]
	if first == nil {
		return
	}
	if d.Act == people.ActRename && d.Name == "" {
		d.Name, d.Level = first.Name, first.Level
	}
	if d.Level == "" && (d.Act == people.ActMerge || d.Act == people.ActSplit) {
		d.Level = first.Level
	}
	if d.Parent == "" && d.Act == people.ActMerge {
		d.Parent = first.Parent
	}
	if len(c.Changes) > 0 && d.Day == "" {
		d.Day = dayOf(c.Changes[len(c.Changes)-1].At)
	}
}

// Problem reports whether the form was sent before and refused.
func (c *changePage) Problem() bool { return c.Wrong != "" }

// levels are those that units have.
func levels(f *forest) (out []string) {
	for _, n := range f.Flat {
		if n.Level != "" && !slices.Contains(out, n.Level) {
			out = append(out, n.Level)
		}
	}
	return out
}

// openTo draws the way to some units open.
func (f *forest) openTo(ids []syncproto.ID) {
	for _, id := range ids {
		n := f.byID[id]
		if n == nil {
			continue
		}
		for up := n.Above; up != nil; up = up.Above {
			up.Open = true
		}
	}
}

// add puts a change into the plan if it fits, and shows the plan; else the form again.
func (a *area) add(ctx context.Context, r *page.Request, p *plan, d *draft) (page.Answer, error) {
	if d.Needs() {
		wrong := "unit"
		return a.ask(ctx, r, p, d, problem(r, missing(wrong)), wrong)
	}
	if wrong := d.lacking(); wrong != "" {
		return a.ask(ctx, r, p, d, problem(r, missing(wrong)), wrong)
	}
	more := d.changes()
	place := len(p.Changes)
	if d.Place > 0 && d.Place <= len(p.Changes) {
		place = d.Place - 1
	}
	next := &plan{Changes: slices.Insert(slices.Clone(p.Changes), place, more...)}
	if len(next.Changes) > maxPlan {
		return a.refused(ctx, r, p, d, syncproto.E(syncproto.CodeTooMany, "read plan", nil))
	}
	if err := a.look(ctx, r, next); err != nil {
		f := faultOf(r, err)
		if f == nil {
			return nil, err
		}
		if f.Change >= place && f.Change < place+len(more) {
			return a.ask(ctx, r, p, d, f.Problem, d.field(f))
		}
		return a.preview(ctx, r, next, err)
	}
	return a.preview(ctx, r, next, nil)
}

func missing(field string) error {
	return &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "read change", Detail: field}
}

// refused draws the form again for a field that cannot be read.
func (a *area) refused(ctx context.Context, r *page.Request, p *plan, d *draft, err error) (page.Answer, error) {
	refusal := problem(r, err)
	if refusal == nil {
		return nil, err
	}
	return a.ask(ctx, r, p, d, refusal, d.fieldOf(refusal.Field))
}

// span is which changes of the plan a button is about: from n to last, from 1. The button says it behind its step, "drop 3 5":
// a form of its own for each would carry the whole plan as often as it has changes.
func (p *plan) span(r *page.Request) (n, last int, ok bool) {
	said := append(strings.Fields(r.Text("step")), "", "", "")
	n, last = number(said[1]), number(said[2])
	last = max(n, last)
	return n, last, n >= 1 && last <= len(p.Changes)
}

// drop takes changes out of the plan.
func (a *area) drop(ctx context.Context, r *page.Request, p *plan) (page.Answer, error) {
	if n, last, ok := p.span(r); ok {
		p.Changes = slices.Delete(p.Changes, n-1, last)
	}
	if len(p.Changes) == 0 {
		return page.Redirect{To: changeRoot}, nil
	}
	return a.preview(ctx, r, p, nil)
}

// editAgain takes changes out that were asked for together, and draws their form as it was filled in.
func (a *area) editAgain(ctx context.Context, r *page.Request, p *plan) (page.Answer, error) {
	n, last, ok := p.span(r)
	if !ok {
		return a.preview(ctx, r, p, nil)
	}
	d := again(&p.Changes[n-1], n)
	for i := n; i < last; i++ {
		d.Units = append(d.Units, p.Changes[i].Unit)
	}
	// What follows may need these, so the form shows the units as they are before them.
	before, rest := &plan{Changes: slices.Clone(p.Changes[:n-1])}, slices.Delete(p.Changes, n-1, last)
	answer, err := a.ask(ctx, r, before, d, nil, "")
	if view, ok := answer.(page.View); ok && err == nil {
		if c, ok := view.Data.(*changePage); ok {
			c.plan = &plan{Changes: rest}
		}
	}
	return answer, err
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}

// apply does what the preview showed.
func (a *area) apply(ctx context.Context, r *page.Request, p *plan) (page.Answer, error) {
	if len(p.Changes) == 0 {
		return page.Redirect{To: changeRoot}, nil
	}
	effects, err := a.People.Reorganise(ctx, r.People(), p.Changes, false)
	if problem(r, err) != nil {
		return a.preview(ctx, r, p, err)
	}
	if err != nil {
		return nil, err
	}
	to, latest := page.Root+"/units", int64(0)
	for i := range p.Changes {
		latest = max(latest, p.Changes[i].At)
	}
	key := "roster.applied"
	if latest > r.Now.UnixMilli() {
		key, to = "roster.applied_ahead", to+"?at="+dayOf(latest)
	}
	args := []string{"n", strconv.Itoa(len(effects)), "date", page.Date(r.Lang, latest)}
	return page.Redirect{To: to, Flash: &page.Flash{Key: key, Args: args}}, nil
}
