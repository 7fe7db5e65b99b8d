package storagetest

import (
	"fmt"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// testCandidates: everybody who is not closed comes in order of ids, with what is theirs and nothing else, and rows of persons
// whom nobody knows do not get in the way.
func testCandidates(t *testing.T, s storage.Store) {
	w := newWorld(t, 224)
	ids := w.ids(40)
	var want []string
	names := []string{"blood_group", "last_whole_blood", "other"}
	update(t, s, func(tx storage.Tx) error {
		want = nil
		for i, id := range ids {
			text, err := w.putCandidate(tx, i, id, names)
			if err != nil {
				return err
			}
			if text != "" {
				want = append(want, text)
			}
		}
		return nil
	})
	ask := func(r storage.Reader, facts []string, most int) (got []string) {
		t.Helper()
		err := r.Candidates(facts, func(c *storage.Candidate) bool {
			got = append(got, candidateText(c))
			return len(got) != most
		})
		if err != nil {
			t.Error(err)
		}
		return got
	}
	view(t, s, func(r storage.Reader) error {
		wantRows(t, ask(r, names[:2], -1), nil, want...)
		wantRows(t, ask(r, names[:2], 5), nil, want[:5]...)
		for _, text := range ask(r, nil, -1) {
			if strings.Contains(text, "sealed") {
				t.Errorf("a fact that nobody asked for: %s", text)
			}
		}
		for _, text := range ask(r, []string{"no such fact"}, -1) {
			if strings.Contains(text, "sealed") {
				t.Errorf("a fact that nobody asked for: %s", text)
			}
		}
		// A question about somebody, and the same question anew, while the first is under way.
		return r.Candidates(names, func(c *storage.Candidate) bool {
			own, err := r.FactsOf(c.Person)
			wantRows(t, own, err, c.Facts...)
			wantRows(t, ask(r, names[:2], 3), nil, want[:3]...)
			return err == nil
		})
	})
	update(t, s, func(tx storage.Tx) error { // what the transaction wrote itself is there
		if err := tx.PutTags(ids[0], []storage.Tag{{Name: "mới"}}); err != nil {
			return err
		}
		if got := ask(tx, nil, 1); !strings.Contains(got[0], "mới") {
			t.Errorf("got %v", got)
		}
		return nil
	})
}

func candidateText(c *storage.Candidate) string {
	out := fmt.Sprint(c.Person, c.Suspended, c.Grants, c.Tags)
	for _, f := range c.Facts {
		out += fmt.Sprintf(" %s %s sealed %s", f.Person, f.Name, f.Sealed)
	}
	return out
}

// putCandidate writes what the nth id has: every tenth is not there, every seventh is closed. It returns what is expected with
// the first two facts.
func (w *world) putCandidate(tx storage.Tx, n int, id syncproto.ID, facts []string) (string, error) {
	c, p := storage.Candidate{Person: id, Suspended: n%5 == 0}, storage.Person{ID: id}
	if c.Suspended {
		p.Suspended = 9
	}
	if n%7 == 6 {
		p.Closed = 5
	}
	if n%10 != 9 {
		if err := tx.PutPerson(&p); err != nil {
			return "", err
		}
	}
	for _, grant := range w.ids(n % 3) {
		g := syncproto.Grant{ID: grant, Person: id, Unit: w.unit, Role: syncproto.RoleEditor, From: int64(n), Until: int64(n + 1)}
		if n%4 == 0 {
			g.Unit = ""
		}
		c.Grants = append(c.Grants, g)
		if err := tx.PutGrant(&g); err != nil {
			return "", err
		}
	}
	if n%2 == 0 {
		c.Tags = []storage.Tag{{Name: "a"}, {Name: "b", Skill: true}}
		if err := tx.PutTags(id, c.Tags); err != nil {
			return "", err
		}
	}
	for i, name := range facts[:n%4%(len(facts)+1)] {
		f := storage.Fact{Person: id, Name: name, Sealed: []byte(name), Consent: 1}
		if i < 2 {
			c.Facts = append(c.Facts, f)
		}
		if err := tx.PutFact(&f); err != nil {
			return "", err
		}
	}
	if p.Closed != 0 || n%10 == 9 {
		return "", nil
	}
	return candidateText(&c), nil
}
