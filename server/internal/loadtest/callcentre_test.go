package loadtest_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/live"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// centre is a bureau without submissions whose officer calls people.
type centre struct {
	*bureau
	officer people.Actor
	crowd   []*storage.Device // with a registration each, in order of persons, as they are rung
	homes   []syncproto.ID    // their communes, where nobody writes stories

	planner *notify.Planner
	calls   *campaign.Service
	engine  *push.Engine
	sent    atomic.Int64 // messages that were taken
	rang    atomic.Pointer[func(address string)]
}

// newCentre fills a database with so many people and starts planner and campaigns. An engine is started by ring.
func newCentre(b *testing.B, crowd int) *centre {
	c := &centre{bureau: &bureau{b: b}}
	c.open(filepath.Join(b.TempDir(), "lantoa.db"))
	c.hire()
	c.homes = c.units[1+deskPhones:]
	d := c.member("Thảo", c.units[0], syncproto.RoleOfficer)
	c.officer = people.Actor{Person: d.Person, Device: d.ID}
	start := time.Now()
	for len(c.crowd) < crowd {
		c.gather(min(1000, crowd-len(c.crowd)))
	}
	b.Logf("%d people with a phone each in %v", crowd, time.Since(start).Round(time.Second))
	c.serve()
	return c
}

// gather adds volunteers with a registered phone each. Each thousand lives in one commune.
func (c *centre) gather(n int) {
	home := c.homes[len(c.crowd)/1000%len(c.homes)]
	c.update(func(tx storage.Tx) error {
		for range n {
			d := &storage.Device{ID: c.id(), Person: c.id(), Unit: home, Created: 1}
			d.TokenHash = sha256.Sum256([]byte(d.ID))
			if err := tx.PutPerson(&storage.Person{ID: d.Person, Name: "Nguyễn Thị Đào", Created: 1}); err != nil {
				return err
			}
			grant := &syncproto.Grant{ID: c.id(), Person: d.Person, Unit: home, Role: syncproto.RoleVolunteer, From: 1}
			if err := tx.PutGrant(grant); err != nil {
				return err
			}
			if err := tx.PutDevice(d); err != nil {
				return err
			}
			if err := tx.PutRegistration(c.registration(d, len(c.crowd))); err != nil {
				return err
			}
			c.crowd = append(c.crowd, d)
		}
		return nil
	})
}

// registration has an address as long as those of FCM, which begins with the phone's place in the crowd.
func (c *centre) registration(d *storage.Device, place int) *storage.Registration {
	return &storage.Registration{
		Device: d.ID, Person: d.Person, Service: string(push.FCM), Kind: string(push.Token), Platform: string(push.Android), At: 1,
		Address: fmt.Sprintf("%d:%s", place, strings.Repeat("a", 140)),
	}
}

func (c *centre) serve() {
	b, store := c.b, c.store
	hub := live.New(store, live.Config{})
	c.rounds = syncer.New(store, syncer.Options{
		Reviewer: review.New(review.Options{}), Caller: answers.Rules{}, Notifier: hub, Hold: time.Minute,
	})
	api := httpapi.New(httpapi.Config{
		Sync: c.rounds, Enroll: enroll.New(store, nil), Live: hub, Metrics: metrics.New("bench"), Version: "bench",
		Ready: func(context.Context) error { return nil },
	})
	c.client = &http.Client{Transport: api.Transport()}
	access := &people.Cache{}
	c.planner = notify.New(notify.Options{
		Store: store, Access: access, Poke: hub.Called, Wake: func() { c.engine.Wake() }, Cap: 1000,
	})
	c.calls = campaign.New(campaign.Options{
		Store: store, Access: access, Syncer: c.rounds, Audience: audience.New(audience.Options{Store: store, Access: access}),
		Wake: c.planner.Wake, Cancelled: func(intent int64) { c.engine.Cancelled(intent) }, Large: 1_000_000,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = hub.Run(ctx) })
	running.Go(func() { _ = c.rounds.Run(ctx) })
	b.Cleanup(func() { cancel(); running.Wait() })
}

// ring starts planner and engine over a sender, at a rate that is there at once: a ramp would spare the phones that sync.
// There are no quiet hours. It returns what stops both.
func (c *centre) ring(sender push.Sender, rate float64) (stop func()) {
	c.engine = push.New(push.Options{
		Store: c.store, Senders: map[push.Service]push.Sender{push.FCM: counting{sender, c}}, Render: c.planner.Render,
		Rate: rate, Ramp: -1, InFlight: max(256, int(rate/8)),
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = c.planner.Run(ctx) })
	running.Go(func() {
		if err := c.engine.Run(ctx); err != nil {
			c.b.Error(err)
		}
	})
	return func() { cancel(); running.Wait() }
}

// counting counts what is taken, and tells whom it rang.
type counting struct {
	push.Sender
	c *centre
}

func (s counting) Send(ctx context.Context, m *push.Message) push.Verdict {
	v := s.Sender.Send(ctx, m)
	if v.Result != push.Accepted {
		s.c.b.Errorf("not taken: %s %s", v.Result, v.Code)
		return v
	}
	s.c.sent.Add(1)
	if rang := s.c.rang.Load(); rang != nil {
		(*rang)(m.Target.Address)
	}
	return v
}

// call composes a call to the volunteers of some units and sends it.
func (c *centre) call(units ...syncproto.ID) *campaign.Call {
	c.b.Helper()
	now, where := time.Now().UnixMilli(), make([]string, len(units))
	for i, unit := range units {
		where[i] = fmt.Sprintf(`{"unit":%q}`, unit)
	}
	const hour = 3_600_000
	out, err := c.calls.Create(c.b.Context(), c.officer, &campaign.Draft{
		Units: c.units[:1], Kind: syncproto.CallOrdinary, Title: "Cần máu nhóm O", Body: "Mời đến Bệnh viện tỉnh.", Capacity: 40,
		Starts: now + 2*hour, Ends: now + 6*hour, Deadline: now + 4*hour,
		Choices:  []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}},
		Audience: fmt.Appendf(nil, `{"all":[{"any":[%s]},{"role":"volunteer"}]}`, strings.Join(where, ",")),
	})
	if err == nil {
		out, err = c.calls.Send(c.b.Context(), c.officer, out.ID, out.Revision)
	}
	if err != nil {
		c.b.Fatal(err)
	}
	return out
}

// cancel calls a call off and waits until nothing of it is under way.
func (c *centre) cancel(call *campaign.Call) {
	c.b.Helper()
	if _, err := c.calls.Cancel(c.b.Context(), c.officer, call.ID); err != nil {
		c.b.Fatal(err)
	}
	c.until(func() bool { return c.engine.Status().Leased == 0 })
}

// planned waits until everybody on the list of a call is planned.
func (c *centre) planned() {
	c.b.Helper()
	c.until(func() bool {
		var list []storage.Intent
		err := c.store.View(c.b.Context(), func(r storage.Reader) (err error) {
			list, err = r.Planning(1)
			return err
		})
		if err != nil {
			c.b.Fatal(err)
		}
		return len(list) == 0
	})
}

func (c *centre) until(fn func() bool) {
	for tick := time.NewTicker(20 * time.Millisecond); !fn(); <-tick.C {
		if c.b.Context().Err() != nil {
			c.b.Fatal(c.b.Context().Err())
		}
	}
}
