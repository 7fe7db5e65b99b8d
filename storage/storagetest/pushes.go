package storagetest

import (
	"fmt"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// pushLaws are those of registrations, of intents and of what is sent for them.
func pushLaws(run func(name string, test func(t *testing.T, s storage.Store))) {
	run("registrations", testRegistrations)
	run("an address belongs to one device", testAddresses)
	run("registrations that are used", testRegistrationsUsed)
	run("registrations that are retired", testRegistrationsRetired)
	run("an intent is made once", testIntentIdentity)
	run("an intent gets more shares", testMoreShares)
	run("intents are listed", testIntentsListed)
	run("intents that are none", testIntentInvalid)
	run("shares are planned once", testSharesOnce)
	run("deliveries are numbered by person", testPlanNumbers)
	run("deliveries that are none", testPlanInvalid)
	run("an intent without anything to send is done", testPlanNothing)
	run("notices are taken up once", testNoticesTaken)
	run("leases", testLease)
	run("what cannot be sent any more is over", testLeaseGone)
	run("a lease has one owner", testLeaseOwner)
	run("intents have turns", testTurns)
	run("a large intent does not starve a new one", testTurnsLarge)
	run("attempts are written down", testFinish)
	run("five hundred results at once", testFinishMany)
	run("results that are none", testFinishInvalid)
	run("an intent that has nothing left is done", testDone)
	run("an intent that is cancelled", testCancel)
	run("an intent that is paused", testPause)
	run("what was under way is due again", testRecover)
	run("what is late ends", testExpire)
	run("many intents of one delivery each", testLeaseSingles)
	run("deliveries that wait are counted", testWaiting)
	run("persons are counted by their best", testTallyPersons)
	run("pruning keeps the figures", testPrune)
	run("how often people were told", testTold)
	run("pushes are undone by a savepoint that fails", testPushUndone)
	run("what an update says of pushes may be said again", testPushAgain)
}

// post is a few persons with a phone each, and a store to send from.
type post struct {
	*world
	t       *testing.T
	s       storage.Store
	persons []syncproto.ID
	devices []syncproto.ID // of the persons, in their order
}

func newPost(t *testing.T, s storage.Store, seed uint64, persons int) *post {
	t.Helper()
	w := newWorld(t, seed)
	p := &post{world: w, t: t, s: s, persons: w.ids(persons), devices: w.ids(persons)}
	update(t, s, func(tx storage.Tx) error {
		for i := range p.persons {
			if err := tx.PutRegistration(p.registration(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

// registration returns that of a person's phone.
func (p *post) registration(i int) *storage.Registration {
	return &storage.Registration{
		Device: p.devices[i], Person: p.persons[i], Service: "fcm", Kind: "token", Platform: "android",
		Address: fmt.Sprint("address of ", p.devices[i]), Language: "vi", App: "1.0", At: int64(i),
	}
}

// intent adds one to all persons, due from 10 to 1000, in shares of a size.
func (p *post) intent(class storage.Class, share int) *storage.Intent {
	p.t.Helper()
	i := &storage.Intent{
		Kind: "call", Class: class, Record: p.id(), Revision: 1, Unit: p.unit, At: 5, Due: 10, Until: 1000,
		Persons: int64(len(p.persons)),
	}
	var shares []storage.Share
	for at := 0; at < len(p.persons); at += share {
		shares = append(shares, storage.Share{Persons: p.persons[at:min(at+share, len(p.persons))]})
	}
	update(p.t, p.s, func(tx storage.Tx) error {
		added, err := tx.AddIntent(i, shares)
		if err == nil && !added {
			p.t.Error("the intent was there")
		}
		return err
	})
	return i
}

// due returns a delivery to a person's phone.
func (p *post) due(i *storage.Intent, person int) storage.Delivery {
	return storage.Delivery{Person: p.persons[person], Device: p.devices[person], State: storage.DeliveryDue, Due: i.Due, Until: i.Until}
}

// plan plans the next share of an intent, by default one delivery for each of its persons.
func (p *post) plan(i *storage.Intent, deliveries ...storage.Delivery) []storage.Delivery {
	p.t.Helper()
	update(p.t, p.s, func(tx storage.Tx) error {
		share, err := tx.NextShare(i.Number)
		if err != nil {
			return err
		}
		if deliveries == nil {
			of := map[syncproto.ID]int{}
			for n, person := range p.persons {
				of[person] = n
			}
			for _, person := range share.Persons {
				deliveries = append(deliveries, p.due(i, of[person]))
			}
		}
		planned, err := tx.Plan(share, deliveries)
		if err == nil && !planned {
			p.t.Error("the share was planned before")
		}
		return err
	})
	return deliveries
}

// sent adds an intent to all persons and plans it.
func (p *post) sent(class storage.Class) *storage.Intent {
	p.t.Helper()
	i := p.intent(class, storage.MaxShare)
	for range (len(p.persons) + storage.MaxShare - 1) / storage.MaxShare {
		p.plan(i)
	}
	return i
}

func (p *post) lease(class storage.Class, now, until int64, limit int) (out []storage.Leased) {
	p.t.Helper()
	update(p.t, p.s, func(tx storage.Tx) (err error) {
		out, err = tx.Lease(class, now, until, limit)
		return err
	})
	return out
}

func (p *post) finish(done ...storage.Finished) {
	p.t.Helper()
	update(p.t, p.s, func(tx storage.Tx) error { return tx.Finish(done) })
}

// accepted is what an attempt writes that went well.
func accepted(l storage.Leased, at int64) storage.Finished {
	return storage.Finished{
		Delivery: l.Delivery.Number, Lease: l.Delivery.Lease, State: storage.DeliveryAccepted, Code: "ok", At: at, Counts: true,
		Attempt: storage.Attempt{At: at - 1, Took: 1, Result: "accepted", Code: "ok"},
	}
}

// later is what an attempt writes that is to be made again.
func later(l storage.Leased, at, due int64) storage.Finished {
	f := accepted(l, at)
	f.State, f.Code, f.Due, f.Counts = storage.DeliveryDue, "quota", due, false
	f.Attempt.Result, f.Attempt.Code = "later", "quota"
	return f
}

func (p *post) wantIntent(number int64, state storage.IntentState, over int64) {
	p.t.Helper()
	view(p.t, p.s, func(r storage.Reader) error {
		i, err := r.Intent(number)
		if err == nil && (i.State != state || i.Over != over) {
			p.t.Errorf("intent %d is %s, over %d; want %s, %d", number, i.State, i.Over, state, over)
		}
		return err
	})
}

// tally is how many deliveries or persons have each state.
type tally = map[storage.DeliveryState]int64

func (p *post) wantTally(number int64, deliveries, persons tally) {
	p.t.Helper()
	view(p.t, p.s, func(r storage.Reader) error {
		d, n, err := r.Tally(number)
		if err == nil && (fmt.Sprint(d) != fmt.Sprint(deliveries) || fmt.Sprint(n) != fmt.Sprint(persons)) {
			p.t.Errorf("intent %d: got %v and persons %v, want %v and %v", number, d, n, deliveries, persons)
		}
		return err
	})
}

func (p *post) deliveries(number int64) (out []storage.Delivery) {
	p.t.Helper()
	view(p.t, p.s, func(r storage.Reader) (err error) {
		out, err = r.DeliveriesOf(number, 0, -1)
		return err
	})
	return out
}

func (p *post) attempts(delivery int64) (out []storage.Attempt) {
	p.t.Helper()
	view(p.t, p.s, func(r storage.Reader) (err error) {
		out, err = r.AttemptsOf(delivery)
		return err
	})
	return out
}
