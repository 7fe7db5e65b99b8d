package sqlite

import (
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/storage/internal/find"
	"lantoa/syncproto"
)

// TestQueuesUseTheIndexMadeForThem: what comes in an order comes from an index in that order, and only where few rows fit
// are they sorted.
func TestQueuesUseTheIndexMadeForThem(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c, err := dial(s.path, readerPragmas)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	id := syncproto.MakeID(1, [10]byte{1})
	open := []syncproto.State{syncproto.StateSubmitted, syncproto.StateInReview}
	const sorted = "USE TEMP B-TREE FOR ORDER BY"
	small := func(inner ...string) []string { // only what an index has is sorted
		whole := []string{"SEARCH s USING INTEGER PRIMARY KEY (rowid=?)", "LIST SUBQUERY 1"}
		return append(append(whole, inner...), sorted, sorted)
	}
	for _, q := range []struct {
		storage.Query
		want []string
	}{
		{storage.Query{States: open}, []string{"SCAN s USING INDEX submissions_open"}},
		{storage.Query{States: open, Units: []syncproto.ID{id}}, []string{"SCAN s USING INDEX submissions_open"}},
		{
			storage.Query{States: open, Order: storage.OrderNewest, Units: []syncproto.ID{id}},
			small("SCAN s USING COVERING INDEX submissions_open"),
		},
		{
			storage.Query{Units: []syncproto.ID{id}, All: storage.FlagConflict, States: []syncproto.State{syncproto.StatePublished}},
			small("SEARCH s USING COVERING INDEX submissions_unit (unit=?)"),
		},
		{storage.Query{}, []string{"SCAN s USING INDEX submissions_waiting"}},
		{storage.Query{Order: storage.OrderNewest}, []string{"SCAN s USING INDEX submissions_newest"}},
		{
			storage.Query{Order: storage.OrderNewest, Units: []syncproto.ID{id}},
			[]string{"SEARCH s USING INDEX submissions_unit (unit=?)"},
		},
		{
			storage.Query{Order: storage.OrderNewest, States: []syncproto.State{syncproto.StateDeclined}},
			[]string{"SEARCH s USING INDEX submissions_state (state=?)"},
		},
		{
			storage.Query{Order: storage.OrderNewest, Author: id},
			[]string{"SEARCH s USING INDEX submissions_author (author=?)"},
		},
		{
			storage.Query{Order: storage.OrderNewest, All: storage.FlagChild | storage.FlagLocation},
			[]string{"SCAN s USING INDEX submissions_flagged"},
		},
		{
			storage.Query{Order: storage.OrderNewest, All: storage.FlagLocation},
			[]string{"SCAN s USING INDEX submissions_newest"},
		},
		{
			storage.Query{Order: storage.OrderNewest, From: find.Key{Second: -5, Record: id}.Encode(storage.OrderNewest)},
			[]string{"SEARCH s USING INDEX submissions_newest (changed<?)"},
		},
		{
			storage.Query{States: open, From: find.Key{First: 1, Second: 5, Record: id}.Encode(storage.OrderWaiting)},
			[]string{"SEARCH s USING INDEX submissions_open ((calm,since,record)>(?,?,?))"},
		},
		{storage.Query{Author: id}, []string{"SEARCH s USING INDEX submissions_author (author=?)", sorted}},
		{storage.Query{Claimer: id}, []string{"SEARCH s USING INDEX submissions_claimer (claimer=?)", sorted}},
		{
			storage.Query{Text: "a", Order: storage.OrderNewest},
			small("SCAN f VIRTUAL TABLE INDEX 0:M2", "SEARCH s USING INTEGER PRIMARY KEY (rowid=?)"),
		},
	} {
		q.Limit = 50
		p, err := find.Check(&q.Query)
		if err != nil {
			t.Fatal(err)
		}
		sql, args := queueSQL(p)
		var plan []string
		err = c.each("EXPLAIN QUERY PLAN "+sql, func(row []driver.Value) bool {
			plan = append(plan, text(row[3]))
			return true
		}, args...)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Join(plan, "\n") != strings.Join(q.want, "\n") {
			t.Errorf("%s\ngot  %q\nwant %q", sql, plan, q.want)
		}
	}
}
