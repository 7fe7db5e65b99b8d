package campaign_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

const hour = int64(time.Hour / time.Millisecond)

// world is a province with two communes, an officer of each, and a clock that is moved by hand.
type world struct {
	t       testing.TB
	store   storage.Store
	people  *people.Service
	sync    *syncer.Service
	planner *notify.Planner
	calls   *campaign.Service
	opt     campaign.Options
	log     *journal
	poked   *pokes

	mu                     sync.Mutex
	now                    int64
	woken                  int
	province, here, beside syncproto.ID
	dong, hoa, admin       people.Actor   // officers of the province, and an admin
	local, other           people.Actor   // officers of one commune each
	operator, editor       people.Actor   // who may call as well, and who may not
	members                []syncproto.ID // volunteers of here
}

// journal keeps the log.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// pokes counts how often each scope was poked.
type pokes struct {
	mu  sync.Mutex
	all map[syncproto.Scope]int
}

func (p *pokes) Changed(scopes []syncproto.Scope, _ syncproto.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range scopes {
		p.all[s]++
	}
}

func (p *pokes) of(s syncproto.Scope) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all[s]
}

// both runs a test in memory and on disk.
func both(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("memory", func(t *testing.T) { test(t, newWorldOn(t, memory.New(), nil)) })
	t.Run("disk", func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		test(t, newWorldOn(t, store, nil))
	})
	t.Run("twice", func(t *testing.T) { test(t, newWorldOn(t, twice{memory.New()}, nil)) })
}

// twice is a store that runs every update again after undoing it, as a store may.
type twice struct{ storage.Store }

var errUndone = errors.New("undone")

func (s twice) Update(ctx context.Context, fn func(tx storage.Tx) error) error {
	err := s.Store.Update(ctx, func(tx storage.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errUndone
	})
	if !errors.Is(err, errUndone) {
		return err
	}
	return s.Store.Update(ctx, fn)
}

// broken is a store whose next updates fail when all is written.
type broken struct {
	storage.Store
	fails *int
}

func (s broken) Update(ctx context.Context, fn func(tx storage.Tx) error) error {
	if *s.fails == 0 {
		return s.Store.Update(ctx, fn)
	}
	*s.fails--
	return s.Store.Update(ctx, func(tx storage.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return syncproto.E(syncproto.CodeUnavailable, "commit", errUndone)
	})
}

func newWorld(t testing.TB, set func(*campaign.Options)) *world {
	t.Helper()
	return newWorldOn(t, memory.New(), set)
}

func newWorldOn(t testing.TB, store storage.Store, set func(*campaign.Options)) *world {
	t.Helper()
	w := &world{
		t: t, store: store, now: time.Date(2026, 11, 18, 0, 10, 0, 0, time.UTC).UnixMilli(), log: &journal{},
		poked: &pokes{all: map[syncproto.Scope]int{}},
	}
	t.Cleanup(func() { store.Close() })
	w.people = people.New(store).WithClock(w.clock)
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	access := &people.Cache{}
	w.sync = syncer.New(store, syncer.Options{Now: w.clock, Logger: log, Notifier: w.poked, Caller: answers.Rules{}})
	w.planner = notify.New(notify.Options{Store: store, Access: access, Now: w.clock, Log: log})
	w.opt = campaign.Options{
		Store: store, Access: access, Syncer: w.sync, Now: w.clock, Log: log, LinkHosts: []string{"hienmau.example"},
		Audience: audience.New(audience.Options{Store: store, Access: access, Now: w.clock, Log: log}),
		Wake:     func() { w.mu.Lock(); w.woken++; w.mu.Unlock() },
	}
	if set != nil {
		set(&w.opt)
	}
	w.calls = campaign.New(w.opt)
	w.province = w.unit("Thanh Hóa", "")
	w.here, w.beside = w.unit("Hoằng Lộc", w.province), w.unit("Đông Sơn", w.province)
	w.dong, w.hoa = w.joins("Đông", w.province, syncproto.RoleOfficer), w.joins("Hoà", w.province, syncproto.RoleOfficer)
	w.admin = w.joins("Quản trị", w.province, syncproto.RoleAdmin)
	w.operator = w.joins("Vận hành", w.province, syncproto.RoleOperator)
	w.local, w.other = w.joins("Liên", w.here, syncproto.RoleOfficer), w.joins("Tuấn", w.beside, syncproto.RoleOfficer)
	w.editor = w.joins("Minh", w.here, syncproto.RoleEditor)
	for _, name := range []string{"Lan", "Bình", "Cúc", "Dũng"} {
		w.members = append(w.members, w.joins(name, w.here, syncproto.RoleVolunteer).Person)
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.UnixMilli(w.now)
}

func (w *world) wait(ms int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now += ms
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.ID {
	w.t.Helper()
	u, err := w.people.CreateUnit(w.t.Context(), syncproto.Unit{Name: name, Parent: parent})
	w.must(err)
	return u.ID
}

func (w *world) joins(name string, unit syncproto.ID, role syncproto.Role) people.Actor {
	w.t.Helper()
	p, _, err := w.people.CreatePerson(w.t.Context(), name, unit, role)
	w.must(err)
	d := &storage.Device{ID: syncproto.NewID(), Person: p.ID, Unit: unit, Created: w.now}
	d.TokenHash = sha256.Sum256([]byte(d.ID))
	w.update(func(tx storage.Tx) error { return tx.PutDevice(d) })
	return people.Actor{Person: p.ID, Device: d.ID}
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	w.must(w.store.Update(w.t.Context(), fn))
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.t.Helper()
	w.must(w.store.View(w.t.Context(), fn))
}

// volunteers is the audience of all volunteers of a unit.
func volunteers(unit syncproto.ID) json.RawMessage {
	return json.RawMessage(`{"all":[{"unit":"` + string(unit) + `"},{"role":"volunteer"}]}`)
}

// draft is a call of the province for those of here, which could go out.
func (w *world) draft() campaign.Draft {
	return campaign.Draft{
		Units: []syncproto.ID{w.province}, Kind: syncproto.CallOrdinary, Title: "Cần máu nhóm O", Body: "Mời đến Bệnh viện tỉnh.",
		TitleEN: "Blood needed", Starts: w.now + 2*hour, Ends: w.now + 6*hour, Deadline: w.now + 4*hour, Capacity: 40,
		Choices: []storage.Choice{
			{Name: syncproto.ChoiceYes, Takes: true},
			{Name: syncproto.ChoiceNo},
			{Name: "later", VI: "Hôm khác"},
		}, Link: "/calls", Audience: volunteers(w.here), Place: syncproto.Object(syncproto.Fields{"text": syncproto.Text("Bệnh viện tỉnh")}),
	}
}

// makes makes a draft, changed by set.
func (w *world) makes(by people.Actor, set func(d *campaign.Draft)) *campaign.Call {
	w.t.Helper()
	d := w.draft()
	if set != nil {
		set(&d)
	}
	c, err := w.calls.Create(w.t.Context(), by, &d)
	w.must(err)
	return c
}

// sends makes a call and sends it.
func (w *world) sends(by people.Actor, set func(d *campaign.Draft)) *campaign.Call {
	w.t.Helper()
	c := w.makes(by, set)
	c, err := w.calls.Send(w.t.Context(), by, c.ID, c.Revision)
	w.must(err)
	return c
}

// edited is the draft that a call was made of, changed by set.
func edited(c *campaign.Call, set func(d *campaign.Draft)) *campaign.Draft {
	d := &campaign.Draft{
		Revision: c.Revision, Campaign: c.Campaign, Kind: c.Kind, Title: c.Title, Body: c.Body, TitleEN: c.TitleEN, BodyEN: c.BodyEN,
		SMS: c.SMS, Place: c.Place, Starts: c.Starts, Ends: c.Ends, Deadline: c.Deadline, Capacity: c.Capacity, Choices: slices.Clone(c.Choices),
		Link: c.Link, About: c.About, Attachments: slices.Clone(c.Attachments), Code: c.Code, Audience: c.Audience, Due: c.Due,
	}
	for _, u := range c.Units {
		d.Units = append(d.Units, u.ID)
	}
	if set != nil {
		set(d)
	}
	return d
}

func (w *world) show(id syncproto.ID) *campaign.Call {
	w.t.Helper()
	c, err := w.calls.Show(w.t.Context(), w.dong, id)
	w.must(err)
	return c
}

func (w *world) wants(id syncproto.ID, state storage.CallState) *campaign.Call {
	w.t.Helper()
	c := w.show(id)
	if c.State != state {
		w.t.Errorf("the call is %s, want %s", c.State, state)
	}
	return c
}

func (w *world) step() int64 {
	w.t.Helper()
	next, err := w.calls.Step(w.t.Context())
	w.must(err)
	return next
}

// record returns the record of a call; nil if there is none.
func (w *world) record(id syncproto.ID) (out *syncproto.Record) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err != nil && syncproto.CodeOf(err) == syncproto.CodeNotFound {
			return nil
		}
		if err == nil {
			out = stored.Record
			if want := syncproto.AudienceScope(id); out.Kind == syncproto.KindCall && !slices.Equal(stored.Scopes, []syncproto.Scope{want}) {
				w.t.Errorf("the record is in %v", stored.Scopes)
			}
		}
		return err
	})
	return out
}

func (w *world) intents(id syncproto.ID) (list []storage.Intent) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) { list, err = r.IntentsOf(id); return err })
	return list
}

// audits lists what the log has of a record, as "act by-whom".
func (w *world) audits(id syncproto.ID) (list []storage.Audit) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) { list, err = r.Audits(id, 0, 1000); return err })
	return list
}

func (w *world) acts(id syncproto.ID) string {
	var acts []string
	for _, a := range w.audits(id) {
		acts = append(acts, a.Act)
	}
	return strings.Join(acts, " ")
}

// wantQuiet looks in the log and the audits for texts that must not be there.
func (w *world) wantQuiet(texts ...string) {
	w.t.Helper()
	said := w.log.String()
	w.view(func(r storage.Reader) error {
		all, err := r.Audits("", 0, 10_000)
		for _, a := range all {
			said += a.Act + " " + a.Detail + "\n"
		}
		return err
	})
	for _, text := range texts {
		if strings.Contains(said, text) {
			w.t.Errorf("log or audits hold %q", text)
		}
	}
}

func wantCode(t testing.TB, err error, code syncproto.Code, at ...string) {
	t.Helper()
	if err == nil || syncproto.CodeOf(err) != code {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if e := err.(*syncproto.Error); len(at) > 0 && e.Detail != at[0] {
		t.Errorf("got %s at %q, want it at %q", code, e.Detail, at[0])
	}
}
