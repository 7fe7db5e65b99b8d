package answers_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

func count(n int64) syncproto.Fields {
	return syncproto.Fields{syncproto.AnswerCountField: syncproto.Int(n)}
}

func TestPlacesAreGivenInTheOrderOfArrival(t *testing.T) {
	onBoth(t, func(w *world) {
		a, b, c, d := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true)
		for _, p := range []*phone{a, b, c, d} {
			p.taken(p.says(syncproto.ChoiceYes, nil))
		}
		a.stands(syncproto.StateRegistered)
		b.stands(syncproto.StateRegistered)
		c.stands(syncproto.StateWaiting)
		d.stands(syncproto.StateWaiting)
		a.taken(a.says(syncproto.ChoiceNo, nil)) // gives the place back
		a.stands(syncproto.StateNoted)
		c.stands(syncproto.StateRegistered)
		d.stands(syncproto.StateWaiting)
		if got := w.notices(c); len(got) != 1 || got[0] != answers.NoticePromoted {
			t.Errorf("who moved up hears %v", got)
		}
		if got := w.notices(d); len(got) != 0 {
			t.Errorf("who waits hears %v", got)
		}
		b.taken(b.sends(syncproto.Mutation{Kind: syncproto.KindAnswer, Record: syncproto.AnswerID(w.call.ID, b.person), BaseRevision: 1, Delete: true}))
		d.stands(syncproto.StateRegistered)
		a.taken(a.says(syncproto.ChoiceYes, nil)) // thought again: the end of the line
		a.stands(syncproto.StateWaiting)
		if n := w.places(); n != 2 {
			t.Errorf("%d places are taken", n)
		}
	})
}

func TestAnAnswerForSeveral(t *testing.T) {
	onBoth(t, func(w *world) {
		w.call.Capacity = 5
		w.changed()
		a, b, c := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true)
		a.taken(a.says(syncproto.ChoiceYes, count(3)))
		b.taken(b.says(syncproto.ChoiceYes, count(3)))
		c.taken(c.says(syncproto.ChoiceYes, count(2)))
		a.stands(syncproto.StateRegistered)
		b.stands(syncproto.StateWaiting)
		c.stands(syncproto.StateRegistered) // two places suffice, whoever waits for three
		w.refused(a.says(syncproto.ChoiceYes, count(4)), syncproto.CodePlacesTaken)
		a.stands(syncproto.StateRegistered)
		a.taken(a.says(syncproto.ChoiceYes, count(1)))
		b.stands(syncproto.StateWaiting) // two are free, three are needed
		b.taken(b.says(syncproto.ChoiceYes, count(2)))
		b.stands(syncproto.StateRegistered)
		w.refused(a.says(syncproto.ChoiceYes, count(51)), syncproto.CodeInvalidField)
	})
}

func TestTwoDevicesOfOnePersonAgree(t *testing.T) {
	onBoth(t, func(w *world) {
		a := w.joins(syncproto.RoleVolunteer, true)
		other := w.device(a.person)
		a.taken(a.says(syncproto.ChoiceYes, nil))
		out := other.says(syncproto.ChoiceNo, nil) // offline too, and later
		other.taken(out)
		if out.Conflict != "" {
			t.Error("a person is in conflict with themselves")
		}
		a.stands(syncproto.StateNoted)
		receipt := syncproto.ReceiptID(w.call.ID, a.person)
		call := syncproto.Text(string(w.call.ID))
		a.taken(a.sends(syncproto.Mutation{Kind: syncproto.KindReceipt, Record: receipt, Set: syncproto.Fields{"call": call, syncproto.ReceiptShownField: syncproto.Int(10)}}))
		first := w.now
		w.now += hour
		other.taken(other.sends(syncproto.Mutation{Kind: syncproto.KindReceipt, Record: receipt, Set: syncproto.Fields{
			"call": call, syncproto.ReceiptShownField: syncproto.Int(20), syncproto.ReceiptOpenedField: syncproto.Int(21),
		}}))
		w.view(func(r storage.Reader) error {
			stored, err := r.Record(receipt)
			w.check(err)
			if got := stored.Record.Fields[syncproto.ReceiptShownField]; got != syncproto.Int(10) {
				t.Errorf("shown at %s, the first was 10", got)
			}
			on, err := r.Recipient(w.call.ID, a.person)
			if on.Shown != first || on.Opened != w.now {
				t.Errorf("the list says shown %d, opened %d", on.Shown, on.Opened)
			}
			return err
		})
	})
}

func TestWhatIsRefused(t *testing.T) {
	onBoth(t, func(w *world) {
		a, stranger := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleEditor, false)
		w.refused(a.says("perhaps", nil), syncproto.CodeChoiceUnknown)
		w.refused(a.says("", nil), syncproto.CodeChoiceUnknown)
		w.refused(stranger.says(syncproto.ChoiceYes, nil), syncproto.CodeCallUnknown)
		w.refused(a.sends(syncproto.Mutation{Kind: syncproto.KindAnswer, Record: w.id(), Set: syncproto.Fields{
			"call": syncproto.Text(string(w.call.ID)), "choice": syncproto.Text("yes"),
		}}), syncproto.CodeAnswerID)
		w.refused(a.sends(syncproto.Mutation{Kind: syncproto.KindAnswer, Record: w.id(), Set: syncproto.Fields{"choice": syncproto.Text("yes")}}), syncproto.CodeInvalidField)
		w.refused(a.sends(syncproto.Mutation{Kind: syncproto.KindPreference, Record: w.id(), Set: syncproto.Fields{"may_phone": "true"}}), syncproto.CodeAnswerID)
		a.taken(a.says(syncproto.ChoiceYes, nil))
		out := stranger.sends(syncproto.Mutation{
			Kind: syncproto.KindAnswer, Record: syncproto.AnswerID(w.call.ID, a.person), BaseRevision: 1, Set: syncproto.Fields{"choice": syncproto.Text("no")},
		})
		w.refused(out, syncproto.CodeRecordMissing) // an editor answers for nobody
		a.stands(syncproto.StateRegistered)
	})
}

func TestAnswersThatComeTooLate(t *testing.T) {
	onBoth(t, func(w *world) {
		a, b, c := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true)
		a.taken(a.says(syncproto.ChoiceYes, nil))
		w.now = w.call.Deadline
		b.taken(b.says(syncproto.ChoiceYes, nil))
		b.stands(syncproto.StateLate)
		a.taken(a.says(syncproto.ChoiceYes, syncproto.Fields{"text": syncproto.Text("Em đi xe máy")}))
		a.stands(syncproto.StateRegistered)
		w.refused(a.says(syncproto.ChoiceYes, count(2)), syncproto.CodeCallState)
		w.call.State = storage.CallCancelled
		w.changed()
		c.taken(c.says(syncproto.ChoiceNo, nil))
		c.stands(syncproto.StateLate)
		a.taken(a.says(syncproto.ChoiceNo, nil)) // a place is given back at any time, and nobody moves up
		a.stands(syncproto.StateNoted)
		b.stands(syncproto.StateLate)
	})
}

func TestCheckIn(t *testing.T) {
	onBoth(t, func(w *world) {
		officer := w.joins(syncproto.RoleOfficer, false)
		a, b, c := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true)
		by := syncer.Actor{Person: officer.person, Device: officer.device.ID}
		a.taken(a.says(syncproto.ChoiceYes, nil))
		code := syncproto.Fields{syncproto.AnswerCodeField: syncproto.Text("hm 2026")}
		w.refused(a.says(syncproto.ChoiceYes, code), syncproto.CodeCallTime)
		if _, err := w.answers.CheckIn(t.Context(), by, w.call.ID, a.person, true); syncproto.CodeOf(err) != syncproto.CodeCallTime {
			t.Errorf("checked in two days before: %v", err)
		}
		w.now = w.call.Starts - hour
		w.refused(a.says(syncproto.ChoiceYes, syncproto.Fields{syncproto.AnswerCodeField: syncproto.Text("HM-2025")}), syncproto.CodeCheckInCode)
		a.taken(a.says(syncproto.ChoiceYes, code))
		a.stands(syncproto.StateCame)
		for range 2 {
			_, err := w.answers.CheckIn(t.Context(), by, w.call.ID, a.person, true)
			w.check(err)
			_, err = w.answers.CheckIn(t.Context(), by, w.call.ID, b.person, true) // who never answered
			w.check(err)
		}
		b.stands(syncproto.StateCame)
		if n := w.places(); n != 2 {
			t.Errorf("%d places", n)
		}
		_, err := w.answers.CheckIn(t.Context(), by, w.call.ID, a.person, false)
		w.check(err)
		a.stands(syncproto.StateRegistered)
		if _, err := w.answers.CheckIn(t.Context(), syncer.Actor{Person: c.person, Device: c.device.ID}, w.call.ID, c.person, true); syncproto.CodeOf(err) != syncproto.CodeCallUnknown {
			t.Errorf("a volunteer checks in: %v", err)
		}
		if _, err := w.answers.CheckIn(t.Context(), by, w.call.ID, officer.person, true); syncproto.CodeOf(err) != syncproto.CodeCallUnknown {
			t.Errorf("somebody who was not called: %v", err)
		}
	})
}

func TestRaisedCapacity(t *testing.T) {
	onBoth(t, func(w *world) {
		var all []*phone
		for range 5 {
			p := w.joins(syncproto.RoleVolunteer, true)
			p.taken(p.says(syncproto.ChoiceYes, nil))
			all = append(all, p)
		}
		w.call.Capacity = 4
		w.changed()
		w.check(w.answers.Settle(t.Context(), w.call.ID))
		all[3].stands(syncproto.StateRegistered)
		all[4].stands(syncproto.StateWaiting)
		if w.rung != 1 {
			t.Error("nobody is told to ring")
		}
	})
}

func TestPreferences(t *testing.T) {
	onBoth(t, func(w *world) {
		a := w.joins(syncproto.RoleVolunteer, false)
		id := syncproto.PreferenceID(a.person)
		a.taken(a.sends(syncproto.Mutation{Kind: syncproto.KindPreference, Record: id, Set: syncproto.Fields{
			syncproto.PreferenceMayPhoneField: "true", syncproto.PreferenceMutedField: syncproto.List(syncproto.Text("information")), syncproto.PreferenceLanguageField: syncproto.Text("en"),
		}}))
		w.view(func(r storage.Reader) error {
			p, err := r.Preference(a.person)
			if err == nil && (!p.MayPhone || p.Language != "en" || len(p.Muted) != 1 || p.Muted[0] != syncproto.CallInformation) {
				t.Errorf("got %+v", p)
			}
			return err
		})
	})
}

// TestPlacesAddUp lets many people say anything in any order: never are more places taken than there are, and nobody
// waits whom the free places suffice.
func TestPlacesAddUp(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 5))
			on := onMemory
			if seed < 2 {
				on = onBoth
			}
			on(t, func(w *world) {
				w.call.Capacity = 1 + random.Int64N(12)
				w.changed()
				all := make([]*phone, 12)
				for i := range all {
					all[i] = w.joins(syncproto.RoleVolunteer, true)
				}
				for range 60 {
					p := all[random.IntN(len(all))]
					switch random.IntN(4) {
					case 0:
						p.says(syncproto.ChoiceNo, nil)
					case 1:
						p.sends(syncproto.Mutation{Kind: syncproto.KindAnswer, Record: syncproto.AnswerID(w.call.ID, p.person), BaseRevision: 1, Delete: true})
					default:
						p.says(syncproto.ChoiceYes, count(1+random.Int64N(4)))
					}
					w.addsUp(all)
				}
			})
		})
	}
}

func (w *world) addsUp(all []*phone) {
	w.t.Helper()
	w.view(func(r storage.Reader) error {
		taken := int64(0)
		waiting := []int64{}
		for _, p := range all {
			on, err := r.Recipient(w.call.ID, p.person)
			if err != nil {
				return err
			}
			switch on.Standing {
			case syncproto.StateRegistered:
				taken += on.Count
			case syncproto.StateWaiting:
				waiting = append(waiting, on.Count)
			}
			stored, err := r.Record(syncproto.AnswerID(w.call.ID, p.person))
			if err == nil && !stored.Record.Deleted && stored.Record.State != on.Standing {
				w.t.Errorf("the record says %q, the list %q", stored.Record.State, on.Standing)
			}
		}
		if taken > w.call.Capacity {
			w.t.Fatalf("%d of %d places are taken", taken, w.call.Capacity)
		}
		for _, n := range waiting {
			if taken+n <= w.call.Capacity {
				w.t.Fatalf("%d of %d places are taken, and somebody waits for %d", taken, w.call.Capacity, n)
			}
		}
		return nil
	})
}

// TestACodeCannotBeGuessed: after some wrong codes none is taken for an hour, and the officer at the door still checks in.
func TestACodeCannotBeGuessed(t *testing.T) {
	onMemory(t, func(w *world) {
		w.sync = syncer.New(w.store, syncer.Options{Now: func() time.Time { return time.UnixMilli(w.now) }, Caller: answers.NewRules()})
		a, b := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true)
		code := func(text string) syncproto.Fields {
			return syncproto.Fields{syncproto.AnswerCodeField: syncproto.Text(text)}
		}
		w.now = w.call.Starts
		for i := range 10 {
			w.refused(a.says("", code(fmt.Sprintf("HM-%d", i))), syncproto.CodeCheckInCode)
		}
		w.refused(a.says("", code("HM-2026")), syncproto.CodeCheckInCode)
		b.taken(b.says("", code("hm–2026"))) // a dash is a dash
		w.now += hour
		a.taken(a.says("", code("hm 2026")))
		a.stands(syncproto.StateCame)
	})
}

// TestAMistakeAtTheDoor: who stood in line and was checked in by mistake stands in line again, and places that come free so go to
// those who wait.
func TestAMistakeAtTheDoor(t *testing.T) {
	onBoth(t, func(w *world) {
		officer := w.joins(syncproto.RoleOfficer, false)
		by := syncer.Actor{Person: officer.person, Device: officer.device.ID}
		checkIn := func(p *phone, came bool) {
			t.Helper()
			_, err := w.answers.CheckIn(t.Context(), by, w.call.ID, p.person, came)
			w.check(err)
		}
		w.call.Deadline = w.call.Ends
		w.changed()
		a, b, c, d := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true)
		for _, p := range []*phone{a, b, c} {
			p.taken(p.says(syncproto.ChoiceYes, nil))
		}
		w.now = w.call.Starts
		checkIn(c, true)
		checkIn(c, false)
		c.stands(syncproto.StateWaiting)
		checkIn(d, true) // never answered
		a.taken(a.says(syncproto.ChoiceNo, nil))
		c.stands(syncproto.StateWaiting) // d has a's place
		checkIn(d, false)
		c.stands(syncproto.StateRegistered)
		if n := w.places(); n != 2 {
			t.Errorf("%d places", n)
		}
	})
}

// TestWhoCameBringsNoMoreThanThereIsRoomFor: a count is no way around the places once somebody is there.
func TestWhoCameBringsNoMoreThanThereIsRoomFor(t *testing.T) {
	onMemory(t, func(w *world) {
		a, b := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleVolunteer, true)
		w.now = w.call.Starts
		code := syncproto.Fields{syncproto.AnswerCodeField: syncproto.Text("HM 2026"), syncproto.AnswerCountField: syncproto.Int(50)}
		w.refused(a.says(syncproto.ChoiceYes, code), syncproto.CodePlacesTaken)
		delete(code, syncproto.AnswerCountField)
		a.taken(a.says(syncproto.ChoiceYes, code))
		w.refused(a.says(syncproto.ChoiceYes, count(3)), syncproto.CodePlacesTaken)
		a.taken(a.says(syncproto.ChoiceYes, count(2)))
		b.taken(b.says(syncproto.ChoiceYes, code)) // who came is there, all the same
		b.stands(syncproto.StateCame)
	})
}

// TestIDsThatCanBeWorkedOut: who knows a call and a person learns nothing by their ids, and cannot take these first.
func TestIDsThatCanBeWorkedOut(t *testing.T) {
	onBoth(t, func(w *world) {
		a, b := w.joins(syncproto.RoleVolunteer, true), w.joins(syncproto.RoleEditor, true)
		ids := []syncproto.ID{syncproto.AnswerID(w.call.ID, a.person), syncproto.ReceiptID(w.call.ID, a.person), syncproto.PreferenceID(a.person)}
		tries := func() (codes []syncproto.Code) {
			for _, id := range ids {
				for _, kind := range []syncproto.Kind{syncproto.KindAnswer, syncproto.KindReceipt, syncproto.KindPreference, syncproto.KindStory} {
					for base := range int64(2) {
						set := syncproto.Fields{"call": syncproto.Text(string(w.call.ID)), "choice": syncproto.Text("yes")}
						if kind == syncproto.KindStory {
							set = syncproto.Fields{"title": syncproto.Text("x")}
						}
						codes = append(codes, b.sends(syncproto.Mutation{Kind: kind, Record: id, BaseRevision: base, Set: set}).Code)
					}
					codes = append(codes, b.sends(syncproto.Mutation{Kind: kind, Record: id, BaseRevision: 1, Delete: true}).Code)
				}
				codes = append(codes, b.sends(syncproto.Mutation{Kind: syncproto.KindNote, Record: w.id(), Set: syncproto.Fields{
					"parent": syncproto.Text(string(id)), "text": syncproto.Text("x"),
				}}).Code)
			}
			return codes
		}
		before := tries()
		a.taken(a.says(syncproto.ChoiceYes, nil))
		a.taken(a.sends(syncproto.Mutation{Kind: syncproto.KindReceipt, Record: ids[1], Set: syncproto.Fields{
			"call": syncproto.Text(string(w.call.ID)), syncproto.ReceiptReceivedField: syncproto.Int(w.now),
		}}))
		a.taken(a.sends(syncproto.Mutation{Kind: syncproto.KindPreference, Record: ids[2], Set: syncproto.Fields{"may_phone": "true"}}))
		after := tries()
		for i := range before {
			if before[i] == "" || before[i] != after[i] {
				t.Errorf("try %d: %q before, %q after", i, before[i], after[i])
			}
		}
		a.stands(syncproto.StateRegistered)
	})
}
