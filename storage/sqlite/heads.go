package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

// heads are the heads of scopes that a transaction has read. They change here and are written once, before the
// commit: a busy scope costs one row per group and not one per record. The writer's lock on the file is the lock on
// the heads.
type heads struct {
	byScope  map[syncproto.Scope]*head
	byNumber map[uint64]*head
	absent   map[syncproto.Scope]struct{} // not in the file: nothing was ever placed there
	log      []headChange
}

type head struct {
	storage.Head
	dirty bool
}

// headChange is what a rollback needs: the head before, or that it was not there.
type headChange struct {
	head    *head
	before  storage.Head
	created bool
}

func newHeads() *heads {
	return &heads{byScope: map[syncproto.Scope]*head{}, byNumber: map[uint64]*head{}, absent: map[syncproto.Scope]struct{}{}}
}

func (h *heads) add(read storage.Head) *head {
	one := &head{Head: read}
	h.byScope[read.Scope], h.byNumber[read.Number] = one, one
	return one
}

// change notes that a head is about to change.
func (h *heads) change(one *head) {
	h.log = append(h.log, headChange{head: one, before: one.Head})
	one.dirty = true
}

func (h *heads) mark() int { return len(h.log) }

func (h *heads) rollback(mark int) {
	for i := len(h.log) - 1; i >= mark; i-- {
		c := h.log[i]
		c.head.Head = c.before
		if c.created {
			delete(h.byScope, c.head.Scope)
			delete(h.byNumber, c.head.Number)
			c.head.dirty = false
		}
	}
	h.log = h.log[:mark]
}

const (
	headColumns = "SELECT number, sequence, floor, count, sum, name FROM scopes "
	headByName  = headColumns + "WHERE name = ?"
	headByNum   = headColumns + "WHERE number = ?"
)

func headOf(row []driver.Value) storage.Head {
	var sum [16]byte
	copy(sum[:], blob(row[4]))
	return storage.Head{
		Scope: syncproto.Scope(text(row[5])), Number: uint64(integer(row[0])), Sequence: uint64(integer(row[1])),
		Floor: uint64(integer(row[2])), Sum: syncproto.MakeSum(integer(row[3]), sum),
	}
}

// Heads implements storage.FeedReader.
func (r *reader) Heads(scopes []syncproto.Scope) ([]storage.Head, error) {
	out := make([]storage.Head, 0, len(scopes))
	for _, scope := range scopes {
		h, known := r.heads.get(scope)
		if !known {
			row, err := r.glance("read heads", headByName, string(scope))
			if err != nil {
				return nil, err
			}
			if row != nil {
				h = headOf(row)
			}
			r.heads.learn(h)
		}
		out = append(out, h)
	}
	return out, nil
}

// get returns what a tx knows of a scope; the heads of a view are nil and know nothing.
func (h *heads) get(scope syncproto.Scope) (storage.Head, bool) {
	none := storage.Head{Scope: scope}
	if h == nil {
		return none, false
	}
	if one := h.byScope[scope]; one != nil {
		return one.Head, true
	}
	_, absent := h.absent[scope]
	return none, absent
}

// learn keeps what the file says of a scope.
func (h *heads) learn(read storage.Head) {
	switch {
	case h == nil:
	case read.Number == 0:
		h.absent[read.Scope] = struct{}{}
	default:
		h.add(read)
	}
}

// ScopesByNumber implements storage.FeedReader.
func (r *reader) ScopesByNumber(numbers []uint64) (map[uint64]syncproto.Scope, error) {
	out := make(map[uint64]syncproto.Scope, len(numbers))
	for _, n := range numbers {
		row, err := r.first("read scopes", "SELECT name FROM scopes WHERE number = ?", int64(n))
		if err != nil {
			return nil, err
		}
		if row != nil {
			out[n] = syncproto.Scope(text(row[0]))
		}
	}
	return out, nil
}

// head returns the head of a scope, giving it a number on first use.
func (t *tx) head(scope syncproto.Scope) (*head, error) {
	const op = "read head"
	if h := t.heads.byScope[scope]; h != nil {
		return h, nil
	}
	if _, absent := t.heads.absent[scope]; !absent {
		row, err := t.glance(op, headByName, string(scope))
		if err != nil {
			return nil, err
		}
		if row != nil {
			return t.heads.add(headOf(row)), nil
		}
	}
	empty := syncproto.Sum{}.Bytes()
	result, err := t.exec(op, "INSERT INTO scopes (sequence, floor, count, sum, name) VALUES (0, 0, 0, ?, ?)",
		empty[:], string(scope))
	if err != nil {
		return nil, err
	}
	n, err := result.LastInsertId()
	if err != nil {
		return nil, classify(op, err)
	}
	h := t.heads.add(storage.Head{Scope: scope, Number: uint64(n)})
	t.heads.log = append(t.heads.log, headChange{head: h, before: h.Head, created: true})
	return h, nil
}

// headByNumber returns the head of a scope that a record has a place in.
func (t *tx) headByNumber(n uint64) (*head, error) {
	const op = "read head"
	if h := t.heads.byNumber[n]; h != nil {
		return h, nil
	}
	row, err := t.glance(op, headByNum, int64(n))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, op, nil)
	}
	return t.heads.add(headOf(row)), nil
}

// flush writes what waits and the heads that changed.
func (t *tx) flush() error {
	if err := t.settle(); err != nil {
		return err
	}
	if err := t.writeWords(); err != nil {
		return err
	}
	for _, h := range t.heads.byNumber {
		if !h.dirty {
			continue
		}
		sum := h.Sum.Bytes()
		_, err := t.exec("write heads", "UPDATE scopes SET sequence = ?, floor = ?, count = ?, sum = ? WHERE number = ?",
			int64(h.Sequence), int64(h.Floor), h.Sum.Count, sum[:], int64(h.Number))
		if err != nil {
			return err
		}
		h.dirty = false
	}
	return nil
}
