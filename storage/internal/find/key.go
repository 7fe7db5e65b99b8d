package find

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Key is where a row stands in an order. A page goes on after the key of its last row.
type Key struct {
	First  int64 // waiting: 0 for urgent, 1; best: the level
	Second int64 // waiting: Since; newest: -Changed; best: -number
	Record syncproto.ID
}

// KeyOf returns the key of a row. Level and number matter to a search alone.
func KeyOf(order storage.Order, s *storage.Submission, level int, number int64) Key {
	switch order {
	case storage.OrderNewest:
		return Key{Second: -s.Changed, Record: s.Record}
	case storage.OrderBest:
		return Key{int64(level), -number, s.Record}
	}
	k := Key{First: 1, Second: s.Since, Record: s.Record}
	if s.Flags&storage.FlagUrgent != 0 {
		k.First = 0
	}
	return k
}

// Compare orders keys.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.First, other.First), cmp.Compare(k.Second, other.Second), cmp.Compare(k.Record, other.Record))
}

// letters name the orders inside marks.
var letters = map[storage.Order]byte{storage.OrderWaiting: 'w', storage.OrderNewest: 'n', storage.OrderBest: 'b'}

// Encode makes a page mark.
func (k Key) Encode(order storage.Order) string {
	b := binary.AppendVarint([]byte{letters[order]}, k.First)
	b = binary.AppendVarint(b, k.Second)
	id, _ := k.Record.Bytes()
	return base64.RawURLEncoding.EncodeToString(append(b, id[:]...))
}

func decode(mark string, order storage.Order) (k Key, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(mark)
	if err != nil || len(b) < 1 || b[0] != letters[order] {
		return k, false
	}
	b = b[1:]
	for _, n := range []*int64{&k.First, &k.Second} {
		v, size := binary.Varint(b)
		if size <= 0 {
			return k, false
		}
		*n, b = v, b[size:]
	}
	if len(b) != 16 {
		return k, false
	}
	k.Record = syncproto.IDFromBytes([16]byte(b))
	return k, true
}
