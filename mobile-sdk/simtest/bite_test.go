package simtest_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/simtest"
	"lantoa/mobile-sdk/simtest/model"
)

// bite is a deliberate bug, a seed that finds it, and what it breaks there.
type bite struct {
	name   string
	seed   int64
	broken []simtest.Invariant
	server model.Bugs
	phone  hook.Bugs
}

// near is how far behind the known seed a bite may move before that is a failure: a change to the plan of a run moves
// what its seeds find.
const near = 60

// TestBites puts each bug back and expects the simulation to find it, and to say what broke.
func TestBites(t *testing.T) {
	if testing.Short() {
		t.Skip("proves that the invariants bite; TestSimulation runs the same code in a short run")
	}
	for _, b := range bites {
		t.Run(b.name, func(t *testing.T) {
			o := simtest.Options{Backend: simtest.NewModel(b.server), Bugs: b.phone}
			r := firstFailure(t, b.seed, b.seed+near, o)
			if r == nil {
				t.Fatalf("seeds %d to %d find nothing", b.seed, b.seed+near)
			}
			if got := r.Violations[0].Invariant; !slices.Contains(b.broken, got) {
				t.Errorf("seed %d breaks %q, want one of %q", r.Seed, got, b.broken)
			}
			if r.Seed != b.seed {
				t.Logf("seed %d finds it, %d does not any more", r.Seed, b.seed)
			}
		})
	}
}

// firstFailure runs seeds in order until one fails. The known seed comes alone, the others on every processor.
func firstFailure(t *testing.T, from, to int64, o simtest.Options) *simtest.Result {
	t.Helper()
	var next atomic.Int64
	next.Store(from)
	var mu sync.Mutex
	var found *simtest.Result
	work := func(alone bool) {
		for {
			seed := next.Add(1) - 1
			mu.Lock()
			done := found != nil && found.Seed < seed
			mu.Unlock()
			if done || seed > to {
				return
			}
			r, err := simtest.Run(seed, o)
			if err != nil {
				t.Errorf("seed %d: %v", seed, err)
				return
			}
			mu.Lock()
			if r.Failed() && (found == nil || seed < found.Seed) {
				found = r
			}
			mu.Unlock()
			if alone {
				return
			}
		}
	}
	work(true)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() { work(false) })
	}
	wait.Wait()
	return found
}

// TestSameSeedSameRun holds the simulation to being repeatable: everything else rests on it.
func TestSameSeedSameRun(t *testing.T) {
	for seed := int64(1); seed <= 10; seed++ {
		var hashes []string
		for range 2 {
			r, err := simtest.Run(seed, simtest.Options{})
			if err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, r.Hash)
		}
		if hashes[0] != hashes[1] {
			t.Errorf("seed %d: transcripts differ", seed)
		}
	}
}
