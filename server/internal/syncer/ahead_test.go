package syncer_test

import (
	"testing"

	"lantoa/syncproto"
)

// TestWhatWasJudgedAheadIsNoPromise changes the store between the look ahead and the transaction: what counts is what
// the transaction finds.
func TestWhatWasJudgedAheadIsNoPromise(t *testing.T) {
	for name, story := range map[string]struct {
		want   syncproto.Result
		change func(*world, *phone)
	}{
		"nothing": {syncproto.Applied, func(*world, *phone) {}},
		"the grant ends": {syncproto.Applied, func(w *world, p *phone) {
			w.check(w.people.EndGrant(w.t.Context(), p.person, p.grant))
		}},
		"the record is there": {syncproto.Conflicts, func(w *world, p *phone) {
			other := &phone{w: w, person: p.person, device: w.device(p.person, w.commune)}
			m := p.outbox[len(p.outbox)-1].Mutation
			m.Set = syncproto.Fields{"title": syncproto.Text("của máy kia")}
			other.wants(m)
			other.round()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var results [2]syncproto.Outcome
			var states [2]syncproto.State
			for i := range results {
				w := newWorldOn(t, openSQLite(t))
				p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
				p.round() // their rights are in memory now
				id := p.story("một")
				act := func() { story.change(w, p) }
				if i == 0 {
					act()
				} else {
					w.store.before = act
				}
				results[i] = p.round().Outcomes[0]
				results[i].Conflict = ""
				states[i] = w.record(id).State
				if w.store.before != nil {
					t.Fatal("nothing was pushed")
				}
			}
			if results[0].Result != story.want || results[0] != results[1] || states[0] != states[1] {
				t.Errorf("changed before: %+v, %s; between: %+v, %s", results[0], states[0], results[1], states[1])
			}
		})
	}
}
