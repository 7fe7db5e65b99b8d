package main

import (
	"context"
	"fmt"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

func submitCommand(s *session) func() error {
	return func() error {
		id, item, err := s.named(0)
		if err != nil {
			return err
		}
		if err := s.engine.Submit(s.ctx, id); err != nil {
			return err
		}
		return s.sentIn("phone.submitted", id, item)
	}
}

func resubmitCommand(s *session) func() error {
	return func() error {
		id, item, err := s.named(0)
		if err != nil {
			return err
		}
		if err := s.engine.Resubmit(s.ctx, id); err != nil {
			return err
		}
		return s.sentIn("phone.submitted", id, item)
	}
}

// sentIn tells that something was sent in, and what publishing it will still need.
func (s *session) sentIn(key string, id syncproto.ID, item *mobilesdk.Item) error {
	if err := s.done(key, id, item); err != nil || s.json {
		return err
	}
	return s.lackLines(id)
}

func withdrawCommand(s *session) func() error {
	reason := s.flags.String("reason", "", "")
	return func() error {
		id, item, err := s.named(0)
		if err != nil {
			return err
		}
		if err := s.engine.Withdraw(s.ctx, id, *reason); err != nil {
			return err
		}
		return s.done("phone.withdrawn", id, item)
	}
}

func timelineCommand(s *session) func() error {
	return func() error {
		id, _, err := s.named(0)
		if err != nil {
			return err
		}
		steps, err := s.engine.Timeline(s.ctx, id)
		if err != nil || s.json {
			return s.printOr(err, steps)
		}
		if len(steps) == 0 {
			s.line("phone.timeline_empty", nil)
		}
		for i := range steps {
			s.step(&steps[i])
		}
		return nil
	}
}

func (s *session) step(step *mobilesdk.Step) {
	mark, who := " ", ""
	if step.Waiting {
		mark = "↑"
	}
	if step.By != "" {
		who = " · " + s.say("by."+step.By, nil)
	}
	fmt.Fprintf(s.out, "%s %s  %s%s\n", mark, when(step.At), s.state(step.State), who)
	if step.Reason != "" {
		fmt.Fprintln(s.out, "      "+s.say("phone.reason", map[string]string{"reason": step.Reason}))
	}
	if step.Waiting {
		fmt.Fprintln(s.out, "      "+s.say("phone.step_waiting", nil))
	}
}

func notesCommand(s *session) func() error {
	add := s.flags.String("add", "", "")
	field := s.flags.String("on", "", "")
	resolve := s.flags.String("resolve", "", "")
	reopen := s.flags.String("reopen", "", "")
	return func() error {
		id, item, err := s.named(0)
		if err != nil {
			return err
		}
		switch {
		case *add != "":
			note, err := s.engine.AddNote(s.ctx, id, *field, *add)
			if err != nil {
				return err
			}
			return s.done("phone.note_added", note, item)
		case *field != "":
			return s.misuse("phone.missing_word", map[string]string{"name": "-add"})
		case *resolve != "":
			return s.settle(id, strings.Split(*resolve, ","), s.engine.ResolveNote, "phone.note_resolved")
		case *reopen != "":
			return s.settle(id, strings.Split(*reopen, ","), s.engine.ReopenNote, "phone.note_reopened")
		}
		notes, err := s.engine.Notes(s.ctx, id)
		if err != nil || s.json {
			return s.printOr(err, notes)
		}
		if len(notes) == 0 {
			s.line("phone.notes_empty", nil)
		}
		s.threads(notes)
		return nil
	}
}

// settle resolves or reopens notes of a submission that are named by parts of their ids, or all of them.
func (s *session) settle(record syncproto.ID, parts []string, act func(context.Context, syncproto.ID) error, key string) error {
	ids, err := s.namedNotes(record, parts)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := act(s.ctx, id); err != nil {
			return err
		}
	}
	if s.json {
		return s.print(map[string][]syncproto.ID{"notes": ids})
	}
	s.line(key, map[string]string{"n": fmt.Sprint(len(ids))})
	return nil
}

// namedNotes finds the notes of a submission by parts of their ids; "all" stands for every open one.
func (s *session) namedNotes(record syncproto.ID, parts []string) ([]syncproto.ID, error) {
	notes, err := s.engine.Notes(s.ctx, record)
	if err != nil {
		return nil, err
	}
	var known, out []syncproto.ID
	for i := range notes {
		known = append(known, notes[i].ID)
		if notes[i].Open() && len(parts) == 1 && parts[0] == "all" {
			out = append(out, notes[i].ID)
		}
	}
	if len(parts) == 1 && parts[0] == "all" {
		return out, nil
	}
	for _, part := range parts {
		id, err := match(s, known, strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// threads prints notes by where they are pinned.
func (s *session) threads(notes []mobilesdk.Note) {
	for i := range notes {
		n := &notes[i]
		if i == 0 || n.Record != notes[i-1].Record || n.Field != notes[i-1].Field {
			fmt.Fprintln(s.out, s.pinned(n))
		}
		s.note(n, "  ")
	}
}

// pinned says where a note is pinned.
func (s *session) pinned(n *mobilesdk.Note) string {
	where := s.kind(n.Kind)
	if n.Position > 0 {
		where += fmt.Sprintf(" %d", n.Position)
	}
	if n.Title != "" {
		where += " “" + cut(n.Title, 40) + "”"
	}
	if n.Field != "" {
		where += " · " + n.Field
	}
	return where
}

func (s *session) note(n *mobilesdk.Note, indent string) {
	sign := "○"
	if !n.Open() {
		sign = "●"
	}
	fmt.Fprintf(s.out, "%s%s %s %s %s  %s\n", indent, sign, short(n.ID), s.mark(n.Sending), when(n.At), cut(n.Text, 200))
}

// notesOn prints the notes that are pinned to one place of a record.
func (s *session) notesOn(notes []mobilesdk.Note, record syncproto.ID, field string) {
	for i := range notes {
		if n := &notes[i]; n.Record == record && n.Field == field {
			s.note(n, "      ")
		}
	}
}

func fixCommand(s *session) func() error {
	d := s.draft("")
	d.text("title", "title", plainText)
	d.text("body", "body", d.body)
	d.text("caption", "caption", plainText)
	d.text("type", "type", plainText)
	d.text("happened", "happened_at", moment)
	done := s.flags.String("done", "", "")
	again := s.flags.Bool("resubmit", false, "")
	return func() error {
		id, item, err := s.named(0)
		if err != nil {
			return err
		}
		if d.err != nil {
			return d.err
		}
		changes := len(d.patch.Set)+len(d.patch.Add)+len(d.patch.Remove) > 0
		again := *again || d.submit
		if !changes && *done == "" && !again {
			return s.toFix(id, item)
		}
		return s.fix(id, item, d, *done, again)
	}
}

// toFix shows what came back: why, and what each note asks for.
func (s *session) toFix(id syncproto.ID, item *mobilesdk.Item) error {
	notes, err := s.engine.Notes(s.ctx, id)
	if err != nil {
		return err
	}
	if s.json {
		return s.print(map[string]any{"id": id, "state": item.State, "reason": item.Reason, "notes": notes})
	}
	fmt.Fprintf(s.out, "%s · %s\n", title(item), s.state(item.State))
	if item.Reason != "" {
		s.line("phone.reason", map[string]string{"reason": item.Reason})
	}
	s.threads(notes)
	return s.lackLines(id)
}

// fix changes what is to be changed, resolves what is done and sends the submission in again: all of it or nothing.
func (s *session) fix(id syncproto.ID, item *mobilesdk.Item, d *draft, done string, again bool) error {
	whole := id
	if parent, ok := item.Fields["parent"].AsText(); ok {
		whole = syncproto.ID(parent)
	}
	var notes []syncproto.ID
	if done != "" {
		var err error
		if notes, err = s.namedNotes(whole, strings.Split(done, ",")); err != nil {
			return err
		}
	}
	if err := s.engine.Fix(s.ctx, id, d.patch, notes, again); err != nil {
		return err
	}
	if again {
		return s.sentIn("phone.submitted", whole, item)
	}
	return s.done("phone.fixed", id, item)
}
