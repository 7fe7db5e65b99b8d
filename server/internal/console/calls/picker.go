package calls

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/syncproto"
)

// picker is what can be ticked to say who is called. It says
//
//	(one of the units) and (on the list of an earlier call) and (conditions, all or any of them) and not (left out)
//
// where a condition is one of some roles, all or any of some words, one of some blood groups, or days since a gift. A predicate
// that says something else is shown as it is, and kept until somebody replaces it.
type picker struct {
	Units    []syncproto.ID
	Earlier  list   // of an earlier call
	Join     string // joinAll or joinAny: which of the conditions must hold
	Roles    []string
	Words    string // joinAll or joinAny: of tags and skills
	Tags     []string
	Skills   []string
	Blood    []string
	Whole    int64 // days since the last gift of whole blood; 0 for whatever
	Parts    int64 // likewise by apheresis
	NotUnits []syncproto.ID
	NotTags  []string
	NotList  list
	Raw      string // a predicate that cannot be ticked; "" for none
}

// list is some of those on the list of a call.
type list struct {
	Call syncproto.ID
	How  string // one of lists
}

const (
	joinAll = "all"
	joinAny = "any"
)

// The parts of a list: everybody on it, who answered, where their answers stand, and who has not answered.
var lists = []string{"recipient", "answered", "registered", "waiting", "came", "silent"}

// roles are those by which people are called.
var roles = []string{string(syncproto.RoleVolunteer), string(syncproto.RoleEditor), string(syncproto.RoleOfficer), string(syncproto.RoleAdmin)}

// node is a node of a predicate.
type node map[string]any

// readPicker reads what was ticked.
func readPicker(r *page.Request) *picker {
	p := &picker{
		Units: r.IDs("unit_in"), Earlier: readList(r, "from"), Join: joinOf(r.Text("join")), Roles: r.Texts("role"), Words: joinOf(r.Text("words")),
		Tags: r.Texts("tag"), Skills: r.Texts("skill"), Blood: r.Texts("blood"), Whole: r.Number("whole"), Parts: r.Number("parts"),
		NotUnits: r.IDs("unit_not"), NotTags: r.Texts("tag_not"), NotList: readList(r, "not"),
	}
	if r.Text("raw_replace") == "" {
		p.Raw = r.Text("raw")
	}
	return p
}

func readList(r *page.Request, name string) list {
	l := list{Call: r.ID(name + "_call"), How: r.Text(name + "_how")}
	if !slices.Contains(lists, l.How) {
		l.How = lists[0]
	}
	if l.Call == "" {
		return list{}
	}
	return l
}

func joinOf(text string) string {
	if text == joinAny {
		return joinAny
	}
	return joinAll
}

// predicate is what was ticked as package audience reads it; nil for nothing.
func (p *picker) predicate() json.RawMessage {
	if p.Raw != "" {
		return json.RawMessage(p.Raw)
	}
	var all []any
	if len(p.Units) > 0 {
		all = append(all, group(joinAny, nodes("unit", p.Units)))
	}
	if p.Earlier.Call != "" {
		all = append(all, p.Earlier.node())
	}
	if conditions := p.conditions(); p.Join == joinAny && len(conditions) > 1 {
		all = append(all, node{joinAny: conditions})
	} else {
		all = append(all, conditions...)
	}
	if len(p.NotUnits) > 0 {
		all = append(all, node{"not": group(joinAny, nodes("unit", p.NotUnits))})
	}
	if len(p.NotTags) > 0 {
		all = append(all, node{"not": group(joinAny, nodes("tag", p.NotTags))})
	}
	if p.NotList.Call != "" {
		all = append(all, node{"not": p.NotList.node()})
	}
	if len(all) == 0 {
		return nil
	}
	data, err := json.Marshal(group(joinAll, all))
	if err != nil {
		return nil // texts and numbers always can
	}
	return data
}

// conditions are what people must be, besides where they are.
func (p *picker) conditions() (out []any) {
	if len(p.Roles) > 0 {
		out = append(out, group(joinAny, nodes("role", p.Roles)))
	}
	if words := append(nodes("tag", p.Tags), nodes("skill", p.Skills)...); len(words) > 0 {
		out = append(out, group(p.Words, words))
	}
	if len(p.Blood) > 0 {
		out = append(out, node{"fact": audience.BloodGroup, "in": p.Blood})
	}
	if p.Whole > 0 {
		out = append(out, node{"fact": audience.LastWholeBlood, "at_least_days": p.Whole})
	}
	if p.Parts > 0 {
		out = append(out, node{"fact": audience.LastApheresis, "at_least_days": p.Parts})
	}
	return out
}

func (l list) node() any {
	switch l.How {
	case "recipient", "answered":
		return node{l.How: l.Call}
	case "silent":
		return node{joinAll: []any{node{"recipient": l.Call}, node{"not": node{"answered": l.Call}}}}
	}
	return node{"standing": l.How, "call": l.Call}
}

func nodes[T ~string](name string, values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = node{name: v}
	}
	return out
}

// group says all or any of some; one alone needs no saying.
func group(join string, of []any) any {
	if len(of) == 1 {
		return of[0]
	}
	return node{join: of}
}

// pickerOf finds what must be ticked to say a predicate.
func pickerOf(predicate json.RawMessage) *picker {
	p := &picker{Join: joinAll, Words: joinAll}
	parsed, err := audience.Parse(predicate)
	if len(predicate) == 0 {
		return p
	}
	if err == nil {
		var top map[string]json.RawMessage
		if json.Unmarshal(parsed.Canonical(), &top) == nil && p.take(top, false) && p.says(parsed) {
			return p
		}
	}
	var indented bytes.Buffer
	if json.Indent(&indented, predicate, "", "  ") != nil {
		indented.Reset()
		indented.Write(predicate)
	}
	return &picker{Join: joinAll, Words: joinAll, Raw: indented.String()}
}

// says reports whether the picker says a predicate.
func (p *picker) says(want *audience.Predicate) bool {
	own, err := audience.Parse(p.predicate())
	return err == nil && meaning(own.Canonical()) == meaning(want.Canonical())
}

// meaning is the same text for predicates that differ in the order of groups and in groups within groups alone, which say the
// same.
func meaning(predicate []byte) string {
	var top any
	if json.Unmarshal(predicate, &top) != nil {
		return ""
	}
	return meaningOf(top)
}

func meaningOf(v any) string {
	members, _ := v.(map[string]any)
	for _, join := range []string{joinAll, joinAny} {
		if kids, ok := members[join].([]any); ok {
			parts := partsOf(kids, join)
			slices.Sort(parts)
			if parts = slices.Compact(parts); len(parts) == 1 {
				return parts[0]
			}
			return join + "(" + strings.Join(parts, ",") + ")"
		}
	}
	if kid, ok := members["not"]; ok {
		return "not(" + meaningOf(kid) + ")"
	}
	data, _ := json.Marshal(v)
	return string(data)
}

// partsOf are the meanings in a group, those of groups of its own kind too.
func partsOf(kids []any, join string) (parts []string) {
	for _, kid := range kids {
		members, _ := kid.(map[string]any)
		if inner, ok := members[join].([]any); ok {
			parts = append(parts, partsOf(inner, join)...)
		} else {
			parts = append(parts, meaningOf(kid))
		}
	}
	return parts
}
