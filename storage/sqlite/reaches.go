package sqlite

import (
	"database/sql/driver"

	"lantoa/storage"
	"lantoa/syncproto"
)

const reachesSQL = `SELECT unit, choice, standing, count(*), sum(received > 0 OR shown > 0 OR opened > 0), sum(opened > 0), sum(count),
	sum(came > 0), sum(CASE WHEN came > 0 THEN max(count, 1) ELSE 0 END)
	FROM recipients WHERE ` + ofList + `GROUP BY unit, choice, standing ORDER BY unit`

// Reaches implements storage.CallReader.
func (r *reader) Reaches(call syncproto.ID) (out []storage.Reach, err error) {
	err = r.each("add up a call", reachesSQL, func(row []driver.Value) bool {
		unit := idOf(row[0])
		if len(out) == 0 || out[len(out)-1].Unit != unit {
			out = append(out, storage.Reach{Unit: unit, Choices: map[string]int64{}})
		}
		addReach(&out[len(out)-1], row)
		return true
	}, id16(call))
	return out, err
}

func addReach(m *storage.Reach, row []driver.Value) {
	choice, persons := text(row[1]), integer(row[3])
	m.Eligible += persons
	m.Arrived += integer(row[4])
	m.Opened += integer(row[5])
	m.Came += integer(row[7])
	m.CamePeople += integer(row[8])
	if choice != "" {
		m.Answered += persons
		m.Choices[choice] += persons
	}
	switch syncproto.State(text(row[2])) {
	case syncproto.StateRegistered, syncproto.StateCame:
		m.Places += integer(row[6])
	case syncproto.StateWaiting:
		m.Waiting += persons
	case syncproto.StateLate:
		m.Late += persons
	}
}
