package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// ofIntent is how many shares and deliveries an intent has room for: their numbers are its own times this, and more.
const ofIntent = 1 << 24

// intent is an intent with what is known of its deliveries. It is never changed after it was put.
type intent struct {
	storage.Intent
	shares, unplanned, rows, waits, leased int64
	turn                                   int64
	tally                                  *tally // once it is pruned
	pruned                                 bool   // nothing of it is left
}

type tally struct {
	deliveries, persons map[storage.DeliveryState]int64
}

// over reports whether nothing is done for it any more.
func (i *intent) over() bool {
	return i.State == storage.IntentDone || i.State == storage.IntentCancelled
}

// active reports whether its deliveries are leased when they are due.
func (i *intent) active() bool {
	return i.State == storage.IntentPlanning || i.State == storage.IntentOpen
}

func intentKey(i *storage.Intent) string {
	return string(i.Record) + "\x00" + i.Kind + "\x00" + number(uint64(i.Revision)) + string(i.To)
}

// signed is number for numbers of either sign.
func signed(n int64) string { return number(uint64(n) ^ 1<<63) }

// intent returns a copy, to be changed and put.
func (r *reader) intent(op string, n int64) (*intent, error) {
	found, ok := r.intents.get(signed(n))
	if !ok {
		return nil, missing(op)
	}
	c := *found
	return &c, nil
}

func (t *tx) keep(i *intent) { t.intents.put(signed(i.Number), i) }

// Intent implements storage.DeliveryReader.
func (r *reader) Intent(n int64) (*storage.Intent, error) {
	i, err := r.intent("read intent", n)
	if err != nil {
		return nil, err
	}
	return &i.Intent, nil
}

// IntentsOf implements storage.DeliveryReader.
func (r *reader) IntentsOf(record syncproto.ID) (out []storage.Intent, err error) {
	if !record.Valid() {
		return nil, nil // those about no record are nobody's list
	}
	r.intended.under(string(record)+"\x00", "", func(_ string, n int64) bool {
		i, _ := r.intents.get(signed(n))
		out = append(out, i.Intent)
		return true
	})
	slices.SortFunc(out, func(a, b storage.Intent) int { return cmp.Compare(a.Number, b.Number) })
	return out, nil
}

// Intents implements storage.DeliveryReader.
func (r *reader) Intents() ([]storage.Intent, error) {
	return r.intentsWhere(-1, func(i *intent) bool { return !i.over() }), nil
}

// Planning implements storage.DeliveryReader.
func (r *reader) Planning(limit int) ([]storage.Intent, error) {
	return r.intentsWhere(limit, func(i *intent) bool { return i.unplanned > 0 }), nil
}

func (r *reader) intentsWhere(limit int, wanted func(i *intent) bool) (out []storage.Intent) {
	for _, class := range storage.Classes() {
		r.intents.from("", func(_ string, i *intent) bool {
			if i.Class == class && wanted(i) && len(out) != limit {
				out = append(out, i.Intent)
			}
			return len(out) != limit
		})
	}
	return out
}

// NextShare implements storage.DeliveryReader.
func (r *reader) NextShare(n int64) (found *storage.Share, err error) {
	r.shares.under(signed(n), "", func(_ string, s *storage.Share) bool {
		found = copyShare(s)
		return false
	})
	if found == nil {
		return nil, missing("read share")
	}
	return found, nil
}

func copyShare(s *storage.Share) *storage.Share {
	c := *s
	c.Persons, c.Units = slices.Clone(s.Persons), slices.Clone(s.Units)
	return &c
}

// NoticesDue implements storage.DeliveryReader.
func (r *reader) NoticesDue(now int64, limit int) (out []storage.Notice, err error) {
	r.untaken.from("", func(key string, _ struct{}) bool {
		if len(out) == limit {
			return false
		}
		if n, _ := r.notices.get(key); n.Due <= now {
			out = append(out, *n)
		}
		return true
	})
	return out, nil
}

// NoticeTaken implements storage.DeliveryWriter.
func (t *tx) NoticeTaken(n int64) error {
	t.untaken.drop(number(uint64(n)))
	return nil
}

// AddIntent implements storage.DeliveryWriter.
func (t *tx) AddIntent(i *storage.Intent, shares []storage.Share) (added bool, err error) {
	if err := storage.CheckIntent(i, shares); err != nil {
		return false, err
	}
	key := intentKey(i)
	if same, ok := t.intended.get(key); ok {
		i.Number = same
		return false, nil
	}
	t.lastIntent++
	i.Number, i.State, i.Over = t.lastIntent, storage.IntentPlanning, 0
	if len(shares) == 0 {
		i.State, i.Over = storage.IntentDone, max(i.At, 1)
	}
	t.keep(&intent{Intent: *i, shares: int64(len(shares)), unplanned: int64(len(shares))})
	t.intended.put(key, i.Number)
	for n := range shares {
		s := copyShare(&shares[n])
		s.Intent, s.Number = i.Number, n
		t.shares.put(signed(i.Number)+signed(int64(n)), s)
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
	switch i.State {
	case storage.IntentDone, storage.IntentCancelled:
		if !old.over() {
			t.end(old, i.State, i.Over)
		}
		return nil
	case storage.IntentPlanning, storage.IntentOpen, storage.IntentPaused:
		if old.over() {
			return syncproto.E(syncproto.CodeWrongState, op, nil) // nothing of it can be leased again
		}
		old.State, old.Over = i.State, i.Over
		t.keep(old)
		return nil
	}
	return syncproto.E(syncproto.CodeInvalidValue, op, nil)
}

// CancelIntent implements storage.DeliveryWriter.
func (t *tx) CancelIntent(n, at int64) (int64, error) {
	i, err := t.intent("cancel intent", n)
	if err != nil || i.over() {
		return 0, err
	}
	return t.end(i, storage.IntentCancelled, at), nil
}

// end makes an intent over and returns how many of its deliveries that cancelled. One of which something waits is never
// done.
func (t *tx) end(i *intent, state storage.IntentState, at int64) (cancelled int64) {
	if i.waits > 0 {
		state = storage.IntentCancelled
	}
	i.State, i.Over, i.unplanned = state, max(at, 1), 0
	for _, d := range t.waitsOf(i.Number, 1<<62, -1) {
		c := *d
		c.State, c.Over = storage.DeliveryCancelled, i.Over
		t.put(i, d, &c)
		cancelled++
	}
	var shares []string
	t.shares.under(signed(i.Number), "", func(rest string, _ *storage.Share) bool {
		shares = append(shares, rest)
		return true
	})
	for _, rest := range shares {
		t.shares.drop(signed(i.Number) + rest)
	}
	t.keep(i)
	return cancelled
}
