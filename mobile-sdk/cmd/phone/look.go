package main

import (
	"fmt"
	"strconv"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

func listCommand(s *session) func() error {
	kind := s.flags.String("kind", "", "")
	state := s.flags.String("state", "", "")
	limit := s.flags.Int("n", 50, "")
	after := s.flags.String("after", "", "")
	returned := s.flags.Bool("returned", false, "")
	return func() error {
		list, err := s.engine.List(s.ctx, mobilesdk.Filter{
			Kind: syncproto.Kind(*kind), State: syncproto.State(*state), Limit: *limit, After: *after, Returned: *returned,
		})
		if err != nil || s.json {
			return s.printOr(err, list)
		}
		if len(list.Items) == 0 {
			s.line("phone.list_empty", nil)
		}
		for i := range list.Items {
			it := &list.Items[i]
			fmt.Fprintf(s.out, "%s  %-10s %-13s %s %s\n", short(it.ID), s.kind(it.Kind), s.state(it.State), s.mark(it.Sending), title(it))
		}
		if list.Next != "" {
			s.line("phone.list_more", map[string]string{"after": list.Next})
		}
		return nil
	}
}

func showCommand(s *session) func() error {
	return func() error {
		id, _, err := s.named(0)
		if err != nil {
			return err
		}
		item, err := s.engine.Show(s.ctx, id)
		if err != nil || s.json {
			return s.printOr(err, item)
		}
		if item.Kind == syncproto.KindCall && !item.Deleted && !item.Gone {
			c, err := s.engine.Call(s.ctx, id)
			if err == nil {
				s.showCall(c)
			}
			return err
		}
		notes, err := s.engine.Notes(s.ctx, id)
		if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotThere {
			return err // a record that left the phone has none
		}
		s.showItem(item, notes)
		return nil
	}
}

// showItem prints a record, each note beside what it is pinned to.
func (s *session) showItem(it *mobilesdk.Item, notes []mobilesdk.Note) {
	fmt.Fprintf(s.out, "%s\n%s · %s · %s · %s\n", title(it), s.kind(it.Kind), s.state(it.State), when(it.At), it.ID)
	if it.Reason != "" {
		s.line("phone.reason", map[string]string{"reason": it.Reason})
	}
	if it.Deleted {
		s.line("phone.is_deleted", nil)
	}
	if it.Gone {
		s.line("phone.is_gone", nil)
	}
	s.line("phone.sending_"+fallback(string(it.Sending), "none"), nil)
	s.notesOn(notes, it.ID, "")
	s.notesOn(notes, it.ID, "title")
	for _, name := range it.Fields.Names() {
		if name != "title" {
			fmt.Fprintf(s.out, "  %-12s %s\n", name, readable(name, it.Fields[name]))
			s.notesOn(notes, it.ID, name)
		}
	}
	s.elsewhere(it, notes)
	for _, a := range it.History {
		line := fmt.Sprintf("  #%d %s  %s %s", a.Number, when(a.At), a.Act, strings.Join(a.Fields, ", "))
		fmt.Fprintln(s.out, strings.TrimRight(line, " ")+" → "+s.say("phone.result_"+fallback(string(a.Result), "waiting"), nil))
		if a.Sentence != "" {
			fmt.Fprintln(s.out, "      "+a.Sentence)
		}
	}
}

// elsewhere prints the notes on a record's photos, and those on fields that it does not have.
func (s *session) elsewhere(it *mobilesdk.Item, notes []mobilesdk.Note) {
	var rest []mobilesdk.Note
	for i := range notes {
		n := &notes[i]
		if n.Record != it.ID || n.Field != "" && n.Field != "title" && it.Fields[n.Field] == "" {
			rest = append(rest, *n)
		}
	}
	s.threads(rest)
}

func outboxCommand(s *session) func() error {
	return func() error {
		list, err := s.engine.Outbox(s.ctx, 0, 500)
		if err != nil || s.json {
			return s.printOr(err, list)
		}
		if len(list) == 0 {
			s.line("phone.outbox_empty", nil)
		}
		for i := range list {
			s.waiting(&list[i])
		}
		return nil
	}
}

func (s *session) waiting(w *mobilesdk.Waiting) {
	fmt.Fprintf(s.out, "#%-4d %s  %s  %s %s  %s\n", w.Number, when(w.At), short(w.Record), w.Act, s.kind(w.Kind), w.Title)
	if w.Quarantined {
		fmt.Fprintln(s.out, "      "+s.say("phone.quarantined", nil))
	}
	if w.Sentence != "" {
		fmt.Fprintln(s.out, "      "+w.Sentence)
	}
}

func trayCommand(s *session) func() error {
	retry := s.flags.Int64("retry", 0, "")
	dismiss := s.flags.Int64("dismiss", 0, "")
	export := s.flags.Int64("export", 0, "")
	return func() error {
		switch {
		case *retry != 0:
			return s.did(s.engine.RetryTray(s.ctx, *retry), "phone.tray_retried", *retry)
		case *dismiss != 0:
			return s.did(s.engine.DismissTray(s.ctx, *dismiss), "phone.tray_dismissed", *dismiss)
		case *export != 0:
			whole, err := s.engine.ExportTray(s.ctx, *export)
			if err == nil {
				fmt.Fprintf(s.raw, "%s\n", whole)
			}
			return err
		}
		list, err := s.engine.Tray(s.ctx)
		if err != nil || s.json {
			return s.printOr(err, list)
		}
		if len(list) == 0 {
			s.line("phone.tray_empty", nil)
		}
		for i := range list {
			s.waiting(&list[i])
		}
		return nil
	}
}

func (s *session) did(err error, key string, n int64) error {
	if err != nil {
		return err
	}
	if s.json {
		return s.print(map[string]int64{"n": n})
	}
	s.line(key, map[string]string{"n": strconv.FormatInt(n, 10)})
	return nil
}

func conflictsCommand(s *session) func() error {
	restore := s.flags.String("restore", "", "")
	dismiss := s.flags.String("dismiss", "", "")
	return func() error {
		list, err := s.engine.Conflicts(s.ctx)
		if err != nil {
			return err
		}
		if *restore != "" || *dismiss != "" {
			return s.decide(list, *restore, *dismiss)
		}
		if s.json {
			return s.print(list)
		}
		if len(list) == 0 {
			s.line("phone.conflicts_empty", nil)
		}
		for i := range list {
			c := &list[i]
			fmt.Fprintf(s.out, "%s  %s · %s\n", short(c.ID), c.Title, fallback(c.Field, "*"))
			for _, side := range []struct {
				key   string
				value syncproto.Value
			}{{"phone.conflict_base", c.Base}, {"phone.conflict_stays", c.Stays}, {"phone.conflict_lost", c.Lost}} {
				if !side.value.IsNull() {
					fmt.Fprintf(s.out, "    %s %s\n", s.say(side.key, nil), readable(c.Field, side.value))
				}
			}
			fmt.Fprintf(s.out, "    %s\n", c.Sentence)
		}
		return nil
	}
}

func (s *session) decide(list []mobilesdk.ConflictView, restore, dismiss string) error {
	ids := make([]syncproto.ID, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	id, err := match(s, ids, restore+dismiss)
	if err != nil {
		return err
	}
	key := "phone.conflict_dismissed"
	if restore != "" {
		key, err = "phone.conflict_restored", s.engine.RestoreConflict(s.ctx, id)
	} else {
		err = s.engine.DismissConflict(s.ctx, id)
	}
	if err != nil {
		return err
	}
	if s.json {
		return s.print(map[string]string{"id": string(id)})
	}
	s.line(key, nil)
	return nil
}

func statusCommand(s *session) func() error {
	return func() error {
		st, err := s.engine.Status(s.ctx)
		if err != nil || s.json {
			return s.printOr(err, st)
		}
		s.showStatus(st)
		return nil
	}
}

func (s *session) showStatus(st *mobilesdk.Status) {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	if st.EndedSentence != "" {
		fmt.Fprintln(s.out, st.EndedSentence)
	}
	if !st.Enrolled {
		s.line("phone.status_not_enrolled", map[string]string{"unsent": number(st.Unsent)})
		return
	}
	s.line("phone.status_who", map[string]string{"name": st.Name, "unit": st.UnitName, "role": s.say("role."+string(st.Role), nil), "server": st.Server})
	s.line("phone.status_counts", map[string]string{
		"records": number(st.Records), "unsent": number(st.Unsent), "rejected": number(st.Rejected), "conflicts": number(st.Conflicts),
	})
	if n := st.States[syncproto.StateNeedsChanges]; n > 0 {
		s.line("phone.status_returned", map[string]string{"n": number(n)})
	}
	if st.LastSync > 0 {
		s.line("phone.status_synced", map[string]string{"at": when(st.LastSync), "up": number(st.BytesUp), "down": number(st.BytesDown)})
	}
	if st.FilesUnsent > 0 {
		s.line("phone.status_files", map[string]string{"n": number(st.FilesUnsent), "parked": number(st.FilesParked), "only": number(st.FilesOnly)})
	}
	if st.FilesParked > 0 {
		s.line("phone.sync_parked", map[string]string{"n": number(st.FilesParked)})
	}
	if st.Quarantined > 0 {
		s.line("phone.status_quarantined", map[string]string{"n": number(st.Quarantined)})
	}
	if st.ClockWarning {
		s.line("phone.status_clock", map[string]string{"seconds": number(st.ClockOff / 1000)})
	}
	if st.Revoked {
		s.line("phone.status_revoked", nil)
	}
	if st.LastSentence != "" {
		fmt.Fprintln(s.out, st.LastSentence)
	}
}
