package sqlite

import (
	"cmp"
	"database/sql/driver"
	"slices"

	"lantoa/storage"
	"lantoa/storage/internal/find"
	"lantoa/syncproto"
)

const submissionColumns = `SELECT s.number, s.record, s.unit, s.author, s.claimer, s.flags, s.sent, s.since, s.changed, s.until,
	s.photos, s.kind, s.state, s.title`

// key16 returns the stored form of an id in a column that is never null: empty for the empty one.
func key16(id syncproto.ID) []byte {
	b, ok := id.Bytes()
	if !ok {
		return []byte{}
	}
	return b[:]
}

func submissionOf(c []driver.Value) storage.Submission {
	return storage.Submission{
		Record: idOf(c[1]), Unit: idOf(c[2]), Author: idOf(c[3]), Claimer: idOf(c[4]), Flags: storage.Flag(integer(c[5])),
		Sent: integer(c[6]), Since: integer(c[7]), Changed: integer(c[8]), Until: integer(c[9]), Photos: int(integer(c[10])),
		Kind: syncproto.Kind(text(c[11])), State: syncproto.State(text(c[12])), Title: text(c[13]),
	}
}

// Submission implements storage.SubmissionReader.
func (r *reader) Submission(record syncproto.ID) (*storage.Submission, error) {
	const op = "read submission"
	row, err := r.first(op, submissionColumns+`, t.text FROM submissions s JOIN submission_texts t USING (number)
		WHERE record = ?`, id16(record))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	s := submissionOf(row)
	s.Text = text(row[14])
	return &s, nil
}

type hit struct {
	key find.Key
	row storage.Submission
}

// Find implements storage.SubmissionReader.
func (r *reader) Find(q *storage.Query) (*storage.Found, error) {
	p, err := find.Check(q)
	if err != nil {
		return nil, err
	}
	var hits []hit
	err = r.each("find submissions", submissionColumns+", t.text FROM submissions s JOIN submission_texts t USING (number)", func(row []driver.Value) bool {
		s := submissionOf(row)
		if !p.Fits(&s) {
			return true
		}
		level := 0
		if p.Search != nil {
			var ok bool
			if level, ok = p.Search.Level(text(row[14])); !ok {
				return true
			}
		}
		hits = append(hits, hit{find.KeyOf(p.Order, &s, level, integer(row[0])), s})
		return true
	})
	if err != nil {
		return nil, err
	}
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
		last = h.key
		out.Rows = append(out.Rows, h.row)
	}
	return out, nil
}

// Tallies implements storage.SubmissionReader.
func (r *reader) Tallies(units []syncproto.ID) ([]storage.Tally, error) {
	counts := map[storage.Tally]int{}
	err := r.each("count submissions", "SELECT unit, state, flags FROM submissions", func(row []driver.Value) bool {
		t := storage.Tally{Unit: idOf(row[0]), State: syncproto.State(text(row[1]))}
		if units != nil && !slices.Contains(units, t.Unit) {
			return true
		}
		counts[t]++
		for i := range storage.FlagNames() {
			if t.Flag = 1 << i; storage.Flag(integer(row[2]))&t.Flag != 0 {
				counts[t]++
			}
		}
		return true
	})
	if err != nil {
		return nil, err
	}
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
func (r *reader) SubmissionsBy(author syncproto.ID) (int, error) {
	row, err := r.first("count submissions", "SELECT count(*) FROM submissions WHERE author = ?", key16(author))
	if err != nil || row == nil {
		return 0, err
	}
	return int(integer(row[0])), nil
}

// Held implements storage.SubmissionReader.
func (r *reader) Held(at int64, limit int) (out []syncproto.ID, err error) {
	err = r.each("list holds", "SELECT record FROM submissions WHERE hold > 0 AND hold <= ? ORDER BY hold, record LIMIT ?",
		func(row []driver.Value) bool {
			out = append(out, idOf(row[0]))
			return true
		}, at, int64(limit))
	return out, err
}

// PutSubmission implements storage.SubmissionWriter.
func (t *tx) PutSubmission(s *storage.Submission, hold int64) error {
	const op = "store submission"
	if !s.Record.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	_, err := t.exec(op, `INSERT INTO submissions (record, unit, author, claimer, flags, sent, since, changed, until, hold, photos,
		kind, state, title) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET unit = excluded.unit,
		author = excluded.author, claimer = excluded.claimer, flags = excluded.flags, sent = excluded.sent, since = excluded.since,
		changed = excluded.changed, until = excluded.until, hold = excluded.hold, photos = excluded.photos, kind = excluded.kind,
		state = excluded.state, title = excluded.title`,
		id16(s.Record), key16(s.Unit), key16(s.Author), key16(s.Claimer), int64(s.Flags), s.Sent, s.Since, s.Changed, s.Until, hold,
		int64(s.Photos), string(s.Kind), string(s.State), s.Title)
	if err != nil {
		return err
	}
	_, err = t.exec(op, `INSERT INTO submission_texts SELECT number, ? FROM submissions WHERE record = ?
		ON CONFLICT DO UPDATE SET text = excluded.text`, s.Text, id16(s.Record))
	return err
}

// DropSubmission implements storage.SubmissionWriter.
func (t *tx) DropSubmission(record syncproto.ID) error {
	const op = "drop submission"
	_, err := t.exec(op, "DELETE FROM submission_texts WHERE number = (SELECT number FROM submissions WHERE record = ?)", id16(record))
	if err == nil {
		_, err = t.exec(op, "DELETE FROM submissions WHERE record = ?", id16(record))
	}
	return err
}
