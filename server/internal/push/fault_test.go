package push_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestFaults lets engines work on one database while everything fails that can: services answer anything, transactions fail
// or are committed without the engine hearing of it, processes die between any two steps, calls are cancelled. At the end each
// delivery is in one terminal state and all sums agree.
func TestFaults(t *testing.T) {
	seeds := 20
	if testing.Short() {
		seeds = 6
	}
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newChaos(t, seed).play() })
		})
	}
}

// chaos is a world in which a process is a number: whatever an older one does has no effect.
type chaos struct {
	*world
	random *rand.Rand

	mu      sync.Mutex
	process int
	calm    bool
	seen    map[string]int // sends that services saw, by target
	took    map[string]int // messages that they took
	intents []int64
	bound   string // what was found wrong in the middle
}

func newChaos(t *testing.T, seed uint64) *chaos {
	return &chaos{
		world: newWorld(t), random: rand.New(rand.NewPCG(seed, 5)), seen: map[string]int{}, took: map[string]int{},
	}
}

// chance is true once in so many times.
func (c *chaos) chance(of int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.calm && c.random.IntN(of) == 0
}

func (c *chaos) number(below int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(below)
}

// life is what one process sees of the world.
type life struct {
	*chaos
	process int
}

var errDead = syncproto.E(syncproto.CodeUnavailable, "test", errors.New("the process is dead"))

func (l life) dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.process != l.chaos.process
}

// die ends the process: nothing that it does from now on has an effect.
func (l life) die() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process == l.chaos.process {
		l.chaos.process++
	}
}

// lifeStore is the database as a process sees it.
type lifeStore struct {
	storage.Store
	life
}

func (s lifeStore) Update(ctx context.Context, fn func(storage.Tx) error) error {
	time.Sleep(time.Duration(s.number(10)) * time.Millisecond)
	if s.chance(150) {
		s.die()
	}
	if s.dead() {
		return errDead
	}
	if s.chance(40) {
		return syncproto.E(syncproto.CodeUnavailable, "test", errors.New("the disk is slow today"))
	}
	if err := s.Store.Update(ctx, fn); err != nil {
		return err
	}
	if s.chance(150) { // committed, and nobody hears of it
		s.die()
	}
	if s.dead() {
		return errDead
	}
	return nil
}

func (s lifeStore) View(ctx context.Context, fn func(storage.Reader) error) error {
	if s.dead() {
		return errDead
	}
	return s.Store.View(ctx, fn)
}

// Send is a service that answers anything.
func (l life) Send(ctx context.Context, m *push.Message) push.Verdict {
	time.Sleep(time.Duration(1+l.number(100)) * time.Millisecond)
	if l.chance(2000) {
		l.die()
	}
	if l.dead() {
		return push.Verdict{Result: push.Unsure, Code: "dead"}
	}
	v, arrived, takes := l.verdict()
	l.mu.Lock()
	defer l.mu.Unlock()
	if arrived {
		l.seen[m.Target.Address]++
	}
	if takes {
		l.took[m.Target.Address]++
	}
	return v
}

// verdict draws an answer, and says whether the request arrived and whether the message was taken.
func (l life) verdict() (v push.Verdict, arrived, takes bool) {
	if !l.chance(6) {
		return push.Verdict{Result: push.Accepted}, true, true
	}
	after := time.Duration(l.number(3)) * 10 * time.Second
	switch l.number(12) {
	case 0, 1, 2:
		return push.Verdict{Result: push.Unsure, Code: "reset"}, true, true
	case 3:
		return push.Verdict{Result: push.Unsure, Code: "unavailable", After: after}, true, false
	case 4, 5:
		return push.Verdict{Result: push.Later, Code: "internal", After: after}, true, false
	case 6:
		return push.Verdict{Result: push.Later, Code: push.CodeQuota, Lane: true, After: after}, true, false
	case 7:
		return push.Verdict{Result: push.Later, Code: push.CodeUnreachable, Lane: true}, false, false
	case 8:
		return push.Verdict{Result: push.Gone, Code: "unregistered"}, true, false
	case 9:
		return push.Verdict{Result: push.Bad, Code: "bad_target"}, true, false
	case 10:
		return push.Verdict{Result: push.Later, Code: push.CodeUnsent}, true, false // as if it had: one attempt
	}
	return push.Verdict{Result: push.Config, Code: "auth"}, false, false
}

// play lets processes live and die for some hours, then lets a last one work in peace.
func (c *chaos) play() {
	for n := range 6 {
		class := []storage.Class{storage.ClassUrgent, storage.ClassWorkflow, storage.ClassRoutine}[n%3]
		c.intents = append(c.intents, c.intent(class, 30+c.number(200), func(i *storage.Intent, nth int, p *phone) {
			i.Until = time.Now().Add(time.Duration(1+n) * 40 * time.Minute).UnixMilli()
			p.Platform = []string{"android", "ios", "web"}[nth%3]
		}))
	}
	for range 12 {
		c.live(time.Duration(c.number(20)) * time.Minute)
		if c.number(8) == 0 {
			number := c.intents[c.number(len(c.intents))]
			c.update(func(tx storage.Tx) error {
				_, err := tx.CancelIntent(number, time.Now().UnixMilli())
				return err
			})
		}
	}
	c.mu.Lock()
	c.calm = true
	c.mu.Unlock()
	c.live(10 * time.Hour)
	if c.bound != "" {
		c.Error(c.bound)
	}
	sums := map[string]int{}
	for _, number := range c.intents {
		c.check(number, sums)
	}
	c.Logf("%d processes; %v", c.process+1, sums)
}

// live runs a process until a time is over or it dies.
func (c *chaos) live(most time.Duration) {
	c.mu.Lock()
	l := life{c, c.process}
	c.mu.Unlock()
	const slots = 24
	e := push.New(push.Options{
		Store: lifeStore{c.store, l}, Senders: only(l), Render: render, Rate: 50, InFlight: slots,
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	for end := time.Now().Add(most); time.Now().Before(end) && !l.dead() && !c.over(); time.Sleep(7 * time.Second) {
		if s := e.Status(); s.Leased > 2*slots || s.InFlight+s.Unwritten > slots {
			c.bound = fmt.Sprintf("%d leased, %d under way, %d not written down with %d slots", s.Leased, s.InFlight, s.Unwritten, slots)
		}
		if c.chance(130) {
			l.die()
		}
	}
	cancel()
	if err := <-done; err != nil && !l.dead() {
		c.Errorf("run: %v", err)
	}
	l.die() // what a drain could not write down stays as it is
}

// over reports whether nothing is left to do. What is leased of a cancelled intent is.
func (c *chaos) over() bool {
	left := int64(0)
	for _, number := range c.intents {
		tally := c.tally(number)
		left += tally[storage.DeliveryDue] + tally[storage.DeliveryLeased]
	}
	return left == 0
}

// check holds the deliveries of an intent against what the services saw.
func (c *chaos) check(number int64, sums map[string]int) {
	c.Helper()
	ended := map[storage.DeliveryState]int64{}
	for _, d := range c.deliveries(number) {
		ended[d.State]++
		sums["= "+string(d.State)]++
		target := fmt.Sprintf("secret-%s", d.Device)
		of, open := map[string]int{}, 0
		attempts := c.attempts(d.Number)
		for n, a := range attempts {
			of[a.Result]++
			sums[a.Result]++
			if a.Number != n+1 {
				c.Errorf("attempt %d of delivery %d is numbered %d", n+1, d.Number, a.Number)
			}
		}
		cut := of["interrupted"]
		open = of["unsure"] + cut
		whole := len(attempts) - cut
		switch {
		case !d.State.Over():
			c.Errorf("delivery %d is %s in the end", d.Number, d.State)
		case d.Attempts != open+of["accepted"]:
			c.Errorf("delivery %d counts %d attempts of %v", d.Number, d.Attempts, of)
		case c.seen[target] < whole || c.seen[target] > whole+cut:
			c.Errorf("delivery %d was seen %d times, attempts %v", d.Number, c.seen[target], of)
		case c.took[target] > of["accepted"]+open || of["accepted"] > 1:
			c.Errorf("delivery %d was taken %d times, attempts %v", d.Number, c.took[target], of)
		case (of["accepted"] == 1) != (d.State == storage.DeliveryAccepted):
			c.Errorf("delivery %d is %s with attempts %v", d.Number, d.State, of)
		case d.State == storage.DeliveryExpired && open > 0, d.State == storage.DeliveryUnsure && open == 0:
			c.Errorf("delivery %d is %s with attempts %v", d.Number, d.State, of)
		}
	}
	c.want(number, ended)
	c.view(func(r storage.Reader) error {
		i, err := r.Intent(number)
		if err == nil && i.State != storage.IntentDone && i.State != storage.IntentCancelled {
			c.Errorf("intent %d is %s in the end", number, i.State)
		}
		return err
	})
}
