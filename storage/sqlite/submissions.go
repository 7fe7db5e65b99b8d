package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/storage/internal/find"
	"lantoa/syncproto"
)

const (
	submissionColumns = `SELECT s.number, s.record, s.unit, s.author, s.claimer, s.flags, s.sent, s.since, s.changed, s.until,
	s.photos, s.kind, s.state, s.title`
	submissionSQL    = submissionColumns + ", s.hold, t.text FROM submissions s JOIN submission_texts t USING (number) WHERE record = ?"
	submissionsBySQL = "SELECT count(*) FROM submissions WHERE author = ?"
	heldSubmissions  = "SELECT record FROM submissions WHERE hold > 0 AND hold <= ? ORDER BY hold, record LIMIT ?"
	talliesSQL       = "SELECT unit, state, flag, count FROM submission_tallies WHERE count > 0 ORDER BY unit, state, flag"
	unitSumSQL       = "SELECT coalesce(sum(count), 0) FROM submission_tallies WHERE unit = ? AND flag = 0"
	unitTalliesSQL   = "SELECT unit, state, flag, count FROM submission_tallies WHERE unit = ? AND count > 0 ORDER BY state, flag"
)

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

// kept is a submission as it is stored.
type kept struct {
	storage.Submission
	number int64
	hold   int64
}

// submission reads a row with its text; nil if there is none.
func (r *reader) submission(op string, record syncproto.ID) (*kept, error) {
	row, err := r.first(op, submissionSQL, id16(record))
	if err != nil || row == nil {
		return nil, err
	}
	k := &kept{submissionOf(row), integer(row[0]), integer(row[14])}
	k.Text = text(row[15])
	return k, nil
}

// Submission implements storage.SubmissionReader.
func (r *reader) Submission(record syncproto.ID) (*storage.Submission, error) {
	const op = "read submission"
	k, err := r.submission(op, record)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return nil, missing(op)
	}
	return &k.Submission, nil
}

// SubmissionsBy implements storage.SubmissionReader.
func (r *reader) SubmissionsBy(author syncproto.ID) (int, error) {
	if author != "" && !author.Valid() {
		return 0, nil
	}
	row, err := r.first("count submissions", submissionsBySQL, key16(author))
	if err != nil || row == nil {
		return 0, err
	}
	return int(integer(row[0])), nil
}

// Held implements storage.SubmissionReader.
func (r *reader) Held(at int64, limit int) (out []syncproto.ID, err error) {
	err = r.each("list holds", heldSubmissions, func(row []driver.Value) bool {
		out = append(out, idOf(row[0]))
		return true
	}, at, int64(limit))
	return out, err
}

// Tallies implements storage.SubmissionReader. Units are few, and each has a dozen rows or two.
func (r *reader) Tallies(units []syncproto.ID) (out []storage.Tally, err error) {
	const op = "count submissions"
	keep := func(row []driver.Value) bool {
		out = append(out, storage.Tally{
			Unit: idOf(row[0]), State: syncproto.State(text(row[1])), Flag: storage.Flag(integer(row[2])), Count: int(integer(row[3])),
		})
		return true
	}
	if units == nil {
		return out, r.each(op, talliesSQL, keep)
	}
	for _, unit := range find.Units(units) {
		if err := r.each(op, unitTalliesSQL, keep, key16(unit)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PutSubmission implements storage.SubmissionWriter.
func (t *tx) PutSubmission(s *storage.Submission, hold int64) error {
	const op = "store submission"
	if !s.Record.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	old, err := t.submission(op, s.Record)
	if err != nil {
		return err
	}
	if old == nil {
		return t.insertSubmission(op, s, hold)
	}
	same := old.Submission
	same.Text = s.Text
	if same != *s || old.hold != hold {
		if err := t.updateSubmission(op, old.number, s, hold); err != nil {
			return err
		}
	}
	if old.Text == s.Text {
		return nil
	}
	if _, err := t.exec(op, "UPDATE submission_texts SET text = ? WHERE number = ?", s.Text, old.number); err != nil {
		return err
	}
	return t.reword(old.number, find.NewText(old.Text), find.NewText(s.Text))
}

func (t *tx) insertSubmission(op string, s *storage.Submission, hold int64) error {
	result, err := t.exec(op, `INSERT INTO submissions (record, unit, author, claimer, flags, sent, since, changed, until, hold, photos,
		kind, state, title) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id16(s.Record), key16(s.Unit), key16(s.Author), key16(s.Claimer), int64(s.Flags), s.Sent, s.Since, s.Changed, s.Until, hold,
		int64(s.Photos), string(s.Kind), string(s.State), s.Title)
	if err != nil {
		return err
	}
	number, err := result.LastInsertId()
	if err != nil {
		return classify(op, err)
	}
	if _, err := t.exec(op, "INSERT INTO submission_texts (number, text) VALUES (?, ?)", number, s.Text); err != nil {
		return err
	}
	return t.reword(number, nil, find.NewText(s.Text))
}

func (t *tx) updateSubmission(op string, number int64, s *storage.Submission, hold int64) error {
	_, err := t.exec(op, `UPDATE submissions SET unit = ?, author = ?, claimer = ?, flags = ?, sent = ?, since = ?, changed = ?,
		until = ?, hold = ?, photos = ?, kind = ?, state = ?, title = ? WHERE number = ?`,
		key16(s.Unit), key16(s.Author), key16(s.Claimer), int64(s.Flags), s.Sent, s.Since, s.Changed, s.Until, hold, int64(s.Photos),
		string(s.Kind), string(s.State), s.Title, number)
	return err
}

// DropSubmission implements storage.SubmissionWriter.
func (t *tx) DropSubmission(record syncproto.ID) error {
	const op = "drop submission"
	old, err := t.submission(op, record)
	if err != nil || old == nil {
		return err
	}
	if err := t.reword(old.number, find.NewText(old.Text), nil); err != nil {
		return err
	}
	if _, err := t.exec(op, "DELETE FROM submission_texts WHERE number = ?", old.number); err != nil {
		return err
	}
	_, err = t.exec(op, "DELETE FROM submissions WHERE number = ?", old.number)
	return err
}
