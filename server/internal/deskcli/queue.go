package deskcli

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

func queueCommand(s *session) func() error {
	query := url.Values{}
	for flag, name := range map[string]string{
		"view": "view", "q": "q", "flag": "flag", "state": "state", "kind": "kind", "author": "author",
		"order": "order", "after": "from", "n": "limit",
	} {
		s.flags.Func(flag, "", func(text string) error { query.Set(name, text); return nil })
	}
	unit := s.flags.String("unit", "", "")
	return func() error {
		if err := s.about(query, *unit); err != nil {
			return err
		}
		var page desk.Queue
		if err := s.get("/v1/desk/queue", query, &page); err != nil {
			return err
		}
		s.kept.list(rowsOf(&page)...)
		if err := s.store(); err != nil {
			return err
		}
		if s.json {
			return s.print(page)
		}
		if len(page.Rows) == 0 {
			s.line("desk.queue_empty", nil)
		}
		for i := range page.Rows {
			s.row(&page.Rows[i], page.Now)
		}
		if page.Next != "" {
			s.line("desk.queue_more", map[string]string{"after": page.Next})
		}
		return nil
	}
}

// about narrows a query to a unit and all below it.
func (s *session) about(query url.Values, unit string) error {
	id, err := s.unit(unit)
	if id != "" {
		query.Set("unit", string(id))
	}
	return err
}

// row prints a submission on one line, and on a second one what to look out for.
func (s *session) row(r *desk.Row, now int64) {
	urgent := " "
	if slices.Contains(r.Flags, "urgent") {
		urgent = "!"
	}
	author := ""
	if r.Author != nil {
		author = person(r.Author)
	}
	s.printf("%s%s  %-14s %8s  %s · %s · %s\n", urgent, short(r.Record), s.state(r.State), s.age(now-r.Since), cut(fallback(r.Title, s.kind(r.Kind)), 60), author, r.Unit.Name)
	rest := s.flagsLine(r.Flags)
	if r.Claimer != nil {
		held := s.say("desk.claimed_by", map[string]string{"name": person(r.Claimer), "until": when(r.Until)})
		if rest != "" {
			rest += " · "
		}
		rest += held
	}
	if rest != "" {
		s.printf("             %s\n", rest)
	}
}

// person names somebody; the end of the telephone number tells namesakes apart.
func person(r *desk.Ref) string {
	name := fallback(r.Name, short(r.ID))
	if r.Tail != "" {
		name += " (…" + r.Tail + ")"
	}
	return name
}

func countersCommand(s *session) func() error {
	unit := s.flags.String("unit", "", "")
	return func() error {
		query := url.Values{}
		if err := s.about(query, *unit); err != nil {
			return err
		}
		var c desk.Counters
		if err := s.get("/v1/desk/counters", query, &c); err != nil {
			return err
		}
		if s.json {
			return s.print(c)
		}
		for _, view := range []desk.View{desk.ViewMine, desk.ViewOpen, desk.ViewInbox, desk.ViewAll} {
			n := strconv.Itoa(c.Views[view].Count)
			if c.Views[view].More {
				n += "+"
			}
			s.printf("%6s  %s\n", n, s.say("desk.view_"+string(view), nil))
		}
		states := slices.SortedFunc(maps.Keys(c.States), func(a, b syncproto.State) int {
			return cmp.Or(cmp.Compare(c.States[b], c.States[a]), cmp.Compare(a, b))
		})
		s.line("desk.counters_states", nil)
		for _, state := range states {
			s.printf("%6d  %s\n", c.States[state], s.state(state))
		}
		if len(c.Flags) > 0 {
			s.line("desk.counters_flags", nil)
		}
		for _, flag := range slices.Sorted(maps.Keys(c.Flags)) {
			s.printf("%6d  %s\n", c.Flags[flag], s.known("flag.", flag))
		}
		if len(c.Units) > 0 {
			s.line("desk.counters_units", nil)
		}
		for _, u := range c.Units {
			s.printf("%6d  %-32s %s\n", u.Waiting, u.Unit.Name, s.say("desk.counters_unit", map[string]string{
				"open": strconv.Itoa(u.Open), "inbox": strconv.Itoa(u.Inbox),
			}))
		}
		return nil
	}
}
