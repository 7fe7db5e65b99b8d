package overview

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// cell is a span of a unit.
type cell struct {
	span int64
	unit syncproto.ID
}

// sums are counts by cell.
type sums map[cell]map[string]int64

func (s sums) add(c cell, name string, n int64) {
	counts := s[c]
	if counts == nil {
		counts = map[string]int64{}
		s[c] = counts
	}
	counts[name] += n
}

// list is the counts in the form and order of the store.
func (s sums) list() []storage.Counters {
	out := make([]storage.Counters, 0, len(s))
	for c, counts := range s {
		out = append(out, storage.Counters{Span: c.span, Unit: c.unit, Counts: counts})
	}
	slices.SortFunc(out, func(a, b storage.Counters) int {
		if a.Span != b.Span {
			return int(a.Span - b.Span)
		}
		if a.Unit < b.Unit {
			return -1
		}
		return 1
	})
	return out
}

// tickOff counts what entries of the log say. Of each submission its whole trail is read, so that the entries may be any part of
// the log: the same entry always counts the same.
func tickOff(r storage.Reader, entries []storage.Audit, count func(k tick)) error {
	wanted := map[int64]bool{}
	var records []syncproto.ID
	for i := range entries {
		if e := &entries[i]; counts(e.Act) && e.Record != "" {
			wanted[e.Number] = true
			records = append(records, e.Record)
		}
	}
	slices.Sort(records)
	for _, record := range slices.Compact(records) {
		if err := tickOne(r, record, wanted, count); err != nil {
			return err
		}
	}
	return nil
}

// maxTrail bounds how many entries of one submission are followed.
const maxTrail = 5000

func tickOne(r storage.Reader, record syncproto.ID, wanted map[int64]bool, count func(k tick)) error {
	entries, err := r.Audits(record, 0, maxTrail)
	if err != nil {
		return err
	}
	t := trail{}
	for i := range entries {
		e := &entries[i]
		if !counts(e.Act) {
			continue
		}
		if t.kind == "" {
			if t.kind, err = kindOf(r, record); err != nil || t.kind == "" {
				return err
			}
		}
		for _, k := range t.next(e) {
			if wanted[e.Number] {
				count(k)
			}
		}
	}
	return nil
}

// kindOf is what a submission is: its kind, and the type that it had when the desk first saw it. It is "" for what is none.
func kindOf(r storage.Reader, record syncproto.ID) (string, error) {
	stored, err := r.Record(record)
	if err != nil {
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			err = nil
		}
		return "", err
	}
	top := stored.Record
	if !syncproto.Reviewed(top.Kind) {
		return "", nil
	}
	kind := string(top.Kind) + "/"
	if top.Erased {
		return kind, nil
	}
	revisions, err := r.Revisions(record)
	if err != nil {
		return "", err
	}
	for _, revision := range revisions {
		if syncproto.SeenByDesk(revision.State) {
			if name := revision.Fields["type"].TextOr(""); syncproto.ValidName(name) {
				kind += name
			}
			break
		}
	}
	return kind, nil
}
