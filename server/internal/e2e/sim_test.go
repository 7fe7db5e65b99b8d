package e2e

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"lantoa/mobile-sdk/simtest"
)

var (
	oneSeed = flag.Int64("seed", 0, "run this seed alone and print its transcript")
	first   = flag.Int64("first", 1, "the first seed")
	seeds   = flag.Int64("seeds", 0, "how many seeds to run over each store; 0 for the usual number")
)

// TestSimulation plays the simulator's seeds against the real handlers.
func TestSimulation(t *testing.T) {
	for _, c := range []struct {
		name  string
		count int64
		make  func(simtest.Setting) (simtest.Backend, error)
	}{{"memory", 60, overMemory}, {"sqlite", 30, overSQLite}} {
		t.Run(c.name, func(t *testing.T) {
			count := c.count
			if *seeds > 0 {
				count = *seeds
			}
			if testing.Short() {
				count /= 10
			}
			play(t, count, simtest.Options{Backend: c.make})
		})
	}
}

func play(t *testing.T, count int64, o simtest.Options) {
	if *oneSeed != 0 {
		one(t, *oneSeed, o, true)
		return
	}
	var next atomic.Int64
	next.Store(*first - 1)
	var failed atomic.Bool
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for !failed.Load() {
				seed := next.Add(1)
				if seed >= *first+count {
					return
				}
				if !one(t, seed, o, false) {
					failed.Store(true)
				}
			}
		})
	}
	wait.Wait()
}

// one runs a seed and reports whether every invariant held.
func one(t *testing.T, seed int64, o simtest.Options, print bool) bool {
	r, err := simtest.Run(seed, o)
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
		return false
	}
	if print {
		t.Log(r)
	}
	if r.Failed() {
		t.Errorf("seed %d breaks: %s\nthe shortest run that shows it:\n%s", seed, r.Violations[0], simtest.Shrink(r, o, 100))
	}
	return !r.Failed()
}
