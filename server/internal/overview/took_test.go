package overview_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"lantoa/server/internal/overview"
	"lantoa/syncproto"
)

// at0 is a moment in UTC+7.
func at0(ms int64) time.Time { return time.UnixMilli(ms).In(overview.Zone) }

// waited names the step of a time between two revisions.
func waited(name string, came, rev *syncproto.Record) string {
	return name + strconv.Itoa(overview.StepOf(rev.Changed-came.Changed))
}

// TestQuantilesAreRightWithinATenth compares them with those of the list.
func TestQuantilesAreRightWithinATenth(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 3))
		counts := map[string]int64{"other/3": 99}
		var list []int64
		for range 200 + r.IntN(2000) {
			ms := int64(float64(3*minute) * (1 + 400*r.ExpFloat64()))
			list = append(list, ms)
			counts["w/"+strconv.Itoa(overview.StepOf(ms))]++
		}
		slices.Sort(list)
		got := overview.TookOf(counts, "w/")
		if got.Count != int64(len(list)) {
			t.Fatalf("seed %d: counted %d of %d", seed, got.Count, len(list))
		}
		for _, c := range []struct {
			got, want int64
		}{{got.Median, list[len(list)/2]}, {got.Ninety, list[len(list)*9/10]}} {
			if off := float64(c.got)/float64(c.want) - 1; off < -0.1 || off > 0.1 {
				t.Errorf("seed %d: got %d, want %d", seed, c.got, c.want)
			}
		}
	}
}

func TestStepsOfTime(t *testing.T) {
	last := -1
	for ms := int64(0); ms < 100*24*hour; ms += 1 + ms/50 {
		step := overview.StepOf(ms)
		if step < last || step > 68 {
			t.Fatalf("%d ms fall into %d, after %d", ms, step, last)
		}
		last = step
	}
	for ms, want := range map[int64]int{-5: 0, 0: 0, minute: 0, 2 * minute: 4, 4 * minute: 8, 1 << 60: 68} {
		if got := overview.StepOf(ms); got != want {
			t.Errorf("%d ms: got %d, want %d", ms, got, want)
		}
	}
	if got := overview.TookOf(map[string]int64{"w/2": 0, "w/x": 4, "w/99": 5, "w/-1": 3}, "w/"); got != (overview.Took{}) {
		t.Errorf("of nothing: %+v", got)
	}
}
