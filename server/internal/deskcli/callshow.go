package deskcli

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
)

func number(n int64) string { return strconv.FormatInt(n, 10) }

// tell says how a call stands after an act.
func (w *callWork) tell(c *campaign.Call) error {
	if w.json {
		return w.print(c)
	}
	w.printf("%s  %s · %s\n", short(c.ID), w.callState(c.State), c.Title)
	if c.Reason != "" {
		w.printf("    %s\n", w.known("code.", string(c.Reason)))
	}
	words := make([]string, len(c.Acts))
	for i, act := range c.Acts {
		words[i] = string(act)
	}
	if len(words) > 0 {
		w.printf("    %s\n", w.say("desk.call_next", map[string]string{"acts": strings.Join(words, ", ")}))
	}
	return nil
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
		{"units", names(c.Units)}, {"kind", w.known("call.kind_", string(c.Kind))}, {"starts", at(c.Starts)}, {"ends", at(c.Ends)},
		{"deadline", at(c.Deadline)}, {"capacity", some(c.Capacity)}, {"due", at(c.Due)}, {"sent", at(c.Sent)}, {"over", at(c.Over)},
		{"recipients", some(c.Recipients)}, {"code", c.Code}, {"link", c.Link}, {"audience", string(c.Audience)},
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
		w.printf("    %-30s %s\n", cut(fallback(u.Name, short(u.Unit)), 30), u.Persons.String())
	}
	for _, n := range p.Audience.Sample {
		w.printf("    · %s\n", n.Name)
	}
	return nil
}

// progress prints how far a sending is, on one line.
func (w *callWork) progress(p *campaign.Progress) {
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(p.Persons)) {
		parts = append(parts, w.known("delivery.", string(state))+" "+number(p.Persons[state]))
	}
	over := p.Recipients - p.Rest
	w.line("desk.call_progress", map[string]string{
		"state": w.callState(p.State), "over": number(over), "all": number(p.Recipients), "what": strings.Join(parts, ", "),
		"rate": number(int64(p.Pace.Rate)), "seconds": number(p.Seconds),
	})
	if p.Pace.Quiet && p.State == storage.CallSending {
		w.printf("    %s\n", w.say("desk.call_quiet", nil))
	}
	for _, paused := range p.Pace.Paused {
		w.printf("    %s: %s\n", paused.Service, w.known("push.code_", paused.Code))
	}
}
