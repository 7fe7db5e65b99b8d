package people

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// BoardAsk asks which phones below a unit hold what does not come.
type BoardAsk struct {
	Unit syncproto.ID // "" for all, which only an operator may ask for
	All  bool         // those too that hold nothing
	// Failing shows only those with something that fails by itself; Since, in Unix ms, only those that wait since before it.
	Failing bool
	Since   int64
	From    string // the Next of the page before
	Limit   int    // 0 for 50; at most 200
}

// Board is one page of it, the worst first: what fails before what only waits, then what waits longest.
type Board struct {
	Devices []Stuck `json:"devices"`
	Next    string  `json:"next,omitempty"` // opaque
	// Held, Unsent and Failed add up the phones that hold something, all pages of them.
	Held   int   `json:"held"`
	Unsent int64 `json:"unsent"`
	Failed int64 `json:"failed"`
}

// Stuck is one phone as it last told of itself. Times are Unix ms.
type Stuck struct {
	Device   syncproto.ID `json:"device"`
	Person   syncproto.ID `json:"person"`
	Name     string       `json:"name"`
	Tail     string       `json:"tail,omitempty"` // the end of the person's telephone number
	Unit     syncproto.ID `json:"unit"`
	UnitName string       `json:"unit_name"`
	App      string       `json:"app,omitempty"`
	Seen     int64        `json:"seen,omitempty"` // when it last came; absent if it never did
	Unsent   int64        `json:"unsent"`
	Failed   int64        `json:"failed"`
	Since    int64        `json:"since,omitempty"` // since when the oldest item waits
	Revoked  int64        `json:"revoked,omitempty"`
	Why      []Why        `json:"why"`
}

// Why is one reason for which something of a phone does not come: one that the phone named, or one for which the server
// rejected what it brought.
type Why struct {
	Code   syncproto.Code `json:"code"`
	Record syncproto.ID   `json:"record,omitempty"`
	Lane   syncproto.Lane `json:"lane,omitempty"`
	Since  int64          `json:"since,omitempty"`
	Count  int            `json:"count,omitempty"` // of what the server rejected
}

// maxRejected bounds how many rejected mutations of one phone are counted, the oldest first.
const maxRejected = 100

// Board shows phones that hold what does not come, to whoever governs the unit.
func (s *Service) Board(ctx context.Context, by Actor, q BoardAsk) (board *Board, err error) {
	limit, err := most(q.Limit)
	if err != nil {
		return nil, err
	}
	key, after, err := openMark(q.From)
	if err != nil {
		return nil, err
	}
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, book, fleet, err := s.oversee(r, by, q.Unit, now)
		if err != nil {
			return err
		}
		all, err := v.stuck(r, book, fleet, &q)
		if err != nil {
			return err
		}
		board, err = pageOf(r, all, key, after, limit)
		return err
	})
	return board, err
}

// oversee is what somebody sees of a unit, with everybody there and all phones.
func (s *Service) oversee(r storage.Reader, by Actor, unit syncproto.ID, now int64) (*view, *directory, *fleet, error) {
	v, err := s.see(r, by, unit, now)
	if err != nil {
		return nil, nil, nil, err
	}
	book, err := s.directory(r, v.access.Revision)
	if err != nil {
		return nil, nil, nil, err
	}
	fleet, err := s.fleetOf(r, v.access.Revision)
	return v, book, fleet, err
}

// wants reports whether a phone is asked for.
func (q *BoardAsk) wants(s *Stuck) bool {
	failing := s.Failed > 0 || len(s.Why) > 0
	switch {
	case q.Failing && !failing, q.Since != 0 && (s.Since == 0 || s.Since > q.Since):
		return false
	}
	return q.All || failing || s.Unsent > 0
}

// fleet is all devices, as of one access revision.
type fleet struct {
	revision uint64
	devices  []storage.Device
}

func (s *Service) fleetOf(r storage.Reader, revision uint64) (*fleet, error) {
	if f := s.fleet.Load(); f != nil && f.revision == revision {
		return f, nil
	}
	const page = 1000
	f := &fleet{revision: revision}
	for after := syncproto.ID(""); ; {
		list, err := r.Devices(after, page)
		if err != nil {
			return nil, err
		}
		f.devices = append(f.devices, list...)
		if len(list) < page {
			break
		}
		after = list[len(list)-1].ID
	}
	s.fleet.Store(f)
	return f, nil
}

// ranked is a phone with what it is sorted by.
type ranked struct {
	Stuck
	key []byte
}

// stuck collects the phones in view that hold something.
func (v *view) stuck(r storage.Reader, book *directory, f *fleet, q *BoardAsk) ([]ranked, error) {
	var list []ranked
	for i := range f.devices {
		d := &f.devices[i]
		ended, whose := d.Revoked, book.person(d.Person)
		if whose != nil {
			ended = Ended(d.Revoked, whose.Closed)
		}
		if Gone(ended, v.now) {
			continue // nothing of it will ever come
		}
		row := ranked{Stuck: Stuck{Device: d.ID, Person: d.Person, Revoked: d.Revoked, Why: []Why{}}}
		if !v.owner(&row.Stuck, whose, d) {
			continue
		}
		contact, desk, err := heard(r, d)
		if err != nil {
			return nil, err
		}
		if desk {
			continue
		}
		if contact != nil {
			row.tell(contact)
		}
		if q.wants(&row.Stuck) {
			row.key = row.rank()
			list = append(list, row)
		}
	}
	slices.SortFunc(list, func(a, b ranked) int { return compareEntries(a.key, a.Device, b.key, b.Device) })
	return list, nil
}

// owner says whose the phone is, and reports whether that is somebody in view.
func (v *view) owner(s *Stuck, e *entry, d *storage.Device) bool {
	s.Unit = d.Unit
	in := v.sees(d.Unit)
	if e != nil {
		s.Name, s.Tail = e.Name, viet.Tail(e.Phone)
		roles := v.roles(e)
		if in = len(roles) > 0 || in && len(e.shown(v.now)) == 0; len(roles) > 0 {
			s.Unit = roles[0].Unit
		}
	}
	u, _ := v.tree.Unit(s.Unit)
	s.UnitName = u.Name
	return in
}

// tell takes over what the phone said of itself.
func (s *Stuck) tell(c *storage.Contact) {
	s.App, s.Seen, s.Unsent, s.Failed = c.App, c.At, c.Unsent, c.Failed
	if c.Unsent > 0 || c.Failed > 0 {
		s.Since = c.At - c.Oldest
	}
	for _, t := range c.Troubles {
		s.Why = append(s.Why, Why{Code: t.Code, Record: t.Record, Lane: t.Lane, Since: c.At - t.Age})
	}
}

// rank is what phones are sorted by: those that need somebody first, then by how long they wait.
func (s *Stuck) rank() []byte {
	class := byte(2)
	switch {
	case s.Failed > 0 || len(s.Why) > 0:
		class = 0
	case s.Unsent > 0:
		class = 1
	}
	since := s.Since
	if since == 0 {
		since = math.MaxInt64
	}
	return binary.BigEndian.AppendUint64([]byte{class}, uint64(max(since, 0)))
}

// pageOf cuts one page, and adds what the server rejected to the phones on it.
func pageOf(r storage.Reader, all []ranked, key []byte, after syncproto.ID, limit int) (*Board, error) {
	board := &Board{Devices: []Stuck{}}
	var last []byte
	for i := range all {
		row := &all[i]
		if row.Unsent > 0 || row.Failed > 0 || len(row.Why) > 0 {
			board.Held++
		}
		board.Unsent += row.Unsent
		board.Failed += row.Failed
		if board.Next != "" || after != "" && compareEntries(row.key, row.Device, key, after) <= 0 {
			continue
		}
		if len(board.Devices) == limit {
			board.Next = seal(last, board.Devices[limit-1].Device)
			continue
		}
		board.Devices, last = append(board.Devices, row.Stuck), row.key
	}
	for i := range board.Devices {
		if err := board.Devices[i].addRejected(r); err != nil {
			return nil, err
		}
	}
	return board, nil
}

// addRejected adds up what the server rejected, by code.
func (s *Stuck) addRejected(r storage.Reader) error {
	letters, err := r.DeadLetters(s.Device, 0, maxRejected)
	if err != nil {
		return err
	}
	at := map[syncproto.Code]int{}
	for i := range letters {
		l := &letters[i]
		n, ok := at[l.Code]
		if !ok {
			n = len(s.Why)
			at[l.Code] = n
			s.Why = append(s.Why, Why{Code: l.Code, Since: l.At})
		}
		s.Why[n].Count++
	}
	slices.SortStableFunc(s.Why, func(a, b Why) int { return cmp.Compare(a.Since, b.Since) })
	return nil
}
