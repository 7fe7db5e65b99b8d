package syncer_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

// world is a province with one commune, a store, and the service over it.
type world struct {
	t        testing.TB
	store    *faulty
	people   *people.Service
	sync     *syncer.Service
	now      atomic.Int64
	ids      int64
	province syncproto.ID
	commune  syncproto.ID
	changed  [][]syncproto.Scope
	// remembered counts the rounds that were answered from memory, and that the store would have answered the same.
	remembered int
	crowded    bool // phones come side by side, so that no two answers can be held against each other
}

// faulty is a store that can refuse to write, run each transaction twice, or change just before the next one.
type faulty struct {
	storage.Store
	down   bool
	twice  bool
	before func()
}

func (f *faulty) Update(ctx context.Context, fn func(storage.Tx) error) error {
	if f.down {
		return syncproto.E(syncproto.CodeUnavailable, "change the store", nil)
	}
	if act := f.before; act != nil {
		f.before = nil
		act()
	}
	if f.twice {
		again := errors.New("rolled back")
		_ = f.Store.Update(ctx, func(tx storage.Tx) error {
			_ = fn(tx)
			return again
		})
	}
	return f.Store.Update(ctx, fn)
}

// newWorld makes a world in memory, or on SQLite below TestOnSQLite.
func newWorld(t testing.TB) *world {
	if !strings.HasPrefix(t.Name(), "TestOnSQLite/") {
		return newWorldOn(t, memory.New())
	}
	return newWorldOn(t, openSQLite(t))
}

func openSQLite(t testing.TB) storage.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// TestOnSQLite runs the stories on the store that servers have.
func TestOnSQLite(t *testing.T) {
	for name, story := range map[string]func(*testing.T){
		"replay": TestReplayGetsTheFirstAnswer, "forked": TestForkedAndOutOfOrder, "bad member": TestBadMemberAmongGood,
		"origin": TestOriginIsAppliedOnce, "children": TestTooManyChildren, "revoked": TestRevokedAtOnce,
		"contacts": TestContacts, "first sync": TestFirstSyncThenNothingNew, "scopes": TestNewScopeAndLostScope,
		"floor": TestSnapshotBelowTheFloor, "epoch": TestEpochChangeReadsAnew, "older": TestStoreOlderThanItsPhones,
		"draft": TestDraftIsPrivateAndSubmitMovesItWithItsPhotos, "conflict": TestConflictReachesAuthorAndDesk,
		"winner": TestIncomingWinnerKeepsTheWritersSide, "repair": TestDigestThenLeaves, "budget": TestBudgetIsRespected,
		"twice": TestRetriedTransactionJudgesOnce, "part": TestPartOfAPartIsNeverPublic,
		"rights": TestEditorsRightsEndAtTheWhole, "forever": TestNothingStopsAPhoneForGood,
		"crowd": TestConflictsAndDeletedPhotosDoNotFillAStory, "stolen": TestNobodyAnswersForAnotherPersonsNumbers,
		"high floor": TestFirstSyncEndsAboveAHighFloor,
	} {
		t.Run(name, story)
	}
}

func newWorldOn(t testing.TB, store storage.Store) *world {
	w := &world{t: t, store: &faulty{Store: store}}
	w.now.Store(1_700_000_000_000)
	clock := func() time.Time { return time.UnixMilli(w.now.Load()) }
	w.people = people.New(w.store).WithClock(clock)
	w.sync = syncer.New(w.store, syncer.Options{
		Now: clock,
		Notifier: syncer.NotifierFunc(func(scopes []syncproto.Scope, _ syncproto.ID) {
			w.changed = append(w.changed, scopes)
		}),
	})
	w.province = w.unit("Thanh Hóa", "")
	w.commune = w.unit("Hoằng Lộc", w.province)
	return w
}

// reviewed puts the rules of the desk behind the service, and a hold that ends by itself.
func (w *world) reviewed() *world {
	w.sync = syncer.New(w.store, syncer.Options{
		Now: func() time.Time { return time.UnixMilli(w.now.Load()) }, Reviewer: review.New(review.Options{}), Hold: 30 * time.Second,
		Notifier: syncer.NotifierFunc(func(scopes []syncproto.Scope, _ syncproto.ID) { w.changed = append(w.changed, scopes) }),
	})
	return w
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.ID {
	w.t.Helper()
	u, err := w.people.CreateUnit(w.t.Context(), syncproto.Unit{ID: w.id(), Name: name, Parent: parent})
	w.check(err)
	return u.ID
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// id returns ids that repeat from run to run.
func (w *world) id() syncproto.ID {
	w.ids++
	sum := sha256.Sum256(fmt.Appendf(nil, "test %d", w.ids))
	return syncproto.MakeID(1_700_000_000_000+w.ids, [10]byte(sum[:10]))
}

// phone is a device of the simplest kind: it remembers its cursor and numbers.
type phone struct {
	w      *world
	device *storage.Device
	person syncproto.ID
	grant  syncproto.ID
	token  string
	cursor string
	n      int64
	outbox []syncproto.PushedMutation
	enc    wire.Encoding
	max    int
	reply  *syncer.Reply
	size   int
}

// joins adds a person with a phone.
func (w *world) joins(name string, unit syncproto.ID, role syncproto.Role) *phone {
	w.t.Helper()
	person, grant, err := w.people.CreatePerson(w.t.Context(), name, unit, role)
	w.check(err)
	p := &phone{w: w, person: person.ID, grant: grant.ID}
	p.device = w.device(person.ID, unit)
	p.token = "token of " + string(p.device.ID)
	return p
}

func (w *world) device(person, unit syncproto.ID) *storage.Device {
	w.t.Helper()
	d := &storage.Device{ID: w.id(), Person: person, Unit: unit, Created: w.now.Load()}
	d.TokenHash = sha256.Sum256([]byte("token of " + string(d.ID)))
	w.check(w.store.Update(w.t.Context(), func(tx storage.Tx) error { return tx.PutDevice(d) }))
	return d
}

// wants puts a mutation into the outbox.
func (p *phone) wants(m syncproto.Mutation) *syncproto.Mutation {
	p.n++
	m.Number = p.n
	if m.ID == "" {
		m.ID = p.w.id()
	}
	if m.Kind == "" {
		m.Kind = syncproto.KindStory
	}
	if m.Unit == "" {
		m.Unit = p.device.Unit
	}
	p.outbox = append(p.outbox, pushed(m))
	return &p.outbox[len(p.outbox)-1].Mutation
}

func pushed(m syncproto.Mutation) syncproto.PushedMutation {
	return syncproto.PushedMutation{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)}
}

func (p *phone) story(title string) syncproto.ID {
	id := p.w.id()
	p.wants(syncproto.Mutation{Record: id, Set: syncproto.Fields{"title": syncproto.Text(title)}})
	return id
}

// request is the next request in its wire form.
func (p *phone) request() *syncproto.SyncRequest {
	return &syncproto.SyncRequest{
		Protocol: syncproto.ProtocolVersion, App: "test", Cursor: p.cursor, MaxBytes: p.max, Mutations: p.outbox,
	}
}

// exchange does one round through the wire form of both directions and leaves the phone as it was.
func (p *phone) exchange(req *syncproto.SyncRequest) (*syncproto.SyncResponse, error) {
	decoded, err := syncproto.DecodeSyncRequest(syncproto.AppendSyncRequest(nil, req))
	if err != nil {
		return nil, err
	}
	if p.w.crowded {
		p.reply, err = p.w.sync.Sync(context.Background(), p.device, decoded, p.enc)
	} else {
		var remembered bool
		if p.reply, remembered, err = p.w.sync.SyncBothWays(context.Background(), p.device, decoded, p.enc); remembered {
			p.w.remembered++
		}
	}
	if err != nil {
		return nil, err
	}
	p.size = len(p.reply.Body)
	body, err := p.reply.Encoding.AppendDecoded(nil, p.reply.Body, 8<<20)
	if err != nil {
		return nil, err
	}
	return syncproto.DecodeSyncResponse(body)
}

// round is one exchange whose reply arrives.
func (p *phone) round() *syncproto.SyncResponse {
	p.w.t.Helper()
	resp, err := p.exchange(p.request())
	p.w.check(err)
	p.took(resp)
	return resp
}

func (p *phone) took(resp *syncproto.SyncResponse) {
	if resp.Cursor != "" {
		p.cursor = resp.Cursor
	}
	for len(p.outbox) > 0 && p.outbox[0].Number <= resp.Accepted {
		p.outbox = p.outbox[1:]
	}
}

// holds pulls until nothing is left and returns what is live, by scope.
func (p *phone) holds() map[syncproto.Scope]map[syncproto.ID]*syncproto.Record {
	p.w.t.Helper()
	out := map[syncproto.Scope]map[syncproto.ID]*syncproto.Record{}
	for more := true; more; {
		resp := p.round()
		more = resp.More
		for _, page := range resp.Pages {
			if out[page.Scope] == nil {
				out[page.Scope] = map[syncproto.ID]*syncproto.Record{}
			}
			for _, c := range page.Changes {
				delete(out[page.Scope], c.ID)
				if c.Removed {
					continue
				}
				r, err := syncproto.DecodeRecord(c.Wire)
				p.w.check(err)
				if !r.Deleted {
					out[page.Scope][c.ID] = r
				}
			}
		}
	}
	return out
}

// holdsAll is holds for a phone that forgot everything.
func (p *phone) holdsAll() map[syncproto.Scope]map[syncproto.ID]*syncproto.Record {
	p.w.t.Helper()
	p.cursor = ""
	return p.holds()
}

func (w *world) record(id syncproto.ID) *syncproto.Record {
	w.t.Helper()
	var out *syncproto.Record
	w.check(w.store.View(w.t.Context(), func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err == nil {
			out = stored.Record
		}
		return err
	}))
	return out
}

func (w *world) letters(device syncproto.ID) (letters []storage.DeadLetter) {
	w.t.Helper()
	w.check(w.store.View(w.t.Context(), func(r storage.Reader) (err error) {
		letters, err = r.DeadLetters(device, 0, 100)
		return err
	}))
	return letters
}

// syncerWithout is a service that notifies nobody, for concurrent phones.
func syncerWithout(w *world) *syncer.Service {
	return syncer.New(w.store, syncer.Options{Now: func() time.Time { return time.UnixMilli(w.now.Load()) }})
}
