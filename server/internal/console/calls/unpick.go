package calls

import (
	"encoding/json"
	"slices"

	"lantoa/server/internal/audience"
	"lantoa/syncproto"
)

// take ticks what a node of a predicate says; false if it cannot be ticked, or was ticked before. Whether what is ticked says
// the same in the end is compared by says.
func (p *picker) take(n map[string]json.RawMessage, not bool) bool {
	if kids, ok := kidsOf(n, joinAll); ok {
		if call := silentOf(kids); call != "" {
			return p.takeList(list{call, "silent"}, not)
		}
		return !not && p.takeEach(kids)
	}
	if kids, ok := kidsOf(n, joinAny); ok {
		if words, ok := leavesOf(kids); ok && p.takeAny(words, not) {
			return true
		}
		p.Join = joinAny
		return !not && p.takeEach(kids)
	}
	if inner, ok := n["not"]; ok {
		var kid map[string]json.RawMessage
		return !not && json.Unmarshal(inner, &kid) == nil && p.take(kid, true)
	}
	return p.takeLeaf(n, not)
}

func (p *picker) takeEach(kids []map[string]json.RawMessage) bool {
	for _, kid := range kids {
		if !p.take(kid, false) {
			return false
		}
	}
	return true
}

func kidsOf(n map[string]json.RawMessage, join string) (kids []map[string]json.RawMessage, ok bool) {
	data, ok := n[join]
	return kids, ok && json.Unmarshal(data, &kids) == nil
}

// leaf is a node of one name and one text.
type leaf struct{ name, text string }

// leavesOf are nodes that are leaves of one member each; false if one is not.
func leavesOf(kids []map[string]json.RawMessage) (out []leaf, ok bool) {
	for _, kid := range kids {
		if len(kid) != 1 {
			return nil, false
		}
		for name, data := range kid {
			var text string
			if json.Unmarshal(data, &text) != nil {
				return nil, false
			}
			out = append(out, leaf{name, text})
		}
	}
	return out, len(out) > 0
}

// takeAny ticks leaves of which one must hold.
func (p *picker) takeAny(words []leaf, not bool) bool {
	name := words[0].name
	if same := !slices.ContainsFunc(words, func(l leaf) bool { return l.name != name }); same {
		switch {
		case name == "unit" && not:
			p.NotUnits = append(p.NotUnits, idsOf(words)...)
			return true
		case name == "unit":
			p.Units = append(p.Units, idsOf(words)...)
			return true
		case name == "role" && !not:
			p.Roles = append(p.Roles, textsOf(words)...)
			return true
		case name == "tag" && not:
			p.NotTags = append(p.NotTags, textsOf(words)...)
			return true
		}
	}
	return p.takeWords(words, joinAny, not)
}

// takeWords ticks tags and skills of which all or any must hold.
func (p *picker) takeWords(words []leaf, join string, not bool) bool {
	if not || slices.ContainsFunc(words, func(l leaf) bool { return l.name != "tag" && l.name != "skill" }) {
		return false
	}
	for _, l := range words {
		if l.name == "tag" {
			p.Tags = append(p.Tags, l.text)
		} else {
			p.Skills = append(p.Skills, l.text)
		}
	}
	if len(words) > 1 {
		p.Words = join
	}
	return true
}

func textsOf(words []leaf) (out []string) {
	for _, l := range words {
		out = append(out, l.text)
	}
	return out
}

func idsOf(words []leaf) (out []syncproto.ID) {
	for _, l := range words {
		out = append(out, syncproto.ID(l.text))
	}
	return out
}

// takeLeaf ticks one thing.
func (p *picker) takeLeaf(n map[string]json.RawMessage, not bool) bool {
	text := func(name string) (out string) { _ = json.Unmarshal(n[name], &out); return out }
	switch {
	case len(n) == 1 && text("recipient") != "":
		return p.takeList(list{syncproto.ID(text("recipient")), "recipient"}, not)
	case len(n) == 1 && text("answered") != "":
		return p.takeList(list{syncproto.ID(text("answered")), "answered"}, not)
	case slices.Contains(lists, text("standing")):
		return p.takeList(list{syncproto.ID(text("call")), text("standing")}, not)
	case text("fact") != "":
		return !not && p.takeFact(text("fact"), n)
	}
	one, ok := leavesOf([]map[string]json.RawMessage{n})
	return ok && p.takeAny(one, not)
}

func (p *picker) takeFact(name string, n map[string]json.RawMessage) bool {
	switch name {
	case audience.BloodGroup:
		return json.Unmarshal(n["in"], &p.Blood) == nil
	case audience.LastWholeBlood:
		return json.Unmarshal(n["at_least_days"], &p.Whole) == nil
	case audience.LastApheresis:
		return json.Unmarshal(n["at_least_days"], &p.Parts) == nil
	}
	return false
}

func (p *picker) takeList(l list, not bool) bool {
	into := &p.Earlier
	if not {
		into = &p.NotList
	}
	if into.Call != "" {
		return false
	}
	*into = l
	return true
}

// silentOf returns the call of which nodes say those who have not answered; "" if they say something else.
func silentOf(kids []map[string]json.RawMessage) syncproto.ID {
	if len(kids) != 2 {
		return ""
	}
	var on, off syncproto.ID
	for _, kid := range kids {
		var inner map[string]syncproto.ID
		if data, ok := kid["recipient"]; ok {
			_ = json.Unmarshal(data, &on)
		} else if json.Unmarshal(kid["not"], &inner) == nil {
			off = inner["answered"]
		}
	}
	if on == "" || on != off {
		return ""
	}
	return on
}
