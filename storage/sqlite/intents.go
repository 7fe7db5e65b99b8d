package sqlite

import (
	"database/sql/driver"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// ofIntent is how many shares and deliveries an intent has room for: their numbers are its own times this, and more.
const ofIntent = 1 << 24

// The codes of classes and states are what stands in the file: nothing is ever put between them.
var (
	classes        = storage.Classes()
	intentStates   = []storage.IntentState{storage.IntentPlanning, storage.IntentOpen, storage.IntentPaused, storage.IntentDone, storage.IntentCancelled}
	deliveryStates = []storage.DeliveryState{
		storage.DeliveryDue, storage.DeliveryLeased, storage.DeliveryAccepted, storage.DeliveryUnsure, storage.DeliveryExpired,
		storage.DeliveryFailed, storage.DeliveryGone, storage.DeliveryCancelled, storage.DeliveryFolded, storage.DeliveryMuted,
		storage.DeliveryUnreachable,
	}
)

// codeIn returns the code of a value, -1 for none.
func codeIn[T comparable](list []T, v T) int64 { return int64(slices.Index(list, v)) }

const (
	intentFields = `number, class, state, revision, at, due, until, persons, over, record, person, unit, kind,
	shares, unplanned, rows, several, waits, leased, pruned`
	intentSQL      = "SELECT " + intentFields + " FROM intent WHERE number = ?"
	intentsOfSQL   = "SELECT " + intentFields + " FROM intent WHERE record = ? ORDER BY number"
	intentsOpenSQL = "SELECT " + intentFields + " FROM intent INDEXED BY intent_open WHERE state < 3 ORDER BY class, number"
	planningSQL    = "SELECT " + intentFields + " FROM intent INDEXED BY intent_planning WHERE unplanned > 0 ORDER BY class, number LIMIT ?"
	sameIntentSQL  = "SELECT number FROM intent WHERE record = ? AND kind = ? AND revision = ? AND person = ?"
	addIntentSQL   = `INSERT INTO intent (class, state, revision, at, due, until, persons, over, record, person, unit, kind, shares,
	unplanned, rows, several, waits, leased, ready, turn, pruned)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, 0, 0, 0, 0, 0, 0, 0)`
	addShareSQL   = "INSERT INTO share (number, persons, units) VALUES (?, ?, ?)"
	nextShareSQL  = "SELECT number, persons, units FROM share WHERE number >= ? AND number < ? ORDER BY number LIMIT 1"
	dropShareSQL  = "DELETE FROM share WHERE number = ?"
	dropSharesSQL = "DELETE FROM share WHERE number >= ? AND number < ?"
	moveIntentSQL = "UPDATE intent SET state = ?, over = ? WHERE number = ?"
	endIntentSQL  = `UPDATE intent SET state = ?, over = ?, unplanned = 0, waits = 0, next = NULL, latest = NULL, ready = 0
	WHERE number = ?`
	noticesDueSQL  = noticeColumns + `INDEXED BY notices_untaken WHERE taken = 0 AND dropped = 0 AND due <= ? ORDER BY number LIMIT ?`
	noticeTakenSQL = "UPDATE notices SET taken = 1 WHERE number = ?"
	countStateSQL  = `INSERT INTO tally (intent, persons, state, count) VALUES (?, 0, ?, ?)
	ON CONFLICT DO UPDATE SET count = count + excluded.count`
	// boundSQL sets the bounds of what waits anew.
	boundSQL = `UPDATE intent SET ready = 0,
	next = (SELECT min(due) FROM delivery INDEXED BY delivery_waits WHERE intent = ?1 AND state = 0),
	latest = (SELECT max(due) FROM delivery INDEXED BY delivery_waits WHERE intent = ?1 AND state = 0) WHERE number = ?1`
	// stillSQL hides what waits from leases.
	stillSQL = "UPDATE intent SET next = NULL, latest = NULL, ready = 0 WHERE number = ?"
)

// intent is a row of the table.
type intent struct {
	storage.Intent
	shares, unplanned, rows, several, waits, leased, pruned int64
}

// over reports whether nothing is done for it any more.
func (i *intent) over() bool {
	return i.State == storage.IntentDone || i.State == storage.IntentCancelled
}

// active reports whether its deliveries are leased when they are due.
func (i *intent) active() bool {
	return i.State == storage.IntentPlanning || i.State == storage.IntentOpen
}

func intentOf(c []driver.Value) *intent {
	return &intent{
		Intent: storage.Intent{
			Number: integer(c[0]), Class: classes[integer(c[1])], State: intentStates[integer(c[2])], Revision: integer(c[3]),
			At: integer(c[4]), Due: integer(c[5]), Until: integer(c[6]), Persons: integer(c[7]), Over: integer(c[8]),
			Record: idOf(c[9]), To: idOf(c[10]), Unit: idOf(c[11]), Kind: text(c[12]),
		},
		shares: integer(c[13]), unplanned: integer(c[14]), rows: integer(c[15]), several: integer(c[16]), waits: integer(c[17]),
		leased: integer(c[18]), pruned: integer(c[19]),
	}
}

func (r *reader) intent(op string, number int64) (*intent, error) {
	row, err := r.first(op, intentSQL, number)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return intentOf(row), nil
}

// Intent implements storage.DeliveryReader.
func (r *reader) Intent(number int64) (*storage.Intent, error) {
	i, err := r.intent("read intent", number)
	if err != nil {
		return nil, err
	}
	return &i.Intent, nil
}

// IntentsOf implements storage.DeliveryReader.
func (r *reader) IntentsOf(record syncproto.ID) ([]storage.Intent, error) {
	if !record.Valid() {
		return nil, nil // those about no record are nobody's list
	}
	return r.intents(intentsOfSQL, id16(record))
}

// Intents implements storage.DeliveryReader.
func (r *reader) Intents() ([]storage.Intent, error) { return r.intents(intentsOpenSQL) }

// Planning implements storage.DeliveryReader.
func (r *reader) Planning(limit int) ([]storage.Intent, error) {
	return r.intents(planningSQL, int64(limit))
}

func (r *reader) intents(sql string, args ...driver.Value) (out []storage.Intent, err error) {
	err = r.each("list intents", sql, func(row []driver.Value) bool {
		out = append(out, intentOf(row).Intent)
		return true
	}, args...)
	return out, err
}

// NextShare implements storage.DeliveryReader.
func (r *reader) NextShare(number int64) (*storage.Share, error) {
	const op = "read share"
	row, err := r.first(op, nextShareSQL, number*ofIntent, (number+1)*ofIntent)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return &storage.Share{
		Intent: number, Number: int(integer(row[0]) % ofIntent), Persons: unpackIDs(row[1]), Units: unpackIDs(row[2]),
	}, nil
}

// NoticesDue implements storage.DeliveryReader.
func (r *reader) NoticesDue(now int64, limit int) ([]storage.Notice, error) {
	return r.notices(noticesDueSQL, now, int64(limit))
}

// NoticeTaken implements storage.DeliveryWriter.
func (t *tx) NoticeTaken(number int64) error {
	_, err := t.exec("take notice", noticeTakenSQL, number)
	return err
}

// AddIntent implements storage.DeliveryWriter.
func (t *tx) AddIntent(i *storage.Intent, shares []storage.Share) (added bool, err error) {
	const op = "store intent"
	if err := storage.CheckIntent(i, shares); err != nil {
		return false, err
	}
	record, person := idOrEmpty(i.Record), idOrEmpty(i.To)
	same, err := t.first(op, sameIntentSQL, record, i.Kind, i.Revision, person)
	if err != nil {
		return false, err
	}
	if same != nil {
		i.Number = integer(same[0])
		return false, nil
	}
	i.State, i.Over = storage.IntentPlanning, 0
	if len(shares) == 0 {
		i.State, i.Over = storage.IntentDone, max(i.At, 1)
	}
	result, err := t.exec(op, addIntentSQL, codeIn(classes, i.Class), codeIn(intentStates, i.State), i.Revision, i.At, i.Due, i.Until,
		i.Persons, i.Over, record, person, idOrEmpty(i.Unit), i.Kind, int64(len(shares)))
	if err != nil {
		return false, err
	}
	if i.Number, err = result.LastInsertId(); err != nil {
		return false, classify(op, err)
	}
	for n := range shares {
		_, err := t.exec(op, addShareSQL, i.Number*ofIntent+int64(n), packIDs(shares[n].Persons), packIDs(shares[n].Units))
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// PutIntent implements storage.DeliveryWriter.
func (t *tx) PutIntent(i *storage.Intent) error {
	const op = "change intent"
	old, err := t.intent(op, i.Number)
	if err != nil {
		return err
	}
	state := codeIn(intentStates, i.State)
	switch {
	case state < 0:
		return syncproto.E(syncproto.CodeInvalidValue, op, nil)
	case i.State == storage.IntentDone || i.State == storage.IntentCancelled:
		if !old.over() {
			_, err = t.end(op, old, i.State, i.Over)
		}
		return err
	case old.over():
		return syncproto.E(syncproto.CodeWrongState, op, nil) // nothing of it can be leased again
	}
	if _, err := t.exec(op, moveIntentSQL, state, i.Over, i.Number); err != nil {
		return err
	}
	if i.State == storage.IntentPaused {
		_, err = t.exec(op, stillSQL, i.Number)
		return err
	}
	if old.waits == 0 {
		return nil
	}
	_, err = t.exec(op, boundSQL, i.Number)
	return err
}

// CancelIntent implements storage.DeliveryWriter.
func (t *tx) CancelIntent(number, at int64) (int64, error) {
	const op = "cancel intent"
	i, err := t.intent(op, number)
	if err != nil || i.over() {
		return 0, err
	}
	return t.end(op, i, storage.IntentCancelled, at)
}

// end makes an intent over and returns how many of its deliveries that cancelled. Their rows stay as they are: what they
// say is read by their intent. One of which something waits is never done.
func (t *tx) end(op string, i *intent, state storage.IntentState, at int64) (int64, error) {
	if i.waits > 0 {
		state = storage.IntentCancelled
		if err := t.countState(op, i.Number, storage.DeliveryCancelled, i.waits); err != nil {
			return 0, err
		}
	}
	if i.unplanned > 0 {
		if _, err := t.exec(op, dropSharesSQL, i.Number*ofIntent, (i.Number+1)*ofIntent); err != nil {
			return 0, err
		}
	}
	_, err := t.exec(op, endIntentSQL, codeIn(intentStates, state), max(at, 1), i.Number)
	return i.waits, err
}

// countState adds to how many deliveries of an intent came to a terminal state.
func (t *tx) countState(op string, intent int64, state storage.DeliveryState, n int64) error {
	_, err := t.exec(op, countStateSQL, intent, codeIn(deliveryStates, state), n)
	return err
}

// packIDs returns ids as 16 bytes each; null for nil.
func packIDs(ids []syncproto.ID) driver.Value {
	if ids == nil {
		return nil
	}
	b := make([]byte, 0, 16*len(ids))
	for _, id := range ids {
		raw, _ := id.Bytes()
		b = append(b, raw[:]...)
	}
	return b
}

func unpackIDs(v driver.Value) []syncproto.ID {
	b := blob(v)
	if b == nil {
		return nil
	}
	ids := make([]syncproto.ID, 0, len(b)/16)
	for ; len(b) >= 16; b = b[16:] {
		id := syncproto.ID("")
		if key := [16]byte(b); key != [16]byte{} {
			id = syncproto.IDFromBytes(key)
		}
		ids = append(ids, id)
	}
	return ids
}

// sortedIDs returns the ids that are some, sorted, each once.
func sortedIDs(ids []syncproto.ID) []syncproto.ID {
	out := slices.DeleteFunc(slices.Clone(ids), func(id syncproto.ID) bool { return !id.Valid() })
	slices.Sort(out)
	return slices.Compact(out)
}
