package model_test

import (
	"math/rand/v2"
	"net/http"
	"testing"

	"lantoa/mobile-sdk/simtest/model"
	"lantoa/syncproto"
)

// source is a seeded io.Reader.
type source struct{ *rand.Rand }

func (s source) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(s.Uint32())
	}
	return len(p), nil
}

// bench is a server with one unit, a volunteer and an editor, each with a device.
type bench struct {
	t      *testing.T
	server *model.Server
	now    int64
	fault  func(model.Point) model.Fault
	unit   syncproto.ID
	tokens map[string]string
	people map[string]syncproto.ID
	cursor map[string]string
	next   map[string]int64
}

func newBench(t *testing.T, bugs model.Bugs) *bench {
	t.Helper()
	b := &bench{
		t: t, now: 1_750_000_000_000, unit: syncproto.NewID(), tokens: map[string]string{},
		people: map[string]syncproto.ID{}, cursor: map[string]string{}, next: map[string]int64{},
	}
	b.server = model.New(model.Config{
		Now: func() int64 { b.now++; return b.now }, Random: source{rand.New(rand.NewPCG(1, 1))}, Bugs: bugs,
		Fault: func(p model.Point) model.Fault {
			if b.fault == nil {
				return model.None
			}
			return b.fault(p)
		},
	})
	b.server.PutUnit(syncproto.Unit{ID: b.unit, Name: "Xã Hòa Bình"})
	for name, role := range map[string]syncproto.Role{"lan": syncproto.RoleVolunteer, "minh": syncproto.RoleEditor} {
		person := syncproto.NewID()
		b.people[name] = person
		b.server.PutPerson(person, model.Person{Name: name})
		b.server.PutGrant(syncproto.Grant{ID: syncproto.NewID(), Person: person, Unit: b.unit, Role: role})
		code := syncproto.NewEnrollCode()
		bare, err := syncproto.ParseEnrollCode(code)
		if err != nil {
			t.Fatal(err)
		}
		b.server.PutCode(bare, model.Code{Unit: b.unit, Role: role, Person: person})
		ask := syncproto.EnrollRequest{Code: code, Device: syncproto.NewID(), Nonce: "0123456789012345678901"}
		status, answer, _ := b.server.Serve("/v1/enroll", "", syncproto.AppendEnrollRequest(nil, &ask))
		r, err := syncproto.DecodeEnrollResponse(answer)
		if status != http.StatusOK || err != nil {
			t.Fatalf("enroll: %d %s", status, answer)
		}
		b.tokens[name] = r.Token
	}
	return b
}

// round syncs once with mutations; answered is false when the server died.
func (b *bench) round(who string, mutations ...*syncproto.Mutation) (r *syncproto.SyncResponse, answered bool) {
	b.t.Helper()
	q := &syncproto.SyncRequest{Protocol: syncproto.ProtocolVersion, Cursor: b.cursor[who]}
	for _, m := range mutations {
		q.Mutations = append(q.Mutations, syncproto.PushedMutation{Wire: syncproto.AppendMutation(nil, m)})
	}
	status, answer, ok := b.server.Serve("/v1/sync", b.tokens[who], syncproto.AppendSyncRequest(nil, q))
	if !ok {
		return nil, false
	}
	if status != http.StatusOK {
		b.t.Fatalf("sync of %s: %d %s", who, status, answer)
	}
	r, err := syncproto.DecodeSyncResponse(answer)
	if err != nil {
		b.t.Fatal(err)
	}
	if r.Cursor != "" {
		b.cursor[who] = r.Cursor
	}
	return r, true
}

func (b *bench) story(who string, title string) *syncproto.Mutation {
	b.next[who]++
	return &syncproto.Mutation{
		Number: b.next[who], ID: syncproto.NewID(), Record: syncproto.NewID(), Kind: syncproto.KindStory, Unit: b.unit,
		Set: syncproto.Fields{"title": syncproto.Text(title)},
	}
}

func TestReplayGetsTheFirstOutcome(t *testing.T) {
	b := newBench(t, model.Bugs{})
	m := b.story("lan", "Hiến máu")
	first, _ := b.round("lan", m)
	again, _ := b.round("lan", m)
	if len(first.Outcomes) != 1 || len(again.Outcomes) != 1 || first.Outcomes[0] != again.Outcomes[0] {
		t.Fatalf("first %+v, again %+v", first.Outcomes, again.Outcomes)
	}
	if got, want := first.Outcomes[0].Result, syncproto.Applied; got != want {
		t.Errorf("result: got %s, want %s", got, want)
	}
}

func TestCrashLeavesAllOrNothing(t *testing.T) {
	for _, point := range []model.Point{model.BeforeCommit, model.AfterCommit} {
		b := newBench(t, model.Bugs{})
		m := b.story("lan", "Cứu trợ")
		b.fault = func(p model.Point) model.Fault {
			if p == point {
				return model.Crash
			}
			return model.None
		}
		if _, answered := b.round("lan", m); answered {
			t.Fatalf("%s: the server answered", point)
		}
		b.fault = nil
		want := 0
		if point == model.AfterCommit {
			want = 1
		}
		if got := len(b.server.State().Records); got != want {
			t.Errorf("%s: %d records, want %d", point, got, want)
		}
	}
}

func TestDraftsAreTheirAuthorsAlone(t *testing.T) {
	b := newBench(t, model.Bugs{})
	m := b.story("lan", "Nháp")
	b.round("lan", m)
	seen, _ := b.round("minh")
	if n := changes(seen); n != 0 {
		t.Errorf("the editor got %d changes of a draft", n)
	}
	b.next["lan"]++
	b.round("lan", &syncproto.Mutation{
		Number: b.next["lan"], ID: syncproto.NewID(), Record: m.Record, Kind: m.Kind, BaseRevision: 1,
		Command: syncproto.CommandSubmit,
	})
	if seen, _ = b.round("minh"); changes(seen) != 1 {
		t.Errorf("the editor got %d changes of a submission, want 1", changes(seen))
	}
}

func TestRestoreByHandIsNoticed(t *testing.T) {
	b := newBench(t, model.Bugs{})
	b.round("lan", b.story("lan", "Một"))
	backup := b.server.Backup()
	before, _ := b.round("lan", b.story("lan", "Hai"))
	b.server.Restore(backup, false)
	after, _ := b.round("lan")
	if before.Epoch == after.Epoch {
		t.Error("the epoch did not change")
	}
	if after.Accepted != 1 {
		t.Errorf("accepted %d, want 1", after.Accepted)
	}
}

func changes(r *syncproto.SyncResponse) (n int) {
	for _, p := range r.Pages {
		n += len(p.Changes)
	}
	return n
}
