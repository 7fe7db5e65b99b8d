package overview_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// TestASplitUnitCountsOnce: what a unit did before it was split stays in a row of its own, below what its successors stand under.
func TestASplitUnitCountsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.now = day(2025, 3, 1)
		w.story(w.river, "")
		w.story(w.river, "")
		w.story(w.hill, "")
		july := day(2025, 7, 1)
		editor := w.join("Đỗ Anh Tuấn", w.river, syncproto.RoleEditor)
		_, err := w.people.Reorganise(t.Context(), people.Console(), []people.UnitChange{
			{Act: people.ActSplit, Unit: w.river, At: july, Parts: []people.Part{{Name: "Xã Sông Thượng"}, {Name: "Xã Sông Hạ"}}},
		}, false)
		if err != nil {
			t.Fatal(err)
		}
		w.now = july + hour
		got := w.report(w.boss, overview.Ask{Unit: w.north, From: day(2025, 1, 1), Until: day(2026, 1, 1)})
		if want := map[string]int64{"Xã Sông": 2, "Xã Đồi": 1}; !maps.Equal(rows(got), want) || got.Total.Came != 3 || len(got.Rows) != 5 {
			t.Errorf("got %v, %d in %d rows", rows(got), got.Total.Came, len(got.Rows))
		}
		for _, row := range got.Rows {
			if (row.Name == "Xã Sông") != (row.Ended == july) {
				t.Errorf("%s ended %d", row.Name, row.Ended)
			}
		}
		if all := w.report(editor, overview.Ask{From: day(2025, 1, 1), Until: day(2026, 1, 1)}); all.Total.Came != 2 {
			t.Errorf("the editor of the split commune sees %d: %v", all.Total.Came, rows(all))
		}
	})
}

// TestNothingIsLostOrCountsTwice merges, moves and splits units at random, and asks about times before, across and after: all rows
// together are always all there is, on every level.
func TestNothingIsLostOrCountsTwice(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 8))
		w := newWorld(t, memory.New())
		units := []syncproto.ID{w.river, w.hill, w.lake, w.field}
		sent := map[int]int64{} // by month
		alive := append([]syncproto.ID{}, units...)
		for month := 1; month <= 8; month++ {
			w.now = day(2025, time.Month(month), 3)
			for range 1 + r.IntN(4) {
				unit := alive[r.IntN(len(alive))]
				if len(w.writers[unit]) == 0 {
					w.writers[unit] = append(w.writers[unit], w.join("Lan", unit, syncproto.RoleVolunteer))
				}
				w.story(unit, "")
				sent[month]++
			}
			w.now = day(2025, time.Month(month), 20)
			at := r.IntN(len(alive))
			one, other := alive[at], alive[(at+1)%len(alive)]
			var change people.UnitChange
			switch r.IntN(3) {
			case 0:
				parts := []people.Part{{Unit: syncproto.NewID(), Name: fmt.Sprint("Phần A", month)}, {Unit: syncproto.NewID(), Name: fmt.Sprint("Phần B", month)}}
				change = people.UnitChange{Act: people.ActSplit, Unit: one, Parts: parts}
				alive[at] = parts[0].Unit
				alive = append(alive, parts[1].Unit)
			case 1:
				change = people.UnitChange{Act: people.ActReparent, Unit: one, Parent: []syncproto.ID{w.north, w.south, w.province}[r.IntN(3)]}
			default:
				if len(alive) < 2 {
					continue
				}
				change = people.UnitChange{Act: people.ActMerge, Unit: one, Units: []syncproto.ID{other}}
				next := alive[:0:0]
				for _, id := range alive {
					if id != other {
						next = append(next, id)
					}
				}
				alive = next
			}
			if _, err := w.people.Reorganise(t.Context(), people.Console(), []people.UnitChange{change}, false); err != nil {
				t.Logf("seed %d: %v was refused: %v", seed, change.Act, err)
				t.FailNow()
			}
		}
		w.fold()
		w.now = day(2025, 9, 1)
		for from := 1; from <= 8; from++ {
			for until := from + 1; until <= 9; until++ {
				want := int64(0)
				for month := from; month < until; month++ {
					want += sent[month]
				}
				ask := overview.Ask{From: day(2025, time.Month(from), 1), Until: day(2025, time.Month(until), 1), Step: overview.StepMonth}
				w.whole(seed, ask, want, 0)
			}
		}
	}
}

// whole holds a report, and those of the units below, to a number.
func (w *world) whole(seed uint64, ask overview.Ask, want int64, depth int) {
	w.t.Helper()
	got := w.report(w.boss, ask)
	sum := int64(0)
	for _, row := range got.Rows {
		sum += row.Sums.Came
		if row.More && depth < 4 {
			below := ask
			below.Unit = row.ID
			w.whole(seed, below, row.Sums.Came, depth+1)
		}
	}
	if got.Total.Came != want || sum != want {
		w.t.Fatalf("seed %d: %+v: got %d, in rows %d, want %d: %v", seed, ask, got.Total.Came, sum, want, rows(got))
	}
}
