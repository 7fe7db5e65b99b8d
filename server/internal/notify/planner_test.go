package notify_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// TestOnSQLite runs the stories on the store that servers have.
func TestOnSQLite(t *testing.T) {
	for name, story := range map[string]func(*testing.T){
		"call": TestACallBecomesRecipientsAndDeliveries, "once": TestNobodyIsPlannedTwice, "groups": TestWhoIsInTwoGroupsIsRungOnce, "cap": TestTheFifthCallOfADayIsFolded,
		"digest": TestOneDigestADay, "night": TestWhatIsPlannedAtNightCountsForTheMorning, "desk": TestADeskRingsOnceForManyStories,
		"ended": TestWhoseAccessEndedIsNotRung, "promoted": TestAPlaceAtNightIsToldAtNight, "frequency": TestFrequency,
		"registrations": TestARegistrationIsOneOfItsDevice, "author": TestAuthorsAreTold, "paused": TestAPausedCallReachesEveryInbox,
	} {
		t.Run(name, story)
	}
}

func TestACallBecomesRecipientsAndDeliveries(t *testing.T) {
	w := newWorld(t)
	two, muted, silent := w.member(), w.member(), w.person(w.commune, syncproto.RoleVolunteer)
	w.phone(two, "en")
	w.mute(muted, syncproto.CallOrdinary, syncproto.CallResult)
	rest := []syncproto.ID{two, muted, silent}
	for range 4 {
		rest = append(rest, w.member())
	}
	call := w.call(syncproto.CallOrdinary, 3, rest...)
	w.tick()
	want := map[storage.DeliveryState]int64{storage.DeliveryDue: 6, storage.DeliveryMuted: 1, storage.DeliveryUnreachable: 1}
	if got := w.outcome(call.Number); !maps.Equal(got, want) {
		t.Errorf("deliveries %v, want %v", got, want)
	}
	if state, code := w.stateOf(call.Number, silent); state != storage.DeliveryUnreachable || code != "no_registration" {
		t.Errorf("who has no phone is %s (%s)", state, code)
	}
	w.view(func(r storage.Reader) error {
		list, err := r.Recipients(call.Record, "", 100)
		if err != nil || len(list) != len(rest) {
			t.Errorf("%d recipients, %v; want %d", len(list), err, len(rest))
		}
		for _, one := range list {
			if one.Unit != w.commune || one.Gone != w.millis()+60*24*time.Hour.Milliseconds() {
				t.Errorf("recipient %+v", one)
			}
		}
		i, err := r.Intent(call.Number)
		if err == nil && i.State != storage.IntentOpen {
			t.Errorf("the intent is %s", i.State)
		}
		return err
	})
	slices.Sort(w.poked)
	if len(w.poked) != len(rest) || !slices.Contains(w.poked, muted) {
		t.Errorf("poked %d persons, want all %d, also those who are not rung", len(w.poked), len(rest))
	}
	if w.woken == 0 {
		t.Error("the engine was not woken")
	}
}

// TestNobodyIsPlannedTwice: further looks, another planner and the same call in two groups change nothing.
func TestNobodyIsPlannedTwice(t *testing.T) {
	w := newWorld(t)
	var persons []syncproto.ID
	for range 5 {
		persons = append(persons, w.member())
	}
	call := w.call(syncproto.CallOrdinary, 2, persons...)
	story := w.story(persons[0])
	w.notice(syncproto.PersonScope(persons[0]), "needs_changes", story, 2)
	w.tick()
	poked := len(w.poked)
	w.tick()
	w.check(w.newPlanner(w.store).Tick(t.Context()))
	if got := w.outcome(call.Number); got[storage.DeliveryDue] != 5 || len(got) != 1 {
		t.Errorf("deliveries of the call %v, want 5 that are due", got)
	}
	notices := w.open("needs_changes")
	if len(notices) != 1 || w.outcome(notices[0].Number)[storage.DeliveryDue] != 1 {
		t.Errorf("intents of the notice: %+v", notices)
	}
	if len(w.poked) != poked {
		t.Errorf("%d pokes for nothing", len(w.poked)-poked)
	}
	if got := len(w.lease(storage.ClassRoutine)); got != 5 {
		t.Errorf("%d messages leave, want 5", got)
	}
}

// TestWhoIsInTwoGroupsIsRungOnce: in one share, or in two.
func TestWhoIsInTwoGroupsIsRungOnce(t *testing.T) {
	w := newWorld(t)
	both, one := w.member(), w.member()
	call := w.call(syncproto.CallOrdinary, 3, both, one, both, both, one)
	w.tick()
	if got := w.outcome(call.Number); got[storage.DeliveryDue] != 2 || len(got) != 1 {
		t.Errorf("deliveries %v, want one for each of two", got)
	}
	w.view(func(r storage.Reader) error {
		told, err := r.Told(notify.DayOf(w.millis()), []syncproto.ID{both, one})
		if told[both] != 1 || told[one] != 1 {
			t.Errorf("told %v", told)
		}
		i, err2 := r.Intent(call.Number)
		if err2 == nil && i.State != storage.IntentOpen {
			t.Errorf("the intent is %s", i.State)
		}
		return errors.Join(err, err2)
	})
}

// TestAnUrgentCallIsPlannedFirst: it waits for one share of a mass call, and not for all.
func TestAnUrgentCallIsPlannedFirst(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	mass := w.call(syncproto.CallOrdinary, 1, person, w.member(), w.member())
	urgent := w.call(syncproto.CallUrgent, 1, person)
	stopped := &frail{Store: w.store, left: 2} // after one share
	_ = w.newPlanner(stopped).Tick(t.Context())
	if got := w.outcome(urgent.Number)[storage.DeliveryDue]; got != 1 {
		t.Errorf("%d deliveries of the urgent call after one share", got)
	}
	if got := w.outcome(mass.Number)[storage.DeliveryDue]; got != 0 {
		t.Errorf("%d deliveries of the mass call before it", got)
	}
}

// TestSharesAndNoticesTakeTurns: phones that hand in as fast as they can make more notices than one transaction takes, and a
// call goes out all the same; so do notices beside a mass call.
func TestSharesAndNoticesTakeTurns(t *testing.T) {
	w := newWorld(t)
	author := w.member()
	for n := range 3 * notify.NoticesAtOnce {
		w.notice(syncproto.PersonScope(author), "needs_changes", w.story(author), int64(n+1))
	}
	call := w.call(syncproto.CallOrdinary, 1, author, w.member(), w.member(), w.member())
	stopped := &frail{Store: w.store, left: 5} // after two of each
	_ = w.newPlanner(stopped).Tick(t.Context())
	if got := w.outcome(call.Number)[storage.DeliveryDue]; got != 2 {
		t.Errorf("%d deliveries of the call after four transactions, want 2", got)
	}
	if got := len(w.open("needs_changes")); got != 2*notify.NoticesAtOnce {
		t.Errorf("%d notices were taken up, want %d", got, 2*notify.NoticesAtOnce)
	}
	w.tick()
	if got := w.outcome(call.Number)[storage.DeliveryDue]; got != 4 {
		t.Errorf("%d deliveries of the call in the end", got)
	}
	if got := len(w.open("needs_changes")); got != 3*notify.NoticesAtOnce {
		t.Errorf("%d notices in the end", got)
	}
}

func TestAnIntentThatCannotBePlannedHoldsUpNoOther(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	w.update(func(tx storage.Tx) error { // of a call that is not there
		_, err := tx.AddIntent(&storage.Intent{
			Kind: "urgent", Class: storage.ClassUrgent, Record: syncproto.NewID(), Revision: 1, At: 1, Due: 1, Until: w.millis() + 1,
			State: storage.IntentPlanning, Persons: 1,
		}, []storage.Share{{Persons: []syncproto.ID{person}}})
		return err
	})
	call := w.call(syncproto.CallOrdinary, 10, person)
	if err := w.planner.Tick(t.Context()); syncproto.CodeOf(err) != syncproto.CodeNotFound {
		t.Errorf("got %v", err)
	}
	if got := w.outcome(call.Number)[storage.DeliveryDue]; got != 1 {
		t.Error("the other call was not planned")
	}
}

func TestACancelledCallIsNotPlanned(t *testing.T) {
	w := newWorld(t)
	call := w.call(syncproto.CallOrdinary, 1, w.member(), w.member())
	w.update(func(tx storage.Tx) error {
		_, err := tx.CancelIntent(call.Number, w.millis())
		return err
	})
	w.tick()
	if got := w.lease(storage.ClassRoutine); len(got) != 0 || len(w.poked) != 0 {
		t.Errorf("%d messages and %d pokes of a cancelled call", len(got), len(w.poked))
	}
}

// TestAPausedCallReachesEveryInbox: a service that refuses everything keeps nobody off the list, and nothing is sent until
// somebody lets it go on.
func TestAPausedCallReachesEveryInbox(t *testing.T) {
	w := newWorld(t)
	call := w.call(syncproto.CallOrdinary, 1, w.member(), w.member(), w.member())
	put := func(state storage.IntentState) {
		w.update(func(tx storage.Tx) error { return tx.PutIntent(&storage.Intent{Number: call.Number, State: state}) })
	}
	put(storage.IntentPaused)
	w.tick()
	w.view(func(r storage.Reader) error {
		list, err := r.Recipients(call.Record, "", 10)
		if len(list) != 3 || len(w.poked) != 3 {
			t.Errorf("%d of 3 are on the list, %d were poked", len(list), len(w.poked))
		}
		return err
	})
	if got := w.lease(storage.ClassRoutine); len(got) != 0 {
		t.Errorf("%d messages of a paused call", len(got))
	}
	put(storage.IntentOpen)
	if got := w.lease(storage.ClassRoutine); len(got) != 3 {
		t.Errorf("%d of 3 messages after the pause", len(got))
	}
}

// TestATestRingsItsOfficerAlone: it makes no recipient and counts for no cap.
func TestATestRingsItsOfficerAlone(t *testing.T) {
	w := newWorld(t)
	officer := w.member()
	record := syncproto.NewID()
	i := &storage.Intent{
		Kind: notify.KindTest, Class: storage.ClassWorkflow, Record: record, Revision: 7, To: officer, At: w.millis(),
		Due: w.millis(), Until: w.millis() + 60_000, State: storage.IntentPlanning, Persons: 1,
	}
	w.update(func(tx storage.Tx) error {
		_, err := tx.AddIntent(i, []storage.Share{{Persons: []syncproto.ID{officer}}})
		return err
	})
	w.tick()
	if got := w.outcome(i.Number)[storage.DeliveryDue]; got != 1 {
		t.Errorf("%d deliveries", got)
	}
	w.view(func(r storage.Reader) error {
		list, err := r.Recipients(record, "", 10)
		if len(list) != 0 {
			t.Errorf("%d recipients of a test", len(list))
		}
		told, err2 := r.Told(notify.DayOf(w.millis()), []syncproto.ID{officer})
		if told[officer] != 0 {
			t.Errorf("a test counts %d for the day", told[officer])
		}
		return errors.Join(err, err2)
	})
}

// TestAProcessThatEndsAnywhere: the planner is killed before and after each of its transactions, each closure runs twice, and
// another planner goes on. Nobody is planned twice, and nobody is left out.
func TestAProcessThatEndsAnywhere(t *testing.T) {
	for _, after := range []bool{false, true} {
		for end := 1; end <= 8; end++ {
			t.Run(fmt.Sprintf("at transaction %d, committed %v", end, after), func(t *testing.T) {
				w := newWorldOn(t, memory.New())
				var persons []syncproto.ID
				for range 6 {
					persons = append(persons, w.member())
				}
				editor := w.person(w.commune, syncproto.RoleEditor)
				w.phone(editor, "")
				for range 4 {
					w.call(syncproto.CallInformation, 10, persons[0])
				}
				call := w.call(syncproto.CallOrdinary, 2, persons...)
				w.notice(syncproto.DeskScope(w.commune), "submitted", w.story(persons[1]), 1)
				w.notice(syncproto.PersonScope(persons[1]), "approved", w.story(persons[1]), 1)
				w.run(&frail{Store: w.store, left: end, after: after})
				w.run(&frail{Store: w.store})
				want := map[storage.DeliveryState]int64{storage.DeliveryDue: 5, storage.DeliveryFolded: 1}
				if got := w.outcome(call.Number); !maps.Equal(got, want) {
					t.Errorf("the call: %v, want %v", got, want)
				}
				for _, kind := range []string{"approved", "submitted", "digest"} {
					list := w.open(kind)
					if len(list) != 1 || w.outcome(list[0].Number)[storage.DeliveryDue] != 1 {
						t.Errorf("%s: %d intents", kind, len(list))
					}
				}
				w.view(func(r storage.Reader) error {
					day := notify.DayOf(w.millis())
					told, err := r.Told(day, persons)
					if told[persons[0]] != 5 || told[persons[1]] != 1 { // four calls and the digest; one call
						t.Errorf("told %v", told)
					}
					return err
				})
			})
		}
	}
}

// run is a process with a planner that may be killed.
func (w *world) run(store storage.Store) {
	w.t.Helper()
	defer func() {
		if p := recover(); p != nil && p != errKilled {
			panic(p)
		}
	}()
	if err := w.newPlanner(store).Tick(w.t.Context()); err != nil && !errors.Is(err, errKilled) {
		w.t.Fatal(err)
	}
}

// TestWhoseAccessEndedIsNotRung: whatever ends it, and whether it ends before or after the planning.
func TestWhoseAccessEndedIsNotRung(t *testing.T) {
	for name, end := range map[string]func(w *world, person, device syncproto.ID){
		"revoked": func(w *world, _, device syncproto.ID) { w.check(w.people.RevokeDevice(w.t.Context(), device)) },
		"suspended": func(w *world, person, _ syncproto.ID) {
			w.check(w.people.Suspend(w.t.Context(), console, person))
		},
		"closed": func(w *world, person, _ syncproto.ID) {
			w.check(w.people.Close(w.t.Context(), console, person))
		},
		"unregistered": func(w *world, _, device syncproto.ID) {
			w.check(notify.NewRegistrations(w.store, notify.RegistrationOptions{}).Drop(w.t.Context(), device))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, when := range []string{"before", "after"} {
				w := newWorld(t)
				person := w.person(w.commune, syncproto.RoleVolunteer)
				device := w.phone(person, "")
				call := w.call(syncproto.CallUrgent, 10, person, w.member())
				if when == "before" {
					end(w, person, device)
				}
				w.tick()
				if when == "after" {
					end(w, person, device)
				}
				for _, l := range w.lease(storage.ClassUrgent) {
					if l.Delivery.Person == person {
						t.Errorf("%s the planning: a message leaves", when)
					}
				}
				state, code := w.stateOf(call.Number, person)
				want := storage.DeliveryUnreachable
				if when == "after" {
					want = storage.DeliveryGone
				}
				if state != want || code == "" {
					t.Errorf("%s the planning: %s (%q), want %s and why", when, state, code, want)
				}
			}
		})
	}
}
