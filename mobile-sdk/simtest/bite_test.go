package simtest_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/simtest"
	"lantoa/mobile-sdk/simtest/model"
)

// bites are deliberate bugs. Each must be found within so many seeds; the doc of the package lists what found them.
var bites = []struct {
	name   string
	server model.Bugs
	phone  hook.Bugs
	within int64
}{
	{name: "server: skip the head lock", server: model.Bugs{SkipHeadLock: true}, within: 100},
	{name: "server: forget the savepoint", server: model.Bugs{ForgetSavepoint: true}, within: 200},
	{name: "server: forget outcomes", server: model.Bugs{ForgetOutcomes: true}, within: 100},
	{name: "server: counter in a second transaction", server: model.Bugs{LateCounter: true}, within: 200},
	{name: "server: drafts on the desk", server: model.Bugs{LeakDrafts: true}, within: 100},
	{name: "server: lose the losing side", server: model.Bugs{LoseLoser: true}, within: 300},
	{name: "server: tombstones stay in the sum", server: model.Bugs{StaleSum: true}, within: 100},
	{name: "server: same epoch after a restore", server: model.Bugs{KeepEpoch: true}, within: 300},
	{name: "server: origins ignored", server: model.Bugs{IgnoreOrigin: true}, within: 300},
	{name: "server: cursor past a cut page", server: model.Bugs{SkipPageRest: true}, within: 100},
	{name: "server: no drops", server: model.Bugs{ForgetDrops: true}, within: 300},
	{name: "server: no dead letters", server: model.Bugs{LoseDeadLetter: true}, within: 300},
	{name: "server: children stay behind", server: model.Bugs{StrandChildren: true}, within: 200},
	{name: "server: a rejection blocks", server: model.Bugs{BlockOnReject: true}, within: 200},
	{name: "phone: cursor before page", phone: hook.Bugs{CursorBeforePage: true}, within: 300},
	{name: "phone: quarantine thrown away", phone: hook.Bugs{DropQuarantine: true}, within: 500},
	{name: "phone: journal forgotten", phone: hook.Bugs{ForgetJournal: true}, within: 300},
	{name: "phone: fork taken for an answer", phone: hook.Bugs{IgnoreFork: true}, within: 300},
	{
		name: "phone: sums believed, over a server that skips", phone: hook.Bugs{SkipDigest: true},
		server: model.Bugs{SkipPageRest: true}, within: 100,
	},
	{name: "phone: snapshot removes nothing", phone: hook.Bugs{KeepUnconfirmed: true}, within: 300},
	{name: "phone: no tray", phone: hook.Bugs{DropRejected: true}, within: 200},
	{name: "phone: forgets what it sent", phone: hook.Bugs{ForgetOnSend: true}, within: 50},
}

// TestBites puts each bug back and expects the simulation to find it.
func TestBites(t *testing.T) {
	for _, bite := range bites {
		t.Run(bite.name, func(t *testing.T) {
			o := simtest.Options{Backend: simtest.NewModel(bite.server), Bugs: bite.phone}
			r := firstFailure(t, bite.within, o)
			if r == nil {
				t.Fatalf("%d seeds found nothing", bite.within)
			}
			t.Logf("seed %d: %s", r.Seed, r.Violations[0].Invariant)
		})
	}
}

// firstFailure runs seeds from 1 until one fails and returns the run with the lowest seed among those that did.
func firstFailure(t *testing.T, within int64, o simtest.Options) *simtest.Result {
	t.Helper()
	var next atomic.Int64
	var mu sync.Mutex
	var found *simtest.Result
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				seed := next.Add(1)
				mu.Lock()
				done := found != nil && found.Seed < seed
				mu.Unlock()
				if done || seed > within {
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
			}
		})
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
