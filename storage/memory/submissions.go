package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/storage/internal/find"
	"lantoa/syncproto"
)

// submission is a row of the desk. Number says which came to the desk first.
type submission struct {
	storage.Submission
	number int64
	hold   int64
}

// Submission implements storage.SubmissionReader.
func (r *reader) Submission(record syncproto.ID) (*storage.Submission, error) {
	s, ok := r.submissions.get(string(record))
	if !ok {
		return nil, missing("read submission")
	}
	c := s.Submission
	return &c, nil
}

// hit is a row that fits, with its place.
type hit struct {
	key find.Key
	row *submission
}

// Find implements storage.SubmissionReader.
func (r *reader) Find(q *storage.Query) (*storage.Found, error) {
	p, err := find.Check(q)
	if err != nil {
		return nil, err
	}
	hits := r.hits(p)
	slices.SortFunc(hits, func(a, b hit) int { return a.key.Compare(b.key) })
	out := &storage.Found{}
	var last find.Key
	for _, h := range hits {
		if p.Mark != nil && h.key.Compare(*p.Mark) <= 0 {
			continue
		}
		if len(out.Rows) == p.Limit {
			out.Next = last.Encode(p.Order)
			break
		}
		s := h.row.Submission
		s.Text, last = "", h.key
		out.Rows = append(out.Rows, s)
	}
	return out, nil
}

func (r *reader) hits(p *find.Plan) (out []hit) {
	r.submissions.from("", func(_ string, s *submission) bool {
		if !p.Fits(&s.Submission) {
			return true
		}
		level := 0
		if p.Search != nil {
			var ok bool
			if level, ok = p.Search.Level(find.NewText(s.Text)); !ok {
				return true
			}
		}
		out = append(out, hit{find.KeyOf(p.Order, &s.Submission, level, s.number), s})
		return true
	})
	return out
}

// Tallies implements storage.SubmissionReader.
func (r *reader) Tallies(units []syncproto.ID) ([]storage.Tally, error) {
	counts := map[storage.Tally]int{}
	r.submissions.from("", func(_ string, s *submission) bool {
		if units != nil && !slices.Contains(units, s.Unit) {
			return true
		}
		t := storage.Tally{Unit: s.Unit, State: s.State}
		counts[t]++
		for i := range storage.FlagNames() {
			if t.Flag = 1 << i; s.Flags&t.Flag != 0 {
				counts[t]++
			}
		}
		return true
	})
	out := make([]storage.Tally, 0, len(counts))
	for t, n := range counts {
		t.Count = n
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b storage.Tally) int {
		return cmp.Or(cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.State, b.State), cmp.Compare(a.Flag, b.Flag))
	})
	return out, nil
}

// SubmissionsBy implements storage.SubmissionReader.
func (r *reader) SubmissionsBy(author syncproto.ID) (n int, err error) {
	r.submissions.from("", func(_ string, s *submission) bool {
		if s.Author == author {
			n++
		}
		return true
	})
	return n, nil
}

// Held implements storage.SubmissionReader.
func (r *reader) Held(at int64, limit int) ([]syncproto.ID, error) {
	var list []*submission
	r.submissions.from("", func(_ string, s *submission) bool {
		if s.hold != 0 && s.hold <= at {
			list = append(list, s)
		}
		return true
	})
	slices.SortStableFunc(list, func(a, b *submission) int { return cmp.Compare(a.hold, b.hold) })
	var out []syncproto.ID
	for _, s := range list {
		if len(out) == limit {
			break
		}
		out = append(out, s.Record)
	}
	return out, nil
}

// PutSubmission implements storage.SubmissionWriter.
func (t *tx) PutSubmission(s *storage.Submission, hold int64) error {
	if !s.Record.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store submission", nil)
	}
	row := &submission{Submission: *s, hold: hold}
	if old, ok := t.submissions.get(string(s.Record)); ok {
		row.number = old.number
	} else {
		t.submitted++
		row.number = t.submitted
	}
	t.submissions.put(string(s.Record), row)
	return nil
}

// DropSubmission implements storage.SubmissionWriter.
func (t *tx) DropSubmission(record syncproto.ID) error {
	t.submissions.drop(string(record))
	return nil
}
