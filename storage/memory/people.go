package memory

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Units implements storage.PeopleReader.
func (r *reader) Units() (out []syncproto.Unit, err error) {
	r.units.from("", func(_ string, u *syncproto.Unit) bool {
		c := *u
		c.Successors = slices.Clone(u.Successors)
		out = append(out, c)
		return true
	})
	return out, nil
}

// EnrollCode implements storage.PeopleReader.
func (r *reader) EnrollCode(hash [32]byte) (*storage.EnrollCode, error) {
	c, ok := r.codes.get(string(hash[:]))
	if !ok {
		return nil, missing("read enrollment code")
	}
	out := *c
	return &out, nil
}

// PutUnit implements storage.PeopleWriter.
func (t *tx) PutUnit(u *syncproto.Unit) error {
	c := *u
	c.Successors = slices.Clone(u.Successors)
	t.units.put(string(u.ID), &c)
	t.keepVersion(u)
	t.access++
	return nil
}

// PutEnrollCode implements storage.PeopleWriter.
func (t *tx) PutEnrollCode(code *storage.EnrollCode) error {
	c := *code
	t.codes.put(string(code.Hash[:]), &c)
	return nil
}
