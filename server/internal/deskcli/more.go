package deskcli

import (
	"net/url"
	"strconv"
	"strings"

	"lantoa/server/internal/desk"
	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

func conflictsCommand(s *session) func() error {
	choose := s.flags.String("choose", "", "")
	unit := s.flags.String("unit", "", "")
	return func() error {
		if len(s.words) > 0 {
			return s.resolve(s.words[0], *choose)
		}
		query := url.Values{}
		if err := s.about(query, *unit); err != nil {
			return err
		}
		var page desk.Cards
		if err := s.get("/v1/desk/conflicts", query, &page); err != nil {
			return err
		}
		if s.json {
			return s.print(page)
		}
		if len(page.Cards) == 0 {
			s.line("desk.conflicts_empty", nil)
		}
		for i := range page.Cards {
			if err := s.card(&page.Cards[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// card prints both sides of a conflict and what they started from.
func (s *session) card(c *desk.Card) error {
	r, err := syncproto.DecodeRecord(c.Record)
	if err != nil {
		return err
	}
	s.printf("%s  %s · %s\n", short(r.ID), cut(c.Submission.Title, 60), fallback(c.Field, "*"))
	for _, side := range []struct {
		key   string
		value syncproto.Value
	}{{"base", c.Base}, {"stays", c.Stays}, {"lost", c.Lost}} {
		s.printf("    %-6s %s\n", side.key, cut(readable(c.Field, side.value), 200))
	}
	if len(c.Compared) > 0 {
		s.printf("    ± ")
		s.runs(c.Compared, "    ")
		s.printf("\n")
	}
	return nil
}

// resolve chooses a side.
func (s *session) resolve(word, choose string) error {
	if choose == "" {
		return s.misuse("desk.missing_word", map[string]string{"name": "-choose"})
	}
	id := syncproto.ID(strings.ToLower(word))
	for from := ""; !id.Valid(); {
		var page desk.Cards
		query := url.Values{}
		if from != "" {
			query.Set("from", from)
		}
		if err := s.get("/v1/desk/conflicts", query, &page); err != nil {
			return err
		}
		for i := range page.Cards {
			r, err := syncproto.DecodeRecord(page.Cards[i].Record)
			if err != nil {
				return err
			}
			if len(word) >= minShort && strings.HasSuffix(string(r.ID), strings.ToLower(word)) {
				id = r.ID
			}
		}
		if from = page.Next; from == "" && !id.Valid() {
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: "find conflict", Detail: word}
		}
	}
	var out desk.Resolution
	if err := s.post("/v1/desk/conflicts/"+string(id), map[string]string{"choose": choose}, &out); err != nil {
		return err
	}
	if s.json {
		return s.print(out)
	}
	for _, d := range []*desk.Done{out.Edit, out.Card} {
		if d != nil {
			s.outcome(&desk.Act{}, d)
			if d.Result == syncproto.Rejected || d.Result == desk.Failed {
				return told{d.Code}
			}
		}
	}
	return nil
}

func noticesCommand(s *session) func() error {
	from := s.flags.Int64("from", 0, "")
	return func() error {
		query := url.Values{}
		if *from > 0 {
			query.Set("from", strconv.FormatInt(*from, 10))
		}
		var list desk.Notices
		if err := s.get("/v1/desk/notices", query, &list); err != nil {
			return err
		}
		if s.json {
			return s.print(list)
		}
		if len(list.Notices) == 0 {
			s.line("desk.notices_empty", nil)
		}
		for i := range list.Notices {
			n := &list.Notices[i]
			s.printf("%s  %s  %s · %s · %s\n", when(n.At), short(n.Record), s.known("notice.", string(n.Kind)), fallback(cut(n.Title, 60), "–"), n.Unit.Name)
		}
		if list.More {
			s.line("desk.notices_more", map[string]string{"from": strconv.FormatInt(list.Next, 10)})
		}
		return nil
	}
}

func boardCommand(s *session) func() error {
	unit := s.flags.String("unit", "", "")
	all := s.flags.Bool("all", false, "")
	return func() error {
		query := url.Values{"all": {strconv.FormatBool(*all)}}
		if err := s.about(query, *unit); err != nil {
			return err
		}
		var board people.Board
		if err := s.get("/v1/board", query, &board); err != nil {
			return err
		}
		if s.json {
			return s.print(board)
		}
		if len(board.Devices) == 0 {
			s.line("desk.board_empty", nil)
		}
		for i := range board.Devices {
			s.stuck(&board.Devices[i])
		}
		return nil
	}
}

// stuck prints a phone that holds what does not come.
func (s *session) stuck(d *people.Stuck) {
	name := person(&desk.Ref{ID: d.Person, Name: d.Name, Tail: d.Tail})
	s.printf("%s  %s · %s · %s\n", short(d.Device), name, d.UnitName, s.say("desk.board_line", map[string]string{
		"unsent": strconv.FormatInt(d.Unsent, 10), "failed": strconv.FormatInt(d.Failed, 10), "seen": seen(d.Seen),
	}))
	for _, why := range d.Why {
		s.printf("      %s\n", s.known("code.", string(why.Code)))
	}
}

func seen(at int64) string {
	if at == 0 {
		return "–"
	}
	return when(at)
}

func caseCommand(s *session) func() error {
	all := s.flags.Bool("all", false, "")
	unit := s.flags.String("unit", "", "")
	who := s.flags.String("who", "", "")
	about := s.flags.String("person", "", "")
	record := s.flags.String("record", "", "")
	consent := s.flags.String("consent", "", "")
	note := s.flags.String("note", "", "")
	return func() error {
		act, err := s.word(0, "list|open|show")
		if err != nil {
			return err
		}
		switch act {
		case "list":
			return s.cases(*all)
		case "show":
			return s.showCase()
		case "open":
			kind, err := s.word(1, "withdrawal|access|correction|erasure")
			if err != nil {
				return err
			}
			at, err := s.unit(*unit)
			if err != nil {
				return err
			}
			var made privacy.Case
			ask := privacy.Request{
				Kind: storage.CaseKind(kind), Person: syncproto.ID(*about), Who: *who, Record: syncproto.ID(*record),
				Consent: syncproto.ID(*consent), Unit: at, Note: *note,
			}
			if err := s.post("/v1/cases", ask, &made); err != nil {
				return err
			}
			return s.aCase(&made)
		}
		return s.misuse("desk.unknown_command", map[string]string{"command": "case " + act})
	}
}

func (s *session) cases(all bool) error {
	var list struct {
		Cases []privacy.Case `json:"cases"`
		Next  string         `json:"next"`
	}
	if err := s.get("/v1/cases", url.Values{"all": {strconv.FormatBool(all)}}, &list); err != nil {
		return err
	}
	if s.json {
		return s.print(list)
	}
	if len(list.Cases) == 0 {
		s.line("desk.cases_empty", nil)
	}
	for i := range list.Cases {
		if err := s.aCase(&list.Cases[i]); err != nil {
			return err
		}
	}
	return nil
}

// showCase shows a case with what is kept of the person.
func (s *session) showCase() error {
	word, err := s.word(1, "ID")
	if err != nil {
		return err
	}
	if !syncproto.ID(word).Valid() {
		return s.misuse("desk.whole_id", map[string]string{"id": word})
	}
	var shown struct {
		*privacy.Case
		Found *privacy.Found `json:"found,omitempty"`
	}
	if err := s.get("/v1/cases/"+word, nil, &shown); err != nil {
		return err
	}
	if s.json {
		return s.print(shown)
	}
	if err := s.aCase(shown.Case); err != nil {
		return err
	}
	if shown.Found != nil {
		for _, c := range shown.Found.Candidates {
			s.printf("    %s  %s\n", c.Record, s.kind(c.Kind))
		}
	}
	for _, p := range shown.Proof {
		s.printf("    ✓ %s · %s · %d\n", when(p.At), p.Step, p.Count)
	}
	return nil
}

// aCase prints a case with its clocks.
func (s *session) aCase(c *privacy.Case) error {
	if s.json {
		return s.print(c)
	}
	line := string(c.ID) + "  " + s.known("case.", string(c.Kind)) + " · " + fallback(c.Who, short(c.Person))
	switch {
	case c.Closed != 0:
		line += " · " + s.say("desk.case_closed", map[string]string{"at": when(c.Closed)})
	case len(c.Overdue) > 0:
		line += " · " + s.say("desk.case_overdue", map[string]string{"until": when(c.DoneBy)})
	default:
		line += " · " + s.say("desk.case_clocks", map[string]string{"answer": when(c.AnswerBy), "done": when(c.DoneBy)})
	}
	s.printf("%s\n", line)
	return nil
}
