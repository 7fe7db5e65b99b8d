package sqlite

import (
	"cmp"
	"database/sql/driver"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	recipientColumns = `SELECT call, person, unit, gone, received, shown, opened, count, arrived, answered, promoted, came, choice,
		standing FROM recipients `
	recipientSQL  = recipientColumns + "WHERE call = ? AND person = ?"
	recipientsSQL = recipientColumns + "WHERE call = ? AND person > ? ORDER BY person LIMIT ?"
	unreachedSQL  = recipientColumns + `WHERE call = ? AND person > ? AND received = 0 AND shown = 0 AND opened = 0
		AND answered = 0 AND came = 0 AND choice = '' AND standing = '' ORDER BY person LIMIT ?`
	waitingSQL     = recipientColumns + "WHERE call = ? AND standing = 'waiting' ORDER BY arrived, person LIMIT ?"
	audiencesSQL   = "SELECT call FROM recipients WHERE person = ? AND gone > ?"
	placesSQL      = "SELECT coalesce(sum(count), 0) FROM recipients WHERE call = ? AND standing IN ('registered', 'came')"
	lastArrivedSQL = "SELECT coalesce(max(arrived), 0) FROM recipients WHERE call = ? AND arrived > 0"

	addRecipientSQL = `INSERT INTO recipients (call, person, unit, gone, received, shown, opened, count, arrived, answered, promoted,
		came, choice, standing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	putRecipientSQL = `UPDATE recipients SET unit = ?3, gone = ?4, received = ?5, shown = ?6, opened = ?7, count = ?8, arrived = ?9,
		answered = ?10, promoted = ?11, came = ?12, choice = ?13, standing = ?14 WHERE call = ?1 AND person = ?2`
	forgetRecipientSQL = `UPDATE recipients SET received = 0, shown = 0, opened = 0, count = 0, arrived = 0, answered = 0, promoted = 0,
		came = 0, pushed = 0, choice = '', standing = '' WHERE person = ?`
)

func recipientOf(row []driver.Value) storage.Recipient {
	return storage.Recipient{
		Call: idOf(row[0]), Person: idOf(row[1]), Unit: idOf(row[2]), Gone: integer(row[3]), Received: integer(row[4]),
		Shown: integer(row[5]), Opened: integer(row[6]), Count: integer(row[7]), Arrived: integer(row[8]),
		Answered: integer(row[9]), Promoted: integer(row[10]), Came: integer(row[11]), Choice: text(row[12]),
		Standing: syncproto.State(text(row[13])),
	}
}

func recipientArgs(m *storage.Recipient) []driver.Value {
	return []driver.Value{
		id16(m.Call), id16(m.Person), key16(m.Unit), m.Gone, m.Received, m.Shown, m.Opened, m.Count, m.Arrived, m.Answered,
		m.Promoted, m.Came, m.Choice, string(m.Standing),
	}
}

// Recipient implements storage.CallReader.
func (r *reader) Recipient(call, person syncproto.ID) (*storage.Recipient, error) {
	const op = "read recipient"
	row, err := r.first(op, recipientSQL, id16(call), id16(person))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	m := recipientOf(row)
	return &m, nil
}

// Recipients implements storage.CallReader.
func (r *reader) Recipients(call, after syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipients(recipientsSQL, id16(call), idOrEmpty(after), int64(limit))
}

// Unreached implements storage.CallReader.
func (r *reader) Unreached(call, after syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipients(unreachedSQL, id16(call), idOrEmpty(after), int64(limit))
}

// WaitingList implements storage.CallReader.
func (r *reader) WaitingList(call syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipients(waitingSQL, id16(call), int64(limit))
}

func (r *reader) recipients(sql string, args ...driver.Value) (out []storage.Recipient, err error) {
	err = r.each("list recipients", sql, func(row []driver.Value) bool {
		out = append(out, recipientOf(row))
		return true
	}, args...)
	return out, err
}

// Audiences implements storage.CallReader. What is left of a person's calls is a handful, which costs less to sort here.
func (r *reader) Audiences(person syncproto.ID, now int64, limit int) (out []syncproto.ID, err error) {
	err = r.each("read audiences", audiencesSQL, func(row []driver.Value) bool {
		out = append(out, idOf(row[0]))
		return true
	}, id16(person), now)
	slices.SortFunc(out, func(a, b syncproto.ID) int { return cmp.Compare(b, a) })
	if limit >= 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, err
}

// Places implements storage.CallReader.
func (r *reader) Places(call syncproto.ID) (int64, error) {
	return r.figure("count places", placesSQL, id16(call))
}

// LastArrived implements storage.CallReader.
func (r *reader) LastArrived(call syncproto.ID) (int64, error) {
	return r.figure("read the last arrival", lastArrivedSQL, id16(call))
}

func (r *reader) figure(op, sql string, args ...driver.Value) (int64, error) {
	row, err := r.first(op, sql, args...)
	if err != nil || row == nil {
		return 0, err
	}
	return integer(row[0]), nil
}

// AddRecipients implements storage.CallWriter.
func (t *tx) AddRecipients(recipients []storage.Recipient) error {
	for i := range recipients {
		if err := storage.CheckRecipient(&recipients[i]); err != nil {
			return err
		}
	}
	for i := range recipients {
		if _, err := t.exec("add recipients", addRecipientSQL, recipientArgs(&recipients[i])...); err != nil {
			return err
		}
	}
	return nil
}

// PutRecipient implements storage.CallWriter.
func (t *tx) PutRecipient(m *storage.Recipient) error {
	const op = "store recipient"
	if err := storage.CheckRecipient(m); err != nil {
		return err
	}
	result, err := t.exec(op, putRecipientSQL, recipientArgs(m)...)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return classify(op, err)
	}
	if n == 0 {
		return missing(op)
	}
	return nil
}

// DropPerson implements storage.CallWriter. Like what is erased, it leaves the log after the commit.
func (t *tx) DropPerson(person syncproto.ID) error {
	const op = "drop what calls keep of a person"
	id := id16(person)
	if id == nil {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	t.erased = true
	if err := t.PutTags(person, nil); err != nil {
		return err
	}
	for _, sql := range []string{"DELETE FROM facts WHERE person = ?", "DELETE FROM preferences WHERE person = ?", forgetRecipientSQL} {
		if _, err := t.exec(op, sql, id); err != nil {
			return err
		}
	}
	return nil
}
