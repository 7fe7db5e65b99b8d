package picture_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"lantoa/syncproto"
	"lantoa/syncproto/picture"
)

func TestBudgetIsNeverExceeded(t *testing.T) {
	const total, workers, turns = 1000, 16, 200
	b := picture.NewBudget(total)
	var held, most atomic.Int64
	var workersDone sync.WaitGroup
	for worker := range workers {
		rnd := rand.New(rand.NewPCG(11, uint64(worker)))
		workersDone.Go(func() {
			for range turns {
				n := 1 + rnd.Int64N(total)
				if err := b.Acquire(context.Background(), n); err != nil {
					t.Error(err)
					return
				}
				now := held.Add(n)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				held.Add(-n)
				b.Release(n)
			}
		})
	}
	workersDone.Wait()
	if most.Load() > total || b.Used() != 0 {
		t.Errorf("held %d of %d at most, %d left over", most.Load(), total, b.Used())
	}
}

func TestBudgetServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := picture.NewBudget(10)
		_ = b.Acquire(t.Context(), 10)
		var order []int64
		var mu sync.Mutex
		for _, n := range []int64{9, 1, 2} { // the small ones do not slip past the big one
			go func() {
				_ = b.Acquire(t.Context(), n)
				mu.Lock()
				order = append(order, n)
				mu.Unlock()
			}()
			synctest.Wait()
		}
		for _, n := range []int64{1, 9} {
			b.Release(n)
			synctest.Wait()
		}
		if b.Used() != 10 || !slices.Contains(order, 9) || !slices.Contains(order, 1) || slices.Contains(order, 2) {
			t.Errorf("served %v, %d used", order, b.Used())
		}
		b.Release(10)
		synctest.Wait()
		if b.Used() != 2 {
			t.Errorf("%d used", b.Used())
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := encodeJPEG(t, photo(64, 64, 1, 0), 80)
		b := picture.NewBudget(8 << 20)
		_ = b.Acquire(t.Context(), 8<<20)
		ctx, cancel := context.WithCancel(t.Context())
		c := picture.Copier{Budget: b}
		results := make(chan error, 2)
		copyWith := func(ctx context.Context) {
			_, err := c.Copies(ctx, bytes.NewReader(file), int64(len(file)), 1)
			results <- err
		}
		go copyWith(ctx)
		synctest.Wait()
		go copyWith(t.Context()) // stands behind the one that gives up
		synctest.Wait()
		cancel()
		if err := <-results; syncproto.CodeOf(err) != syncproto.CodeUnavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled one got %v", err)
		}
		b.Release(8 << 20)
		if err := <-results; err != nil {
			t.Errorf("the next one got %v", err)
		}
		if b.Used() != 0 {
			t.Errorf("%d left over", b.Used())
		}
	})
}
