package audience

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto"
)

// The limits of a predicate. An officer names units, not persons: a province has 100 communes, and one unit stands for all of them.
const (
	MaxBytes = 16 << 10
	MaxDepth = 6
	MaxNodes = 64
	maxText  = 60   // bytes of a tag, as storage.Tag has them
	maxDays  = 3660 // ten years
)

// Predicate says who is called. It never changes and is safe for concurrent use.
type Predicate struct {
	root      *node
	canonical []byte
}

// kind is what a node asks.
type kind string

// The kinds of nodes, by the member that names each.
const (
	isAll       kind = "all"
	isAny       kind = "any"
	isNot       kind = "not"
	isUnit      kind = "unit"
	isRole      kind = "role"
	isTag       kind = "tag"
	isSkill     kind = "skill"
	isFact      kind = "fact"
	isRecipient kind = "recipient"
	isAnswered  kind = "answered"
	isStanding  kind = "standing"
	isPerson    kind = "person"
)

// node is one node. Which fields count is said by its kind.
type node struct {
	kind   kind
	kids   []*node      // all, any, not
	id     syncproto.ID // a unit, a call or a person
	at     int64        // of a unit
	text   string       // a role, a tag, a skill, a fact, a choice or a standing
	in     []string     // values of a fact, sorted
	days   int64        // of a fact, at least
	anchor bool         // it is true only of people in units, on lists, or named
}

// Parse reads a predicate, strictly, and brings it to its canonical form.
//
// Errors: audience_invalid and fact_unknown, with the place in the tree; too_large above MaxBytes; the codes of broken JSON.
func Parse(b []byte) (*Predicate, error) {
	const op = "read audience"
	if len(b) > MaxBytes {
		return nil, syncproto.E(syncproto.CodeTooLarge, op, nil)
	}
	if err := syncproto.CheckJSON(b, MaxNodes); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var loose any
	if err := d.Decode(&loose); err != nil {
		return nil, syncproto.E(syncproto.CodeMalformed, op, err)
	}
	p := parser{}
	root := p.node(loose, "", 1)
	if p.err == nil && !root.anchor {
		p.fail(syncproto.CodeAudienceInvalid, "unit")
	}
	if p.err == nil && p.facts && p.persons {
		p.fail(syncproto.CodeAudienceInvalid, "person")
	}
	if p.err != nil {
		return nil, p.err
	}
	return build(root)
}

func build(root *node) (*Predicate, error) {
	canonical, err := json.Marshal(root.loose())
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, "write audience", err)
	}
	return &Predicate{root: root, canonical: canonical}, nil
}

// Answered is everybody who answered a call or came: those to whom its result goes.
func Answered(call syncproto.ID) (*Predicate, error) {
	return build(&node{kind: isAnswered, id: call, anchor: true})
}

// Registered is everybody with a place: whom a reminder of the day goes to.
func Registered(call syncproto.ID) (*Predicate, error) {
	return build(&node{kind: isStanding, id: call, text: string(syncproto.StateRegistered), anchor: true})
}

// Silent is everybody on the list of a call who has not answered: whom a reminder to answer goes to.
func Silent(call syncproto.ID) (*Predicate, error) {
	return build(&node{kind: isAll, anchor: true, kids: []*node{
		{kind: isRecipient, id: call, anchor: true},
		{kind: isNot, kids: []*node{{kind: isAnswered, id: call, anchor: true}}},
	}})
}

// Canonical returns the canonical JSON, in memory of the caller's. Parse of it is the same predicate.
func (p *Predicate) Canonical() []byte { return bytes.Clone(p.canonical) }

// MarshalJSON implements json.Marshaler.
func (p *Predicate) MarshalJSON() ([]byte, error) { return p.Canonical(), nil }

// Facts returns the names of the facts that it asks about, sorted; nil for none.
func (p *Predicate) Facts() []string {
	return p.collect(func(n *node) (string, bool) { return n.text, n.kind == isFact })
}

// Units returns the units that it names, sorted.
func (p *Predicate) Units() []syncproto.ID {
	return ids(p.collect(func(n *node) (string, bool) { return string(n.id), n.kind == isUnit }))
}

// Calls returns the earlier calls that it names, sorted.
func (p *Predicate) Calls() []syncproto.ID {
	return ids(p.collect(func(n *node) (string, bool) { return string(n.id), n.ofCall() }))
}

func (n *node) ofCall() bool {
	return n.kind == isRecipient || n.kind == isAnswered || n.kind == isStanding
}

func (p *Predicate) collect(what func(n *node) (string, bool)) (list []string) {
	p.root.walk(func(n *node) {
		if text, ok := what(n); ok {
			list = append(list, text)
		}
	})
	slices.Sort(list)
	return slices.Compact(list)
}

func (n *node) walk(fn func(n *node)) {
	fn(n)
	for _, kid := range n.kids {
		kid.walk(fn)
	}
}

func ids(texts []string) []syncproto.ID {
	out := make([]syncproto.ID, len(texts))
	for i, text := range texts {
		out[i] = syncproto.ID(text)
	}
	return out
}

// parser turns loose JSON into nodes. The first thing that is wrong is the error of all.
type parser struct {
	count          int
	facts, persons bool
	err            *syncproto.Error
}

func (p *parser) fail(code syncproto.Code, at string) {
	if p.err == nil {
		p.err = &syncproto.Error{Code: code, Op: "read audience", Detail: at}
	}
}

func (p *parser) invalid(at string) { p.fail(syncproto.CodeAudienceInvalid, at) }

// shapes are the members beside the one that names the kind: those that may stand there.
var shapes = map[kind][]string{
	isAll: nil, isAny: nil, isNot: nil, isUnit: {"at"}, isRole: nil, isTag: nil, isSkill: nil, isFact: {"in", "at_least_days"},
	isRecipient: nil, isAnswered: {"choice"}, isStanding: {"call"}, isPerson: nil,
}

// node reads one node. It returns one even of what is wrong, so that nobody asks for nil.
func (p *parser) node(v any, at string, depth int) *node {
	n := &node{}
	members, ok := v.(map[string]any)
	if p.count++; !ok || depth > MaxDepth || p.count > MaxNodes {
		p.invalid(at)
		return n
	}
	for name := range members {
		if _, known := shapes[kind(name)]; known && n.kind == "" {
			n.kind = kind(name)
		} else if known {
			p.invalid(at)
			return n
		}
	}
	for name := range members {
		if name != string(n.kind) && !slices.Contains(shapes[n.kind], name) { // which is not repeated: it may be anything
			p.invalid(at)
			return n
		}
	}
	at = path(at, string(n.kind))
	switch n.kind {
	case isAll, isAny, isNot:
		p.inner(n, members[string(n.kind)], at, depth)
	case isFact:
		p.fact(n, members, at)
	case "":
		p.invalid(at)
	default:
		p.leaf(n, members, at)
	}
	return n
}

func path(at, name string) string {
	if at == "" || name == "" {
		return at + name
	}
	return at + "." + name
}

func (p *parser) inner(n *node, v any, at string, depth int) {
	if n.kind == isNot {
		n.kids = []*node{p.node(v, at, depth+1)}
		return
	}
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		p.invalid(at)
		return
	}
	n.anchor = n.kind == isAny
	for i, v := range list {
		kid := p.node(v, at+"["+strconv.Itoa(i)+"]", depth+1)
		n.kids = append(n.kids, kid)
		if n.kind == isAny {
			n.anchor = n.anchor && kid.anchor
		} else {
			n.anchor = n.anchor || kid.anchor
		}
	}
}

func (p *parser) leaf(n *node, members map[string]any, at string) {
	text, ok := members[string(n.kind)].(string)
	if !ok {
		p.invalid(at)
		return
	}
	switch n.kind {
	case isRole:
		n.text = text
		ok = syncproto.Role(text).Valid()
	case isTag, isSkill:
		n.text, ok = CleanTag(text)
	case isStanding:
		n.text = text
		ok = slices.Contains(standings, syncproto.State(text))
		n.id = p.id(members["call"], at)
		n.anchor = true
	default:
		n.id = p.id(text, at)
		n.anchor = true
		p.persons = p.persons || n.kind == isPerson
	}
	if !ok {
		p.invalid(at)
	}
	if v, has := members["at"]; has {
		n.at = p.number(v, path(at, "at"), 1, syncproto.MaxInteger)
	}
	if v, has := members["choice"]; has {
		if n.text, ok = v.(string); !ok || n.text == "" || len(n.text) > maxText {
			p.invalid(path(at, "choice"))
		}
	}
}

// standings are those in which an answer can be.
var standings = []syncproto.State{
	syncproto.StateRegistered, syncproto.StateWaiting, syncproto.StateNoted, syncproto.StateLate, syncproto.StateCame,
}

func (p *parser) id(v any, at string) syncproto.ID {
	text, ok := v.(string)
	if id := syncproto.ID(text); ok && id.Valid() {
		return id
	}
	p.invalid(at)
	return ""
}

func (p *parser) number(v any, at string, least, most int64) int64 {
	number, ok := v.(json.Number)
	n, err := strconv.ParseInt(string(number), 10, 64)
	if !ok || err != nil || n < least || n > most {
		p.invalid(at)
	}
	return n
}

// fact reads what is asked of a fact: one of a list of values, or a number of days that passed.
func (p *parser) fact(n *node, members map[string]any, at string) {
	p.facts = true
	name, _ := members["fact"].(string)
	def, known := definitions[name]
	if !known {
		p.fail(syncproto.CodeFactUnknown, at)
		return
	}
	n.text = name
	list, hasIn := members["in"].([]any)
	days, hasDays := members["at_least_days"]
	if hasIn == def.day || hasDays != def.day || len(members) != 2 {
		p.invalid(at)
		return
	}
	if def.day {
		n.days = p.number(days, path(at, "at_least_days"), 0, maxDays)
		return
	}
	for _, v := range list {
		text, _ := v.(string)
		value := clean(name, text, 0)
		if value == "" {
			p.invalid(path(at, "in"))
			return
		}
		n.in = append(n.in, value)
	}
	slices.Sort(n.in)
	if n.in = slices.Compact(n.in); len(n.in) == 0 {
		p.invalid(path(at, "in"))
	}
}

// loose is the node as canonical JSON writes it: members in order of their names, no space, lists of values sorted.
func (n *node) loose() any {
	out := map[string]any{}
	switch n.kind {
	case isAll, isAny:
		kids := make([]any, len(n.kids))
		for i, kid := range n.kids {
			kids[i] = kid.loose()
		}
		out[string(n.kind)] = kids
	case isNot:
		out["not"] = n.kids[0].loose()
	case isRole, isTag, isSkill:
		out[string(n.kind)] = n.text
	case isStanding:
		out["standing"], out["call"] = n.text, n.id
	case isFact:
		out["fact"] = n.text
		if n.in != nil {
			out["in"] = n.in
		} else {
			out["at_least_days"] = n.days
		}
	default:
		out[string(n.kind)] = n.id
		if n.at != 0 {
			out["at"] = n.at
		}
		if n.text != "" {
			out["choice"] = n.text
		}
	}
	return out
}

// CleanTag returns a tag as it is stored: NFC, one space between words, at most 60 bytes; false for what is none.
func CleanTag(text string) (tag string, ok bool) {
	tag = norm.NFC.String(oneLine(text))
	return tag, tag != "" && len(tag) <= maxText && printable(tag)
}
