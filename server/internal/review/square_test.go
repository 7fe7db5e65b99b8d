package review_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

var update = flag.Bool("update", false, "write the table of who may do what anew")

const (
	squareFile = "testdata/square.txt"
	docFile    = "README.md"
)

// role is somebody who tries. Made for each test, so that what they did before does not matter.
type role struct {
	name   string
	author bool // of the submission, or of the whole
	make   func(w *world) *who
}

func plain(name string, author bool, unit func(w *world) syncproto.ID, r syncproto.Role) role {
	return role{name, author, func(w *world) *who { return w.who(name, unit(w), r) }}
}

func commune(w *world) syncproto.ID { return w.commune }

// roles are those of the design, and what becomes of them.
func roles() []role {
	return []role{
		plain("author", true, commune, syncproto.RoleVolunteer),
		{"author_left", true, func(w *world) *who { // whose grant ended
			p := w.who("author_left", w.commune, syncproto.RoleVolunteer)
			w.check(w.people.EndGrant(w.t.Context(), p.actor.Person, p.grant))
			return p
		}},
		plain("author_editor", true, commune, syncproto.RoleEditor),
		plain("member", false, commune, syncproto.RoleVolunteer),
		plain("officer", false, commune, syncproto.RoleOfficer),
		plain("editor", false, commune, syncproto.RoleEditor),
		plain("editor_above", false, func(w *world) syncproto.ID { return w.province }, syncproto.RoleEditor),
		plain("editor_beside", false, func(w *world) syncproto.ID { return w.beside }, syncproto.RoleEditor),
		{"editor_left", false, func(w *world) *who {
			p := w.who("editor_left", w.commune, syncproto.RoleEditor)
			w.check(w.people.EndGrant(w.t.Context(), p.actor.Person, p.grant))
			return p
		}},
		{"editor_resting", false, func(w *world) *who { // whose account is suspended
			p := w.who("editor_resting", w.commune, syncproto.RoleEditor)
			w.update(func(tx storage.Tx) error {
				person, err := tx.Person(p.actor.Person)
				if err == nil {
					person.Suspended = w.now
					err = tx.PutPerson(person)
				}
				return err
			})
			return p
		}},
		plain("admin", false, commune, syncproto.RoleAdmin),
		plain("operator", false, commune, syncproto.RoleOperator),
		plain("stranger", false, commune, ""),
	}
}

// place is where a record stands when somebody tries. Its name is the state with what else matters.
type place struct {
	name    string
	state   syncproto.State
	held    bool
	claimed string // "actor" or "other"
}

// square is one machine with everything that is tried on it.
type square struct {
	group  reconcile.Group
	kind   syncproto.Kind
	places []place
	acts   []string
}

func squares() []square {
	edits := []string{"edit", "delete", "add_note", "add_photo", "add_consent"}
	out := []square{
		{group: reconcile.GroupSubmission, kind: syncproto.KindStory, acts: slices.Clone(edits)},
		{group: reconcile.GroupPart, kind: syncproto.KindPhoto, acts: slices.Clone(edits[:4])},
		{group: reconcile.GroupNote, kind: syncproto.KindNote, acts: slices.Clone(edits[:2])},
		{group: reconcile.GroupConsent, kind: syncproto.KindConsent, acts: slices.Clone(edits[:2])},
		{group: reconcile.GroupConflict, kind: syncproto.KindConflict, acts: nil},
	}
	for i := range out {
		s := &out[i]
		for _, t := range reconcile.Transitions() {
			if t.Group != s.group {
				continue
			}
			if !slices.Contains(s.acts, string(t.Command)) {
				s.acts = append(s.acts, string(t.Command))
			}
			for _, state := range []syncproto.State{t.From, t.To} {
				s.places = with(s.places, state)
			}
		}
	}
	return out
}

func with(places []place, state syncproto.State) []place {
	if slices.ContainsFunc(places, func(p place) bool { return p.state == state }) {
		return places
	}
	switch state {
	case syncproto.StateInReview:
		return append(places, place{name: "in_review, claimed", state: state, claimed: "actor"},
			place{name: "in_review, by another", state: state, claimed: "other"})
	case syncproto.StateApproved, syncproto.StatePublished:
		return append(places, place{name: string(state), state: state}, place{name: string(state) + ", held", state: state, held: true})
	}
	return append(places, place{name: string(state), state: state})
}

// TestWhoMayDoWhat tries every act in every state as everybody, through the sync service and with real grants, and
// holds the outcomes against the table in testdata.
func TestWhoMayDoWhat(t *testing.T) {
	var table bytes.Buffer
	allowed := map[string][]string{} // of the documentation: place and role to acts
	all := roles()
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].name
	}
	for _, s := range squares() {
		fmt.Fprintf(&table, "# %s\n", s.group)
		for _, p := range s.places {
			fmt.Fprintf(&table, "\n## %s\n\n", p.name)
			lines := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
			fmt.Fprintf(lines, "act\t%s\n", strings.Join(names, "\t"))
			rows := tryAll(t, &s, &p, all)
			for i, act := range s.acts {
				fmt.Fprintf(lines, "%s\t%s\n", act, strings.Join(rows[i], "\t"))
				for j, cell := range rows[i] {
					if cell == "ok" || strings.HasPrefix(cell, "→") {
						key := string(s.group) + " " + p.name + " " + names[j]
						allowed[key] = append(allowed[key], act)
					}
				}
			}
			lines.Flush()
		}
		fmt.Fprintln(&table)
	}
	golden(t, squareFile, table.Bytes())
	document(t, allowed)
}

// tryAll tries every act in one place as everybody. One world serves a role: each act has a record of its own.
func tryAll(t *testing.T, s *square, p *place, all []role) [][]string {
	rows := make([][]string, len(s.acts))
	for _, r := range all {
		w := newWorld(t)
		lan, other := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
		actor := r.make(w)
		author := lan
		if r.author {
			author = actor
		}
		w.now += 1000
		for i, act := range s.acts {
			rows[i] = append(rows[i], try(w, s, p, act, actor, author, other))
		}
	}
	return rows
}

// try puts a record where it is to stand and does one thing to it.
func try(w *world, s *square, p *place, act string, actor, author, other *who) string {
	record := w.put(s, p, actor, author, other)
	m := syncproto.Mutation{Record: record.ID, Kind: record.Kind, BaseRevision: record.Revision, Reason: "Vì thế."}
	switch act {
	case "edit":
		field := map[syncproto.Kind]string{syncproto.KindStory: "title", syncproto.KindPhoto: "caption", syncproto.KindNote: "text", syncproto.KindConsent: "who"}[s.kind]
		m.Set, m.Reason = syncproto.Fields{field: syncproto.Text("khác")}, ""
	case "delete":
		m.Delete, m.Reason = true, ""
	case "add_note", "add_photo", "add_consent":
		m = syncproto.Mutation{
			Record: w.id(), Kind: syncproto.Kind(strings.TrimPrefix(act, "add_")), Unit: w.commune,
			Set: syncproto.Fields{"parent": syncproto.Text(string(record.ID)), "shows": syncproto.Text(syncproto.ShowsNobody)},
		}
	default:
		m.Command = syncproto.Command(act)
		if m.Command == syncproto.CommandHandOver {
			m.To = other.actor.Person
		}
	}
	out := actor.act(m)
	switch {
	case out.Code != "":
		return string(out.Code)
	case w.record(m.Record).State != record.State:
		return "→" + string(w.record(m.Record).State)
	}
	return "ok"
}

// put makes a record as the server would: whoever tries has not touched it.
func (w *world) put(s *square, p *place, actor, author, other *who) *syncproto.Record {
	w.t.Helper()
	make := func(kind syncproto.Kind, state syncproto.State, parent syncproto.ID) *syncproto.Record {
		r := &syncproto.Record{
			ID: w.id(), Kind: kind, Unit: w.commune, Author: author.actor.Person, Revision: 4, State: state,
			Fields: syncproto.Fields{}, Received: w.now, Changed: w.now,
		}
		if parent != "" {
			r.Fields["parent"] = syncproto.Text(string(parent))
		}
		return r
	}
	var all []*syncproto.Record
	var subject syncproto.ID
	if s.group != reconcile.GroupSubmission {
		whole := make(syncproto.KindStory, syncproto.StateSubmitted, "")
		all, subject = append(all, whole), whole.ID
	}
	r := make(s.kind, p.state, subject)
	if p.held {
		r.Hold = w.now + hold.Milliseconds()
	}
	if p.claimed != "" {
		r.Claim = &syncproto.Claim{Person: other.actor.Person, Until: w.now + reconcile.ClaimFor}
		if p.claimed == "actor" {
			r.Claim.Person = actor.actor.Person
		}
	}
	all = append(all, r)
	w.check(w.sync.Change(w.t.Context(), func(_ storage.Tx, put *syncer.Putter) error {
		for _, r := range all {
			if err := put.Put(r); err != nil {
				return err
			}
		}
		return nil
	}))
	return r
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(file)
	if err == nil && bytes.Equal(want, got) {
		return
	}
	if !*update {
		t.Errorf("%s is not what the server does; run the test with -update and read the difference: %v", file, err)
		return
	}
	if err := os.WriteFile(file, got, 0o644); err != nil {
		t.Fatal(err)
	}
}

// document holds the table of the documentation to the same tries.
func document(t *testing.T, allowed map[string][]string) {
	t.Helper()
	var b strings.Builder
	shown := []string{"author", "member", "editor", "admin"}
	fmt.Fprintf(&b, "| machine | state | %s |\n|---|---|---|---|---|---|\n", strings.Join(shown, " | "))
	for _, s := range squares() {
		for _, p := range s.places {
			cells := make([]string, len(shown))
			for i, name := range shown {
				cells[i] = strings.Join(allowed[string(s.group)+" "+p.name+" "+name], ", ")
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", s.group, p.name, strings.Join(cells, " | "))
		}
	}
	doc, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	open, end := "<!-- generated: square -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(string(doc), open)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no generated block", docFile)
	}
	golden(t, docFile, []byte(before+open+b.String()+end+after))
}
