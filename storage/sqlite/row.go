package sqlite

import (
	"database/sql/driver"
	"encoding/binary"
	"slices"

	"lantoa/syncproto"
)

// key is a record's id as it is stored.
type key = [16]byte

// row is a record as it is stored. Its slices are never changed in place.
type row struct {
	rid      int64
	revision int64
	deleted  bool
	hash     syncproto.Hash
	parent   []byte
	places   []place
	writers  []byte
	body     []byte // the full wire form of a tombstone
	wire     []byte
}

// place is where a record stands in one feed. A place that is not live is a tombstone or a removal.
type place struct {
	scope    uint64
	sequence uint64
	live     bool
}

const (
	rowByID = "SELECT rid, revision, deleted, hash, parent, places, writers, body, wire FROM records WHERE id = ?"

	// rowKnown asks two small indexes whether a record is there and, if not, whether something hangs under it already:
	// a rid, 0, or -1. The driver describes every column of a query before its first row, so that to miss with nine
	// columns costs twice this.
	rowKnown = `SELECT ifnull((SELECT rid FROM records WHERE id = ?1),
		-EXISTS (SELECT 1 FROM records WHERE parent = ?1))`
)

// row reads a record's row; nil if there is none. A tx remembers the rows of its group, absent ones too, since a
// mutation asks for a record before it puts it, and most bring a new one, under which nothing can hang but what came
// before it.
func (r *reader) row(op string, id syncproto.ID) (*row, error) {
	k, ok := id.Bytes()
	if !ok {
		return nil, nil
	}
	if found, known := r.rows[k]; known {
		return found, nil
	}
	return r.readRow(op, k)
}

func (r *reader) readRow(op string, k key) (*row, error) {
	if r.rows != nil {
		probe, err := r.glance(op, rowKnown, k[:])
		if err != nil {
			return nil, err
		}
		if probe != nil && integer(probe[0]) <= 0 {
			r.absent(k, integer(probe[0]) == 0)
			return nil, nil
		}
	}
	columns, err := r.glance(op, rowByID, k[:])
	if err != nil {
		return nil, err
	}
	var found *row
	if columns != nil {
		found = rowOf(columns)
	}
	if r.rows != nil {
		r.rows[k] = found
	}
	return found, nil
}

// absent remembers in a tx that a record is not there, and whether nothing in the file hangs under it.
func (r *reader) absent(k key, childless bool) {
	r.rows[k] = nil
	if _, hung := r.families[k]; hung || !childless {
		return
	}
	if r.childless == nil {
		r.childless = map[key]struct{}{}
	}
	r.childless[k] = struct{}{}
}

func rowOf(c []driver.Value) *row {
	k := &row{
		rid: integer(c[0]), revision: integer(c[1]), deleted: integer(c[2]) != 0, parent: blob(c[4]),
		places: decodePlaces(blob(c[5])), writers: blob(c[6]), body: blob(c[7]), wire: blob(c[8]),
	}
	copy(k.hash[:], blob(c[3]))
	return k
}

// full returns the wire form with everything that a tombstone's own omits.
func (k *row) full() []byte {
	if k.deleted {
		return k.body
	}
	return k.wire
}

func (k *row) record() (*syncproto.Record, error) {
	return decodeRecord(k.full(), k.deleted, k.writers)
}

func decodeRecord(full []byte, deleted bool, writers []byte) (*syncproto.Record, error) {
	r, err := syncproto.DecodeRecord(full)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "decode record", err)
	}
	r.Deleted = deleted
	r.Writers = decodeWriters(writers)
	return r, nil
}

func encodePlaces(places []place) []byte {
	b := make([]byte, 0, 8*len(places))
	for _, p := range places {
		n := p.scope << 1
		if p.live {
			n |= 1
		}
		b = binary.AppendUvarint(b, n)
		b = binary.AppendUvarint(b, p.sequence)
	}
	return b
}

func decodePlaces(b []byte) []place {
	places := make([]place, 0, 4)
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		sequence, more := binary.Uvarint(b[max(size, 0):])
		if size <= 0 || more <= 0 {
			break
		}
		b = b[size+more:]
		places = append(places, place{scope: n >> 1, sequence: sequence, live: n&1 == 1})
	}
	return places
}

// encodeWriters writes, for each field in order, its name, the device, and whether its text was merged.
func encodeWriters(writers map[string]syncproto.Writer) []byte {
	names := make([]string, 0, len(writers))
	for name := range writers {
		names = append(names, name)
	}
	slices.Sort(names)
	b := make([]byte, 0, 32*len(names))
	for _, name := range names {
		w := writers[name]
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		device, known := w.Device.Bytes()
		flags := byte(0)
		if w.Merged {
			flags |= 1
		}
		if known {
			flags |= 2
		}
		b = append(b, flags)
		b = append(b, device[:]...)
	}
	return b
}

func decodeWriters(b []byte) map[string]syncproto.Writer {
	if len(b) == 0 {
		return nil
	}
	out := make(map[string]syncproto.Writer, 4)
	for len(b) > 0 {
		n, size := binary.Uvarint(b)
		if size <= 0 || uint64(len(b)-size) < n+17 {
			break
		}
		name := string(b[size : size+int(n)])
		b = b[size+int(n):]
		w := syncproto.Writer{Merged: b[0]&1 != 0}
		if b[0]&2 != 0 {
			w.Device = syncproto.IDFromBytes([16]byte(b[1:17]))
		}
		out[name] = w
		b = b[17:]
	}
	return out
}
