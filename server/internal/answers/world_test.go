package answers_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

const hour = int64(60 * 60 * 1000)

// world is a commune with people, and a call to all of them.
type world struct {
	t       testing.TB
	store   storage.Store
	people  *people.Service
	sync    *syncer.Service
	answers *answers.Service
	now     int64
	ids     int64
	rung    int
	commune syncproto.ID
	call    *storage.Call
}

func onMemory(t *testing.T, story func(w *world)) {
	t.Run("memory", func(t *testing.T) { story(newWorld(t, memory.New())) })
}

// onBoth runs a story on both stores.
func onBoth(t *testing.T, story func(w *world)) {
	onMemory(t, story)
	t.Run("sqlite", func(t *testing.T) {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		story(newWorld(t, store))
	})
}

func newWorld(t testing.TB, store storage.Store) *world {
	w := &world{t: t, store: store, now: 1_700_000_000_000}
	clock := func() time.Time { return time.UnixMilli(w.now) }
	w.people = people.New(store).WithClock(clock)
	w.sync = syncer.New(store, syncer.Options{Now: clock, Caller: answers.Rules{}})
	w.answers = answers.New(answers.Options{Syncer: w.sync, Now: clock, Wake: func() { w.rung++ }})
	u, err := w.people.CreateUnit(t.Context(), syncproto.Unit{ID: w.id(), Name: "Hoằng Lộc"})
	w.check(err)
	w.commune = u.ID
	w.call = &storage.Call{
		ID: w.id(), Units: []syncproto.ID{w.commune}, Kind: syncproto.CallOrdinary, State: storage.CallSent, Revision: 1,
		Title: "Hiến máu", Body: "Mời bà con", Starts: w.now + 48*hour, Ends: w.now + 52*hour, Deadline: w.now + 24*hour, Capacity: 2, Code: "HM-2026",
		Choices: []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}},
	}
	w.changed()
	return w
}

// changed stores the call as the test has it.
func (w *world) changed() {
	w.t.Helper()
	w.update(func(tx storage.Tx) error { return tx.PutCall(w.call) })
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) id() syncproto.ID {
	w.ids++
	sum := sha256.Sum256(fmt.Appendf(nil, "answers %d", w.ids))
	return syncproto.MakeID(1_700_000_000_000+w.ids, [10]byte(sum[:10]))
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	w.check(w.store.Update(w.t.Context(), fn))
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.t.Helper()
	w.check(w.store.View(w.t.Context(), fn))
}

// phone is a person with a device.
type phone struct {
	w      *world
	person syncproto.ID
	device *storage.Device
	n      int64
}

// joins adds a person; listed ones are on the list of the call.
func (w *world) joins(role syncproto.Role, listed bool) *phone {
	w.t.Helper()
	person, _, err := w.people.CreatePerson(w.t.Context(), fmt.Sprintf("Người %d", w.ids), w.commune, role)
	w.check(err)
	if listed {
		w.update(func(tx storage.Tx) error {
			return tx.AddRecipients([]storage.Recipient{{Call: w.call.ID, Person: person.ID, Unit: w.commune, Gone: w.now + 1000*hour}})
		})
	}
	return w.device(person.ID)
}

func (w *world) device(person syncproto.ID) *phone {
	p := &phone{w: w, person: person, device: &storage.Device{ID: w.id(), Person: person, Unit: w.commune, Created: w.now}}
	p.device.TokenHash = sha256.Sum256([]byte(p.device.ID))
	w.update(func(tx storage.Tx) error { return tx.PutDevice(p.device) })
	return p
}

// sends brings one mutation in a round of its own.
func (p *phone) sends(m syncproto.Mutation) syncproto.Outcome {
	p.w.t.Helper()
	p.n++
	m.Number, m.ID, m.Unit = p.n, p.w.id(), p.w.commune
	req := &syncproto.SyncRequest{Protocol: 1, Mutations: []syncproto.PushedMutation{{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)}}}
	reply, err := p.w.sync.Sync(p.w.t.Context(), p.device, req, wire.Identity)
	p.w.check(err)
	resp, err := syncproto.DecodeSyncResponse(reply.Body)
	p.w.check(err)
	if len(resp.Outcomes) != 1 {
		p.w.t.Fatalf("outcomes %+v, push code %q", resp.Outcomes, resp.PushCode)
	}
	return resp.Outcomes[0]
}

// says answers the call.
func (p *phone) says(choice string, more syncproto.Fields) syncproto.Outcome {
	p.w.t.Helper()
	set := syncproto.Fields{syncproto.AnswerCallField: syncproto.Text(string(p.w.call.ID))}
	if choice != "" {
		set[syncproto.AnswerChoiceField] = syncproto.Text(choice)
	}
	for name, v := range more {
		set[name] = v
	}
	return p.sends(syncproto.Mutation{Kind: syncproto.KindAnswer, Record: syncproto.AnswerID(p.w.call.ID, p.person), Set: set})
}

// stands checks where a person's answer stands, on the record and on the list.
func (p *phone) stands(want syncproto.State) {
	p.w.t.Helper()
	p.w.view(func(r storage.Reader) error {
		stored, err := r.Record(syncproto.AnswerID(p.w.call.ID, p.person))
		if err != nil {
			return err
		}
		on, err := r.Recipient(p.w.call.ID, p.person)
		if err != nil {
			return err
		}
		if got := stored.Record.State; !stored.Record.Deleted && got != want || on.Standing != want {
			p.w.t.Errorf("the answer is %q, the list says %q, want %q", got, on.Standing, want)
		}
		return nil
	})
}

func (p *phone) taken(out syncproto.Outcome) {
	p.w.t.Helper()
	if out.Result != syncproto.Applied && out.Result != syncproto.Merged {
		p.w.t.Fatalf("got %+v", out)
	}
}

// refused checks the code of a refusal.
func (w *world) refused(out syncproto.Outcome, want syncproto.Code) {
	w.t.Helper()
	if out.Result != syncproto.Rejected || out.Code != want {
		w.t.Errorf("got %+v, want %s", out, want)
	}
}

func (w *world) notices(p *phone) (kinds []storage.NoticeKind) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		list, err := r.Notices(syncproto.PersonScope(p.person), 0, 100)
		for _, n := range list {
			kinds = append(kinds, n.Kind)
		}
		return err
	})
	return kinds
}

func (w *world) places() (n int64) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		n, err = r.Places(w.call.ID)
		return err
	})
	return n
}
