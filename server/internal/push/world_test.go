package push_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// world is a database with persons who have a phone each.
type world struct {
	testing.TB
	store storage.Store
	ids   uint64
	logs  logs
}

func newWorld(t testing.TB) *world {
	s := memory.New()
	t.Cleanup(func() { _ = s.Close() })
	return &world{TB: t, store: s}
}

// idOf returns one of endlessly many ids.
func idOf(n uint64) syncproto.ID {
	var random [10]byte
	binary.BigEndian.PutUint64(random[1:], n*0x9e3779b97f4a7c15)
	return syncproto.MakeID(1_700_000_000_000+int64(n/100), random)
}

func (w *world) id() syncproto.ID {
	w.ids++
	return idOf(w.ids)
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.Helper()
	if err := w.store.Update(context.Background(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.Helper()
	if err := w.store.View(context.Background(), fn); err != nil {
		w.Fatal(err)
	}
}

// phone is a registration before it is stored.
type phone = storage.Registration

// intent stores an intent for n new persons with an Android phone each, which change may change, and returns its number.
// It may be sent for a day from now.
func (w *world) intent(class storage.Class, n int, change func(i *storage.Intent, nth int, p *phone)) int64 {
	w.Helper()
	now := time.Now()
	intent := &storage.Intent{
		Kind: "call", Class: class, Record: w.id(), Revision: 1, At: now.UnixMilli(), Due: now.UnixMilli(),
		Until: now.Add(24 * time.Hour).UnixMilli(), Persons: int64(n),
	}
	phones := make([]phone, n)
	for nth := range phones {
		phones[nth] = phone{
			Device: w.id(), Person: w.id(), Service: string(push.FCM), Kind: string(push.Token), Platform: string(push.Android), At: 1,
		}
		phones[nth].Address = fmt.Sprintf("secret-%s", phones[nth].Device)
		if change != nil {
			change(intent, nth, &phones[nth])
		}
	}
	plan(w, w.store, intent, phones)
	return intent.Number
}

// plan stores an intent and its deliveries, 500 in a transaction.
func plan(t testing.TB, store storage.Store, intent *storage.Intent, phones []phone) {
	t.Helper()
	var shares []storage.Share
	for from := 0; from < len(phones); from += storage.MaxShare {
		var s storage.Share
		for _, p := range phones[from:min(from+storage.MaxShare, len(phones))] {
			s.Persons = append(s.Persons, p.Person)
		}
		shares = append(shares, s)
	}
	err := store.Update(context.Background(), func(tx storage.Tx) error {
		_, err := tx.AddIntent(intent, shares)
		return err
	})
	for n := range shares {
		if err != nil {
			break
		}
		err = store.Update(context.Background(), func(tx storage.Tx) error {
			share, err := tx.NextShare(intent.Number)
			if err != nil {
				return err
			}
			var deliveries []storage.Delivery
			for _, p := range phones[n*storage.MaxShare : n*storage.MaxShare+len(share.Persons)] {
				if err := tx.PutRegistration(&p); err != nil {
					return err
				}
				deliveries = append(deliveries, storage.Delivery{
					Intent: intent.Number, Person: p.Person, Device: p.Device, Class: intent.Class,
					State: storage.DeliveryDue, Due: intent.Due, Until: intent.Until,
				})
			}
			_, err = tx.Plan(share, deliveries)
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tally counts the deliveries of an intent.
func (w *world) tally(intent int64) (deliveries map[storage.DeliveryState]int64) {
	w.Helper()
	w.view(func(r storage.Reader) (err error) {
		deliveries, _, err = r.Tally(intent)
		return err
	})
	return deliveries
}

// want compares a tally with what it should be.
func (w *world) want(intent int64, want map[storage.DeliveryState]int64) {
	w.Helper()
	if got := w.tally(intent); fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("intent %d: %v, want %v", intent, got, want)
	}
}

func (w *world) deliveries(intent int64) (out []storage.Delivery) {
	w.Helper()
	w.view(func(r storage.Reader) (err error) {
		out, err = r.DeliveriesOf(intent, 0, 1<<30)
		return err
	})
	return out
}

func (w *world) attempts(delivery int64) (out []storage.Attempt) {
	w.Helper()
	w.view(func(r storage.Reader) (err error) {
		out, err = r.AttemptsOf(delivery)
		return err
	})
	return out
}

// run starts an engine and returns what ends it. Options without a store work with the world's.
func (w *world) run(o push.Options) (e *push.Engine, stop func()) {
	if o.Store == nil {
		o.Store = w.store
	}
	if o.Render == nil {
		o.Render = render
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(&w.logs, nil))
	}
	e = push.New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			w.Error(err)
		}
	})
	w.Cleanup(stop)
	return e, stop
}

// render makes a message without words: what it says is nobody's business here.
func render(l *storage.Leased) push.Message {
	r := &l.Registration
	return push.Message{
		Target: push.Target{
			Service: push.Service(r.Service), Kind: push.TargetKind(r.Kind), Platform: push.Platform(r.Platform), Address: r.Address,
		},
		ID: string(l.Delivery.Person)[:32], Kind: l.Kind, Record: l.Record, Title: "Title", Body: "Body",
		Urgent: l.Delivery.Class == storage.ClassUrgent,
	}
}

// logs keeps what is logged.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// service is a push service that answers as it is told.
type service struct {
	takes  time.Duration
	answer func(m *push.Message, nth int) push.Verdict // nil for Accepted; nth counts the sends to the target from 1

	mu    sync.Mutex
	sends []sent
	of    map[string]int
	now   int
	most  int // at the same time
}

// sent is one send as the service saw it.
type sent struct {
	at     time.Time
	target string
	id     string
	urgent bool
}

func (s *service) Send(ctx context.Context, m *push.Message) push.Verdict {
	s.mu.Lock()
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.of[m.Target.Address]++
	nth := s.of[m.Target.Address]
	s.sends = append(s.sends, sent{time.Now(), m.Target.Address, m.ID, m.Urgent})
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	if s.takes > 0 {
		select {
		case <-time.After(s.takes):
		case <-ctx.Done():
			return push.Verdict{Result: push.Unsure, Code: "timeout"}
		}
	}
	if s.answer == nil {
		return push.Verdict{Result: push.Accepted}
	}
	return s.answer(m, nth)
}

// count is how many sends there were.
func (s *service) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sends)
}

// all returns the sends.
func (s *service) all() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.sends...)
}

func only(s push.Sender) map[push.Service]push.Sender {
	return map[push.Service]push.Sender{push.FCM: s}
}

// closing is a Sender that tells when so many messages are through.
type closing struct {
	push.Sender
	left atomic.Int64
	over chan struct{}
}

func (c *closing) Send(ctx context.Context, m *push.Message) push.Verdict {
	v := c.Sender.Send(ctx, m)
	if c.left.Add(-1) == 0 {
		close(c.over)
	}
	return v
}
