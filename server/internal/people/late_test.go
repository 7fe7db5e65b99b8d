package people_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/wire"
	"lantoa/syncproto"
)

// TestWhatWasWrittenOfflineArrivesAtTheSuccessor lets a phone write for a unit that ends before the phone comes back, and
// keeps what it had sent before where it was captured.
func TestWhatWasWrittenOfflineArrivesAtTheSuccessor(t *testing.T) {
	l := newLand(t)
	clock := func() time.Time { return time.UnixMilli(*l.now) }
	rounds, codes := syncer.New(l.store, syncer.Options{Now: clock}), enroll.New(l.store, clock)
	issued, err := codes.Issue(t.Context(), enroll.Invitation{Unit: l.river, Role: syncproto.RoleVolunteer, Name: "Lan"})
	if err != nil {
		t.Fatal(err)
	}
	joined, err := codes.Redeem(t.Context(), &syncproto.EnrollRequest{Code: issued.Code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22)})
	if err != nil {
		t.Fatal(err)
	}
	number := int64(0)
	push := func(unit syncproto.ID) syncproto.ID {
		t.Helper()
		story := syncproto.NewID()
		var pushed []syncproto.PushedMutation
		for _, m := range []syncproto.Mutation{
			{Set: syncproto.Fields{"title": syncproto.Text("Hiến máu")}}, {Command: "submit"},
		} {
			number++
			m.ID, m.Number, m.Kind, m.Record, m.Unit = syncproto.NewID(), number, syncproto.KindStory, story, unit
			pushed = append(pushed, syncproto.PushedMutation{Mutation: m, Wire: syncproto.AppendMutation(nil, &m)})
		}
		device, err := rounds.Authenticate(t.Context(), joined.Token)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := rounds.Sync(t.Context(), device, &syncproto.SyncRequest{Protocol: syncproto.ProtocolVersion, App: "test", Mutations: pushed}, wire.Identity)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := syncproto.DecodeSyncResponse(reply.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range resp.Outcomes {
			if o.Result != syncproto.Applied {
				t.Errorf("got %+v", o)
			}
		}
		return story
	}
	early := push(l.river)
	*l.now += hour
	l.do(people.UnitChange{Act: people.ActMerge, Unit: l.lake, Units: []syncproto.ID{l.river}})
	*l.now += hour
	late := push(l.river)
	editor, _ := l.person("Minh", l.lake, syncproto.RoleEditor)
	old, _ := l.person("Nam", l.south, syncproto.RoleEditor)
	for _, c := range []struct{ story, unit syncproto.ID }{{early, l.river}, {late, l.lake}} {
		got := record(t, l.store, c.story)
		if got.Record.Unit != c.unit || got.Record.State != syncproto.StateSubmitted || !slices.Contains(got.Scopes, syncproto.DeskScope(c.unit)) {
			t.Errorf("unit %s, %s, in %v", got.Record.Unit, got.Record.State, got.Scopes)
		}
		follows, _ := l.rights(editor).Follows(*l.now)
		if !l.rights(editor).On(c.unit, *l.now).Editor || !slices.Contains(follows, syncproto.DeskScope(c.unit)) {
			t.Error("the editor of the successor does not see it")
		}
		if l.rights(old).On(c.unit, *l.now).Editor {
			t.Error("who stood above the unit that ended sees it")
		}
	}
}
