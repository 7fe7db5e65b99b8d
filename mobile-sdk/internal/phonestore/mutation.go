package phonestore

import (
	"database/sql"
	"encoding/json"

	"lantoa/syncproto"
)

// Mutation is one thing that a person did, from its capture until nothing can need it any more. While Judged is false
// it is in the outbox; afterwards it is in the journal, from which it can be offered again.
type Mutation struct {
	Seq      int64 // order of capture
	Device   syncproto.ID
	Number   int64
	Record   syncproto.ID // "" for a void
	Kind     syncproto.Kind
	Wire     []byte           // canonical, without number, origin and epoch, which may still change
	Base     syncproto.Fields // prose as it was on the server at the base revision
	Epoch    string           // the epoch of the base revision
	Captured int64            // the phone's clock
	Origin   *syncproto.Origin

	Quarantined bool // its record left the phone before it was sent
	Exported    bool
	Judged      bool
	Outcome     syncproto.Outcome
	JudgedAt    int64  // server time
	JudgedEpoch string // the epoch of Outcome.Revision
	Settled     bool   // the feed has shown its effect, or never will: views need it no more
	Tray        bool   // refused and not yet dismissed
}

const mutationColumns = "seq, device, n, record, kind, wire, base, epoch, captured, origin_device, origin_n, quarantined," +
	" exported, judged, result, code, detail, revision, conflict, judged_at, judged_epoch, settled, tray"

func (t *Tx) mutations(where string, args ...any) (out []*Mutation, err error) {
	err = t.eachMutation(where, args, func(m *Mutation) (bool, error) {
		out = append(out, m)
		return true, nil
	})
	return out, err
}

func (t *Tx) eachMutation(where string, args []any, fn func(m *Mutation) (bool, error)) error {
	return t.each("SELECT "+mutationColumns+" FROM mutations WHERE "+where, args, func(rows *sql.Rows) (bool, error) {
		m, err := t.scanMutation(rows)
		if err != nil {
			return false, err
		}
		return fn(m)
	})
}

func (t *Tx) scanMutation(rows *sql.Rows) (*Mutation, error) {
	m := &Mutation{}
	var device, record, wire, base, origin sql.RawBytes
	var originNumber sql.NullInt64
	o := &m.Outcome
	err := rows.Scan(&m.Seq, &device, &m.Number, &record, &m.Kind, &wire, &base, &m.Epoch, &m.Captured, &origin, &originNumber,
		&m.Quarantined, &m.Exported, &m.Judged, &o.Result, &o.Code, &o.Detail, &o.Revision, &o.Conflict, &m.JudgedAt,
		&m.JudgedEpoch, &m.Settled, &m.Tray)
	if err != nil {
		return nil, err
	}
	m.Device, m.Record = unkey(device), unkey(record)
	o.Number = m.Number
	if id := unkey(origin); id != "" {
		m.Origin = &syncproto.Origin{Device: id, Number: originNumber.Int64}
	}
	plain, err := t.store.sealed.open(wire, "mutation "+string(m.Record))
	if err != nil {
		return nil, err
	}
	m.Wire = append([]byte(nil), plain...)
	if len(base) > 0 {
		if plain, err = t.store.sealed.open(base, "base "+string(m.Record)); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(plain, &m.Base); err != nil {
			return nil, syncproto.E(syncproto.CodeStoreBroken, "read base", err)
		}
	}
	return m, nil
}

// AddMutation appends to the outbox and fills in Seq.
func (t *Tx) AddMutation(m *Mutation) error {
	wire, err := t.store.sealed.seal(m.Wire, "mutation "+string(m.Record))
	if err != nil {
		return err
	}
	if wire == nil {
		wire = []byte{} // of a void
	}
	var base []byte
	if len(m.Base) > 0 {
		plain, err := json.Marshal(m.Base)
		if err != nil {
			return err
		}
		if base, err = t.store.sealed.seal(plain, "base "+string(m.Record)); err != nil {
			return err
		}
	}
	var originDevice, originNumber any
	if m.Origin != nil {
		originDevice, originNumber = key(m.Origin.Device), m.Origin.Number
	}
	stmt, err := t.stmt("INSERT INTO mutations (device, n, record, kind, wire, base, epoch, captured, origin_device, origin_n," +
		" judged, settled, tray, result, code, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)")
	if err != nil {
		return err
	}
	o := &m.Outcome
	result, err := stmt.ExecContext(t.ctx, key(m.Device), m.Number, key(m.Record), string(m.Kind), wire, base, m.Epoch, m.Captured,
		originDevice, originNumber, m.Judged, m.Settled, m.Tray, string(o.Result), string(o.Code), o.Detail)
	if err != nil {
		return err
	}
	m.Seq, err = result.LastInsertId()
	return err
}

// Waiting returns what a device has in its outbox above a number, in order.
func (t *Tx) Waiting(after int64, limit int) ([]*Mutation, error) {
	return t.mutations("judged = 0 AND n > $1 ORDER BY n LIMIT $2", after, limit)
}

// WaitingOf returns the head of one device's outbox.
func (t *Tx) WaitingOf(device syncproto.ID, limit int) ([]*Mutation, error) {
	return t.mutations("judged = 0 AND device = $1 ORDER BY n LIMIT $2", key(device), limit)
}

// Held returns what the phone holds of other devices than one, waiting or judged, after a place in the order of capture.
// What was set aside without ever being sent is not among it.
func (t *Tx) Held(device syncproto.ID, after int64, limit int) ([]*Mutation, error) {
	return t.mutations("device <> $1 AND seq > $2 AND n > 0 AND (judged = 0 OR record IS NOT NULL) ORDER BY seq LIMIT $3",
		key(device), after, limit)
}

// Claim gives what was captured before the enrollment to the device, with its final wire. Its number stays.
func (t *Tx) Claim(m *Mutation, device syncproto.ID) error {
	wire, err := t.store.sealed.seal(m.Wire, "mutation "+string(m.Record))
	if err != nil {
		return err
	}
	_, err = t.exec("UPDATE mutations SET device = $1, wire = $2 WHERE seq = $3", key(device), wire, m.Seq)
	return err
}

// Knows reports whether anything was done to a record on this phone.
func (t *Tx) Knows(record syncproto.ID) (bool, error) {
	n, err := t.number("SELECT EXISTS (SELECT 1 FROM mutations WHERE record = $1)", key(record))
	return n == 1, err
}

// EachWaiting calls fn for the outbox in order, until it returns false.
func (t *Tx) EachWaiting(fn func(m *Mutation) (bool, error)) error {
	return t.eachMutation("judged = 0 ORDER BY n", nil, fn)
}

// Numbered returns what a device did under a number, or nil.
func (t *Tx) Numbered(device syncproto.ID, n int64) (*Mutation, error) {
	return first(t.mutations("device = $1 AND n = $2", key(device), n))
}

// Brought returns what came from another device under that device's number, or nil.
func (t *Tx) Brought(o syncproto.Origin) (*Mutation, error) {
	return first(t.mutations("origin_device = $1 AND origin_n = $2", key(o.Device), o.Number))
}

func first(found []*Mutation, err error) (*Mutation, error) {
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// History returns everything that is still known of what was done to a record, in order of capture.
func (t *Tx) History(record syncproto.ID) ([]*Mutation, error) {
	return t.mutations("record = $1 ORDER BY seq", key(record))
}

// Tray returns what was refused and not dismissed.
func (t *Tx) Tray() ([]*Mutation, error) { return t.mutations("tray = 1 ORDER BY seq") }

// TrayHead returns the oldest of them, at most limit.
func (t *Tx) TrayHead(limit int) ([]*Mutation, error) {
	return t.mutations("tray = 1 ORDER BY seq LIMIT $1", limit)
}

// Unsettled reports whether any view can differ from the server's record.
func (t *Tx) Unsettled() (bool, error) {
	n, err := t.number("SELECT EXISTS (SELECT 1 FROM mutations WHERE judged = 0)" +
		" OR EXISTS (SELECT 1 FROM mutations WHERE judged = 1 AND settled = 0)")
	return n == 1, err
}

// UnsettledOf reports whether a record has a view of its own, or mutations that its view must show.
func (t *Tx) UnsettledOf(record syncproto.ID) (bool, error) {
	n, err := t.number("SELECT EXISTS (SELECT 1 FROM mutations WHERE record = $1 AND settled = 0)"+
		" OR EXISTS (SELECT 1 FROM views WHERE id = $1)", key(record))
	return n == 1, err
}

// partsUnsettled are the parts of a record with mutations that its view must show.
const partsUnsettled = "SELECT id FROM (SELECT id FROM records WHERE parent = $1 AND kind IN ('story', 'photo', 'event')" +
	" UNION SELECT id FROM views WHERE parent = $1 AND kind IN ('story', 'photo', 'event')) part" +
	" WHERE EXISTS (SELECT 1 FROM mutations m WHERE m.record = part.id AND m.settled = 0)"

// UnsettledParts returns the parts of a record that have mutations which its view must show, in order of their ids.
func (t *Tx) UnsettledParts(whole syncproto.ID) (out []syncproto.ID, err error) {
	err = t.each(partsUnsettled+" ORDER BY id", []any{key(whole)}, func(rows *sql.Rows) (bool, error) {
		var id sql.RawBytes
		err := rows.Scan(&id)
		out = append(out, unkey(id))
		return true, err
	})
	return out, err
}

// Overlaid reports whether a record has a view of its own, or needs one for what was done to a part of it.
func (t *Tx) Overlaid(record syncproto.ID) (bool, error) {
	n, err := t.number("SELECT EXISTS (SELECT 1 FROM views WHERE id = $1) OR EXISTS ("+partsUnsettled+")", key(record))
	return n == 1, err
}

// Judge moves a mutation from the outbox to the journal with its outcome.
func (t *Tx) Judge(m *Mutation) error {
	o := &m.Outcome
	_, err := t.exec("UPDATE mutations SET judged = 1, result = $1, code = $2, detail = $3, revision = $4, conflict = $5,"+
		" judged_at = $6, judged_epoch = $7, settled = $8, tray = $9, quarantined = 0 WHERE seq = $10", string(o.Result), string(o.Code),
		o.Detail, o.Revision, string(o.Conflict), m.JudgedAt, m.JudgedEpoch, m.Settled, m.Tray, m.Seq)
	return err
}

// Reopen puts a journalled mutation back into the outbox under a number.
func (t *Tx) Reopen(m *Mutation) error {
	var originDevice, originNumber any
	if m.Origin != nil {
		originDevice, originNumber = key(m.Origin.Device), m.Origin.Number
	}
	_, err := t.exec("UPDATE mutations SET judged = 0, settled = 0, tray = 0, device = $1, n = $2, origin_device = $3, origin_n = $4"+
		" WHERE seq = $5", key(m.Device), m.Number, originDevice, originNumber, m.Seq)
	return err
}

// Quarantine marks the unsent edits of a record that leaves the phone and returns how many there were.
func (t *Tx) Quarantine(record syncproto.ID) (int64, error) {
	return t.exec("UPDATE mutations SET quarantined = 1 WHERE record = $1 AND judged = 0", key(record))
}

// Discard removes a mutation for ever.
func (t *Tx) Discard(m *Mutation) error {
	_, err := t.exec("DELETE FROM mutations WHERE seq = $1", m.Seq)
	return err
}

// Dismiss takes a refused mutation out of the tray and reports whether it was there. The journal keeps it.
func (t *Tx) Dismiss(seq int64) (bool, error) {
	n, err := t.exec("UPDATE mutations SET tray = 0 WHERE seq = $1 AND tray = 1", seq)
	return n == 1, err
}

// MarkExported marks everything waiting or refused up to a place in the order of capture.
func (t *Tx) MarkExported(upTo int64) error {
	_, err := t.exec("UPDATE mutations SET exported = 1 WHERE seq <= $1 AND exported = 0 AND (judged = 0 OR tray = 1)", upTo)
	return err
}

// EachKept calls fn for everything waiting or refused, in order of capture.
func (t *Tx) EachKept(fn func(m *Mutation) (bool, error)) error {
	return t.eachMutation("(judged = 0 OR tray = 1) AND record IS NOT NULL ORDER BY seq", nil, fn)
}

// Journal returns a device's judged mutations above a number, in order.
func (t *Tx) Journal(device syncproto.ID, above int64) ([]*Mutation, error) {
	return t.mutations("device = $1 AND n > $2 AND judged = 1 ORDER BY n", key(device), above)
}

// Aside returns a number of a device for what is never sent: the numbers of the wire are above 0.
func (t *Tx) Aside(device syncproto.ID) (int64, error) {
	return t.number("SELECT min(coalesce(min(n), 0), 0) - 1 FROM mutations WHERE device = $1", key(device))
}

// CountAside counts what stands in the tray without ever having been sent.
func (t *Tx) CountAside() (int64, error) {
	return t.number("SELECT count(*) FROM mutations WHERE tray = 1 AND n < 0")
}

// HoldsForeign reports whether anything is here that was judged under an earlier identity of this phone.
func (t *Tx) HoldsForeign(device syncproto.ID) (bool, error) {
	n, err := t.number("SELECT EXISTS (SELECT 1 FROM mutations WHERE device <> $1 AND judged = 1 AND n > 0 AND record IS NOT NULL)",
		key(device))
	return n == 1, err
}

// Own returns a judged mutation of a record whose outcome was a revision of an epoch, or nil.
func (t *Tx) Own(record syncproto.ID, epoch string, revision int64) (*Mutation, error) {
	return first(t.mutations("record = $1 AND judged = 1 AND revision = $2 AND judged_epoch = $3 ORDER BY seq DESC LIMIT 1",
		key(record), revision, epoch))
}

// Unsettling returns the ids of records with judged but unsettled mutations, in parts.
func (t *Tx) Unsettling(after syncproto.ID, limit int) (out []syncproto.ID, err error) {
	var from any = []byte{}
	if after != "" {
		from = key(after)
	}
	err = t.each("SELECT DISTINCT record FROM mutations WHERE settled = 0 AND judged = 1 AND record > $1 ORDER BY record LIMIT $2",
		[]any{from, limit}, func(rows *sql.Rows) (bool, error) {
			var id sql.RawBytes
			err := rows.Scan(&id)
			out = append(out, unkey(id))
			return true, err
		})
	return out, err
}

// Settle marks a record's judged mutations as shown by the feed, up to a revision of an epoch; with revision 0 all.
func (t *Tx) Settle(record syncproto.ID, epoch string, revision int64) error {
	_, err := t.exec("UPDATE mutations SET settled = 1 WHERE record = $1 AND settled = 0 AND judged = 1"+
		" AND ($2 = 0 OR judged_epoch = $3 AND revision <= $2)", key(record), revision, epoch)
	return err
}

// Prune forgets judged mutations that a backup covers or that are older than before (server time; 0 to keep the old), unless somebody
// still has to see them in the tray or a waiting mutation of the same record needs them to know its own writes.
func (t *Tx) Prune(device syncproto.ID, durable, before int64) error {
	const done = " AND judged = 1 AND tray = 0 AND settled = 1" +
		" AND NOT EXISTS (SELECT 1 FROM mutations w WHERE w.record = mutations.record AND w.settled = 0)"
	_, err := t.exec("DELETE FROM mutations WHERE device = $1 AND n <= $2"+done, key(device), durable)
	if err == nil && before > 0 {
		_, err = t.exec("DELETE FROM mutations WHERE judged_at < $1"+done, before)
	}
	return err
}

// Counts are the numbers that a person is shown.
type Counts struct {
	Unsent, Rejected, Quarantined, Unexported int64
}

// Counts returns what waits and what was refused. Triggers keep the numbers: with a million items in the outbox,
// counting them would cost more than sending some.
func (t *Tx) Counts() (c Counts, err error) {
	_, err = t.one("SELECT unsent, rejected, quarantined, unexported FROM counters", nil,
		&c.Unsent, &c.Rejected, &c.Quarantined, &c.Unexported)
	return c, err
}

// SendingOf sums up how far a record's mutations have come.
func (t *Tx) SendingOf(record syncproto.ID) (waiting int, last string, refused bool, err error) {
	err = t.each("SELECT judged, result, tray FROM mutations WHERE record = $1 ORDER BY seq", []any{key(record)},
		func(rows *sql.Rows) (bool, error) {
			var judged, tray bool
			var result string
			if err := rows.Scan(&judged, &result, &tray); err != nil {
				return false, err
			}
			if !judged {
				waiting++
			} else {
				last = result
			}
			refused = refused || tray
			return true, nil
		})
	return waiting, last, refused, err
}
