package campaign_test

import (
	"testing"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

func TestCancelledInTheMiddle(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		for _, m := range w.members {
			w.register(m)
		}
		c := w.sends(w.dong, nil)
		w.must(w.planner.Tick(t.Context()))
		if n := w.handSome(1); n != 1 {
			t.Fatalf("%d handed over", n)
		}
		w.update(func(tx storage.Tx) error { // a request is under way
			leased, err := tx.Lease(storage.ClassRoutine, w.now, w.now+60_000, 1)
			if len(leased) != 1 {
				t.Errorf("%d leased", len(leased))
			}
			return err
		})
		p, err := w.calls.Progress(t.Context(), w.dong, c.ID)
		w.must(err)
		if p.Rest != 3 || p.Persons[storage.DeliveryAccepted] != 1 || p.Persons[storage.DeliveryLeased] != 1 {
			t.Errorf("got %+v", p)
		}
		ended, err := w.calls.Cancel(t.Context(), w.hoa, c.ID)
		w.must(err)
		if ended.Handed != 1 || ended.UnderWay != 1 || ended.Stopped != 2 || ended.Call.State != storage.CallCancelled {
			t.Errorf("got %+v", ended)
		}
		if n := w.handSome(100); n != 0 {
			t.Errorf("%d were handed over afterwards", n)
		}
		if r := w.record(c.ID); r.State != syncproto.StateCancelled || r.Revision != 2 {
			t.Errorf("got %+v", r)
		}
		again, err := w.calls.Cancel(t.Context(), w.dong, c.ID)
		w.must(err)
		if again.Handed != 1 || again.Call.OverBy.ID != w.hoa.Person || w.acts(c.ID) != "call.create call.send call.cancel" {
			t.Errorf("again: %+v, %s", again, w.acts(c.ID))
		}
		w.step()
		w.wants(c.ID, storage.CallCancelled)
		_, err = w.calls.Send(t.Context(), w.dong, c.ID, 1)
		wantCode(t, err, syncproto.CodeCallState, "cancelled")
	})
}

// TestCancelledWhenAllIsOver: whom nothing was to be sent to is not counted as stopped.
func TestCancelledWhenAllIsOver(t *testing.T) {
	w := newWorld(t, nil)
	w.register(w.members[0])
	c := w.sends(w.dong, nil)
	w.handOver()
	ended, err := w.calls.Cancel(t.Context(), w.dong, c.ID)
	w.must(err)
	if ended.Handed != 1 || ended.UnderWay != 0 || ended.Stopped != 0 {
		t.Errorf("got %+v", ended)
	}
}

func TestCancelledBeforeAnybodyIsPlanned(t *testing.T) {
	w := newWorld(t, nil)
	c := w.sends(w.dong, nil)
	ended, err := w.calls.Cancel(t.Context(), w.dong, c.ID)
	w.must(err)
	if ended.Handed != 0 || ended.Stopped != 4 {
		t.Errorf("got %+v", ended)
	}
	w.must(w.planner.Tick(t.Context()))
	w.view(func(r storage.Reader) error {
		list, err := r.Recipients(c.ID, "", 10)
		if len(list) != 0 {
			t.Errorf("%d hear of it", len(list))
		}
		return err
	})
}

// TestAnswersWhenACallIsOver lets phones answer before and after the end.
func TestAnswersWhenACallIsOver(t *testing.T) {
	for name, end := range map[string]func(w *world, id syncproto.ID) error{
		"closed": func(w *world, id syncproto.ID) error {
			_, err := w.calls.Close(w.t.Context(), w.dong, id)
			return err
		},
		"cancelled": func(w *world, id syncproto.ID) error {
			_, err := w.calls.Cancel(w.t.Context(), w.dong, id)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			c := w.sends(w.dong, nil)
			w.handOver()
			says := func(person syncproto.ID) (state syncproto.State) {
				var device syncproto.ID
				w.view(func(r storage.Reader) error {
					devices, err := r.DevicesOf(person)
					device = devices[0].ID
					return err
				})
				id := syncproto.AnswerID(c.ID, person)
				out, err := w.sync.Act(t.Context(), syncer.Actor{Person: person, Device: device}, &syncproto.Mutation{
					ID: syncproto.NewID(), Record: id, Kind: syncproto.KindAnswer, Unit: w.here, Set: syncproto.Fields{
						syncproto.AnswerCallField: syncproto.Text(string(c.ID)), syncproto.AnswerChoiceField: syncproto.Text(syncproto.ChoiceYes),
					},
				})
				if err != nil || out.Result != syncproto.Applied {
					t.Fatalf("got %+v, %v", out, err)
				}
				w.view(func(r storage.Reader) error {
					stored, err := r.Record(id)
					state = stored.Record.State
					return err
				})
				return state
			}
			if got := says(w.members[0]); got != syncproto.StateRegistered {
				t.Errorf("an answer to an open call is %s", got)
			}
			w.must(end(w, c.ID))
			if got := says(w.members[1]); got != syncproto.StateLate {
				t.Errorf("an answer to a call that is over is %s", got)
			}
		})
	}
}
