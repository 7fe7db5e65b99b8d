package e2e

import (
	"encoding/json"
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
