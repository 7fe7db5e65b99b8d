package storagetest

import (
	"context"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// plan makes an intent of a record with one delivery for each state, of the persons in order.
func plan(t *testing.T, s storage.Store, kind string, record syncproto.ID, deliveries ...storage.Delivery) {
	t.Helper()
	share := storage.Share{}
	for _, d := range deliveries {
		share.Persons = append(share.Persons, d.Person)
	}
	intent := storage.Intent{Kind: kind, Class: storage.ClassRoutine, Record: record, At: 1, Until: 1000, Persons: int64(len(share.Persons))}
	update(t, s, func(tx storage.Tx) error {
		if _, err := tx.AddIntent(&intent, []storage.Share{share}); err != nil {
			return err
		}
		one := share
		one.Intent = intent.Number
		_, err := tx.Plan(&one, deliveries)
		return err
	})
}

// testReachesPushed: who had a registration and who was handed over is counted once for each person, whatever else a call
// rings for, and is known when the deliveries are gone.
func testReachesPushed(t *testing.T, s storage.Store) {
	w := newWorld(t, 215)
	call, units := w.id(), w.ids(2)
	states := []storage.DeliveryState{
		storage.DeliveryAccepted, storage.DeliveryUnsure, storage.DeliveryExpired, storage.DeliveryFailed, storage.DeliveryGone,
		storage.DeliveryCancelled, storage.DeliveryFolded, storage.DeliveryMuted, storage.DeliveryUnreachable,
	}
	persons := w.ids(len(states) + 2)
	var deliveries []storage.Delivery
	for i, person := range persons {
		addRecipients(t, s, storage.Recipient{Call: call, Person: person, Unit: units[i%2], Gone: 5})
		if i < len(states) {
			deliveries = append(deliveries, storage.Delivery{Person: person, Device: w.id(), State: states[i]})
		}
	}
	second := storage.Delivery{Person: persons[2], Device: w.id(), State: storage.DeliveryAccepted} // of two devices one was reached
	deliveries = append(deliveries[:3], append([]storage.Delivery{second}, deliveries[3:]...)...)
	want := []storage.Reach{
		{Unit: units[0], Eligible: 6, Registered: 4, Accepted: 2, Choices: map[string]int64{}},
		{Unit: units[1], Eligible: 5, Registered: 4, Accepted: 1, Choices: map[string]int64{}},
	}
	nobody := storage.Delivery{Person: w.id(), Device: w.id(), State: storage.DeliveryAccepted} // not on the list
	last := storage.Delivery{Person: persons[10], Device: w.id(), State: storage.DeliveryAccepted}
	plan(t, s, string(syncproto.CallOrdinary), call, append(deliveries, nobody)...)
	plan(t, s, "test", call, last)
	plan(t, s, "promoted", call, last)
	plan(t, s, string(syncproto.CallOrdinary), w.id(), last)
	for removed := int64(1); removed > 0; {
		view(t, s, func(r storage.Reader) error {
			wantReaches(t, r, call, want)
			return nil
		})
		update(t, s, func(tx storage.Tx) (err error) {
			removed, err = tx.PruneDeliveries(1<<40, 2)
			return err
		})
	}
	plan(t, s, string(syncproto.CallUrgent), call, storage.Delivery{Person: persons[8], Device: w.id(), State: storage.DeliveryGone})
	want[0].Registered++ // by then with a registration
	view(t, s, func(r storage.Reader) error {
		wantReaches(t, r, call, want)
		return nil
	})
	update(t, s, func(tx storage.Tx) error { return tx.DropPerson(persons[1]) })
	want[1].Registered, want[1].Accepted = 3, 0
	view(t, s, func(r storage.Reader) error {
		wantReaches(t, r, call, want)
		return nil
	})
}

// scribbleCalls writes a row of every sort about one person.
func scribbleCalls(w *world, tx storage.Tx, person syncproto.ID) error {
	campaign, call := w.campaign(), w.call()
	for _, err := range []error{
		tx.PutPerson(&storage.Person{ID: person, Name: "Đào"}),
		tx.PutGrant(&syncproto.Grant{ID: w.id(), Person: person, Unit: w.unit, Role: syncproto.RoleVolunteer}),
		tx.PutCampaign(&campaign), tx.PutCall(&call),
		tx.AddRecipients([]storage.Recipient{w.recipient(call.ID, person), {Call: call.ID, Person: w.id(), Standing: syncproto.StateWaiting, Arrived: 9}}),
		tx.PutFact(&storage.Fact{Person: person, Name: "blood_group", Sealed: []byte("sealed"), Consent: 1}),
		tx.PutTags(person, []storage.Tag{{Name: "lái xe", Skill: true}}),
		tx.PutPreference(&storage.Preference{Person: person, Muted: []syncproto.CallKind{syncproto.CallReminder}, MayPhone: true}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// callsText returns all that can be seen of calls.
func callsText(r storage.Reader) (out string) {
	var calls []storage.Call
	say := func(got any, err error) { out += textOf(got, err) }
	campaigns, err := r.Campaigns("", -1)
	say(campaigns, err)
	calls, err = r.Calls(storage.CallQuery{Limit: -1})
	say(calls, err)
	due, err := r.CallsDue(1000, -1)
	say(due, err)
	for _, c := range calls {
		of, err := r.Calls(storage.CallQuery{Units: c.Units, Limit: -1})
		say(of, err)
		list, err := r.Recipients(c.ID, "", -1)
		say(list, err)
		waiting, err := r.WaitingList(c.ID, -1)
		say(waiting, err)
		unreached, err := r.Unreached(c.ID, "", -1)
		say(unreached, err)
		reaches, err := r.Reaches(c.ID)
		say(reaches, err)
		places, err := r.Places(c.ID)
		say(places, err)
		last, err := r.LastArrived(c.ID)
		say(last, err)
		for _, m := range list {
			followed, err := r.Audiences(m.Person, 0, -1)
			say(followed, err)
			preference, err := r.Preference(m.Person)
			say(*preference, err)
		}
	}
	tags, err := r.Tags()
	say(tags, err)
	err = r.Candidates([]string{"blood_group"}, func(c *storage.Candidate) bool {
		say(*c, nil)
		return true
	})
	say(nil, err)
	return out
}

func seenCalls(t *testing.T, s storage.Store) (out string) {
	t.Helper()
	view(t, s, func(r storage.Reader) error {
		out = callsText(r)
		return nil
	})
	return out
}

// spoilCalls changes what is there about one person.
func spoilCalls(w *world, tx storage.Tx, person syncproto.ID) error {
	campaigns, err := tx.Campaigns("", 1)
	if err != nil {
		return err
	}
	calls, err := tx.Calls(storage.CallQuery{Limit: 1})
	if err != nil {
		return err
	}
	m, err := tx.Recipient(calls[0].ID, person)
	if err != nil {
		return err
	}
	campaigns[0].Title, calls[0].Units, calls[0].State = "spoiled", w.ids(1), storage.CallCancelled
	m.Gone, m.Count, m.Arrived, m.Standing = 500, 9, 77, syncproto.StateWaiting
	for _, err := range []error{
		tx.PutCampaign(&campaigns[0]), tx.PutCall(&calls[0]), tx.PutRecipient(m),
		tx.PutFact(&storage.Fact{Person: person, Name: "blood_group", Sealed: []byte("other")}),
		tx.PutTags(person, []storage.Tag{{Name: "lái xe"}}), tx.PutPreference(&storage.Preference{Person: person, Language: "en"}),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func testCallsUndone(t *testing.T, s storage.Store) {
	w := newWorld(t, 216)
	update(t, s, func(tx storage.Tx) error { return scribbleCalls(w, tx, w.person) })
	before := seenCalls(t, s)
	for name, change := range map[string]func(storage.Tx) error{
		"adding":   func(tx storage.Tx) error { return scribbleCalls(w, tx, w.id()) },
		"changing": func(tx storage.Tx) error { return spoilCalls(w, tx, w.person) },
		"removing": func(tx storage.Tx) error { return tx.DropPerson(w.person) },
		"a fact":   func(tx storage.Tx) error { return tx.DropFact(w.person, "blood_group") },
	} {
		update(t, s, func(tx storage.Tx) error {
			changed, changeErr := "", error(nil)
			_ = tx.Savepoint(func() error {
				if changeErr = change(tx); changeErr == nil {
					changed = callsText(tx)
				}
				return errWanted
			})
			if changeErr != nil || changed == before {
				t.Errorf("%s: nothing was seen inside the savepoint: %v", name, changeErr)
			}
			if got := callsText(tx); got != before {
				t.Errorf("%s: after the savepoint got %s\nwant %s", name, got, before)
			}
			return nil
		})
		err := s.Update(context.Background(), func(tx storage.Tx) error {
			if err := change(tx); err != nil {
				return err
			}
			return errWanted
		})
		if got := seenCalls(t, s); got != before || err == nil {
			t.Errorf("%s: committed %s\nwant %s", name, got, before)
		}
	}
}

func testCallsSeen(t *testing.T, s storage.Store) {
	w := newWorld(t, 217)
	empty := seenCalls(t, s)
	update(t, s, func(tx storage.Tx) error {
		if err := scribbleCalls(w, tx, w.person); err != nil {
			return err
		}
		if got := seenCalls(t, s); got != empty {
			t.Errorf("seen before the commit: %s", got)
		}
		return nil
	})
	if got := seenCalls(t, s); got == empty {
		t.Error("nothing is seen after the commit")
	}
}

func testCallsCompact(t *testing.T, s storage.Store) {
	w := newWorld(t, 218)
	update(t, s, func(tx storage.Tx) error { return scribbleCalls(w, tx, w.person) })
	before := seenCalls(t, s)
	update(t, s, func(tx storage.Tx) error { return tx.Compact(1 << 60) })
	if got := seenCalls(t, s); got != before {
		t.Errorf("got %s\nwant %s", got, before)
	}
}
