package queue

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// filter is what a list shows, as its address says it.
type filter struct {
	View   desk.View
	Unit   syncproto.ID
	States []string
	Kinds  []string
	Flags  []string
	Author syncproto.ID
	Since  string // waits since this day or later
	Until  string // waits since this day or before
	Age    int64  // waits for so many hours or longer
	Text   string
	Order  storage.Order
	From   string

	since, until int64
}

const day = 24 * time.Hour

// read reads a filter from an address or from the fields of a form. The error is in r.Err.
func read(r *page.Request) *filter {
	f := &filter{
		View: desk.View(r.Text("view")), Unit: r.ID("unit"), States: r.Texts("state"), Kinds: r.Texts("kind"), Flags: r.Texts("flag"),
		Author: r.ID("author"), Since: r.Text("since"), Until: r.Text("until"), Age: r.Number("age"), Text: r.Text("q"),
		Order: storage.Order(r.Text("order")), From: r.Text("from"), since: r.Time("since"), until: r.Time("until"),
	}
	if f.View == "" {
		f.View = desk.ViewMine
	}
	if f.Order == storage.OrderBest && (f.Text == "" || f.View == desk.ViewMine) {
		f.Order = "" // a choice that was made for a search does not outlive it
	}
	return f
}

// ask is the question to the desk.
func (f *filter) ask(now time.Time) *desk.Ask {
	a := &desk.Ask{
		View: f.View, Unit: f.Unit, Flags: f.Flags, Author: f.Author, After: f.since, Text: f.Text, Order: f.Order, From: f.From,
	}
	for _, state := range f.States {
		a.States = append(a.States, syncproto.State(state))
	}
	for _, kind := range f.Kinds {
		a.Kinds = append(a.Kinds, syncproto.Kind(kind))
	}
	if f.until != 0 {
		a.Before = f.until + day.Milliseconds()
	}
	if f.Age != 0 {
		before := now.UnixMilli() - f.Age*time.Hour.Milliseconds()
		if a.Before == 0 || before < a.Before {
			a.Before = before
		}
	}
	return a
}

// Values are the filter as parameters, without what says nothing.
func (f *filter) Values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Add(name, value)
		}
	}
	if f.View != desk.ViewMine {
		set("view", string(f.View))
	}
	set("unit", string(f.Unit))
	for name, list := range map[string][]string{"state": f.States, "kind": f.Kinds, "flag": f.Flags} {
		for _, value := range list {
			set(name, value)
		}
	}
	set("author", string(f.Author))
	set("since", f.Since)
	set("until", f.Until)
	if f.Age != 0 {
		set("age", strconv.FormatInt(f.Age, 10))
	}
	set("q", f.Text)
	set("order", string(f.Order))
	set("from", f.From)
	return v
}

// To is the address of the list, or of one submission beside it.
func (f *filter) To(id syncproto.ID) string {
	path := root
	if id != "" {
		path += "/" + string(id)
	}
	if query := f.Values().Encode(); query != "" {
		path += "?" + query
	}
	return path
}

// change is a copy of the filter that begins at its first page.
func (f *filter) change(with func(*filter)) *filter {
	c := *f
	c.States, c.Kinds, c.Flags, c.From = slices.Clone(f.States), slices.Clone(f.Kinds), slices.Clone(f.Flags), ""
	with(&c)
	return &c
}

// toggle puts a word into a list or takes it out.
func toggle(list []string, word string) []string {
	if at := slices.Index(list, word); at >= 0 {
		return slices.Delete(list, at, at+1)
	}
	return append(list, word)
}

// Narrow reports whether the list leaves out anything of its view.
func (f *filter) Narrow() bool {
	return len(f.change(func(c *filter) { c.View, c.Order = desk.ViewMine, "" }).Values()) > 0
}
