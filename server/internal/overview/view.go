package overview

import (
	"slices"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// view is what somebody sees of one snapshot.
type view struct {
	r      storage.Reader
	period period
	now    int64
	at     int64 // of the tree
	rights *people.Rights
	today  *syncproto.Tree
	roof   *roof

	unit syncproto.ID   // that is asked about, "" for several
	tops []syncproto.ID // of the report's tree: everything that it is about counts for one of them
	rows []syncproto.ID // of the table
	row  map[syncproto.ID]int
}

func (s *Service) look(r storage.Reader, by people.Actor, p period, now int64) (*view, error) {
	if by.Person == "" {
		return nil, syncproto.E(syncproto.CodeSessionEnded, "read overview", nil)
	}
	access, err := s.access.Read(r)
	if err != nil {
		return nil, err
	}
	v := &view{r: r, period: p, now: now, at: min(now, p.until.UnixMilli()-1), today: access.Tree(now), row: map[syncproto.ID]int{}}
	v.roof = newRoof(access.Tree(v.at), v.today)
	v.rights, err = access.Of(r, by.Person)
	return v, err
}

// sees reports whether the asker may see the figures of a unit.
func (v *view) sees(unit syncproto.ID) bool {
	if _, runs := v.rights.Operator(v.now); runs || v.rights.On(unit, v.now).Editor {
		return true
	}
	_, officer := v.rights.Officer(unit, v.now)
	return officer
}

// choose finds what the report is about.
func (v *view) choose(unit syncproto.ID) error {
	const op = "read overview"
	own := v.own()
	if len(own) == 0 {
		return syncproto.E(syncproto.CodeForbidden, op, nil)
	}
	if unit != "" {
		if _, ok := v.today.Unit(unit); !ok || !v.sees(unit) {
			return syncproto.E(syncproto.CodeNotFound, op, nil)
		}
		own = []syncproto.ID{unit}
	}
	v.tops = v.roof.tops(own)
	if unit == "" && len(own) == 1 {
		unit = own[0]
	}
	v.unit, v.rows = unit, v.tops
	if len(v.tops) == 1 && v.tops[0] == unit {
		v.rows = append([]syncproto.ID{unit}, v.roof.below(unit)...)
	}
	return nil
}

// own are the units that the asker's grants are over, the highest ones.
func (v *view) own() (own []syncproto.ID) {
	all := v.today.Units()
	for i := range all {
		if v.sees(all[i].ID) {
			own = append(own, all[i].ID)
		}
	}
	return newRoof(v.today, v.today).tops(own)
}

// rowOf is the place in the table of what counts for a unit, -1 for what the report is not about.
func (v *view) rowOf(unit syncproto.ID) int {
	row, known := v.row[unit]
	if known {
		return row
	}
	row = -1
	for _, id := range v.roof.way(unit) {
		if row = slices.Index(v.rows, id); row >= 0 {
			break
		}
	}
	v.row[unit] = row
	return row
}
