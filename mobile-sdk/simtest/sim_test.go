package simtest_test

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/mobile-sdk/simtest"
)

var (
	oneSeed = flag.Int64("seed", 0, "run this seed alone and print its transcript")
	seeds   = flag.Int64("seeds", 0, "how many seeds to run; 0 for 600, or 20 with -short")
	long    = flag.Duration("long", 0, "run seeds until this much time has passed")
)

// first is the seed at which the runs begin, so that a long run can go where the usual ones do not.
var first = flag.Int64("first", 1, "the first seed")

// TestSimulation runs seed after seed on every processor. Print one with
//
//	go test ./mobile-sdk/simtest -run TestSimulation -seed N
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		r, err := simtest.Run(*oneSeed, simtest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Log(r)
		report(t, r, simtest.Options{})
		return
	}
	count := *seeds
	switch {
	case *long > 0:
		count = 1 << 40
	case count == 0 && testing.Short():
		count = 20
	case count == 0:
		count = 600
	}
	began := time.Now()
	done := runAll(t, *first, count, simtest.Options{})
	t.Logf("%d seeds from %d, %v a seed", done, *first, time.Since(began)*time.Duration(runtime.GOMAXPROCS(0))/time.Duration(max(done, 1)))
}

// runAll runs seeds until they are done, time is up, or one has failed, and returns how many ran.
func runAll(t *testing.T, from, count int64, o simtest.Options) int64 {
	t.Helper()
	var next, done atomic.Int64
	var failed atomic.Bool
	next.Store(from)
	began := time.Now()
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for !failed.Load() && (*long == 0 || time.Since(began) < *long) {
				seed := next.Add(1) - 1
				if seed >= from+count {
					return
				}
				r, err := simtest.Run(seed, o)
				if err != nil {
					t.Errorf("seed %d: %v", seed, err)
					failed.Store(true)
					return
				}
				done.Add(1)
				if r.Failed() {
					failed.Store(true)
					report(t, r, o)
				}
			}
		})
	}
	wait.Wait()
	return done.Load()
}

// report fails the test with the shortest run that shows the same broken invariant.
func report(t *testing.T, r *simtest.Result, o simtest.Options) {
	t.Helper()
	if !r.Failed() {
		return
	}
	small := simtest.Shrink(r, o, 150)
	t.Errorf("seed %d breaks: %s\nreplay: go test ./mobile-sdk/simtest -run TestSimulation -seed %d\nthe shortest run that shows it:\n%s",
		r.Seed, r.Violations[0], r.Seed, small)
}
