package audience

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"lantoa/syncproto"
)

// Rule is how many days must have passed since a gift before its giver may be called for another, and what says so.
type Rule struct {
	Fact   string `json:"fact"`
	Days   int64  `json:"days"`
	Source string `json:"source"`
}

// Rules are those in force, by the name of the fact.
type Rules map[string]Rule

// source is the regulation on blood transfusion: 12 weeks between gifts of whole blood, 2 weeks between gifts of plasma or
// platelets by apheresis.
const source = "Thông tư 26/2013/TT-BYT, Điều 6"

// DefaultRules returns the rules of Circular 26/2013/TT-BYT, article 6.
func DefaultRules() Rules {
	return Rules{
		LastWholeBlood: {Fact: LastWholeBlood, Days: 84, Source: source},
		LastApheresis:  {Fact: LastApheresis, Days: 14, Source: source},
	}
}

// Rules returns the rules in force, by the names of their facts.
func (s *Service) Rules() []Rule {
	list := make([]Rule, 0, len(s.rules))
	for _, name := range slices.Sorted(maps.Keys(s.rules)) {
		list = append(list, s.rules[name])
	}
	return list
}

// maxSource bounds what says so, in bytes.
const maxSource = 200

// ParseRules reads rules as JSON, a list of {"fact", "days", "source"}, each in place of the one of DefaultRules: another
// country has other days, and a circular is replaced one day. It is strict: a fact that is no day of a gift, fewer than 1 or more
// than 3660 days, and a rule without its source are invalid_value.
func ParseRules(data []byte) (Rules, error) {
	const op = "read rules of facts"
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var list []Rule
	if err := d.Decode(&list); err != nil || d.More() {
		return nil, syncproto.E(syncproto.CodeMalformed, op, err)
	}
	rules := DefaultRules()
	for _, r := range list {
		if _, known := rules[r.Fact]; !known || r.Days < 1 || r.Days > maxDays || r.Source == "" || len(r.Source) > maxSource {
			return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: r.Fact}
		}
		rules[r.Fact] = r
	}
	return rules, nil
}

// check refuses a predicate that would call somebody earlier than a rule allows. Under "not" any number of days may stand: it
// leaves people out.
func (r Rules) check(p *Predicate) error {
	var early *node
	p.root.signed(true, func(n *node, wanted bool) {
		if n.kind == isFact && wanted && n.days < r[n.text].Days {
			early = n
		}
	})
	if early == nil {
		return nil
	}
	return &syncproto.Error{Code: syncproto.CodeAudienceInvalid, Op: "check audience", Detail: "at_least_days"}
}

// signed walks the nodes and says of each whether it is wanted, or, under "not", unwanted.
func (n *node) signed(wanted bool, fn func(n *node, wanted bool)) {
	fn(n, wanted)
	for _, kid := range n.kids {
		kid.signed(wanted != (n.kind == isNot), fn)
	}
}

// used returns the rules of the facts that a predicate asks about.
func (r Rules) used(p *Predicate) (list []Rule) {
	for _, name := range p.Facts() {
		if rule, ok := r[name]; ok {
			list = append(list, rule)
		}
	}
	return list
}
