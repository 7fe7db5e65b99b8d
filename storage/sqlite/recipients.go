package sqlite

import (
	"cmp"
	"database/sql/driver"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	recipientColumns = `SELECT person, unit, gone, received, shown, opened, count, arrived, answered, promoted, came, choice,
		standing FROM recipients `
	ofList        = "list = (SELECT number FROM lists WHERE call = ?1) "
	recipientSQL  = recipientColumns + "WHERE " + ofList + "AND person = ?2"
	recipientsSQL = recipientColumns + "WHERE " + ofList + "AND person > ?2 ORDER BY person LIMIT ?3"
	unreachedSQL  = recipientColumns + "WHERE " + ofList + `AND person > ?2 AND received = 0 AND shown = 0 AND opened = 0
		AND answered = 0 AND came = 0 AND choice = '' AND standing = '' ORDER BY person LIMIT ?3`
	waitingSQL     = recipientColumns + "WHERE " + ofList + "AND standing = 'waiting' ORDER BY arrived, person LIMIT ?2"
	audiencesSQL   = "SELECT l.call FROM recipients r JOIN lists l ON l.number = r.list WHERE r.person = ? AND r.gone > ?"
	placesSQL      = "SELECT places FROM lists WHERE call = ?"
	lastArrivedSQL = "SELECT arrived FROM lists WHERE call = ?"

	listSQL    = "SELECT number FROM lists WHERE call = ?"
	addListSQL = "INSERT INTO lists (call, places, arrived) VALUES (?, 0, 0)"
	// A row a statement costs three times what a row of many does.
	addRecipientsSQL = "INSERT INTO recipients (list, person, unit, gone) VALUES "

	// What most changes leave as it is stands in an index or has a trigger, which a statement that does not name it passes by.
	// Each statement finds the row if all before it did not.
	putReceiptSQL = `UPDATE recipients SET received = ?5, shown = ?6, opened = ?7, answered = ?10, promoted = ?11, came = ?12,
		choice = ?13 WHERE ` + ofList + "AND person = ?2 AND unit = ?3 AND gone = ?4 AND count = ?8 AND arrived = ?9 AND standing = ?14"
	putAnswerSQL = `UPDATE recipients SET received = ?5, shown = ?6, opened = ?7, count = ?8, arrived = ?9, answered = ?10,
		promoted = ?11, came = ?12, choice = ?13, standing = ?14 WHERE ` + ofList + "AND person = ?2 AND unit = ?3 AND gone = ?4"
	putRecipientSQL = `UPDATE recipients SET unit = ?3, gone = ?4, received = ?5, shown = ?6, opened = ?7, count = ?8, arrived = ?9,
		answered = ?10, promoted = ?11, came = ?12, choice = ?13, standing = ?14 WHERE ` + ofList + "AND person = ?2"

	forgetRecipientSQL = `UPDATE recipients SET received = 0, shown = 0, opened = 0, count = 0, arrived = 0, answered = 0, promoted = 0,
		came = 0, pushed = 0, choice = '', standing = '' WHERE person = ?`
)

func recipientOf(call syncproto.ID, row []driver.Value) storage.Recipient {
	return storage.Recipient{
		Call: call, Person: idOf(row[0]), Unit: idOf(row[1]), Gone: integer(row[2]), Received: integer(row[3]),
		Shown: integer(row[4]), Opened: integer(row[5]), Count: integer(row[6]), Arrived: integer(row[7]),
		Answered: integer(row[8]), Promoted: integer(row[9]), Came: integer(row[10]), Choice: text(row[11]),
		Standing: syncproto.State(text(row[12])),
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
	m := recipientOf(call, row)
	return &m, nil
}

// Recipients implements storage.CallReader.
func (r *reader) Recipients(call, after syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipients(call, recipientsSQL, idOrEmpty(after), int64(limit))
}

// Unreached implements storage.CallReader.
func (r *reader) Unreached(call, after syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipients(call, unreachedSQL, idOrEmpty(after), int64(limit))
}

// WaitingList implements storage.CallReader.
func (r *reader) WaitingList(call syncproto.ID, limit int) ([]storage.Recipient, error) {
	return r.recipients(call, waitingSQL, int64(limit))
}

func (r *reader) recipients(call syncproto.ID, sql string, args ...driver.Value) (out []storage.Recipient, err error) {
	err = r.each("list recipients", sql, func(row []driver.Value) bool {
		out = append(out, recipientOf(call, row))
		return true
	}, append([]driver.Value{id16(call)}, args...)...)
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
	for len(recipients) > 0 {
		n := 0
		for n < min(len(recipients), recipientsAtOnce) && untold(&recipients[n]) && recipients[n].Call == recipients[0].Call {
			n++
		}
		added, err := t.insertRecipients(recipients[:max(n, 1)])
		if err != nil {
			return err
		}
		if n == 0 && added > 0 {
			if err := t.PutRecipient(&recipients[0]); err != nil {
				return err
			}
		}
		recipients = recipients[max(n, 1):]
	}
	return nil
}

// untold reports that nothing is known of a recipient but that the person is on the list, as it is with nearly all who are
// put there.
func untold(m *storage.Recipient) bool {
	return *m == storage.Recipient{Call: m.Call, Person: m.Person, Unit: m.Unit, Gone: m.Gone}
}

// recipientsAtOnce rows go with one statement. More of them save nothing that can be measured.
const recipientsAtOnce = 50

// insertRecipients puts persons on one list.
func (t *tx) insertRecipients(recipients []storage.Recipient) (added int64, err error) {
	const op = "add recipients"
	list, err := t.list(op, recipients[0].Call)
	if err != nil {
		return 0, err
	}
	args := make([]driver.Value, 0, 4*len(recipients))
	for i := range recipients {
		m := &recipients[i]
		args = append(args, list, id16(m.Person), key16(m.Unit), m.Gone)
	}
	rows := strings.Repeat("(?, ?, ?, ?), ", len(recipients)-1) + "(?, ?, ?, ?)"
	result, err := t.exec(op, addRecipientsSQL+rows+" ON CONFLICT DO NOTHING", args...)
	if err != nil {
		return 0, err
	}
	added, err = result.RowsAffected()
	return added, classify(op, err)
}

// list returns the number of a call's list, a new one if it has none.
func (t *tx) list(op string, call syncproto.ID) (int64, error) {
	row, err := t.first(op, listSQL, id16(call))
	if err != nil {
		return 0, err
	}
	if row != nil {
		return integer(row[0]), nil
	}
	result, err := t.exec(op, addListSQL, id16(call))
	if err != nil {
		return 0, err
	}
	number, err := result.LastInsertId()
	return number, classify(op, err)
}

// PutRecipient implements storage.CallWriter.
func (t *tx) PutRecipient(m *storage.Recipient) error {
	const op = "store recipient"
	if err := storage.CheckRecipient(m); err != nil {
		return err
	}
	args := recipientArgs(m)
	for _, sql := range []string{putReceiptSQL, putAnswerSQL, putRecipientSQL} {
		result, err := t.exec(op, sql, args...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return classify(op, err)
		}
		if n > 0 {
			return nil
		}
	}
	return missing(op)
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
	if err := t.dropRegistrations(person); err != nil {
		return err
	}
	for _, sql := range []string{"DELETE FROM facts WHERE person = ?", "DELETE FROM preferences WHERE person = ?", forgetRecipientSQL} {
		if _, err := t.exec(op, sql, id); err != nil {
			return err
		}
	}
	return nil
}
