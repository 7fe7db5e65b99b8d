package audience_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// naive answers what a predicate says of somebody as slowly and plainly as it can be said: from the JSON, with the rows as they are
// stored. Truth is -1, 0 or 1.
type naive struct {
	now    int64
	then   *syncproto.Tree // at the date that predicates ask about
	tree   *syncproto.Tree
	asker  syncproto.ID // the unit of the asker's grant
	lists  map[syncproto.ID]map[syncproto.ID]storage.Recipient
	facts  map[syncproto.ID]map[string]string // that are known
	tags   map[syncproto.ID][]storage.Tag
	grants map[syncproto.ID][]syncproto.Grant
	rests  map[syncproto.ID]bool
}

func truth(ok bool) int {
	if ok {
		return 1
	}
	return -1
}

// says is the verdict on a person.
func (n *naive) says(v map[string]any, person syncproto.ID, facts map[string]string) int {
	living := false
	for _, g := range n.grants[person] {
		living = living || g.Holds(n.now)
	}
	if !living || n.rests[person] {
		return -1
	}
	if len(n.units(person)) == 0 && asksFacts(v) {
		return -1 // nobody's facts are looked at outside of the asker's reach
	}
	return n.node(v, person, facts, nil)
}

// asksFacts reports whether a predicate asks about facts anywhere.
func asksFacts(v any) bool {
	switch v := v.(type) {
	case []any:
		return slices.ContainsFunc(v, asksFacts)
	case map[string]any:
		for name, inner := range v {
			if name == "fact" || asksFacts(inner) {
				return true
			}
		}
	}
	return false
}

func (n *naive) units(person syncproto.ID) (list []syncproto.Grant) {
	for _, g := range n.grants[person] {
		if g.Holds(n.now) && n.tree.Covers(n.asker, g.Unit) {
			list = append(list, g)
		}
	}
	return list
}

// in reports whether a unit is one of a node's that says nothing but units.
func (n *naive) in(v map[string]any, unit syncproto.ID) bool {
	if kids, ok := v["any"].([]any); ok {
		return slices.ContainsFunc(kids, func(kid any) bool { return n.in(kid.(map[string]any), unit) })
	}
	id := syncproto.ID(v["unit"].(string))
	if _, dated := v["at"]; !dated {
		return n.tree.Covers(id, unit)
	}
	if n.then.Covers(id, unit) {
		return true
	}
	for _, u := range n.then.Units() {
		if now, _ := n.tree.Unit(u.ID); n.then.Covers(id, u.ID) && now.Until != 0 && n.tree.Covers(u.ID, unit) {
			return true
		}
	}
	return false
}

func placing(v map[string]any) bool {
	if kids, ok := v["any"].([]any); ok {
		return !slices.ContainsFunc(kids, func(kid any) bool { return !placing(kid.(map[string]any)) })
	}
	return v["unit"] != nil
}

func (n *naive) node(v map[string]any, person syncproto.ID, facts map[string]string, beside []map[string]any) int {
	switch {
	case v["all"] != nil:
		inner := slices.Clone(beside)
		for _, kid := range v["all"].([]any) {
			if placing(kid.(map[string]any)) {
				inner = append(inner, kid.(map[string]any))
			}
		}
		out := 1
		for _, kid := range v["all"].([]any) {
			out = min(out, n.node(kid.(map[string]any), person, facts, inner))
		}
		return out
	case v["any"] != nil:
		out := -1
		for _, kid := range v["any"].([]any) {
			out = max(out, n.node(kid.(map[string]any), person, facts, beside))
		}
		return out
	case v["not"] != nil:
		return -n.node(v["not"].(map[string]any), person, facts, beside)
	case v["unit"] != nil:
		return truth(slices.ContainsFunc(n.units(person), func(g syncproto.Grant) bool { return n.in(v, g.Unit) }))
	case v["role"] != nil:
		return truth(slices.ContainsFunc(n.units(person), func(g syncproto.Grant) bool {
			return string(g.Role) == v["role"] && !slices.ContainsFunc(beside, func(b map[string]any) bool { return !n.in(b, g.Unit) })
		}))
	case v["tag"] != nil:
		return truth(n.tagged(person, v["tag"].(string), false))
	case v["skill"] != nil:
		return truth(n.tagged(person, v["skill"].(string), true))
	case v["person"] != nil:
		return truth(v["person"] == string(person) && len(n.units(person)) > 0)
	case v["fact"] != nil:
		return n.fact(v, facts)
	case v["standing"] != nil:
		r, on := n.lists[syncproto.ID(v["call"].(string))][person]
		return truth(on && string(r.Standing) == v["standing"])
	case v["recipient"] != nil:
		_, on := n.lists[syncproto.ID(v["recipient"].(string))][person]
		return truth(on)
	}
	r, on := n.lists[syncproto.ID(v["answered"].(string))][person]
	return truth(on && r.Standing != "" && (v["choice"] == nil || v["choice"] == r.Choice))
}

func (n *naive) tagged(person syncproto.ID, text string, skill bool) bool {
	return slices.ContainsFunc(n.tags[person], func(t storage.Tag) bool { return t.Skill == skill && viet.Exact(t.Name) == viet.Exact(text) })
}

func (n *naive) fact(v map[string]any, facts map[string]string) int {
	value, known := facts[v["fact"].(string)]
	if !known {
		return 0
	}
	if v["in"] != nil {
		return truth(slices.Contains(v["in"].([]any), any(value)))
	}
	day, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return 1
	}
	today := time.UnixMilli(n.now).UTC().Add(7 * time.Hour).Truncate(24 * time.Hour)
	return truth(today.Sub(day) >= time.Duration(v["at_least_days"].(float64))*24*time.Hour)
}

// draw makes worlds and predicates.
type draw struct {
	*rand.Rand
	units, calls, persons []syncproto.ID
	facts                 bool
}

var (
	groups = []string{"O+", "O-", "A+", "AB-"}
	days   = []string{"2026-11-22", "2026-09-01", "2026-08-30", "2025-01-01", audience.Never}
	labels = []string{"hiến máu", "Hoà bình", "lái xe"}
)

func pick[T any](r *draw, list []T) T { return list[r.IntN(len(list))] }

// anchored draws a node that says where its people are.
func (r *draw) anchored(depth int) map[string]any {
	switch n := r.IntN(10); {
	case depth <= 1 || n < 3:
		out := map[string]any{"unit": pick(r, r.units)}
		if r.IntN(4) == 0 {
			out["at"] = start.UnixMilli() - 500
		}
		return out
	case n < 7:
		kids := []any{r.anchored(depth - 1)}
		for range r.IntN(4) {
			kids = append(kids, r.node(depth-1))
		}
		r.Shuffle(len(kids), func(i, j int) { kids[i], kids[j] = kids[j], kids[i] })
		return map[string]any{"all": kids}
	case n < 8:
		return r.listed()
	default:
		kids := []any{}
		for range 1 + r.IntN(3) {
			kids = append(kids, r.anchored(depth-1))
		}
		return map[string]any{"any": kids}
	}
}

func (r *draw) listed() map[string]any {
	switch call := pick(r, r.calls); r.IntN(5) {
	case 0:
		return map[string]any{"recipient": call}
	case 1:
		return map[string]any{"answered": call}
	case 2:
		return map[string]any{"answered": call, "choice": "yes"}
	case 3:
		return map[string]any{"standing": pick(r, []string{"registered", "waiting", "came"}), "call": call}
	}
	if r.facts {
		return map[string]any{"unit": pick(r, r.units)}
	}
	return map[string]any{"person": pick(r, r.persons)}
}

func (r *draw) node(depth int) map[string]any {
	n := r.IntN(12)
	switch {
	case depth > 1 && n < 2:
		return map[string]any{"not": r.node(depth - 1)}
	case depth > 1 && n < 4:
		return r.anchored(depth)
	case depth > 1 && n < 5:
		return map[string]any{"any": []any{r.node(depth - 1), r.node(depth - 1)}}
	case n < 7:
		return map[string]any{"role": pick(r, []string{"volunteer", "editor", "officer"})}
	case n < 8:
		return map[string]any{"tag": pick(r, []string{"hiến máu", "hòa bình"})}
	case n < 9:
		return map[string]any{"skill": "Lái xe"}
	case r.facts && n < 11:
		return map[string]any{"fact": "blood_group", "in": []any{pick(r, groups), pick(r, groups)}}
	case r.facts:
		return map[string]any{"fact": "last_whole_blood", "at_least_days": 84 + r.IntN(2)}
	}
	return r.listed()
}

// populate fills a world with a tree that changed, people in many units, tags, facts and lists.
func populate(w *world, r *draw) *naive {
	n := &naive{
		now: start.UnixMilli(), asker: w.province, lists: map[syncproto.ID]map[syncproto.ID]storage.Recipient{},
		facts: map[syncproto.ID]map[string]string{}, tags: map[syncproto.ID][]storage.Tag{}, grants: map[syncproto.ID][]syncproto.Grant{},
		rests: map[syncproto.ID]bool{},
	}
	r.units = []syncproto.ID{w.province, w.north, w.south, w.west, w.team}
	for i := range 4 {
		r.units = append(r.units, w.unit(fmt.Sprint("Tổ", i), pick(r, r.units)))
	}
	before := w.trees(start.UnixMilli() - 500)
	ended := pick(r, []syncproto.ID{w.north, w.south, w.west})
	heirs := []syncproto.ID{w.team}
	if ended == w.north {
		heirs = []syncproto.ID{w.south, w.west}
	}
	w.update(func(tx storage.Tx) error {
		return tx.PutUnit(&syncproto.Unit{ID: ended, Name: "x", Parent: w.province, From: start.UnixMilli() - 1000, Until: start.UnixMilli() - 100, Successors: heirs})
	})
	n.then, n.tree = before, w.trees(start.UnixMilli())
	everywhere := append(slices.Clone(r.units), w.other)
	for i := range 60 {
		id := w.person(fmt.Sprint("N", i), syncproto.RoleVolunteer)
		r.persons = append(r.persons, id)
		for range r.IntN(4) {
			until := pick(r, []int64{0, 0, 0, start.UnixMilli(), start.UnixMilli() + 1})
			w.grant(id, pick(r, []syncproto.Role{"volunteer", "volunteer", "editor"}), pick(r, everywhere), 1, until)
		}
		w.describe(n, r, id)
	}
	for range 2 {
		var list []storage.Recipient
		for _, id := range r.persons {
			if r.IntN(2) == 0 {
				list = append(list, storage.Recipient{
					Person: id, Unit: pick(r, everywhere), Standing: pick(r, []syncproto.State{"", "registered", "waiting", "came", "noted"}),
					Choice: pick(r, []string{"", "yes", "no"}),
				})
			}
		}
		id := w.call(w.province, list...)
		r.calls = append(r.calls, id)
		n.lists[id] = map[syncproto.ID]storage.Recipient{}
		for _, one := range list {
			n.lists[id][one.Person] = one
		}
	}
	w.view(func(rd storage.Reader) error {
		for _, id := range r.persons {
			grants, err := rd.Grants(id)
			if err != nil {
				return err
			}
			n.grants[id] = grants
		}
		return nil
	})
	return n
}

// describe gives somebody tags and facts, some of which count as unknown.
func (w *world) describe(n *naive, r *draw, id syncproto.ID) {
	n.facts[id] = map[string]string{}
	for name, values := range map[string][]string{audience.BloodGroup: groups, audience.LastWholeBlood: days} {
		switch value := pick(r, values); r.IntN(4) {
		case 0:
		case 1:
			w.tell(id, name, value, 0)
		default:
			w.tell(id, name, value, 7)
			n.facts[id][name] = value
		}
	}
	for i, name := range labels {
		if r.IntN(2) == 0 {
			n.tags[id] = append(n.tags[id], storage.Tag{Name: name, Skill: i == 2})
		}
	}
	if len(n.tags[id]) > 0 {
		w.update(func(tx storage.Tx) error { return tx.PutTags(id, n.tags[id]) })
	}
	if r.IntN(10) == 0 {
		n.rests[id] = true
		w.update(func(tx storage.Tx) error {
			p, err := tx.Person(id)
			if err != nil {
				return err
			}
			p.Suspended = 5
			return tx.PutPerson(p)
		})
	}
}

// TestMatchesLikeANaiveEvaluator compares random predicates over random worlds, and holds the promise of the third value: who is
// called would be called whatever the facts were that nobody knows.
func TestMatchesLikeANaiveEvaluator(t *testing.T) {
	for seed := range uint64(6) {
		r := &draw{Rand: rand.New(rand.NewPCG(seed, 5))}
		w := newWorld(t)
		w.svc = audience.New(audience.Options{Store: w.store, Keys: w.keys, Now: func() time.Time { return w.now }, Questions: 10_000})
		n := populate(w, r)
		for range 250 {
			r.facts = r.IntN(2) == 0
			loose := r.anchored(4)
			text, err := json.Marshal(loose)
			if err != nil {
				t.Fatal(err)
			}
			var v map[string]any
			if err := json.Unmarshal(text, &v); err != nil {
				t.Fatal(err)
			}
			if _, err := audience.Parse(text); syncproto.CodeOf(err) == syncproto.CodeAudienceInvalid {
				continue // too many nodes, or persons beside facts
			}
			compare(t, w, n, r, string(text), v, seed)
		}
	}
}

func compare(t *testing.T, w *world, n *naive, r *draw, text string, v map[string]any, seed uint64) {
	t.Helper()
	got := w.found(w.officer, text)
	for _, id := range r.persons {
		want := n.says(v, id, n.facts[id])
		unit, is := got[id]
		if is != (want == 1) {
			t.Fatalf("seed %d: %s: of %s got %v, want %d", seed, text, id, is, want)
		}
		if !is {
			continue
		}
		if unit != "" && !slices.ContainsFunc(n.units(id), func(g syncproto.Grant) bool { return g.Unit == unit }) && !listedIn(n, id, unit) {
			t.Fatalf("seed %d: %s: %s is counted in %s", seed, text, id, unit)
		}
		for range 3 {
			facts := map[string]string{audience.BloodGroup: pick(r, groups), audience.LastWholeBlood: pick(r, days)}
			for name, value := range n.facts[id] {
				facts[name] = value
			}
			if n.says(v, id, facts) != 1 {
				t.Fatalf("seed %d: %s: %s is called by a fact that nobody knows", seed, text, id)
			}
		}
	}
}

func listedIn(n *naive, person, unit syncproto.ID) bool {
	for _, list := range n.lists {
		if list[person].Unit == unit {
			return true
		}
	}
	return false
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.t.Helper()
	if err := w.store.View(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// trees returns the units as they are at a time, read from the store.
func (w *world) trees(at int64) (tree *syncproto.Tree) {
	w.view(func(r storage.Reader) error {
		units, err := r.Units()
		for i := range units {
			if units[i].Until > at {
				units[i].Until, units[i].Successors = 0, nil
			}
		}
		tree = syncproto.NewTree(units)
		return err
	})
	return tree
}
