package campaign_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

func TestASchedule(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		c := w.makes(w.dong, func(d *campaign.Draft) { d.Due = w.now + hour })
		c, err := w.calls.Send(ctx, w.dong, c.ID, 1)
		w.must(err)
		if c.State != storage.CallScheduled || w.record(c.ID) != nil || len(w.intents(c.ID)) > 0 {
			t.Fatalf("got %+v", c)
		}
		if again, err := w.calls.Send(ctx, w.hoa, c.ID, 1); err != nil || again.State != storage.CallScheduled {
			t.Errorf("again: %v", err)
		}
		if next := w.step(); next > w.now+60_000 {
			t.Errorf("looks again in %d ms", next-w.now)
		}
		w.wait(hour - 1000)
		if next := w.step(); next != c.Due {
			t.Errorf("looks again in %d ms", next-w.now)
		}
		w.wants(c.ID, storage.CallScheduled)
		w.joins("Mới", w.here, syncproto.RoleVolunteer) // the list is made when it goes out
		w.wait(1000)
		w.step()
		c = w.wants(c.ID, storage.CallSending)
		if c.Recipients != 5 || c.Sent != w.now || len(w.intents(c.ID)) != 1 || w.record(c.ID) == nil {
			t.Errorf("got %+v", c)
		}
		w.step()
		if got := w.acts(c.ID); got != "call.create call.schedule call.send" {
			t.Errorf("the log says %s", got)
		}
		last := w.audits(c.ID)[2]
		if last.Person != w.dong.Person || last.Grant == "" {
			t.Errorf("the log says %+v", last)
		}
	})
}

// TestASchedulePutBack lets schedules come to nothing.
func TestASchedulePutBack(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(w *world, d *campaign.Draft)
		spoil func(w *world, id syncproto.ID)
		want  syncproto.Code
	}{
		"nobody is left": {nil, func(w *world, _ syncproto.ID) {
			for _, m := range w.members {
				w.update(func(tx storage.Tx) error {
					p, err := tx.Person(m)
					if err == nil {
						p.Suspended = w.now
						err = tx.PutPerson(p)
					}
					return err
				})
			}
		}, syncproto.CodeAudienceEmpty},
		"too many by now": {nil, func(w *world, _ syncproto.ID) {
			w.joins("Mới", w.here, syncproto.RoleVolunteer)
		}, syncproto.CodeSecondOfficer},
		"the officer left": {nil, func(w *world, _ syncproto.ID) {
			w.view(func(r storage.Reader) error {
				grants, err := r.Grants(w.dong.Person)
				if err == nil {
					err = w.people.EndGrant(w.t.Context(), w.dong.Person, grants[0].ID)
				}
				return err
			})
		}, syncproto.CodeForbidden},
		"the photo was taken down": {func(w *world, d *campaign.Draft) {
			d.Attachments = []syncproto.ID{w.photo(syncproto.StatePublished, 1, "")}
		}, func(w *world, id syncproto.ID) {
			w.photo(syncproto.StateTakenDown, 2, w.show(id).Attachments[0])
		}, syncproto.CodeCallAttachment},
		"the campaign was closed": {func(w *world, d *campaign.Draft) {
			of, err := w.calls.CreateCampaign(w.t.Context(), w.dong, &campaign.CampaignDraft{Title: "x", Units: d.Units})
			w.must(err)
			d.Campaign = of.ID
		}, func(w *world, id syncproto.ID) {
			_, err := w.calls.CloseCampaign(w.t.Context(), w.dong, w.show(id).Campaign)
			w.must(err)
		}, syncproto.CodeCallState},
		"the server slept too long": {nil, func(w *world, _ syncproto.ID) { w.wait(5 * hour) }, syncproto.CodeCallTime},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *campaign.Options) { o.Large = 4 })
			made := w.makes(w.dong, func(d *campaign.Draft) {
				d.Due = w.now + hour
				if c.set != nil {
					c.set(w, d)
				}
			})
			_, err := w.calls.Send(t.Context(), w.dong, made.ID, 1)
			w.must(err)
			c.spoil(w, made.ID)
			w.wait(hour)
			w.step()
			got, err := w.calls.Show(t.Context(), w.hoa, made.ID)
			w.must(err)
			if got.State != storage.CallDraft || got.Reason != c.want || got.Proposed != nil || w.record(made.ID) != nil {
				t.Fatalf("got %s for %q", got.State, got.Reason)
			}
			if last := w.audits(made.ID)[2]; last.Act != "call.return" || last.Detail != string(c.want) {
				t.Errorf("the log says %+v", last)
			}
			w.step()
			page, err := w.calls.List(t.Context(), w.hoa, campaign.Filter{States: []storage.CallState{storage.CallDraft}})
			if err != nil || len(page.Calls) != 1 || page.Calls[0].Reason != c.want {
				t.Errorf("the list says %+v, %v", page, err)
			}
		})
	}
}

func (w *world) photo(state syncproto.State, revision int64, id syncproto.ID) syncproto.ID {
	w.t.Helper()
	if id == "" {
		id = syncproto.NewID()
	}
	r := &syncproto.Record{
		ID: id, Kind: syncproto.KindPhoto, Unit: w.here, Author: w.members[0], Revision: revision, State: state,
		Fields: syncproto.Fields{}, Received: w.now, Changed: w.now,
	}
	w.update(func(tx storage.Tx) error { return tx.PutRecord(r, syncproto.Placement(r, nil)) })
	return id
}

func TestAScheduleOfTwoOfficers(t *testing.T) {
	w := newWorld(t, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Kind, d.Due = syncproto.CallUrgent, w.now+hour })
	_, err := w.calls.Propose(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	c, err = w.calls.Send(t.Context(), w.hoa, c.ID, 1)
	w.must(err)
	if c.State != storage.CallScheduled || c.Second.ID != w.hoa.Person {
		t.Fatalf("got %+v", c)
	}
	// An edit voids the yes and takes it off the schedule.
	c, err = w.calls.Edit(t.Context(), w.dong, c.ID, edited(c, func(d *campaign.Draft) { d.Title = "Khác" }))
	w.must(err)
	if c.State != storage.CallDraft || c.Second != nil || c.SecondAt != 0 {
		t.Errorf("got %+v", c)
	}
	_, err = w.calls.Propose(t.Context(), w.dong, c.ID, 2)
	w.must(err)
	_, err = w.calls.Send(t.Context(), w.hoa, c.ID, 2)
	w.must(err)
	w.wait(hour)
	w.step()
	if c = w.wants(c.ID, storage.CallSending); c.Second.ID != w.hoa.Person {
		t.Errorf("got %+v", c)
	}
	if in := w.intents(c.ID); len(in) != 1 || in[0].Class != storage.ClassUrgent {
		t.Errorf("got %+v", in)
	}
}

// TestASecondOfficerWhoIsNoneAnyMore: a yes is worth nothing once its account rests.
func TestASecondOfficerWhoIsNoneAnyMore(t *testing.T) {
	w := newWorld(t, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Kind, d.Due = syncproto.CallUrgent, w.now+hour })
	_, err := w.calls.Propose(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	_, err = w.calls.Send(t.Context(), w.hoa, c.ID, 1)
	w.must(err)
	w.must(w.people.Suspend(t.Context(), people.Console(), w.hoa.Person))
	w.wait(hour)
	w.step()
	if c = w.wants(c.ID, storage.CallDraft); c.Reason != syncproto.CodeSecondOfficer || c.Second != nil {
		t.Errorf("got %+v", c)
	}
}

// TestAServerThatWasOffForDays sends nothing that nobody expects any more.
func TestAServerThatWasOffForDays(t *testing.T) {
	for late, want := range map[int64]storage.CallState{12: storage.CallSending, 13: storage.CallDraft} {
		w := newWorld(t, nil)
		c := w.makes(w.dong, func(d *campaign.Draft) { d.Due, d.Starts, d.Ends, d.Deadline = w.now+hour, 0, 0, 0 })
		_, err := w.calls.Send(t.Context(), w.dong, c.ID, 1)
		w.must(err)
		w.wait(hour + late*hour)
		w.step()
		got := w.wants(c.ID, want)
		if want == storage.CallDraft && (got.Reason != syncproto.CodeCallTime || len(w.intents(c.ID)) > 0) {
			t.Errorf("got %+v", got)
		}
	}
}

func TestAScheduleThatIsCancelled(t *testing.T) {
	w := newWorld(t, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Due = w.now + hour })
	_, err := w.calls.Send(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	ended, err := w.calls.Cancel(t.Context(), w.hoa, c.ID)
	w.must(err)
	w.wait(hour)
	w.step()
	w.wants(c.ID, storage.CallCancelled)
	if ended.Handed+ended.Stopped != 0 || w.record(c.ID) != nil || len(w.intents(c.ID)) > 0 {
		t.Errorf("got %+v", ended)
	}
}

func TestCallsCloseByThemselves(t *testing.T) {
	w := newWorld(t, nil)
	withEnd := w.sends(w.dong, nil)
	withDeadline := w.sends(w.dong, func(d *campaign.Draft) { d.Starts, d.Ends, d.Deadline = 0, 0, w.now+hour })
	endless := w.sends(w.dong, func(d *campaign.Draft) { d.Starts, d.Ends, d.Deadline = 0, 0, 0 })
	w.handOver()
	for _, c := range []*campaign.Call{withEnd, withDeadline, endless} {
		w.wants(c.ID, storage.CallSent)
	}
	w.wait(24*hour + hour)
	w.step()
	w.wants(withDeadline.ID, storage.CallClosed)
	w.wants(withEnd.ID, storage.CallSent)
	w.wait(5 * hour)
	w.step()
	c := w.wants(withEnd.ID, storage.CallClosed)
	if r := w.record(c.ID); r.State != syncproto.StateClosed || c.OverBy != nil || c.Over != w.now {
		t.Errorf("got %+v, %+v", c, r)
	}
	w.wants(endless.ID, storage.CallSent)
	w.wait(60 * 24 * hour)
	w.step()
	w.wants(endless.ID, storage.CallClosed)
}

// TestRunKeepsASchedule runs Run on a clock of its own.
func TestRunKeepsASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		w := newWorld(t, func(o *campaign.Options) {
			still := o.Now
			o.Now = func() time.Time { return still().Add(time.Since(begin)) }
		})
		c := w.makes(w.dong, func(d *campaign.Draft) { d.Due = w.now + 90_500 })
		_, err := w.calls.Send(t.Context(), w.dong, c.ID, 1)
		w.must(err)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.calls.Run(ctx) }()
		time.Sleep(90_499 * time.Millisecond)
		synctest.Wait()
		w.wants(c.ID, storage.CallScheduled)
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		w.wants(c.ID, storage.CallSending)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestAStoreThatFailsDelaysASchedule lets transactions fail when all is written, and finds nothing half done.
func TestAStoreThatFailsDelaysASchedule(t *testing.T) {
	fails := 0
	w := newWorldOn(t, broken{memory.New(), &fails}, nil)
	c := w.makes(w.dong, func(d *campaign.Draft) { d.Due = w.now + hour })
	_, err := w.calls.Send(t.Context(), w.dong, c.ID, 1)
	w.must(err)
	w.wait(hour)
	fails = 1
	if next := w.step(); next > w.now+5000 {
		t.Errorf("looks again in %d ms", next-w.now)
	}
	if w.wants(c.ID, storage.CallScheduled); w.record(c.ID) != nil || len(w.intents(c.ID)) > 0 {
		t.Error("something is left of a sending that failed")
	}
	w.step()
	w.wants(c.ID, storage.CallSending)
	now := w.makes(w.dong, nil)
	fails = 1
	_, err = w.calls.Send(t.Context(), w.dong, now.ID, 1)
	wantCode(t, err, syncproto.CodeUnavailable)
	if w.wants(now.ID, storage.CallDraft); w.record(now.ID) != nil || len(w.intents(now.ID)) > 0 {
		t.Error("something is left of a sending that failed")
	}
	again, err := w.calls.Send(t.Context(), w.dong, now.ID, 1)
	if err != nil || again.State != storage.CallSending {
		t.Errorf("again: %v", err)
	}
}

// TestRunClosesCallsAndMarksThemSent runs Run over days, on a clock of its own.
func TestRunClosesCallsAndMarksThemSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var looks atomic.Int64
		w := newWorld(t, func(o *campaign.Options) {
			still := o.Now
			o.Now = func() time.Time { looks.Add(1); return still().Add(time.Since(begin)) }
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.calls.Run(ctx) }()
		synctest.Wait()
		c := w.sends(w.dong, nil)
		w.must(w.planner.Tick(ctx))
		time.Sleep(6 * time.Second)
		synctest.Wait()
		w.wants(c.ID, storage.CallSent)
		time.Sleep(30*time.Hour - 7*time.Second)
		synctest.Wait()
		w.wants(c.ID, storage.CallSent)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.wants(c.ID, storage.CallClosed)
		looks.Store(0)
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := looks.Load(); n > 60*6 {
			t.Errorf("the clock was asked %d times in an idle hour", n)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
