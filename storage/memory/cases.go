package memory

import (
	"cmp"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Case implements storage.CaseReader.
func (r *reader) Case(id syncproto.ID) (*storage.Case, error) {
	c, ok := r.cases.get(string(id))
	if !ok {
		return nil, missing("read case")
	}
	return copyCase(c), nil
}

// Cases implements storage.CaseReader.
func (r *reader) Cases(units []syncproto.ID, open bool, after syncproto.ID, limit int) ([]storage.Case, error) {
	var last *storage.Case
	if after != "" {
		var err error
		if last, err = r.Case(after); err != nil {
			return nil, err
		}
	}
	return r.casesWhere(limit, byDoneBy, func(c *storage.Case) bool {
		return (units == nil || c.Unit != "" && slices.Contains(units, c.Unit)) && (!open || c.Closed == 0) &&
			(last == nil || byDoneBy(c, last) > 0)
	}), nil
}

// CasesDue implements storage.CaseReader.
func (r *reader) CasesDue(at int64, limit int) ([]storage.Case, error) {
	byDue := func(a, b *storage.Case) int { return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.ID, b.ID)) }
	return r.casesWhere(limit, byDue, func(c *storage.Case) bool { return c.Due > 0 && c.Due <= at }), nil
}

func byDoneBy(a, b *storage.Case) int {
	return cmp.Or(cmp.Compare(a.DoneBy, b.DoneBy), cmp.Compare(a.ID, b.ID))
}

func (r *reader) casesWhere(limit int, order func(a, b *storage.Case) int, wanted func(*storage.Case) bool) (out []storage.Case) {
	var found []*storage.Case
	r.cases.from("", func(_ string, c *storage.Case) bool {
		if wanted(c) {
			found = append(found, c)
		}
		return true
	})
	slices.SortFunc(found, order)
	for _, c := range found {
		if len(out) == limit {
			break
		}
		out = append(out, *copyCase(c))
	}
	return out
}

// PutCase implements storage.CaseWriter.
func (t *tx) PutCase(c *storage.Case) error {
	if !c.ID.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, "store case", nil)
	}
	t.cases.put(string(c.ID), copyCase(c))
	return nil
}

func copyCase(c *storage.Case) *storage.Case {
	out := *c
	out.Steps = slices.Clone(c.Steps)
	return &out
}
