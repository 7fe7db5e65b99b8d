package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// More of it, a second or so for each seed:
//
//	go test ./server/internal/e2e -run TestGale -v -gale.seeds 500 -gale.first 1000
var (
	galeSeeds = flag.Uint64("gale.seeds", 20, "how many gales of calls")
	galeFirst = flag.Uint64("gale.first", 1, "the seed of the first one")
)

// galeSlots is how many messages an engine of a gale has under way.
const galeSlots = 16

// TestGale sends calls through planner, engine and the Firebase SDK to a stand-in, while everything fails that can: the
// service answers anything, targets end, transactions fail, processes die and others take over, people are suspended, calls
// are cancelled, the night comes. In the end everybody was told or it is known why not, nobody was told twice but where a
// process died or an answer left it open, all sums agree, and nobody was rung who is not on a list.
func TestGale(t *testing.T) {
	count := *galeSeeds
	if testing.Short() {
		count = min(count, 6)
	}
	for seed := *galeFirst; seed < *galeFirst+count; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			newGale(t, seed).play()
		})
	}
}

// gale is a province with two communes, whose clock is moved by hand. A process is a number: what an older one does has no
// effect, as if it had ended.
type gale struct {
	testing.TB
	random *rand.Rand // of the player
	store  storage.Store
	fcm    *standin.Server
	sender *fcm.Sender
	calls  *campaign.Service
	said   log
	clock  atomic.Int64 // Unix ms

	province syncproto.ID
	communes [2]syncproto.ID
	officers [2]people.Actor
	folk     []*neighbour
	sent     []*toll
	token    int
	found    int64 // what processes found interrupted
	kills    int
	waits    func() // for processes that died

	mu       sync.Mutex
	dice     *rand.Rand // of processes
	process  int
	calm     bool
	owners   map[string]*neighbour // of targets, for good
	heard    map[[2]string]int     // requests by target and record
	rendered map[int64]map[[2]string]bool
	nights   map[int]int // messages that were not urgent and arrived in the night, by its day of the year
	figures  string
}

// neighbour is somebody with none, one or two phones.
type neighbour struct {
	person    syncproto.ID
	units     []syncproto.ID
	devices   []syncproto.ID
	suspended bool
}

// toll is a call that was sent.
type toll struct {
	id        syncproto.ID
	kind      syncproto.CallKind
	list      map[syncproto.ID]bool // who must be on it
	cancelled bool
}

func newGale(t *testing.T, seed uint64) *gale {
	s := &gale{
		TB: t, random: rand.New(rand.NewPCG(seed, 1)), dice: rand.New(rand.NewPCG(seed, 2)), owners: map[string]*neighbour{},
		heard: map[[2]string]int{}, rendered: map[int64]map[[2]string]bool{}, nights: map[int]int{},
	}
	s.clock.Store(time.Date(2027, 3, 3, 9, 0, 0, 0, vietnam).UnixMilli())
	if s.random.IntN(2) == 0 {
		s.clock.Store(time.Date(2027, 3, 3, 21, 59, 30, 0, vietnam).UnixMilli())
	}
	s.store = memory.New()
	if seed%3 == 0 {
		store, err := sqlite.Open(background, filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
		s.must(err)
		s.store = store
	}
	t.Cleanup(func() { _ = s.store.Close() })
	var err error
	s.fcm, err = standin.New(standin.Options{Seed: seed, Inspect: s.hears, Latency: time.Duration(s.random.IntN(3)) * time.Millisecond})
	s.must(err)
	t.Cleanup(func() { _ = s.fcm.Close() })
	s.sender, err = fcm.New(background, fcm.Options{Credentials: s.fcm.Credentials(), Endpoint: s.fcm.Endpoint(), Roots: s.fcm.Roots(), Parallel: galeSlots})
	s.must(err)
	t.Cleanup(func() { _ = s.sender.Close() })
	s.settle()
	s.spoil()
	return s
}

func (s *gale) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *gale) now() time.Time { return time.UnixMilli(s.clock.Load()) }

func (s *gale) update(fn func(tx storage.Tx) error) {
	s.Helper()
	s.must(s.store.Update(background, fn))
}

func (s *gale) view(fn func(r storage.Reader) error) {
	s.Helper()
	s.must(s.store.View(background, fn))
}

// settle makes the province and its people.
func (s *gale) settle() {
	say := slog.New(slog.NewTextHandler(&s.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	folk := people.New(s.store).WithClock(s.now)
	access := &people.Cache{}
	s.calls = campaign.New(campaign.Options{
		Store: s.store, Access: access, Syncer: syncer.New(s.store, syncer.Options{Now: s.now, Logger: say, Caller: answers.Rules{}}),
		Audience: audience.New(audience.Options{Store: s.store, Access: access, Now: s.now, Log: say}), Now: s.now, Log: say,
	})
	unit := func(name string, parent syncproto.ID) syncproto.ID {
		u, err := folk.CreateUnit(background, syncproto.Unit{Name: name, Parent: parent, From: 1})
		s.must(err)
		return u.ID
	}
	s.province = unit("Thanh Hóa", "")
	s.communes = [2]syncproto.ID{unit("Hoằng Lộc", s.province), unit("Đông Sơn", s.province)}
	for i := range s.officers {
		p, _, err := folk.CreatePerson(background, fmt.Sprint("Cán bộ ", i), s.province, syncproto.RoleOfficer)
		s.must(err)
		s.officers[i] = people.Actor{Person: p.ID}
	}
	s.update(func(tx storage.Tx) error {
		for i := range 60 + s.random.IntN(80) {
			if err := s.joins(tx, i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *gale) joins(tx storage.Tx, i int) error {
	n := &neighbour{person: syncproto.NewID(), units: []syncproto.ID{s.communes[i%2]}}
	if i%5 == 0 {
		n.units = s.communes[:]
	}
	s.folk = append(s.folk, n)
	now := s.clock.Load()
	err := tx.PutPerson(&storage.Person{ID: n.person, Name: fmt.Sprint("Lê Thị Mận ", i), Phone: fmt.Sprintf("+8491%07d", i), Created: now})
	for _, unit := range n.units {
		if err == nil {
			err = tx.PutGrant(&syncproto.Grant{ID: syncproto.NewID(), Person: n.person, Unit: unit, Role: syncproto.RoleVolunteer, From: now - 1000})
		}
	}
	for range []int{1, 1, 1, 1, 2, 2, 0}[i%7] {
		n.devices = append(n.devices, syncproto.NewID())
		if err == nil {
			err = tx.PutDevice(&storage.Device{ID: n.devices[len(n.devices)-1], Person: n.person, Unit: n.units[0], TokenHash: hashOfText(n.devices[len(n.devices)-1]), Created: now})
		}
		if err == nil {
			err = s.registers(tx, n, len(n.devices)-1)
		}
	}
	if err == nil && i%11 == 0 {
		err = tx.PutPreference(&storage.Preference{Person: n.person, Muted: []syncproto.CallKind{syncproto.CallInformation}})
	}
	return err
}

func hashOfText(id syncproto.ID) [32]byte { return [32]byte([]byte(id + id)[:32]) }

// registers gives a device of somebody a new target.
func (s *gale) registers(tx storage.Tx, n *neighbour, device int) error {
	s.token++
	token := fmt.Sprintf("gale-%05d:%s", s.token, n.devices[device])
	s.mu.Lock()
	s.owners[token] = n
	s.mu.Unlock()
	return tx.PutRegistration(&storage.Registration{
		Device: n.devices[device], Person: n.person, Service: "fcm", Kind: "token", Platform: []string{"android", "ios", "web"}[s.token%3],
		Address: token, At: s.clock.Load(),
	})
}

// spoil chooses what the service does to some targets and requests.
func (s *gale) spoil() {
	for _, as := range []standin.Behaviour{
		standin.Unregistered, standin.BadToken, standin.BadTokenField, standin.SenderMismatch, standin.BadField,
	} {
		if s.random.IntN(3) == 0 {
			s.fcm.Share(as, 0.05*s.random.Float64())
		}
	}
	for _, as := range []standin.Behaviour{
		standin.QuotaExceeded, standin.Internal, standin.BadGateway, standin.GatewayTimeout, standin.Unavailable, standin.UnavailableTaken,
		standin.Unauthenticated, standin.Forbidden, standin.BareNotFound, standin.Redirect, standin.ResetBefore, standin.ResetAfter,
		standin.CutBefore, standin.CutAfter, standin.Junk, standin.HalfAnswer,
	} {
		if s.random.IntN(3) == 0 {
			s.fcm.Share(as, 0.04*s.random.Float64())
		}
	}
	if s.random.IntN(6) == 0 { // these are tried until their call ends
		s.fcm.Share(standin.ThirdPartyAuth, 0.02)
	}
	if s.random.IntN(4) == 0 {
		s.fcm.Quota(60, 20*time.Millisecond, s.random.IntN(2) == 0)
	}
	if s.random.IntN(3) == 0 {
		s.fcm.CloseEvery(7)
	}
}

// hears is the stand-in's ear.
func (s *gale) hears(body []byte) {
	var sent struct {
		Message struct {
			Token string
			Data  struct{ K, R string }
		}
	}
	if json.Unmarshal(body, &sent) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &sent.Message
	s.heard[[2]string{m.Token, m.Data.R}]++
	if now := s.now(); m.Data.K != string(syncproto.CallUrgent) && notify.Quiet(now) {
		s.nights[now.In(vietnam).Add(-12*time.Hour).YearDay()]++
	}
	if strings.Contains(string(body), "Mận") || strings.Contains(string(body), "Hiến") || strings.Contains(string(body), "+8491") {
		s.Errorf("the payload tells what is personal")
	}
}

// chance is true once in so many times, for processes.
func (s *gale) chance(of int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.calm && s.dice.IntN(of) == 0
}

// span is one process.
type span struct {
	*gale
	process int
	engine  *push.Engine
	planner *notify.Planner
	end     func() // ends it at once
	first   atomic.Bool
	storage.Store
}

var errSpanOver = syncproto.E(syncproto.CodeUnavailable, "gale", errors.New("the process has ended"))

func (p *span) dead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.process != p.gale.process
}

func (p *span) die() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.process == p.gale.process {
		p.gale.process++
		p.kills++
	}
}

// Update is a transaction of the process. One that is over believes that all is well, so that it ends.
func (p *span) Update(ctx context.Context, fn func(storage.Tx) error) error {
	first := p.first.CompareAndSwap(false, true) // of the engine, which would wait for a second
	if p.chance(100) {
		p.die()
	}
	if p.dead() {
		return nil
	}
	if !first && p.chance(40) {
		return syncproto.E(syncproto.CodeUnavailable, "gale", errors.New("the disk is slow today"))
	}
	err := p.gale.store.Update(ctx, fn)
	if err == nil && p.chance(100) { // committed, and nobody hears of it
		p.die()
	}
	if p.dead() {
		return nil
	}
	return err
}

func (p *span) View(ctx context.Context, fn func(storage.Reader) error) error {
	if p.dead() {
		return errSpanOver
	}
	return p.gale.store.View(ctx, fn)
}

// Send is the sender of the process.
func (p *span) Send(ctx context.Context, m *push.Message) push.Verdict {
	if p.dead() {
		return push.Verdict{Result: push.Unsure, Code: "dead"}
	}
	return p.sender.Send(ctx, m)
}

// render notes where each delivery goes.
func (p *span) render(l *storage.Leased) push.Message {
	m := p.planner.Render(l)
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.rendered[l.Delivery.Number]
	if of == nil {
		of = map[[2]string]bool{}
		p.rendered[l.Delivery.Number] = of
	}
	of[[2]string{m.ID, m.Target.Address}] = true
	return m
}

// begin starts a process.
func (s *gale) begin() *span {
	s.mu.Lock()
	p := &span{gale: s, process: s.process}
	s.mu.Unlock()
	say := slog.New(slog.NewTextHandler(&s.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	count := metrics.New("gale")
	p.planner = notify.New(notify.Options{
		Store: p, Now: s.now, Log: say, Cap: 2, Every: 20 * time.Millisecond, Wake: func() { p.engine.Wake() },
	})
	p.engine = push.New(push.Options{
		Store: p, Senders: map[push.Service]push.Sender{push.FCM: p}, Render: p.render, Now: s.now, Log: say, Rate: 10_000, Ramp: -1,
		InFlight: galeSlots, Quiet: p.planner.Quiet, Metrics: count,
	})
	ctx, cancel := context.WithCancel(background)
	var runs sync.WaitGroup
	runs.Go(func() { _ = p.planner.Run(ctx) })
	runs.Go(func() {
		if err := p.engine.Run(ctx); err != nil && !p.dead() {
			s.Errorf("run: %v", err)
		}
	})
	before := s.waits
	s.waits = func() {
		runs.Wait()
		if before != nil {
			before()
		}
	}
	p.end = func() {
		cancel()
		s.found += p.engine.Status().Found
		var text strings.Builder
		s.must(count.Write(&text))
		s.figures = text.String()
	}
	return p
}

// play lets processes follow one another until all is over.
func (s *gale) play() {
	s.sends(syncproto.CallUrgent)
	s.sends(syncproto.CallOrdinary)
	began := time.Now()
	for steps := 0; !s.over() || steps < 200; {
		p := s.begin()
		for ; !p.dead() && (!s.over() || steps < 200); steps++ {
			s.step(p, steps)
			if time.Since(began) > 3*time.Minute {
				s.Fatalf("it does not end: %+v", p.engine.Status())
			}
		}
		p.end()
		p.die()
	}
	s.waits()
	s.check()
}

// step lets a little time pass, and something happen.
func (s *gale) step(p *span, n int) {
	if n == 200 {
		s.mu.Lock()
		s.calm = true
		s.mu.Unlock()
	}
	if n < 200 {
		s.happens(p)
	}
	status := p.engine.Status()
	if status.Leased > 2*galeSlots || status.InFlight+status.Unwritten > galeSlots {
		s.Errorf("%d leased, %d under way, %d not written down", status.Leased, status.InFlight, status.Unwritten)
	}
	for _, paused := range status.Paused { // an operator looks and lets it go on
		if err := p.engine.Resume(background, paused.Number); err != nil && !p.dead() && syncproto.CodeOf(err) != syncproto.CodeUnavailable {
			s.Errorf("resume: %v", err)
		}
	}
	p.planner.Wake()
	p.engine.Wake()
	leased := func() bool { return p.engine.Status().Leased > 0 }
	switch {
	case waitFor(3*time.Millisecond, leased):
		waitFor(3*time.Millisecond, func() bool { return !leased() })
		s.clock.Add(20)
	case n < 200:
		s.clock.Add(200)
	default:
		s.clock.Store(s.next(p.engine.Status()))
	}
}

// next is when something can be expected to happen of those that wait.
func (s *gale) next(status push.Status) int64 {
	now := s.clock.Load()
	at := now + 24*time.Hour.Milliseconds()
	earlier := func(t int64) {
		if t > now && t < at {
			at = t
		}
	}
	s.view(func(r storage.Reader) error {
		due, err := r.NextDue(now)
		earlier(due)
		return err
	})
	for _, service := range status.Services {
		for _, t := range []time.Time{service.Retry, service.Paused} {
			if !t.IsZero() {
				earlier(t.UnixMilli())
			}
		}
	}
	if morning := s.now().In(vietnam); notify.Quiet(morning) {
		earlier(time.Date(morning.Year(), morning.Month(), morning.Day(), 6, 0, 0, 0, vietnam).UnixMilli())
		earlier(time.Date(morning.Year(), morning.Month(), morning.Day()+1, 6, 0, 0, 0, vietnam).UnixMilli())
	}
	if at == now+24*time.Hour.Milliseconds() {
		return now + time.Minute.Milliseconds()
	}
	return at + 1
}

// happens is what people and devices do meanwhile.
func (s *gale) happens(p *span) {
	n := s.folk[s.random.IntN(len(s.folk))]
	switch s.random.IntN(60) {
	case 0:
		p.die()
	case 1:
		if len(s.sent) < 6 {
			s.sends([]syncproto.CallKind{syncproto.CallUrgent, syncproto.CallOrdinary, syncproto.CallInformation}[s.random.IntN(3)])
		}
	case 2, 3, 4:
		s.mu.Lock()
		tokens := []string{}
		for token, of := range s.owners {
			if of == n {
				tokens = append(tokens, token)
			}
		}
		s.mu.Unlock()
		slices.Sort(tokens)
		if len(tokens) > 0 {
			s.fcm.Behave(tokens[0], standin.Unregistered)
		}
	case 5, 6, 7:
		if len(n.devices) > 0 {
			s.update(func(tx storage.Tx) error { return s.registers(tx, n, 0) })
		}
	case 8:
		s.update(func(tx storage.Tx) error {
			who, err := tx.Person(n.person)
			if err != nil {
				return err
			}
			who.Suspended = s.clock.Load()
			return tx.PutPerson(who)
		})
		n.suspended = true
	case 9:
		if t := s.sent[s.random.IntN(len(s.sent))]; s.random.IntN(4) == 0 {
			_, err := s.calls.Cancel(background, s.officers[0], t.id)
			s.must(err)
			t.cancelled = true
		}
	}
}

// sends sends a call to one commune or both.
func (s *gale) sends(kind syncproto.CallKind) {
	s.Helper()
	units, parts := s.communes[:1+s.random.IntN(2)], []object{}
	for _, unit := range units {
		parts = append(parts, object{"unit": unit})
	}
	chosen, err := json.Marshal(object{"all": []object{{"any": parts}, {"role": "volunteer"}}})
	s.must(err)
	d := &campaign.Draft{
		Units: []syncproto.ID{s.province}, Kind: kind, Title: "Hiến máu", Body: "Mời bà con.", Audience: chosen,
		Ends: s.now().Add(10 * time.Hour).UnixMilli(),
	}
	if kind != syncproto.CallInformation {
		d.Choices = []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}}
	}
	c, err := s.calls.Create(background, s.officers[0], d)
	s.must(err)
	c, err = s.calls.Propose(background, s.officers[0], c.ID, c.Revision)
	s.must(err)
	t := &toll{id: c.ID, kind: kind, list: map[syncproto.ID]bool{}}
	for _, n := range s.folk {
		if !n.suspended && slices.ContainsFunc(n.units, func(u syncproto.ID) bool { return slices.Contains(units, u) }) {
			t.list[n.person] = true
		}
	}
	s.sent = append(s.sent, t)
	_, err = s.calls.Send(background, s.officers[1], c.ID, c.Revision)
	s.must(err)
}

// over reports whether nothing is left to do.
func (s *gale) over() bool {
	var open []storage.Intent
	s.view(func(r storage.Reader) (err error) {
		open, err = r.Intents()
		return err
	})
	return len(open) == 0
}

// check holds what is written down against what the stand-in heard.
func (s *gale) check() {
	sums := map[string]int64{}
	for _, t := range s.sent {
		s.checkCall(t, sums)
	}
	for at := range s.heard {
		if at[1] == "" { // a digest
			continue
		}
		if i := slices.IndexFunc(s.sent, func(t *toll) bool { return string(t.id) == at[1] }); i >= 0 && !s.sent[i].list[s.owners[at[0]].person] {
			s.Errorf("somebody was rung who is not on the list of call %d", i)
		}
	}
	if sums["interrupted"] < s.found {
		s.Errorf("processes found %d interrupted, %d are written down", s.found, sums["interrupted"])
	}
	for _, n := range s.nights {
		if n > galeSlots { // what had left when it began
			s.Errorf("%d messages in the night could have waited", n)
		}
	}
	for _, text := range []string{s.said.String(), s.figures} {
		for _, secret := range []string{"gale-", "Mận", "Hiến", "Hoằng", "+8491"} {
			if strings.Contains(text, secret) {
				s.Errorf("log or figures tell %q", secret)
			}
		}
	}
	st := s.fcm.Stats()
	s.Logf("%d people, %d calls, %d processes, %d requests, %d taken, %d of them again; %v", len(s.folk), len(s.sent), s.process, st.Requests, st.Accepted, st.Duplicates, sums)
}

// row is what must come out of a unit.
type row struct{ eligible, registered, accepted int64 }

func (s *gale) checkCall(t *toll, sums map[string]int64) {
	s.Helper()
	best, states := map[syncproto.ID]storage.DeliveryState{}, map[storage.DeliveryState]int64{}
	var recipients []storage.Recipient
	var reaches []storage.Reach
	var deliveries, persons map[storage.DeliveryState]int64
	s.view(func(r storage.Reader) error {
		intents, err := r.IntentsOf(t.id)
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, i := range intents {
			if i.Kind != string(t.kind) || i.To != "" {
				continue
			}
			if want := storage.IntentDone; i.State != want && !t.cancelled {
				s.Errorf("an intent is %s", i.State)
			}
			if i.Persons != int64(len(t.list)) {
				s.Errorf("an intent is for %d, not %d", i.Persons, len(t.list))
			}
			list, err := r.DeliveriesOf(i.Number, 0, 1<<20)
			if err != nil {
				return err
			}
			for n := range list {
				d := &list[n]
				if key := string(d.Person + d.Device); seen[key] || !t.list[d.Person] {
					s.Errorf("a delivery too many: %+v", d)
				} else {
					seen[key] = true
				}
				states[d.State]++
				if had, ok := best[d.Person]; ok {
					best[d.Person] = storage.Better(had, d.State)
				} else {
					best[d.Person] = d.State
				}
				if err := s.checkDelivery(r, t, d, sums); err != nil {
					return err
				}
			}
			if deliveries, persons, err = r.Tally(i.Number); err != nil {
				return err
			}
		}
		if recipients, err = r.Recipients(t.id, "", 1<<20); err != nil {
			return err
		}
		reaches, err = r.Reaches(t.id)
		return err
	})
	s.checkSums(t, best, states, deliveries, persons)
	s.checkReach(t, best, recipients, reaches)
}

// checkDelivery: it is over, what came of it agrees with its attempts, and the stand-in took no more than they explain.
func (s *gale) checkDelivery(r storage.Reader, t *toll, d *storage.Delivery, sums map[string]int64) error {
	attempts, err := r.AttemptsOf(d.Number)
	of := map[string]int{}
	for _, a := range attempts {
		of[a.Result]++
		sums[a.Result]++
	}
	taken := 0
	for at := range s.rendered[d.Number] {
		taken += s.fcm.Copies(at[0], at[1])
	}
	sums["= "+string(d.State)]++
	open := of["unsure"] + of["interrupted"]
	told := d.State == storage.DeliveryAccepted
	switch {
	case !d.State.Over():
		s.Errorf("a delivery is %s in the end", d.State)
	case d.State == storage.DeliveryCancelled && !t.cancelled:
		s.Errorf("a delivery is cancelled and its call is not")
	case told && (taken == 0 || of["accepted"] != 1), !told && of["accepted"] > 0:
		s.Errorf("a delivery is %s, taken %d times, with attempts %v", d.State, taken, of)
	case taken > of["accepted"]+open:
		s.Errorf("a delivery was taken %d times, with attempts %v", taken, of)
	case d.State == storage.DeliveryUnsure && open == 0, d.State == storage.DeliveryExpired && open > 0:
		s.Errorf("a delivery is %s with attempts %v", d.State, of)
	case (d.State == storage.DeliveryGone || d.State == storage.DeliveryFailed || d.State == storage.DeliveryUnreachable) && d.Code == "":
		s.Errorf("a delivery is %s, and nobody knows why", d.State)
	}
	return err
}

// checkSums compares what the database adds up with what is there.
func (s *gale) checkSums(t *toll, best map[syncproto.ID]storage.DeliveryState, states, deliveries, persons map[storage.DeliveryState]int64) {
	s.Helper()
	who := map[storage.DeliveryState]int64{}
	for _, state := range best {
		who[state]++
	}
	if fmt.Sprint(states) != fmt.Sprint(deliveries) || fmt.Sprint(who) != fmt.Sprint(persons) {
		s.Errorf("deliveries %v are counted as %v, persons %v as %v", states, deliveries, who, persons)
	}
	if len(best) != len(t.list) && !t.cancelled {
		s.Errorf("%d of %d have a delivery", len(best), len(t.list))
	}
}

// checkReach compares the funnel with what is there, unit by unit.
func (s *gale) checkReach(t *toll, best map[syncproto.ID]storage.DeliveryState, recipients []storage.Recipient, reaches []storage.Reach) {
	s.Helper()
	if len(recipients) != len(best) {
		s.Errorf("%d are on the list, %d have a delivery", len(recipients), len(best))
	}
	want := map[syncproto.ID]row{}
	for i := range recipients {
		one, state := want[recipients[i].Unit], best[recipients[i].Person]
		one.eligible++
		if state != storage.DeliveryUnreachable {
			one.registered++
		}
		if state == storage.DeliveryAccepted || state == storage.DeliveryUnsure {
			one.accepted++
		}
		want[recipients[i].Unit] = one
	}
	got := map[syncproto.ID]row{}
	for _, r := range reaches {
		got[r.Unit] = row{r.Eligible, r.Registered, r.Accepted}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		s.Errorf("the funnel of a call has %v, want %v", got, want)
	}
}
