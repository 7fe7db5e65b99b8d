package campaign_test

import (
	"slices"
	"testing"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/syncproto"
)

// notices lists whom notices of a kind about a record are to.
func (w *world) notices(record syncproto.ID, kind storage.NoticeKind) (to []syncproto.ID) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		list, err := r.Notices("", 0, 1000)
		for i := range list {
			if n := &list[i]; n.Record == record && n.Kind == kind && n.Dropped == 0 {
				_, person := n.To.Split()
				to = append(to, person)
			}
		}
		return err
	})
	slices.Sort(to)
	return to
}

func TestOfficersAreRungForASecondYes(t *testing.T) {
	w := newWorld(t, nil)
	for _, by := range []syncproto.ID{w.hoa.Person, w.local.Person} {
		w.register(by)
	}
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Kind, d.Units = syncproto.CallUrgent, []syncproto.ID{w.here} })
	_, err := w.calls.Propose(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	_, err = w.calls.Propose(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	want := []syncproto.ID{w.hoa.Person, w.local.Person, w.admin.Person}
	slices.Sort(want)
	if got := w.notices(c.ID, notify.KindSecond); !slices.Equal(got, want) {
		t.Errorf("%d are told, want %d: all officers and admins of the commune but the one who proposed it", len(got), len(want))
	}
	w.wait(16 * hour) // 23:10 in Vietnam
	w.must(w.planner.Tick(t.Context()))
	if n := w.handSome(100); n != 0 {
		t.Errorf("%d are rung about a call that is over", n)
	}
	both := w.makes(w.dong, func(d *campaign.Draft) {
		d.Kind, d.Units = syncproto.CallUrgent, []syncproto.ID{w.here, w.beside}
	})
	_, err = w.calls.Propose(t.Context(), w.dong, both.ID, 1)
	w.must(err)
	if got := w.notices(both.ID, notify.KindSecond); slices.Contains(got, w.local.Person) || len(got) != 2 {
		t.Errorf("%d are told, who are officers of one of the units only", len(got))
	}
	w.must(w.planner.Tick(t.Context()))
	for _, i := range w.intents(both.ID) {
		if i.Class != storage.ClassUrgent {
			t.Errorf("%s waits for the morning", i.Kind)
		}
	}
	if n := w.handSome(100); n != 1 {
		t.Errorf("%d are rung, want the one second officer who has a phone", n)
	}
}

func TestWhoStandsForAScheduleHearsThatItFailed(t *testing.T) {
	w := newWorld(t, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Due = w.now + hour })
	_, err := w.calls.Send(t.Context(), w.hoa, c.ID, 1)
	w.must(err)
	w.wait(7 * hour)
	w.step()
	w.wants(c.ID, storage.CallDraft)
	if got := w.notices(c.ID, notify.KindReturned); !slices.Equal(got, []syncproto.ID{w.hoa.Person}) {
		t.Errorf("got %v", got)
	}
}

// TestACallThatWaitsAgainRingsAgain: one that came back from its schedule is proposed again as the same revision.
func TestACallThatWaitsAgainRingsAgain(t *testing.T) {
	w := newWorld(t, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) {
		d.Kind, d.Units, d.Due = syncproto.CallUrgent, []syncproto.ID{w.here}, w.now+hour
		d.Starts, d.Ends, d.Deadline = 0, 0, 0
	})
	_, err := w.calls.Propose(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	_, err = w.calls.Send(t.Context(), w.hoa, c.ID, 1)
	w.must(err)
	first := len(w.notices(c.ID, notify.KindSecond))
	w.wait(24 * hour)
	w.step()
	w.wants(c.ID, storage.CallDraft)
	w.update(func(tx storage.Tx) error { // as if its reason had passed without an edit
		old, err := tx.Call(c.ID)
		if err != nil {
			return err
		}
		old.Due = w.now + hour
		return tx.PutCall(old)
	})
	_, err = w.calls.Propose(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	if again := len(w.notices(c.ID, notify.KindSecond)); first == 0 || again != 2*first {
		t.Errorf("%d notices, then %d", first, again)
	}
}
