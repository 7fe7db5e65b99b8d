package main

import (
	"fmt"

	"lantoa/syncproto/catalogue"
)

func factsActs() []act {
	return []act{
		{"list", "", 0},
		{"tell", "NAME VALUE -agree", 2},
		{"forget", "NAME|all", 1},
	}
}

func factsCommand(s *session) func() error {
	agree := s.flags.Bool("agree", false, "")
	return func() error {
		act := "list"
		if len(s.words) > 0 {
			act = s.words[0]
		}
		if act == "list" {
			return s.facts()
		}
		name, err := s.word(1, "NAME")
		if err != nil {
			return err
		}
		if act == "tell" {
			value, err := s.word(2, "VALUE")
			if err != nil {
				return err
			}
			if !*agree {
				return s.misuse("phone.fact_agree", nil)
			}
			return s.toldFact("phone.fact_told", name, s.engine.TellFact(s.ctx, name, value, true))
		}
		if name == "all" {
			return s.toldFact("phone.facts_forgotten", name, s.engine.ForgetFact(s.ctx, ""))
		}
		return s.toldFact("phone.fact_forgotten", name, s.engine.ForgetFact(s.ctx, name))
	}
}

// facts prints what the server keeps of the person.
func (s *session) facts() error {
	all, err := s.engine.MyFacts(s.ctx)
	if err != nil || s.json {
		return s.printOr(err, all)
	}
	if len(all) == 0 {
		s.line("phone.facts_empty", nil)
	}
	for i := range all {
		f := &all[i]
		value := f.Value
		if f.Locked {
			value = s.say("phone.fact_locked", nil)
		}
		fmt.Fprintf(s.out, "%-32s %-12s %s\n", s.factName(f.Name), value, s.say("phone.fact_agreed", map[string]string{"at": when(f.Agreed)}))
	}
	return nil
}

func (s *session) toldFact(key, name string, err error) error {
	if err != nil {
		return err
	}
	if s.json {
		return s.print(map[string]string{"name": name})
	}
	s.line(key, map[string]string{"name": s.factName(name)})
	return nil
}

func (s *session) factName(name string) string {
	if key := "fact." + name; catalogue.Has(key) {
		return s.say(key, nil)
	}
	return name
}
