package deskcli

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

func compareCommand(s *session) func() error {
	return func() error {
		named, err := s.named(0)
		if err != nil {
			return err
		}
		query := url.Values{}
		for i, name := range []string{"from", "to"} {
			if i+1 < len(s.words) {
				query.Set(name, s.words[i+1])
			}
		}
		var c desk.Comparison
		if err := s.get("/v1/desk/submissions/"+string(named.Record)+"/compare", query, &c); err != nil {
			return err
		}
		if s.json {
			return s.print(c)
		}
		s.comparison(&c)
		return nil
	}
}

// comparison prints what differs, field by field.
func (s *session) comparison(c *desk.Comparison) {
	s.line("desk.compared", map[string]string{
		"from": strconv.FormatInt(c.From, 10), "to": strconv.FormatInt(c.To, 10), "was": s.state(c.State[0]), "is": s.state(c.State[1]),
	})
	if len(c.Fields)+len(c.Parts) == 0 {
		s.line("desk.compared_same", nil)
	}
	s.changes(c.Fields, "  ")
	for _, p := range c.Parts {
		place := strconv.Itoa(p.To)
		switch {
		case p.To == 0:
			place = strconv.Itoa(p.From)
		case p.Change == desk.PartMoved:
			place = strconv.Itoa(p.From) + " → " + place
		}
		s.printf("  [%s %s · %s] %s\n", s.kind(p.Kind), place, short(p.Part), s.known("desk.part_", p.Change))
		s.changes(p.Fields, "      ")
	}
}

func (s *session) changes(fields []desk.FieldChange, indent string) {
	for i := range fields {
		f := &fields[i]
		s.printf("%s%-12s ", indent, f.Field)
		switch f.Shape {
		case desk.ShapeText:
			s.runs(f.Runs, indent)
		case desk.ShapeSet:
			for _, v := range f.Removed {
				s.mark(reconcile.RunRemoved, readable(f.Field, v))
				s.printf(" ")
			}
			for _, v := range f.Added {
				s.mark(reconcile.RunAdded, readable(f.Field, v))
				s.printf(" ")
			}
		default:
			s.mark(reconcile.RunRemoved, value(f.Field, f.From))
			s.printf(" → ")
			s.mark(reconcile.RunAdded, value(f.Field, f.To))
		}
		s.printf("\n")
	}
}

func value(field string, v *syncproto.Value) string {
	if v == nil {
		return "–"
	}
	return readable(field, *v)
}

// near is how much of an unchanged text is shown on each side of a change, in characters.
const near = 60

// runs prints a text with its changes; what is far from any is left out.
func (s *session) runs(runs []reconcile.Run, indent string) {
	for i, run := range runs {
		if run.Mark == reconcile.RunSame {
			s.printf("%s", strings.ReplaceAll(around(run.Text, i > 0, i < len(runs)-1), "\n", "\n"+indent+"             "))
			continue
		}
		s.mark(run.Mark, run.Text)
	}
}

// around keeps the ends of a text that are beside a change.
func around(text string, before, after bool) string {
	all := []rune(text)
	switch {
	case before && after && len(all) > 2*near:
		return string(all[:near]) + " … " + string(all[len(all)-near:])
	case before && !after && len(all) > near:
		return string(all[:near]) + " …"
	case after && !before && len(all) > near:
		return "… " + string(all[len(all)-near:])
	}
	return text
}

// mark prints what was added or removed: in colours, and in signs for whoever has or sees none.
func (s *session) mark(mark reconcile.RunMark, text string) {
	open, shut, colour := "[+", "+]", "\x1b[32m"
	if mark == reconcile.RunRemoved {
		open, shut, colour = "[-", "-]", "\x1b[31m"
	}
	text = open + clean(text) + shut
	if s.Colour {
		text = colour + text + "\x1b[0m"
	}
	fmt.Fprint(s.Out, text)
}
