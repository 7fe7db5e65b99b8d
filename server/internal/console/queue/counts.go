package queue

import (
	"slices"
	"strconv"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// tab is one view of the queue with how much is in it.
type tab struct {
	Name string
	To   string
	On   bool
	desk.Count
}

// conflictsTab is the view that is a page of its own.
const conflictsTab = "conflicts"

func tabs(f *filter, c *desk.Counters) []tab {
	var out []tab
	for _, view := range []desk.View{desk.ViewMine, desk.ViewOpen, desk.ViewInbox, desk.ViewAll} {
		plain := filter{View: view, Unit: f.Unit}
		out = append(out, tab{Name: string(view), To: plain.To(""), On: view == f.View, Count: c.Views[view]})
	}
	to := root + "/" + conflictsTab
	if f.Unit != "" {
		to += "?unit=" + string(f.Unit)
	}
	n := desk.Count{Count: c.Conflicts}
	return append(out, tab{Name: conflictsTab, To: to, On: f.View == conflictsTab, Count: n})
}

// facet narrows the list by one step, and says how much is left.
type facet struct {
	Label string
	Sign  string // "flag" or "age"
	Name  string
	To    string
	On    bool
	desk.Count
}

// facets are what an editor looks for first: flags of what is under way, and what has waited long. They belong to the views
// that show what is under way.
func facets(r *page.Request, f *filter, c *desk.Counters) (out []facet) {
	if f.View != desk.ViewMine && f.View != desk.ViewOpen {
		return nil
	}
	for _, name := range storage.FlagNames() {
		on := slices.Contains(f.Flags, name)
		if c.Flags[name] == 0 && !on {
			continue
		}
		to := f.change(func(n *filter) { n.Flags = toggle(n.Flags, name) })
		out = append(out, facet{
			Label: r.T("flag." + name), Sign: "flag", Name: name, To: to.To(""), On: on, Count: desk.Count{Count: c.Flags[name]},
		})
	}
	for _, age := range c.Ages {
		on := f.Age == int64(age.Hours)
		if age.Count.Count == 0 && !on {
			continue
		}
		to := f.change(func(n *filter) {
			n.Age = int64(age.Hours)
			if on {
				n.Age = 0
			}
		})
		out = append(out, facet{
			Label: ageLabel(r, int64(age.Hours)), Sign: "age", Name: strconv.Itoa(age.Hours), To: to.To(""), On: on, Count: age.Count,
		})
	}
	return out
}

func ageLabel(r *page.Request, hours int64) string {
	if hours%24 == 0 && hours > 24 {
		return r.T("queue.age_days", "n", hours/24)
	}
	return r.T("queue.age_hours", "n", hours)
}

// chip is a filter that is on, and how to take it off.
type chip struct {
	Label string
	To    string
}

func chips(r *page.Request, l *listing) (out []chip) {
	add := func(label string, without func(*filter)) {
		out = append(out, chip{Label: label, To: l.change(without).To("")})
	}
	if l.Text != "" {
		add(r.T("queue.chip_text", "text", page.Clip(l.Text, 40)), func(f *filter) { f.Text = "" })
	}
	if l.Unit != "" {
		add(r.T("queue.chip_unit", "name", l.Choice.name(l.Choice.Units, string(l.Unit))), func(f *filter) { f.Unit = "" })
	}
	if l.Author != "" {
		add(r.T("queue.chip_author", "name", l.Choice.name(l.Choice.Authors, string(l.Author))), func(f *filter) { f.Author = "" })
	}
	for _, state := range l.States {
		add(r.T("state."+state), func(f *filter) { f.States = toggle(f.States, state) })
	}
	for _, kind := range l.Kinds {
		add(r.T("kind."+kind), func(f *filter) { f.Kinds = toggle(f.Kinds, kind) })
	}
	for _, flag := range l.Flags {
		add(r.T("flag."+flag), func(f *filter) { f.Flags = toggle(f.Flags, flag) })
	}
	if l.Age != 0 {
		add(ageLabel(r, l.Age), func(f *filter) { f.Age = 0 })
	}
	if l.Since != "" {
		add(r.T("queue.chip_since", "date", page.Date(r.Lang, l.since)), func(f *filter) { f.Since = "" })
	}
	if l.Until != "" {
		add(r.T("queue.chip_until", "date", page.Date(r.Lang, l.until)), func(f *filter) { f.Until = "" })
	}
	return out
}

// option is one choice of a field.
type option struct {
	Value string
	Label string
	N     int // of it, under way or in all; -1 for what is not counted
	On    bool
}

// choices are what the fields of the filter offer.
type choices struct {
	Units, States, Kinds, Flags, Authors, Ages, Orders []option
}

func (c *choices) name(list []option, value string) string {
	for i := range list {
		if list[i].Value == value {
			return list[i].Label
		}
	}
	return "…" + value[max(0, len(value)-6):]
}

// statesOf are the states that a view can be narrowed to.
func statesOf(view desk.View) []syncproto.State {
	under := []syncproto.State{
		syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview, syncproto.StateNeedsChanges, syncproto.StateApproved,
	}
	ended := []syncproto.State{
		syncproto.StatePublished, syncproto.StateCorrected, syncproto.StateTakenDown, syncproto.StateDeclined, syncproto.StateWithdrawn,
	}
	switch view {
	case desk.ViewOpen:
		return under
	case desk.ViewInbox:
		return nil
	}
	return append(under, ended...)
}

func choicesOf(r *page.Request, l *listing, c *desk.Counters) (out choices) {
	for _, state := range statesOf(l.View) {
		out.States = append(out.States, option{string(state), r.T("state." + string(state)), c.States[state], slices.Contains(l.States, string(state))})
	}
	for _, kind := range []syncproto.Kind{syncproto.KindStory, syncproto.KindEvent, syncproto.KindPhoto} {
		out.Kinds = append(out.Kinds, option{string(kind), r.T("kind." + string(kind)), -1, slices.Contains(l.Kinds, string(kind))})
	}
	for _, flag := range storage.FlagNames() {
		out.Flags = append(out.Flags, option{flag, r.T("flag." + flag), c.Flags[flag], slices.Contains(l.Flags, flag)})
	}
	for _, hours := range []int64{4, 24, 72, 168} {
		out.Ages = append(out.Ages, option{strconv.FormatInt(hours, 10), ageLabel(r, hours), -1, l.Age == hours})
	}
	orders := []storage.Order{storage.OrderWaiting, storage.OrderNewest}
	if l.View != desk.ViewMine {
		orders = append(orders, storage.OrderBest)
	}
	for _, order := range orders {
		out.Orders = append(out.Orders, option{string(order), r.T("queue.order_" + string(order)), -1, l.Order == order})
	}
	out.Units, out.Authors = unitsOf(r, l, c), authorsOf(l)
	return out
}

// unitsOf are the units of the person's grants, and those in which anything waits.
func unitsOf(r *page.Request, l *listing, c *desk.Counters) (out []option) {
	add := func(id syncproto.ID, name string, n int) {
		if name != "" && !slices.ContainsFunc(out, func(o option) bool { return o.Value == string(id) }) {
			out = append(out, option{string(id), name, n, l.Unit == id})
		}
	}
	for _, g := range r.Me().Grants {
		if g.Role == syncproto.RoleEditor || g.Role == syncproto.RoleAdmin {
			add(g.Unit, g.UnitName, -1)
		}
	}
	for i := range c.Units {
		add(c.Units[i].Unit.ID, c.Units[i].Unit.Name, c.Units[i].Open+c.Units[i].Inbox)
	}
	for i := range l.Rows {
		if l.Rows[i].Unit.ID == l.Unit {
			add(l.Unit, l.Rows[i].Unit.Name, -1)
		}
	}
	return out
}

// authorsOf are the authors of what is listed.
func authorsOf(l *listing) (out []option) {
	for i := range l.Rows {
		author := l.Rows[i].Author
		if author == nil || slices.ContainsFunc(out, func(o option) bool { return o.Value == string(author.ID) }) {
			continue
		}
		label := author.Name
		if author.Tail != "" {
			label += " ···" + author.Tail
		}
		out = append(out, option{string(author.ID), label, -1, l.Author == author.ID})
	}
	return out
}
