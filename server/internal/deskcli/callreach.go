package deskcli

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"text/tabwriter"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/figure"
	"lantoa/server/internal/reach"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
	"lantoa/syncproto/viet"
)

// reach shows how far a call came, by unit and in total, and what each figure means.
func (w *callWork) reach() error {
	id, err := w.call()
	if err != nil {
		return err
	}
	var f struct {
		reach.Funnel
		Definitions map[string]string `json:"definitions"`
	}
	if err := w.get(path(id, "reach"), nil, &f); err != nil {
		return err
	}
	if w.json {
		return w.print(f)
	}
	w.line("desk.call_reach", map[string]string{"call": short(f.Call), "state": w.callState(f.State), "as_of": when(f.AsOf)})
	var table bytes.Buffer
	out := tabwriter.NewWriter(&table, 2, 0, 2, ' ', tabwriter.AlignRight)
	head := []string{w.say("reach.short_unit", nil)}
	for _, step := range reach.Steps() {
		head = append(head, w.say("reach.short_"+step, nil))
	}
	fmt.Fprintln(out, "\t"+strings.Join(head, "\t")+"\t")
	for i := range f.Units {
		funnelRow(out, fallback(f.Units[i].Name, short(f.Units[i].Unit)), &f.Units[i])
	}
	funnelRow(out, w.say("reach.short_total", nil), &f.Total)
	if err := out.Flush(); err != nil {
		return err
	}
	w.printf("%s", table.String())
	w.choiceLine(&f.Funnel)
	for _, step := range reach.Steps() {
		w.printf("    %-16s %s\n", w.say("reach.short_"+step, nil), f.Definitions[step])
	}
	return nil
}

func funnelRow(out *tabwriter.Writer, name string, r *reach.Row) {
	cells := []string{cut(name, 40)}
	for _, f := range []figure.Figure{
		r.Eligible, r.Registered, r.Accepted, r.Arrived, r.Opened, r.Answered, r.Places, r.Waiting, r.Late, r.Came, r.CamePeople,
	} {
		cells = append(cells, f.String())
	}
	fmt.Fprintln(out, "\t"+strings.Join(cells, "\t")+"\t")
}

// choiceLine says how many chose what, and how many places there are.
func (w *callWork) choiceLine(f *reach.Funnel) {
	var parts []string
	for _, name := range f.Choices {
		n := f.Total.Choices[name]
		parts = append(parts, w.known("call.choice_", name)+" "+n.String())
	}
	if f.Capacity > 0 {
		parts = append(parts, w.say("desk.call_capacity", nil)+" "+number(f.Capacity))
	}
	if len(parts) > 0 {
		w.printf("    %s\n", strings.Join(parts, " · "))
	}
}

// answersPage is how many answers are asked for at once.
const answersPage = "200"

// answers lists who answered or came, all of them or those of one choice or standing.
func (w *callWork) answers() error {
	c, err := w.read()
	if err != nil {
		return err
	}
	query := url.Values{}
	if len(*w.flags.choices) > 0 {
		query.Set("choice", (*w.flags.choices)[0])
	}
	if *w.flags.standing != "" {
		query.Set("standing", *w.flags.standing)
	}
	all, err := w.everyAnswer(c.ID, query)
	if err != nil {
		return err
	}
	if w.json {
		return w.print(all)
	}
	if len(all.Answers) == 0 {
		w.line("desk.answers_empty", nil)
	}
	words := w.choiceWords(c)
	for i := range all.Answers {
		w.answer(&all.Answers[i], words)
	}
	return nil
}

// everyAnswer reads all pages.
func (w *callWork) everyAnswer(call syncproto.ID, query url.Values) (*reach.Answers, error) {
	all := &reach.Answers{Answers: []reach.Answer{}}
	query.Set("limit", answersPage)
	for {
		var page reach.Answers
		if err := w.get(path(call, "answers"), query, &page); err != nil {
			return nil, err
		}
		all.Answers = append(all.Answers, page.Answers...)
		if page.Next == "" {
			return all, nil
		}
		query.Set("from", string(page.Next))
	}
}

// answerer finds a person for the list at the door: by id, by the end of one that answers shows, or by the whole name, among
// those who answered; others as usual.
func (w *callWork) answerer(call syncproto.ID, word string) (syncproto.ID, error) {
	if syncproto.ID(word).Valid() {
		return syncproto.ID(word), nil
	}
	all, err := w.everyAnswer(call, url.Values{})
	if err != nil {
		return "", err
	}
	var found syncproto.ID
	for i := range all.Answers {
		a := &all.Answers[i]
		if viet.Exact(a.Name) != viet.Exact(word) && (len(word) < minShort || !strings.HasSuffix(string(a.Person), strings.ToLower(word))) {
			continue
		}
		if found != "" {
			return "", w.misuse("desk.ambiguous_person", map[string]string{"name": word})
		}
		found = a.Person
	}
	if found != "" {
		return found, nil
	}
	return w.somebody(word)
}

// choiceWords are the words of what a call offers, by name.
func (w *callWork) choiceWords(c *campaign.Call) map[string]string {
	words := map[string]string{}
	for _, choice := range c.Choices {
		text := choice.VI
		if w.lang == catalogue.English {
			text = fallback(choice.EN, choice.VI)
		}
		words[choice.Name] = fallback(text, w.known("call.choice_", choice.Name))
	}
	return words
}

// answer prints one on a line, and what was written on a second one.
func (w *callWork) answer(a *reach.Answer, words map[string]string) {
	parts := []string{fallback(words[a.Choice], fallback(a.Choice, "–"))}
	if a.Count > 1 {
		parts = append(parts, w.say("desk.answer_count", map[string]string{"n": number(a.Count)}))
	}
	for _, more := range []string{a.UnitName, a.Phone, at(a.Answered)} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	w.printf("%s  %-24s %-12s %s\n", short(a.Person), cut(a.Name, 24), w.standing(a.Standing), strings.Join(parts, " · "))
	if a.Text != "" {
		w.printf("          “%s”\n", cut(a.Text, 160))
	}
}

// standing says in few words where an answer stands.
func (w *callWork) standing(state syncproto.State) string {
	return w.known("desk.standing_", string(state))
}
