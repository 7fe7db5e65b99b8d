package deskcli

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

func number(n int64) string { return strconv.FormatInt(n, 10) }

// tell says how a call stands after an act.
func (w *callWork) tell(c *campaign.Call) error {
	if w.json {
		return w.print(c)
	}
	w.printf("%s  %s · %s\n", short(c.ID), w.callState(c.State), w.title(c.Title))
	if c.Reason != "" {
		w.printf("    %s\n", w.known("code.", string(c.Reason)))
	}
	if words := verbs(c); len(words) > 0 {
		w.printf("    %s\n", w.say("desk.call_next", map[string]string{"acts": strings.Join(words, ", ")}))
	}
	return nil
}

// verbs are the words for what the officer may do next. What has been done can be said again, and is not offered.
func verbs(c *campaign.Call) (words []string) {
	for _, act := range c.Acts {
		switch {
		case act == campaign.ActCancel && c.State != storage.CallCancelled:
			words = append(words, "stop")
		case act == campaign.ActClose && c.State != storage.CallClosed, act == campaign.ActPropose && c.State != storage.CallProposed,
			act == campaign.ActSend, act == campaign.ActTest, act == campaign.ActCopy, act == campaign.ActEdit:
			words = append(words, string(act))
		case act == campaign.ActCorrect:
			words = append(words, "edit")
		case act == campaign.ActFollow && c.Kind != syncproto.CallResult && c.Kind != syncproto.CallReminder:
			words = append(words, "remind", "result")
		}
	}
	if c.Recipients > 0 {
		words = append(words, "reach", "answers", "unreached")
	}
	return words
}

func (w *callWork) show() error {
	c, err := w.read()
	if err != nil {
		return err
	}
	if w.json {
		return w.print(c)
	}
	if err := w.tell(c); err != nil {
		return err
	}
	w.printf("\n%s\n\n", c.Body)
	for _, line := range []struct{ key, text string }{
		{"units", names(c.Units)},
		{"kind", w.known("call.kind_", string(c.Kind))},
		{"starts", at(c.Starts)},
		{"ends", at(c.Ends)},
		{"deadline", at(c.Deadline)},
		{"capacity", some(c.Capacity)},
		{"due", at(c.Due)},
		{"sent", at(c.Sent)},
		{"over", at(c.Over)},
		{"people", some(c.Recipients)},
		{"code", c.Code},
		{"link", c.Link},
		{"audience", string(c.Audience)},
	} {
		if line.text != "" {
			w.printf("    %-14s %s\n", w.say("desk.call_"+line.key, nil), line.text)
		}
	}
	if c.Second != nil {
		w.printf("    %-14s %s\n", w.say("desk.call_second", nil), fallback(c.Second.Name, short(c.Second.ID)))
	}
	return nil
}

func at(ms int64) string {
	if ms == 0 {
		return ""
	}
	return when(ms)
}

func some(n int64) string {
	if n == 0 {
		return ""
	}
	return number(n)
}

func (w *callWork) preview() error {
	id, err := w.call()
	if err != nil {
		return err
	}
	var p campaign.Preview
	if err := w.post(path(id, "preview"), nil, &p); err != nil {
		return err
	}
	if w.json {
		return w.print(p)
	}
	for _, lack := range p.Lacks {
		w.printf("    %s  %s (%s)\n", lack.Code, lack.Sentence, lack.At)
	}
	if p.Second {
		w.line("desk.call_needs_second", nil)
	}
	if p.Audience == nil {
		return nil
	}
	w.line("desk.call_preview", map[string]string{
		"persons": p.Audience.Total.Persons.String(), "rung": p.Audience.Total.Registered.String(), "muted": p.Audience.Total.Muted.String(),
		"phone": p.Audience.Total.MayPhone.String(), "unknown": p.Audience.Unknown.String(),
	})
	for i := range p.Audience.Units {
		u := &p.Audience.Units[i]
		w.printf("    %-44s %s\n", cut(fallback(u.Name, short(u.Unit)), 44), u.Persons.String())
	}
	for _, n := range p.Audience.Sample {
		w.printf("    · %s\n", n.Name)
	}
	return nil
}

// progress prints how far a sending is, on one line, and below it what holds it up.
func (w *callWork) progress(kind syncproto.CallKind, p *campaign.Progress) {
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(p.Persons)) {
		parts = append(parts, w.known("delivery.", string(state))+" "+number(p.Persons[state]))
	}
	over := p.Recipients - p.Rest
	line := w.say("desk.call_progress", map[string]string{
		"state": w.callState(p.State), "over": number(over), "all": number(p.Recipients), "what": strings.Join(parts, ", "),
	})
	if p.Rest > 0 && p.Pace.Rate > 0 {
		line += " · " + w.say("desk.call_pace", map[string]string{"rate": number(int64(p.Pace.Rate)), "seconds": number(p.Seconds)})
	}
	w.printf("%s\n", line)
	if p.Rest == 0 {
		return
	}
	if p.Pace.Quiet && kind != syncproto.CallUrgent {
		w.printf("    %s\n", w.say("desk.call_quiet", nil))
	}
	for _, paused := range p.Pace.Paused {
		w.printf("    %s\n", strings.TrimPrefix(paused.Service+": "+w.known("code.", paused.Code), ": "))
	}
}
