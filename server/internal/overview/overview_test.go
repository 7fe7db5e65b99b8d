package overview_test

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestOneStoryCounts follows one story through everything that counts, before and after it is folded.
func TestOneStoryCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.now = day(2025, 3, 10) + 9*hour
		id := w.story(w.river, "relief")
		w.now += 30 * minute
		w.must(w.boss, id, syncproto.CommandClaim)
		w.now += 30 * minute
		w.must(w.boss, id, syncproto.CommandReturn)
		w.now = day(2025, 3, 11) + 9*hour
		w.must(w.writers[w.river][0], id, syncproto.CommandSubmit)
		w.now += 2 * hour
		w.must(w.boss, id, syncproto.CommandClaim, syncproto.CommandApprove)
		w.now += 2000
		w.must(w.boss, id, syncproto.CommandUndo, syncproto.CommandApprove, syncproto.CommandPublish)
		w.now += hour
		w.must(w.boss, id, syncproto.CommandTakeDown)
		ask := overview.Ask{From: day(2025, 3, 1), Until: day(2025, 4, 1), Step: overview.StepDay}
		before := w.report(w.boss, ask)
		w.fold()
		after := w.report(w.boss, ask)
		if !reflect.DeepEqual(before, after) {
			t.Errorf("counted in the log: %+v\nfolded: %+v", before.Total, after.Total)
		}
		got := after.Total
		if got.Came != 1 || got.Resent != 1 || got.Returned != 1 || got.Approved != 1 || got.Published != 1 || got.TakenDown != 1 ||
			got.Declined != 0 || got.Unclaimed != 0 || !maps.Equal(got.Kinds, map[string]int64{"story": 1}) {
			t.Errorf("got %+v", got)
		}
		if got.Claim.Count != 2 || got.Decide.Count != 2 {
			t.Errorf("waited: %+v, %+v", got.Claim, got.Decide)
		}
		near(t, "median claim", got.Claim.Median, 30*minute)
		near(t, "slow claim", got.Claim.Ninety, 2*hour)
		near(t, "median decision", got.Decide.Median, hour)
		if a, b := after.Points[9], after.Points[10]; a.Came != 1 || a.Returned != 1 || b.Came != 0 || b.Resent != 1 || b.Approved != 1 {
			t.Errorf("by day: %+v, %+v", a.Sums, b.Sums)
		}
		if len(after.Types) != 1 || after.Types[0] != (overview.Type{Kind: syncproto.KindStory, Type: "relief", Came: 1}) {
			t.Errorf("types: %+v", after.Types)
		}
	})
}

// near holds a time to within a fifth.
func near(t *testing.T, what string, got, want int64) {
	t.Helper()
	if got < want*8/10 || got > want*12/10 {
		t.Errorf("%s: got %v, want about %v", what, time.Duration(got)*time.Millisecond, time.Duration(want)*time.Millisecond)
	}
}

func TestDaysBeginInVietnam(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.now = day(2025, 4, 1) - 1
		w.story(w.river, "")
		w.now = day(2025, 4, 1)
		w.story(w.river, "")
		w.story(w.lake, "")
		w.now = day(2025, 4, 2)
		march := w.report(w.boss, overview.Ask{From: day(2025, 3, 1), Until: day(2025, 4, 1)})
		april := w.report(w.boss, overview.Ask{From: day(2025, 4, 1), Until: day(2025, 5, 1), Step: overview.StepMonth})
		if march.Total.Came != 1 || april.Total.Came != 2 || april.Before.Came != 0 || march.Step != overview.StepDay {
			t.Errorf("march %d, april %d, before it %d", march.Total.Came, april.Total.Came, april.Before.Came)
		}
		if len(march.Points) != 31 || len(april.Points) != 1 || !april.Points[0].Part || march.Points[3].Part {
			t.Errorf("points: %+v", april.Points)
		}
		if want := day(2025, 3, 3); april.Before.From != day(2025, 3, 1) || april.Before.Until != want {
			t.Errorf("compared with %v to %v", time.UnixMilli(april.Before.From), time.UnixMilli(april.Before.Until))
		}
	})
}

// TestPeriodsOfAnyStepSayTheSame: days, weeks, months, quarters and years add up to the same.
func TestPeriodsOfAnyStepSayTheSame(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		for d := range 200 {
			w.now = day(2025, 1, 5+d) + 3*hour
			w.story([]syncproto.ID{w.river, w.lake, w.hill}[d%3], "")
		}
		for _, span := range [][2]int64{{day(2025, 1, 20), day(2025, 3, 10)}, {day(2025, 2, 1), day(2025, 3, 1)}, {day(2025, 2, 27), day(2025, 3, 2)}} {
			for _, folded := range []bool{false, true} {
				want := (span[1] - span[0]) / (24 * hour)
				for _, step := range overview.Steps() {
					got := w.report(w.boss, overview.Ask{From: span[0], Until: span[1], Step: step})
					sum := int64(0)
					for i, p := range got.Points {
						sum += p.Came
						if p.Came != (p.Until-p.From)/(24*hour) || i > 0 && p.From != got.Points[i-1].Until {
							t.Errorf("%s: %+v", step, p)
						}
					}
					if got.Total.Came != want || sum != want {
						t.Errorf("%s of %d: got %d, %d", step, want, got.Total.Came, sum)
					}
				}
				if !folded {
					w.fold()
				}
			}
		}
	})
}

// TestOldReportsKeepTheOldTree: the districts end on 1 July (AS-16).
func TestOldReportsKeepTheOldTree(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.now = day(2025, 3, 1)
		for _, unit := range []syncproto.ID{w.river, w.river, w.hill, w.lake, w.field, w.field, w.field} {
			w.story(unit, "")
		}
		editor := w.join("Đỗ Anh Tuấn", w.north, syncproto.RoleEditor)
		july := day(2025, 7, 1)
		merged := syncproto.NewID()
		_, err := w.people.Reorganise(t.Context(), people.Console(), []people.UnitChange{
			{Act: people.ActReparent, Unit: w.river, Parent: w.province, At: july},
			{Act: people.ActReparent, Unit: w.lake, Parent: w.province, At: july},
			{Act: people.ActReparent, Unit: w.field, Parent: w.province, At: july},
			{Act: people.ActMerge, Unit: merged, Name: "Xã Sông Đồi", Parent: w.province, Units: []syncproto.ID{w.river, w.hill}, At: july},
			{Act: people.ActClose, Unit: w.north, Successors: []syncproto.ID{merged}, At: july},
			{Act: people.ActClose, Unit: w.south, Successors: []syncproto.ID{w.lake, w.field}, At: july},
		}, false)
		if err != nil {
			t.Fatal(err)
		}
		w.now = july + hour
		for _, unit := range []syncproto.ID{w.lake, w.field} {
			w.story(unit, "")
		}
		w.now = day(2025, 8, 1)
		w.fold()
		half := w.report(w.boss, overview.Ask{From: day(2025, 1, 1), Until: july, Step: overview.StepMonth})
		if want := map[string]int64{"Huyện Bắc": 3, "Huyện Nam": 4}; !maps.Equal(rows(half), want) || half.Total.Came != 7 {
			t.Errorf("the half-year: got %v, %d, want %v", rows(half), half.Total.Came, want)
		}
		year := w.report(w.boss, overview.Ask{From: day(2025, 1, 1), Until: day(2026, 1, 1), Step: overview.StepMonth})
		if want := map[string]int64{"Xã Sông Đồi": 3, "Xã Hồ": 2, "Xã Đồng": 4}; !maps.Equal(rows(year), want) || year.Total.Came != 9 {
			t.Errorf("the year: got %v, %d, want %v", rows(year), year.Total.Came, want)
		}
		// Rights follow the successors, old links open, and neither counts what is not its own.
		old := w.report(editor, overview.Ask{Unit: w.north, From: day(2025, 1, 1), Until: july, Step: overview.StepMonth})
		if want := map[string]int64{"Xã Sông": 2, "Xã Đồi": 1}; !maps.Equal(rows(old), want) || old.Unit.Name != "Huyện Bắc" {
			t.Errorf("the old district: got %v, %+v", rows(old), old.Unit)
		}
		fresh := w.report(editor, overview.Ask{Unit: merged, From: day(2025, 1, 1), Until: july, Step: overview.StepMonth})
		if fresh.Total.Came != 3 || fresh.Absent {
			t.Errorf("the new commune before it was: got %v, %d", rows(fresh), fresh.Total.Came)
		}
		_, err = w.figures.Report(t.Context(), actor(editor), overview.Ask{Unit: w.lake, From: day(2025, 1, 1), Until: july})
		if syncproto.CodeOf(err) != syncproto.CodeNotFound {
			t.Errorf("somebody else's: %v", err)
		}
	})
}

func TestWhoMayAsk(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.story(w.river, "")
		ask := overview.Ask{From: day(2025, 1, 1), Until: day(2025, 1, 2)}
		officer := w.join("Trần Thị Hoà", w.south, syncproto.RoleOfficer)
		runs := w.join("Vàng A Ly", w.lake, syncproto.RoleOperator)
		code := func(by people.Actor, unit syncproto.ID) syncproto.Code {
			a := ask
			a.Unit = unit
			_, err := w.figures.Report(t.Context(), by, a)
			if err == nil {
				return ""
			}
			return syncproto.CodeOf(err)
		}
		for _, c := range []struct {
			who  string
			by   people.Actor
			unit syncproto.ID
			want syncproto.Code
		}{
			{"nobody", people.Actor{}, "", syncproto.CodeSessionEnded},
			{"a volunteer", actor(w.writers[w.river][0]), "", syncproto.CodeForbidden},
			{"a volunteer of the unit", actor(w.writers[w.river][0]), w.river, syncproto.CodeForbidden},
			{"an officer", actor(officer), "", ""},
			{"an officer below", actor(officer), w.lake, ""},
			{"an officer above", actor(officer), w.province, syncproto.CodeNotFound},
			{"an officer beside", actor(officer), w.river, syncproto.CodeNotFound},
			{"of nothing", actor(officer), syncproto.NewID(), syncproto.CodeNotFound},
			{"who runs the server", actor(runs), w.province, ""},
		} {
			if got := code(c.by, c.unit); got != c.want {
				t.Errorf("%s: got %q, want %q", c.who, got, c.want)
			}
		}
		if got := w.report(officer, ask); got.Total.Came != 0 || got.Unit == nil || got.Unit.ID != w.south || len(got.Path) != 0 {
			t.Errorf("the officer sees %+v", got)
		}
		if got := w.report(w.boss, overview.Ask{From: ask.From, Until: ask.Until, Unit: w.river}); len(got.Path) != 2 || got.Path[0].ID != w.province {
			t.Errorf("the way to a commune: %+v", got.Path)
		}
		for _, bad := range []overview.Ask{
			{},
			{From: day(2025, 1, 2), Until: day(2025, 1, 1)},
			{From: 1, Until: day(2025, 1, 1), Step: overview.StepDay},
			{From: day(2025, 1, 1), Until: day(2025, 2, 1), Step: "hour"},
			{From: day(2025, 1, 1), Until: 1 << 60, Step: overview.StepYear},
		} {
			if _, err := w.figures.Report(t.Context(), actor(w.boss), bad); syncproto.CodeOf(err) != syncproto.CodeQueryInvalid {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

func TestWhatWaitsAndWhoWrote(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.now = day(2025, 5, 1)
		first := w.story(w.river, "")
		w.now = day(2025, 5, 9)
		w.story(w.hill, "")
		done := w.story(w.lake, "")
		w.now += 2 * hour
		w.must(w.boss, done, syncproto.CommandClaim, syncproto.CommandDecline)
		w.must(w.boss, first, syncproto.CommandClaim)
		w.update(func(tx storage.Tx) error {
			return tx.PutContacts([]storage.Contact{
				{Device: w.writers[w.river][0].Device, At: w.now - hour}, {Device: w.writers[w.river][1].Device, At: w.now - 40*24*hour},
			})
		})
		got := w.report(w.boss, overview.Ask{From: day(2025, 5, 1), Until: day(2025, 6, 1)})
		if got.Waiting == nil || got.Waiting.Count != 2 || got.Waiting.Ages[0] != 1 || got.Waiting.Ages[3] != 1 || got.Waiting.InReview != 1 {
			t.Errorf("waiting: %+v", got.Waiting)
		}
		if got.Authors.String() != "<5" || got.Phones.String() != "<5" {
			t.Errorf("three people are told: %v, %v", got.Authors, got.Phones)
		}
		past := w.report(w.boss, overview.Ask{From: day(2025, 4, 1), Until: day(2025, 5, 2)})
		if past.Waiting != nil || past.Phones.N != 0 {
			t.Errorf("a time that is over: %+v", past.Waiting)
		}
	})
}

func TestReach(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.now = day(2025, 5, 2)
		call := storage.Call{
			ID: syncproto.NewID(), Units: []syncproto.ID{w.province}, Kind: syncproto.CallUrgent, State: storage.CallSent, Revision: 1,
			Title: "Cần máu nhóm O", Body: "Hôm nay.", By: w.boss.Person, Created: w.now, Changed: w.now, Sent: w.now, Gone: w.now + 48*hour,
			Ends: w.now + 24*hour,
		}
		var list []storage.Recipient
		for i := range 30 {
			r := storage.Recipient{Call: call.ID, Person: syncproto.NewID(), Unit: w.river, Gone: call.Gone}
			if i%2 == 0 {
				r.Unit, r.Received = w.lake, w.now+1
			}
			if i%3 == 0 {
				r.Choice, r.Standing, r.Count, r.Answered = "no", syncproto.StateNoted, 1, w.now+2
			}
			list = append(list, r)
		}
		w.update(func(tx storage.Tx) error {
			if err := tx.PutCall(&call); err != nil {
				return err
			}
			if err := tx.AddRecipients(list); err != nil {
				return err
			}
			for i := range list {
				if err := tx.PutRecipient(&list[i]); err != nil {
					return err
				}
			}
			return nil
		})
		ask := overview.Ask{From: day(2025, 5, 1), Until: day(2025, 6, 1)}
		early := w.report(w.boss, ask)
		if early.Reach.Calls != 1 || early.Reach.Missing != 1 || early.Reach.Eligible.N != 0 {
			t.Errorf("before it was added up: %+v", early.Reach)
		}
		if err := w.folder.Calls(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.now += minute
		got := w.report(w.boss, ask)
		if r := got.Reach; r.Calls != 1 || r.Missing != 0 || r.AsOf != w.now-minute || r.Eligible.N != 30 || r.Arrived.N != 15 || r.Answered.N != 10 {
			t.Errorf("got %+v", r)
		}
		for _, row := range got.Rows {
			if row.Name == "Huyện Bắc" && (row.Calls != 1 || row.Eligible.N != 15 || row.Arrived.N != 0) {
				t.Errorf("the north: %+v", row)
			}
		}
		north := w.report(w.boss, overview.Ask{From: ask.From, Until: ask.Until, Unit: w.north})
		if north.Reach.Calls != 1 || north.Reach.Eligible.N != 15 || north.Reach.Answered.N != 5 {
			t.Errorf("the north alone: %+v", north.Reach)
		}
		for _, c := range []struct {
			later int64
			want  bool // added up anew
		}{{2 * minute, false}, {6 * minute, true}, {3 * 24 * hour, true}, {3*24*hour + 30*minute, false}, {90 * 24 * hour, true}, {95 * 24 * hour, false}} {
			w.now = call.Sent + c.later
			if err := w.folder.Calls(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := w.store.View(t.Context(), func(r storage.Reader) error {
				sum, err := r.CallSum(call.ID)
				if err == nil && (sum.At == w.now) != c.want {
					t.Errorf("after %v: added up %v", time.Duration(c.later)*time.Millisecond, sum.At == w.now)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestANewServerKnowsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		got := w.report(w.boss, overview.Ask{From: day(2025, 1, 1), Until: day(2025, 2, 1)})
		if got.Total.Came != 0 || got.Total.Claim != (overview.Took{}) || got.Types == nil || len(got.Points) != 31 || !got.Before.Partly {
			t.Errorf("got %+v", got)
		}
	})
}
