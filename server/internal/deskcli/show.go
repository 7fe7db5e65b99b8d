package deskcli

import (
	"encoding/json"
	"strconv"
	"strings"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

func showCommand(s *session) func() error {
	return func() error {
		named, err := s.named(0)
		if err != nil {
			return err
		}
		story, r, err := s.read(named.Record)
		if err != nil {
			return err
		}
		s.kept.saw(r.ID, r.Revision)
		s.kept.list(listed{r.ID, r.Kind})
		if err := s.store(); err != nil {
			return err
		}
		if s.json {
			return s.print(story)
		}
		return s.story(story, r)
	}
}

// read asks for a submission with everything that hangs under it.
func (s *session) read(id syncproto.ID) (*desk.Story, *syncproto.Record, error) {
	var story desk.Story
	if err := s.get("/v1/desk/submissions/"+string(id), nil, &story); err != nil {
		return nil, nil, err
	}
	r, err := syncproto.DecodeRecord(story.Record)
	return &story, r, err
}

func (s *session) story(story *desk.Story, r *syncproto.Record) error {
	parts, err := records(story.Parts)
	if err != nil {
		return err
	}
	notes, err := records(story.Notes)
	if err != nil {
		return err
	}
	consents, err := records(story.Consents)
	if err != nil {
		return err
	}
	author := story.Names[r.Author]
	s.printf("%s\n%s · %s · %s · %s · %s\n", r.Fields["title"].TextOr(s.kind(r.Kind)), s.kind(r.Kind), s.state(r.State), person(&author), story.Unit.Name, r.ID)
	if r.Reason != "" {
		s.line("desk.reason", map[string]string{"reason": r.Reason})
	}
	if row := story.Row; row != nil {
		if len(row.Flags) > 0 {
			s.printf("! %s\n", s.flagsLine(row.Flags))
		}
		if row.Claimer != nil {
			s.line("desk.claimed_by", map[string]string{"name": person(row.Claimer), "until": when(row.Until)})
		}
	}
	if r.Hold != 0 {
		s.line("desk.held", map[string]string{"until": when(r.Hold)})
	}
	s.fields(story, r, notes)
	for i, p := range parts {
		s.part(i+1, story, p, notes, consents)
	}
	s.consents(r, consents)
	s.lacks(story, parts)
	s.steps(story.Timeline)
	s.buttons(story.Acts)
	return nil
}

// records decodes the records of a list.
func records(items []desk.Item) ([]*syncproto.Record, error) {
	out := make([]*syncproto.Record, len(items))
	for i := range items {
		var err error
		if out[i], err = syncproto.DecodeRecord(items[i].Record); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fields prints a record's fields, each with the notes that are pinned to it.
func (s *session) fields(story *desk.Story, r *syncproto.Record, notes []*syncproto.Record) {
	s.notes(story, notes, r.ID, "")
	s.notes(story, notes, r.ID, "title")
	for _, name := range r.Fields.Names() {
		switch name {
		case "title", "parent", "position", "file":
			continue
		}
		s.printf("  %-12s %s\n", name, strings.ReplaceAll(readable(name, r.Fields[name]), "\n", "\n               "))
		s.notes(story, notes, r.ID, name)
	}
}

func (s *session) notes(story *desk.Story, notes []*syncproto.Record, record syncproto.ID, field string) {
	for _, n := range notes {
		if n.Parent() != record || n.Fields["field"].TextOr("") != field {
			continue
		}
		sign := "○"
		if n.State != syncproto.StateOpen {
			sign = "●"
		}
		by := story.Names[n.Author]
		s.printf("      %s %s: %s\n", sign, person(&by), n.Fields["text"].TextOr(""))
	}
}

// part prints a photo or an event with the number by which notes and judgements name it.
func (s *session) part(n int, story *desk.Story, r *syncproto.Record, notes, consents []*syncproto.Record) {
	caption := r.Fields["caption"].TextOr(r.Fields["title"].TextOr(""))
	words := []string{s.kind(r.Kind) + " " + strconv.Itoa(n), short(r.ID)}
	if shows, ok := r.Fields[syncproto.ShowsField].AsText(); ok {
		shown := s.known("shows.", shows)
		if people, ok := r.Fields[syncproto.PeopleField].AsInt(); ok && shows == syncproto.ShowsPeople {
			shown += " " + strconv.FormatInt(people, 10)
		}
		words = append(words, shown)
	}
	if r.State != syncproto.StateDraft {
		words = append(words, s.state(r.State))
	}
	if caption != "" {
		words = append(words, "“"+cut(caption, 80)+"”")
	}
	s.printf("  [%s]\n", strings.Join(words, " · "))
	for _, field := range append([]string{""}, r.Fields.Names()...) {
		s.notes(story, notes, r.ID, field)
	}
	s.consents(r, consents)
}

// consents prints those about a record.
func (s *session) consents(r *syncproto.Record, consents []*syncproto.Record) {
	for _, c := range consents {
		if c.Parent() != r.ID {
			continue
		}
		who := fallback(c.Fields["who"].TextOr(""), c.Fields["text"].TextOr(""))
		s.printf("      ✓ %s · %s · %s\n", who, s.state(c.State), readable("uses", c.Fields["uses"]))
	}
}

// lacks prints what is missing for publishing.
func (s *session) lacks(story *desk.Story, parts []*syncproto.Record) {
	if len(story.Lacks) == 0 {
		return
	}
	s.line("desk.lacks", nil)
	for _, l := range story.Lacks {
		where := short(l.Record)
		for i, p := range parts {
			if p.ID == l.Record {
				where = s.kind(p.Kind) + " " + strconv.Itoa(i+1)
			}
		}
		s.printf("  ✗ %s: %s\n", where, l.Sentence)
	}
}

// steps prints the timeline, which the author reads too.
func (s *session) steps(timeline syncproto.Value) {
	var steps []struct {
		State  syncproto.State `json:"state"`
		At     int64           `json:"at"`
		By     string          `json:"by"`
		Reason string          `json:"reason"`
	}
	if timeline.IsNull() || json.Unmarshal([]byte(timeline), &steps) != nil {
		return
	}
	s.line("desk.timeline", nil)
	for _, step := range steps {
		line := when(step.At) + "  " + s.state(step.State) + " · " + s.known("by.", step.By)
		if step.Reason != "" {
			line += " · “" + cut(step.Reason, 120) + "”"
		}
		s.printf("  %s\n", line)
	}
}

// buttons prints what may be done now, and what might if it were not for something.
func (s *session) buttons(acts []desk.Button) {
	var now, later []string
	for _, b := range acts {
		word := commandWord(syncproto.Command(b.Command))
		if b.Code == "" {
			now = append(now, word)
		} else {
			later = append(later, word+": "+b.Sentence)
		}
	}
	if len(now) > 0 {
		s.line("desk.can", map[string]string{"acts": strings.Join(now, ", ")})
	}
	for _, line := range later {
		s.printf("  ✗ %s\n", line)
	}
}
