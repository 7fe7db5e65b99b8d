package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// pushLife is a random life of few intents to few persons, lived by two stores at once.
type pushLife struct {
	*rand.Rand
	now     int64
	intents int64
	leased  []storage.Leased
	wrote   []string // what the step answered
}

// TestPushesOfARandomLife: both backends answer the same, whatever happens to intents, and in the same order.
func TestPushesOfARandomLife(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			stores := []storage.Store{memory.New(), open(t, filepath.Join(t.TempDir(), "lantoa.db"))}
			life := &pushLife{Rand: rand.New(rand.NewPCG(seed, 8)), now: 100}
			for step := range 300 {
				life.step(t, stores, step)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// step does one thing to every store and compares what they answer, and from time to time all that can be seen.
func (l *pushLife) step(t *testing.T, stores []storage.Store, step int) {
	t.Helper()
	l.now += l.Int64N(20)
	act, draw, fails := l.IntN(14), l.Uint64(), l.IntN(8) == 0
	var answers [2]string
	var after pushLife
	for n, s := range stores {
		one := *l
		one.Rand = rand.New(rand.NewPCG(draw, 9))
		err := s.Update(t.Context(), func(tx storage.Tx) error {
			one.intents, one.leased, one.wrote, one.Rand = l.intents, l.leased, nil, rand.New(rand.NewPCG(draw, 9))
			if err := one.act(tx, act); err != nil {
				return err
			}
			if fails {
				return errUndo
			}
			return nil
		})
		answers[n] = fmt.Sprint(one.wrote, syncproto.CodeOf(err), fails)
		if err != nil {
			one.intents, one.leased = l.intents, l.leased
		}
		after = one
		if step%5 == 0 {
			answers[n] += l.seen(t, s)
		}
	}
	if answers[0] != answers[1] {
		got, want := strings.Split(answers[1], "\n"), strings.Split(answers[0], "\n")
		for n := range min(len(got), len(want)) {
			if got[n] != want[n] {
				t.Errorf("step %d, act %d: got %s\nwant %s", step, act, got[n], want[n])
			}
		}
	}
	l.intents, l.leased = after.intents, after.leased
}

func (l *pushLife) say(values ...any) { l.wrote = append(l.wrote, fmt.Sprintf("%+v", values)) }

func (l *pushLife) person() (person, device syncproto.ID) {
	n := l.Uint64N(6)
	return benchID(2e9 + n), benchID(100 + n*3 + l.Uint64N(3))
}

func (l *pushLife) intent() int64 { return 1 + l.Int64N(l.intents+1) }

func (l *pushLife) class() storage.Class { return storage.Classes()[l.IntN(3)] }

func (l *pushLife) act(tx storage.Tx, act int) (err error) {
	person, device := l.person()
	switch act {
	case 0, 1:
		return l.add(tx)
	case 2, 3, 4:
		return l.plan(tx)
	case 5, 6:
		got, err := tx.Lease(l.class(), l.now, l.now+1000, l.IntN(7))
		l.leased = append(l.leased[:len(l.leased):len(l.leased)], got...)
		l.say(got)
		return err
	case 7, 8:
		return l.finish(tx)
	case 9:
		n, err := tx.Expire(l.now, l.IntN(4)*100) // in which order is not said
		l.say(n)
		return err
	case 10:
		if l.IntN(3) == 0 {
			n, err := tx.Recover(l.now)
			l.say(n)
			return err
		}
		n, err := tx.PruneDeliveries(l.now-l.Int64N(200), 1+l.IntN(9))
		l.say(n)
		return err
	case 11:
		if l.IntN(2) == 0 {
			n, err := tx.CancelIntent(l.intent(), l.now)
			l.say(n)
			return err
		}
		states := []storage.IntentState{storage.IntentPaused, storage.IntentOpen, storage.IntentPlanning}
		return tx.PutIntent(&storage.Intent{Number: l.intent(), State: states[l.IntN(3)]})
	case 12:
		if l.IntN(3) == 0 {
			return tx.DropRegistration(device)
		}
		return tx.PutRegistration(&storage.Registration{
			Device: device, Person: person, Address: fmt.Sprint(l.IntN(12)), Service: "fcm", Platform: "ios", Retired: l.Int64N(2) * l.Int64N(2),
		})
	}
	if l.IntN(2) == 0 {
		return tx.PutPerson(&storage.Person{ID: person, Suspended: l.Int64N(2), Closed: l.Int64N(4) / 3})
	}
	return tx.PutDevice(&storage.Device{ID: device, Person: person, TokenHash: [32]byte(append([]byte(device), make([]byte, 32)...)), Revoked: l.Int64N(2)})
}

func (l *pushLife) add(tx storage.Tx) error {
	shares := make([]storage.Share, l.IntN(4))
	for n := range shares {
		for range 1 + l.IntN(3) {
			person, _ := l.person()
			shares[n].Persons = append(shares[n].Persons, person)
		}
	}
	i := &storage.Intent{
		Kind: "test", Class: l.class(), Record: benchID(7e9 + l.Uint64N(3)), Revision: l.Int64N(20), At: l.now,
		Due: l.now + l.Int64N(50), Until: l.now + 50 + l.Int64N(500),
	}
	if l.IntN(6) == 0 {
		i.Until = 0
	}
	added, err := tx.AddIntent(i, shares)
	if added {
		l.intents = i.Number
	}
	l.say(*i, added)
	return err
}

func (l *pushLife) plan(tx storage.Tx) error {
	share, err := tx.NextShare(l.intent())
	if err != nil {
		return err
	}
	i, err := tx.Intent(share.Intent)
	if err != nil {
		return err
	}
	var list []storage.Delivery
	for _, person := range share.Persons {
		for range 1 + l.IntN(2) {
			_, device := l.person()
			d := storage.Delivery{Person: person, Device: device, State: storage.DeliveryDue, Due: i.Due + l.Int64N(30), Until: i.Until}
			switch l.IntN(6) {
			case 0:
				d.Device, d.State, d.Over = "", storage.DeliveryUnreachable, l.now
			case 1:
				d.Until = max(i.Until-l.Int64N(100), 0)
			}
			list = append(list, d)
		}
	}
	planned, err := tx.Plan(share, list)
	l.say(*share, list, planned)
	return err
}

func (l *pushLife) finish(tx storage.Tx) error {
	var done []storage.Finished
	for range min(l.IntN(6), len(l.leased)) {
		lease := l.leased[l.IntN(len(l.leased))] // old ones and those that are said twice, too
		f := storage.Finished{
			Delivery: lease.Delivery.Number, Lease: lease.Delivery.Lease, At: l.now, Counts: l.IntN(2) == 0, Code: fmt.Sprint(l.IntN(3)),
			State: []storage.DeliveryState{storage.DeliveryAccepted, storage.DeliveryDue, storage.DeliveryFailed}[l.IntN(3)],
			Due:   l.now + l.Int64N(60), Attempt: storage.Attempt{At: l.now, Result: []string{"", "later"}[l.IntN(2)]},
		}
		done = append(done, f)
	}
	return tx.Finish(done)
}

// seen returns all that can be seen of pushes.
func (l *pushLife) seen(t *testing.T, s storage.Store) (out string) {
	t.Helper()
	err := s.View(t.Context(), func(r storage.Reader) error {
		open, err := r.Intents()
		planning, planningErr := r.Planning(3)
		out = fmt.Sprintf("%+v %v %+v %v\n", open, err, planning, planningErr)
		for number := range l.intents {
			i, err := r.Intent(number + 1)
			if err != nil {
				return err
			}
			deliveries, persons, err := r.Tally(number + 1)
			if err != nil {
				return err
			}
			list, err := r.DeliveriesOf(number+1, 0, 100)
			if err != nil {
				return err
			}
			out += fmt.Sprintf("%+v %v %v %+v\n", *i, deliveries, persons, list)
			for _, d := range list {
				attempts, err := r.AttemptsOf(d.Number)
				out += fmt.Sprintf("%+v %v ", attempts, err)
			}
		}
		for _, at := range []int64{l.now - 30, l.now, l.now + 40} {
			for _, class := range storage.Classes() {
				n, oldest, err := r.Waiting(class, at)
				out += fmt.Sprintln(class, n, oldest, err)
			}
			next, err := r.NextDue(at)
			out += fmt.Sprintln(next, err)
		}
		var all []syncproto.ID
		for n := range uint64(6) {
			all = append(all, benchID(2e9+n))
		}
		used, usedErr := r.RegistrationsOf(all)
		counts, countsErr := r.RegistrationCounts()
		out += fmt.Sprintln(used, usedErr, counts, countsErr)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
