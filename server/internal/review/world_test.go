package review_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
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

// world is a province with two communes, and everybody's acts go through the sync service.
type world struct {
	t      testing.TB
	store  storage.Store
	people *people.Service
	sync   *syncer.Service
	keeper *review.Keeper
	now    int64
	ids    int64

	province, commune, beside syncproto.ID
}

const hold = time.Minute

// newWorld makes a world in memory, or on SQLite below TestOnSQLite.
func newWorld(t testing.TB) *world {
	if !strings.HasPrefix(t.Name(), "TestOnSQLite/") {
		return newWorldOn(t, memory.New())
	}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "lantoa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return newWorldOn(t, store)
}

// TestOnSQLite runs the stories on the store that servers have.
func TestOnSQLite(t *testing.T) {
	for name, story := range map[string]func(*testing.T){
		"way": TestTheWayOfASubmission, "undo": TestUndo, "replays": TestRepeatedActsHappenOnce, "revoked": TestARevokedPhoneLosesNothing,
		"closed": TestAClosedAccountsDraftsAreFound, "consent": TestNothingIsApprovedThatLacksConsent,
		"parts": TestPartsOfWhatIsPublic, "withdrawn": TestAWithdrawnConsentTakesDown, "position": TestWhatIsPublicTellsNoPosition,
		"overdue": TestWhatWaitsTooLongIsTold, "older": TestRowsOfAnOlderDatabase, "deleted": TestWhatIsDeletedIsOnNoDesk,
		"rows": TestRowsSayWhatIsThere,
	} {
		t.Run(name, story)
	}
}

func newWorldOn(t testing.TB, store storage.Store) *world {
	w := &world{t: t, store: store, now: 1_700_000_000_000}
	clock := func() time.Time { return time.UnixMilli(w.now) }
	w.people = people.New(store).WithClock(clock)
	w.sync = syncer.New(store, syncer.Options{Now: clock, Reviewer: review.New(review.Options{}), Hold: hold})
	w.keeper = w.keeps(clock)
	w.province = w.unit("Thanh Hóa", "")
	w.commune = w.unit("Hoằng Lộc", w.province)
	w.beside = w.unit("Hoằng Trạch", w.province)
	return w
}

func (w *world) keeps(clock func() time.Time) *review.Keeper {
	return review.NewKeeper(w.store, func(ctx context.Context, fn func(storage.Tx, review.Putter) error) error {
		return w.sync.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error { return fn(tx, p) })
	}, review.KeeperOptions{Now: clock})
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
	sum := sha256.Sum256(fmt.Appendf(nil, "review %d", w.ids))
	return syncproto.MakeID(1_700_000_000_000+w.ids, [10]byte(sum[:10]))
}

func (w *world) unit(name string, parent syncproto.ID) syncproto.ID {
	w.t.Helper()
	u, err := w.people.CreateUnit(w.t.Context(), syncproto.Unit{ID: w.id(), Name: name, Parent: parent})
	w.check(err)
	return u.ID
}

func (w *world) update(fn func(tx storage.Tx) error) {
	w.t.Helper()
	w.check(w.store.Update(w.t.Context(), fn))
}

func (w *world) view(fn func(r storage.Reader) error) {
	w.t.Helper()
	w.check(w.store.View(w.t.Context(), fn))
}

// who is a person with a device.
type who struct {
	w      *world
	actor  syncer.Actor
	grant  syncproto.ID
	device *storage.Device
	n      int64
	cursor string
}

// who adds a person; without a role they have no grant.
func (w *world) who(name string, unit syncproto.ID, role syncproto.Role) *who {
	w.t.Helper()
	p := &who{w: w}
	if role == "" {
		p.actor.Person = w.id()
		w.update(func(tx storage.Tx) error {
			return tx.PutPerson(&storage.Person{ID: p.actor.Person, Name: name, Created: w.now})
		})
	} else {
		person, grant, err := w.people.CreatePerson(w.t.Context(), name, unit, role)
		w.check(err)
		p.actor.Person, p.grant = person.ID, grant.ID
	}
	p.device = &storage.Device{ID: w.id(), Person: p.actor.Person, Unit: unit, Created: w.now}
	p.device.TokenHash = sha256.Sum256([]byte("token of " + string(p.device.ID)))
	p.actor.Device = p.device.ID
	w.update(func(tx storage.Tx) error { return tx.PutDevice(p.device) })
	return p
}

// act does one thing at a desk.
func (p *who) act(m syncproto.Mutation) syncproto.Outcome {
	p.w.t.Helper()
	if m.ID == "" {
		m.ID = p.w.id()
	}
	if m.Kind == "" {
		m.Kind = syncproto.KindStory
	}
	out, err := p.w.sync.Act(p.w.t.Context(), p.actor, &m)
	p.w.check(err)
	return out
}

// makes creates a record.
func (p *who) makes(kind syncproto.Kind, set syncproto.Fields) syncproto.ID {
	p.w.t.Helper()
	id := p.w.id()
	out := p.act(syncproto.Mutation{Record: id, Kind: kind, Unit: p.device.Unit, Set: set})
	if out.Result == syncproto.Rejected {
		p.w.t.Fatalf("%s: %+v", kind, out)
	}
	return id
}

func (p *who) story(title string) syncproto.ID {
	p.w.t.Helper()
	return p.makes(syncproto.KindStory, syncproto.Fields{"title": syncproto.Text(title)})
}

// sent is a story that was submitted.
func (p *who) sent(title string) syncproto.ID {
	p.w.t.Helper()
	id := p.story(title)
	p.does(id, syncproto.CommandSubmit, "")
	return id
}

// gives a command on what is there now.
func (p *who) gives(id syncproto.ID, command syncproto.Command, reason string) syncproto.Outcome {
	p.w.t.Helper()
	r := p.w.record(id)
	return p.act(syncproto.Mutation{Record: id, Kind: r.Kind, BaseRevision: r.Revision, Command: command, Reason: reason})
}

// does gives commands that must be taken.
func (p *who) does(id syncproto.ID, command syncproto.Command, reason string) {
	p.w.t.Helper()
	if out := p.gives(id, command, reason); out.Result == syncproto.Rejected {
		p.w.t.Fatalf("%s: %+v", command, out)
	}
}

// edits sets a field of what is there now.
func (p *who) edits(id syncproto.ID, field string, value syncproto.Value) syncproto.Outcome {
	p.w.t.Helper()
	r := p.w.record(id)
	return p.act(syncproto.Mutation{Record: id, Kind: r.Kind, BaseRevision: r.Revision, Set: syncproto.Fields{field: value}})
}

// refused checks the code of a refusal, "" for none.
func (w *world) refused(out syncproto.Outcome, want syncproto.Code) {
	w.t.Helper()
	if (out.Result == syncproto.Rejected) != (want != "") || out.Code != want {
		w.t.Errorf("got %+v, want code %q", out, want)
	}
}

func (w *world) record(id syncproto.ID) (out *syncproto.Record) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err == nil {
			out = stored.Record
		}
		return err
	})
	return out
}

func (w *world) stands(id syncproto.ID, want syncproto.State) {
	w.t.Helper()
	if got := w.record(id).State; got != want {
		w.t.Errorf("state is %s, want %s", got, want)
	}
}

// row returns the row of a submission, nil if it has none.
func (w *world) row(id syncproto.ID) (row *storage.Submission) {
	w.t.Helper()
	w.view(func(r storage.Reader) (err error) {
		row, err = r.Submission(id)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			row, err = nil, nil
		}
		return err
	})
	return row
}

// notices returns what was to be said, as "scope kind", the dropped ones left out; those that are not due yet have a
// plus.
func (w *world) notices(record syncproto.ID) (list []string) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		all, err := r.Notices("", 0, 1000)
		for _, n := range all {
			if n.Record != record || n.Dropped != 0 {
				continue
			}
			to, _ := n.To.Split()
			text := to + " " + string(n.Kind)
			if n.Due > w.now {
				text += "+"
			}
			list = append(list, text)
		}
		return err
	})
	return list
}

// steps returns the timeline of a submission as "state by".
func (w *world) steps(submission syncproto.ID) (list []string) {
	w.t.Helper()
	steps, _ := w.timeline(submission).Fields[review.StepsField].AsList()
	for _, s := range steps {
		step, _ := s.AsObject()
		list = append(list, step["state"].TextOr("")+" "+step["by"].TextOr(""))
	}
	return list
}

func (w *world) timeline(submission syncproto.ID) *syncproto.Record {
	w.t.Helper()
	var key []byte
	w.view(func(r storage.Reader) (err error) { key, err = r.Key(); return err })
	return w.record(review.TimelineOf(key, submission))
}

func (w *world) tick() {
	w.t.Helper()
	w.check(w.keeper.Tick(w.t.Context(), w.now))
}

// syncs does one round as a phone, with mutations whose numbers go on from the last.
func (p *who) syncs(mutations ...syncproto.Mutation) *syncproto.SyncResponse {
	p.w.t.Helper()
	req := &syncproto.SyncRequest{Protocol: syncproto.ProtocolVersion, Cursor: p.cursor}
	for _, m := range mutations {
		p.n++
		m.Number = p.n
		req.Mutations = append(req.Mutations, syncproto.PushedMutation{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)})
	}
	return p.exchange(req)
}

func (p *who) exchange(req *syncproto.SyncRequest) *syncproto.SyncResponse {
	p.w.t.Helper()
	decoded, err := syncproto.DecodeSyncRequest(syncproto.AppendSyncRequest(nil, req))
	p.w.check(err)
	reply, err := p.w.sync.Sync(p.w.t.Context(), p.device, decoded, wire.Identity)
	p.w.check(err)
	resp, err := syncproto.DecodeSyncResponse(reply.Body)
	p.w.check(err)
	if resp.Cursor != "" {
		p.cursor = resp.Cursor
	}
	return resp
}

// holds returns what a device is given that knows nothing.
func (p *who) holds() map[syncproto.ID]*syncproto.Record {
	p.w.t.Helper()
	out := map[syncproto.ID]*syncproto.Record{}
	for more, cursor := true, ""; more; {
		resp := p.exchange(&syncproto.SyncRequest{Protocol: syncproto.ProtocolVersion, Cursor: cursor, MaxBytes: syncproto.MaxPageBytes})
		more, cursor = resp.More, resp.Cursor
		for _, page := range resp.Pages {
			for _, c := range page.Changes {
				if c.Removed {
					continue
				}
				r, err := syncproto.DecodeRecord(c.Wire)
				p.w.check(err)
				out[c.ID] = r
			}
		}
	}
	return out
}
