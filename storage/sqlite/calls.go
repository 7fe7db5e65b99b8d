package sqlite

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	callColumns = "SELECT state, due, data, audience FROM calls "
	callSQL     = callColumns + "WHERE id = ?"
	callsDueSQL = callColumns + "WHERE state = 'scheduled' AND due <= ? ORDER BY due, id LIMIT ?"
	putCallSQL  = `INSERT INTO calls (id, campaign, due, state, data, audience) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET campaign = excluded.campaign, due = excluded.due, state = excluded.state,
		data = excluded.data, audience = excluded.audience`
	dropCallUnitsSQL = "DELETE FROM call_units WHERE call = ?"
	putCallUnitSQL   = "INSERT INTO call_units (call, unit) VALUES (?, ?) ON CONFLICT DO NOTHING"
)

// callData is what a call has beside its columns. V rises when a build that does not know it would lose something of it.
type callData struct {
	V           int                `json:"v"`
	ID          syncproto.ID       `json:"id"`
	Campaign    syncproto.ID       `json:"campaign,omitempty"`
	Units       []syncproto.ID     `json:"units,omitempty"`
	Kind        syncproto.CallKind `json:"kind"`
	Revision    int64              `json:"revision"`
	Title       string             `json:"title,omitempty"`
	Body        string             `json:"body,omitempty"`
	TitleEN     string             `json:"title_en,omitempty"`
	BodyEN      string             `json:"body_en,omitempty"`
	SMS         string             `json:"sms,omitempty"`
	Place       string             `json:"place,omitempty"` // a text, so that it comes back byte for byte
	Starts      int64              `json:"starts,omitempty"`
	Ends        int64              `json:"ends,omitempty"`
	Deadline    int64              `json:"deadline,omitempty"`
	Capacity    int64              `json:"capacity,omitempty"`
	Choices     []storage.Choice   `json:"choices,omitempty"`
	Link        string             `json:"link,omitempty"`
	About       syncproto.ID       `json:"about,omitempty"`
	Attachments []syncproto.ID     `json:"attachments,omitempty"`
	Code        string             `json:"code,omitempty"`
	By          syncproto.ID       `json:"by,omitempty"`
	Created     int64              `json:"created,omitempty"`
	Changed     int64              `json:"changed,omitempty"`
	Proposed    syncproto.ID       `json:"proposed,omitempty"`
	Second      syncproto.ID       `json:"second,omitempty"`
	SecondAt    int64              `json:"second_at,omitempty"`
	Sent        int64              `json:"sent,omitempty"`
	Over        int64              `json:"over,omitempty"`
	OverBy      syncproto.ID       `json:"over_by,omitempty"`
	Recipient   int64              `json:"recipient,omitempty"`
	Gone        int64              `json:"gone,omitempty"`
	Reason      syncproto.Code     `json:"reason,omitempty"`
}

func dataOfCall(c *storage.Call) *callData {
	return &callData{
		V: dataVersion, ID: c.ID, Campaign: c.Campaign, Units: c.Units, Kind: c.Kind, Revision: c.Revision,
		Title: c.Title, Body: c.Body, TitleEN: c.TitleEN, BodyEN: c.BodyEN, SMS: c.SMS, Place: string(c.Place),
		Starts: c.Starts, Ends: c.Ends, Deadline: c.Deadline, Capacity: c.Capacity, Choices: c.Choices, Link: c.Link,
		About: c.About, Attachments: c.Attachments, Code: c.Code, By: c.By, Created: c.Created, Changed: c.Changed,
		Proposed: c.Proposed, Second: c.Second, SecondAt: c.SecondAt, Sent: c.Sent, Over: c.Over, OverBy: c.OverBy,
		Recipient: c.Recipient, Gone: c.Gone, Reason: c.Reason,
	}
}

func callOf(op string, row []driver.Value) (*storage.Call, error) {
	var d callData
	if err := decodeData(op, text(row[2]), &d, &d.V); err != nil {
		return nil, err
	}
	return &storage.Call{
		ID: d.ID, Campaign: d.Campaign, Units: d.Units, Kind: d.Kind, State: storage.CallState(text(row[0])), Revision: d.Revision,
		Title: d.Title, Body: d.Body, TitleEN: d.TitleEN, BodyEN: d.BodyEN, SMS: d.SMS, Place: syncproto.Value(d.Place),
		Starts: d.Starts, Ends: d.Ends, Deadline: d.Deadline, Capacity: d.Capacity, Choices: d.Choices, Link: d.Link,
		About: d.About, Attachments: d.Attachments, Code: d.Code, Audience: blob(row[3]), Due: integer(row[1]), By: d.By,
		Created: d.Created, Changed: d.Changed, Proposed: d.Proposed, Second: d.Second, SecondAt: d.SecondAt, Sent: d.Sent,
		Over: d.Over, OverBy: d.OverBy, Recipient: d.Recipient, Gone: d.Gone, Reason: d.Reason,
	}, nil
}

// Call implements storage.CallReader.
func (r *reader) Call(id syncproto.ID) (*storage.Call, error) {
	const op = "read call"
	row, err := r.first(op, callSQL, id16(id))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, missing(op)
	}
	return callOf(op, row)
}

// Calls implements storage.CallReader.
func (r *reader) Calls(q storage.CallQuery) ([]storage.Call, error) {
	sql, args := callsSQL(&q)
	return r.calls("list calls", sql, args...)
}

// callsSQL chooses ids in an index and reads the rows of one page. There are few texts of it, so that each is prepared
// once: what is not asked for is left out, and lists are given as JSON.
func callsSQL(q *storage.CallQuery) (string, []driver.Value) {
	where, args := "id < ?", []driver.Value{idOrLast(q.Before)}
	and := func(condition string, arg driver.Value) {
		where, args = where+" AND "+condition, append(args, arg)
	}
	if q.Campaign != "" {
		and("campaign = ?", key16(q.Campaign))
	}
	if len(q.States) > 0 {
		and("state IN (SELECT value FROM json_each(?))", stateList(q.States))
	}
	if q.Units != nil {
		and("id IN (SELECT call FROM call_units WHERE unit IN (SELECT unhex(value) FROM json_each(?)))", hexList(q.Units))
	}
	chosen := "SELECT id FROM calls WHERE " + where + " ORDER BY id DESC LIMIT ?"
	return callColumns + "WHERE id IN (" + chosen + ") ORDER BY id DESC", append(args, int64(cmp.Or(q.Limit, -1)))
}

func stateList(states []storage.CallState) string {
	b, _ := json.Marshal(states) // words alone
	return string(b)
}

// CallsDue implements storage.CallReader.
func (r *reader) CallsDue(now int64, limit int) ([]storage.Call, error) {
	return r.calls("list calls that are due", callsDueSQL, now, int64(limit))
}

func (r *reader) calls(op, sql string, args ...driver.Value) (out []storage.Call, err error) {
	var failed error
	err = r.each(op, sql, func(row []driver.Value) bool {
		var c *storage.Call
		if c, failed = callOf(op, row); failed != nil {
			return false
		}
		out = append(out, *c)
		return true
	}, args...)
	if err == nil {
		err = failed
	}
	return out, err
}

// PutCall implements storage.CallWriter.
func (t *tx) PutCall(c *storage.Call) error {
	const op = "store call"
	if err := storage.CheckCall(c); err != nil {
		return err
	}
	data, err := encodeData(dataOfCall(c))
	if err != nil {
		return classify(op, err)
	}
	id := id16(c.ID)
	_, err = t.exec(op, putCallSQL, id, key16(c.Campaign), c.Due, string(c.State), data, orNull(c.Audience))
	if err != nil {
		return err
	}
	if _, err := t.exec(op, dropCallUnitsSQL, id); err != nil {
		return err
	}
	for _, unit := range c.Units {
		if _, err := t.exec(op, putCallUnitSQL, id, key16(unit)); err != nil {
			return err
		}
	}
	return nil
}
