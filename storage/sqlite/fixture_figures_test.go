package sqlite_test

import (
	"fmt"

	"lantoa/storage"
	"lantoa/syncproto"
)

// fixtureFigures is what came with the seventh schema: what reports are made of.
func fixtureFigures(tx storage.Tx) error {
	unit := benchID(3e9)
	add := []storage.Counters{
		{Span: 20260701, Unit: unit, Counts: map[string]int64{"came/story": 2, "claim/7": 1}},
		{Span: 202607, Unit: unit, Counts: map[string]int64{"came/story": 2, "claim/7": 1}},
	}
	if err := tx.Count(0, 3, add); err != nil {
		return err
	}
	return tx.PutCallSum(&storage.CallSum{Call: benchID(77), At: 9, Reaches: []storage.Reach{
		{Unit: unit, Eligible: 5, Answered: 2, Choices: map[string]int64{"yes": 2}},
	}})
}

func fixtureFiguresText(r storage.Reader) (out string) {
	counted, countedErr := r.Counted()
	out = fmt.Sprintln(counted, countedErr)
	err := r.Counters(0, 1<<60, func(c *storage.Counters) bool {
		out += fmt.Sprintln(c.Span, c.Unit, c.Counts)
		return true
	})
	sum, sumErr := r.CallSum(benchID(77))
	waits, waitsErr := r.Waits([]int64{1 << 60})
	active, activeErr := r.ActiveDevices(0)
	out += fmt.Sprintln(err, sum, sumErr, waits, waitsErr, active, activeErr)
	err = r.Authors(0, 1<<60, func(unit, author syncproto.ID) bool {
		out += fmt.Sprintln(unit, author)
		return true
	})
	return out + fmt.Sprintln(err)
}
