package desk

import (
	"cmp"
	"encoding/base64"
	"encoding/json"

	"lantoa/storage"
)

// mark is where one of the queries behind a page goes on.
type mark struct {
	From string `json:"f,omitempty"`
	Done bool   `json:"d,omitempty"`
}

// find reads one page of several queries in one order. A row that does not change between two pages is in one of them, once;
// one that changes moves to where it waits now.
func (v *sight) find(queries []storage.Query, from string, limit int) (rows []storage.Submission, next string, err error) {
	marks := make([]mark, len(queries))
	if from != "" {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(from)
		if err == nil {
			err = json.Unmarshal(raw, &marks)
		}
		if err != nil || len(marks) != len(queries) {
			return nil, "", invalid("read queue", "from")
		}
	}
	founds, used := make([]*storage.Found, len(queries)), make([]int, len(queries))
	for i := range queries {
		if marks[i].Done {
			founds[i] = &storage.Found{}
			continue
		}
		q := &queries[i]
		q.From, q.Limit = marks[i].From, limit
		if founds[i], err = v.r.Find(q); err != nil {
			return nil, "", err
		}
	}
	rows = merge(queries, founds, used, limit)
	more := false
	for i := range queries {
		if err := v.advance(&queries[i], founds[i], used[i], &marks[i]); err != nil {
			return nil, "", err
		}
		more = more || !marks[i].Done
	}
	if !more {
		return rows, "", nil
	}
	raw, err := json.Marshal(marks)
	return rows, base64.RawURLEncoding.EncodeToString(raw), err
}

// merge takes the first rows of all.
func merge(queries []storage.Query, founds []*storage.Found, used []int, limit int) []storage.Submission {
	rows := []storage.Submission{}
	for len(rows) < limit {
		best := -1
		for i, found := range founds {
			if used[i] == len(found.Rows) {
				continue
			}
			if best < 0 || before(queries[i].Order, &found.Rows[used[i]], &founds[best].Rows[used[best]]) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		rows = append(rows, founds[best].Rows[used[best]])
		used[best]++
	}
	return rows
}

// advance moves a mark behind the rows that were used.
func (v *sight) advance(q *storage.Query, found *storage.Found, used int, m *mark) error {
	switch {
	case m.Done || used == len(found.Rows):
		*m = mark{From: found.Next, Done: found.Next == ""}
	case used > 0: // only the store makes marks: a page of what was used has the one that is wanted
		q.Limit = used
		again, err := v.r.Find(q)
		if err != nil {
			return err
		}
		m.From = again.Next
	}
	return nil
}

// before is the order of the store (storage.Order).
func before(order storage.Order, a, b *storage.Submission) bool {
	if order == storage.OrderNewest {
		return cmp.Or(cmp.Compare(b.Changed, a.Changed), cmp.Compare(a.Record, b.Record)) < 0
	}
	urgent := func(s *storage.Submission) int {
		if s.Flags&storage.FlagUrgent != 0 {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(urgent(a), urgent(b)), cmp.Compare(a.Since, b.Since), cmp.Compare(a.Record, b.Record)) < 0
}
