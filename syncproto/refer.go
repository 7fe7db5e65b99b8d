package syncproto

import (
	"maps"
	"slices"
)

// sentMember is the member of a change that names what it leaves out.
const sentMember = "sent"

// AppendReferring appends a record as it goes back to the device that just wrote it (S-77): without the fields that
// sent names, whose values the device has in the mutations of those numbers. A photo's caption or a story's body is then
// paid for once and not twice. The caller has made sure that the values are equal.
func AppendReferring(dst []byte, r *Record, sent map[string]int64) []byte {
	if len(sent) == 0 {
		return AppendRecord(dst, r)
	}
	if len(r.Extra) == 0 {
		return appendRecord(dst, r, sent)
	}
	short := *r
	short.Fields, short.Extra = maps.Clone(r.Fields), maps.Clone(r.Extra)
	for field := range sent {
		delete(short.Fields, field)
	}
	short.Extra[sentMember] = Value(appendSent(nil, sent))
	return AppendRecord(dst, &short)
}

// appendSent writes what a change leaves out: mutation numbers by field.
func appendSent(dst []byte, sent map[string]int64) []byte {
	var few [16]string
	names := few[:0]
	for name := range sent {
		names = append(names, name)
	}
	slices.Sort(names)
	w := objectWriter{dst: append(dst, '{')}
	for _, name := range names {
		w.key(name)
		w.dst = appendInt(w.dst, sent[name])
	}
	return append(w.dst, '}')
}

// Fill puts back what Sent names, as value gives it by field and mutation number, and makes Wire whole. It fails with
// missing_member if value does not know one; the change is then unusable, and the scope's sum will say so.
func (c *Change) Fill(value func(field string, number int64) (Value, bool)) error {
	if len(c.Sent) == 0 {
		return nil
	}
	r, err := DecodeRecord(c.Wire)
	if err != nil {
		return err
	}
	for field, n := range c.Sent {
		v, ok := value(field, n)
		if !ok || v.IsNull() || r.Fields == nil {
			return &Error{Code: CodeMissingMember, Op: "fill change", Detail: field}
		}
		r.Fields[field] = v
	}
	delete(r.Extra, sentMember)
	c.Wire, c.Sent = AppendRecord(nil, r), nil
	return nil
}
