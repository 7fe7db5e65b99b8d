package main

import (
	"fmt"
	"strconv"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func inboxCommand(s *session) func() error {
	limit := s.flags.Int("n", 50, "")
	after := s.flags.String("after", "", "")
	return func() error {
		inbox, err := s.engine.Inbox(s.ctx, *limit, *after)
		if err != nil || s.json {
			return s.printOr(err, inbox)
		}
		if len(inbox.Calls) == 0 {
			s.line("phone.inbox_empty", nil)
			return nil
		}
		s.line("phone.inbox_unread", map[string]string{"n": strconv.Itoa(inbox.Unread)})
		for i := range inbox.Calls {
			c := &inbox.Calls[i]
			s.callRow(c)
			if err := s.engine.Shown(s.ctx, c.ID); err != nil {
				return err
			}
		}
		if inbox.Next != "" {
			s.line("phone.list_more", map[string]string{"after": inbox.Next})
		}
		return nil
	}
}

// callRow prints a call on one line, and what the person said to it under it.
func (s *session) callRow(c *mobilesdk.CallView) {
	urgent, unread := " ", " "
	if c.Kind == syncproto.CallUrgent {
		urgent = "!"
	}
	if !c.Opened && c.Status == mobilesdk.CallOpen {
		unread = "●"
	}
	fmt.Fprintf(s.out, "%s%s %s  %-9s %-12s %s\n", urgent, unread, short(c.ID), s.callKind(c.Kind), s.callStatus(c.Status), cut(c.Title, 60))
	if where := s.whenAndWhere(c); where != "" {
		fmt.Fprintln(s.out, "     "+where)
	}
	s.answerLine(c, "     ")
}

// whenAndWhere says where and when a call asks people to be, and until when it waits for answers.
func (s *session) whenAndWhere(c *mobilesdk.CallView) string {
	var parts []string
	if c.Place != "" {
		parts = append(parts, cut(c.Place, 60))
	}
	if c.Starts != 0 {
		parts = append(parts, when(c.Starts))
	}
	if c.Deadline != 0 {
		parts = append(parts, s.say("phone.call_until", map[string]string{"at": when(c.Deadline)}))
	}
	return strings.Join(parts, " · ")
}

// answerLine says what the person answered and where that stands.
func (s *session) answerLine(c *mobilesdk.CallView, indent string) {
	a := c.Answer
	if a == nil {
		return
	}
	text := choiceText(c, a.Choice)
	if a.Count > 1 {
		text += " · " + s.say("phone.call_people", map[string]string{"n": strconv.FormatInt(a.Count, 10)})
	}
	if a.Text != "" {
		text += " · “" + cut(a.Text, 60) + "”"
	}
	fmt.Fprintf(s.out, "%s%s %s → %s\n", indent, s.mark(a.Sending), text, a.Name)
	if a.Sentence != "" {
		fmt.Fprintln(s.out, indent+"  "+a.Sentence)
	}
}

// choiceText is a choice in the person's language; its name if the call does not offer it any more.
func choiceText(c *mobilesdk.CallView, name string) string {
	for _, o := range c.Choices {
		if o.Name == name {
			return o.Text
		}
	}
	return fallback(name, "–")
}

func (s *session) callKind(kind syncproto.CallKind) string {
	if key := "call.kind_" + string(kind); catalogue.Has(key) {
		return s.say(key, nil)
	}
	return string(kind)
}

func (s *session) callStatus(status mobilesdk.CallStatus) string {
	return s.say("call.status_"+string(status), nil)
}

// showCall prints a call whole.
func (s *session) showCall(c *mobilesdk.CallView) {
	fmt.Fprintf(s.out, "%s\n%s · %s · %s · %s\n", c.Title, s.callKind(c.Kind), s.callStatus(c.Status), when(c.At), c.ID)
	if c.Body != "" {
		fmt.Fprintf(s.out, "\n  %s\n\n", strings.ReplaceAll(c.Body, "\n", "\n  "))
	}
	if where := s.whenAndWhere(c); where != "" {
		fmt.Fprintln(s.out, "  "+where)
	}
	if c.Ends != 0 {
		fmt.Fprintln(s.out, "  "+s.say("phone.call_ends", map[string]string{"at": when(c.Ends)}))
	}
	if c.Capacity > 0 {
		fmt.Fprintln(s.out, "  "+s.say("phone.call_capacity", map[string]string{"n": strconv.FormatInt(c.Capacity, 10)}))
	}
	if c.Link != "" {
		fmt.Fprintln(s.out, "  "+c.Link)
	}
	for _, o := range c.Choices {
		fmt.Fprintf(s.out, "  %-8s %s\n", o.Name, o.Text)
	}
	if c.Answer != nil {
		s.answerLine(c, "  ")
	} else if len(c.Choices) > 0 && c.Status == mobilesdk.CallOpen {
		fmt.Fprintln(s.out, "  "+s.say("phone.call_how", map[string]string{"id": short(c.ID), "choice": c.Choices[0].Name}))
	}
	if c.CheckIn {
		fmt.Fprintln(s.out, "  "+s.say("phone.call_check_in", map[string]string{"id": short(c.ID)}))
	}
}

// call finds the call that the first word names.
func (s *session) call() (*mobilesdk.CallView, error) {
	word, err := s.word(0, "CALL")
	if err != nil {
		return nil, err
	}
	id, err := s.findKind(syncproto.KindCall, word)
	if err != nil {
		return nil, err
	}
	return s.engine.Call(s.ctx, id)
}

func answerCommand(s *session) func() error {
	count := s.flags.Int64("count", 0, "")
	text := s.flags.String("text", "", "")
	return func() error {
		c, err := s.call()
		if err != nil {
			return err
		}
		names := make([]string, len(c.Choices))
		for i, o := range c.Choices {
			names[i] = o.Name
		}
		choice, err := s.word(1, strings.Join(names, "|"))
		if err != nil {
			return err
		}
		if err := s.engine.Answer(s.ctx, c.ID, mobilesdk.CallAnswer{Choice: choice, Count: *count, Text: *text}); err != nil {
			return err
		}
		return s.answered("phone.answered", c)
	}
}

func takeBackCommand(s *session) func() error {
	return func() error {
		c, err := s.call()
		if err != nil {
			return err
		}
		if err := s.engine.TakeBack(s.ctx, c.ID); err != nil {
			return err
		}
		return s.answered("phone.taken_back", c)
	}
}

func checkInCommand(s *session) func() error {
	return func() error {
		c, err := s.call()
		if err != nil {
			return err
		}
		code, err := s.word(1, "CODE")
		if err != nil {
			return err
		}
		if err := s.engine.CheckIn(s.ctx, c.ID, code); err != nil {
			return err
		}
		return s.answered("phone.checked_in", c)
	}
}

// answered tells what was done about a call, and how it stands now.
func (s *session) answered(key string, c *mobilesdk.CallView) error {
	c, err := s.engine.Call(s.ctx, c.ID)
	if err != nil || s.json {
		return s.printOr(err, c)
	}
	s.line(key, map[string]string{"id": short(c.ID), "title": cut(c.Title, 60)})
	s.answerLine(c, "  ")
	return nil
}

func openedCommand(s *session) func() error {
	return func() error {
		c, err := s.call()
		if err != nil {
			return err
		}
		if err := s.engine.Opened(s.ctx, c.ID); err != nil {
			return err
		}
		c, err = s.engine.Call(s.ctx, c.ID)
		if err != nil || s.json {
			return s.printOr(err, c)
		}
		s.showCall(c)
		return nil
	}
}
