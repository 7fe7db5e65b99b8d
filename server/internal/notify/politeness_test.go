package notify_test

import (
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

var console = people.Console()

func TestWhatCanBeMuted(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	w.mute(person, syncproto.CallKinds()...)
	for _, kind := range syncproto.CallKinds() {
		call := w.call(kind, 10, person)
		w.tick()
		if state, _ := w.stateOf(call.Number, person); state != storage.DeliveryMuted {
			t.Errorf("%s: %s, want muted", kind, state)
		}
	}
	w.notice(syncproto.PersonScope(person), "needs_changes", w.story(person), 2)
	w.tick()
	if list := w.open("needs_changes"); len(list) != 1 {
		t.Error("what concerns one's own work was muted")
	}
	other := w.member()
	w.mute(other, syncproto.CallOrdinary)
	call := w.call(syncproto.CallUrgent, 10, other)
	w.tick()
	if state, _ := w.stateOf(call.Number, other); state != storage.DeliveryDue {
		t.Errorf("an urgent call to who muted ordinary ones: %s", state)
	}
}

func TestTheFifthCallOfADayIsFolded(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	for i := range 6 {
		call := w.call(syncproto.CallOrdinary, 10, person)
		w.tick()
		want := storage.DeliveryDue
		if i >= 4 {
			want = storage.DeliveryFolded
		}
		if state, _ := w.stateOf(call.Number, person); state != want {
			t.Errorf("call %d: %s, want %s", i+1, state, want)
		}
	}
	urgent := w.call(syncproto.CallUrgent, 10, person)
	w.tick()
	if state, _ := w.stateOf(urgent.Number, person); state != storage.DeliveryDue {
		t.Errorf("an urgent call on a full day: %s", state)
	}
	w.notice(syncproto.PersonScope(person), "published", w.story(person), 2)
	w.tick()
	if len(w.open("published")) != 1 {
		t.Error("a notice on a full day was not planned")
	}
	w.now = w.now.Add(24 * time.Hour)
	next := w.call(syncproto.CallOrdinary, 10, person)
	w.tick()
	if state, _ := w.stateOf(next.Number, person); state != storage.DeliveryDue {
		t.Errorf("the day after: %s", state)
	}
}

// full rings a person for four calls.
func (w *world) full(person syncproto.ID) {
	w.t.Helper()
	for range 4 {
		w.call(syncproto.CallInformation, 10, person)
	}
	w.tick()
}

// TestOneDigestADay: what is folded before its time is in it, what comes later in the next, on another day.
func TestOneDigestADay(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	w.full(person)
	fold := func(when string) {
		w.now = at(t, when)
		w.call(syncproto.CallOrdinary, 10, person)
		w.tick()
	}
	digests := func(want ...string) {
		t.Helper()
		list := w.open("digest")
		if len(list) != len(want) {
			t.Fatalf("%d digests, want %d", len(list), len(want))
		}
		for i, text := range want {
			if due := time.UnixMilli(list[i].Due).In(vietnam); !due.Equal(at(t, text)) {
				t.Errorf("digest %d rings at %s, want %s", i+1, due, text)
			}
		}
	}
	fold("2026-11-22 10:30:00")
	digests("2026-11-22 18:30:00")
	fold("2026-11-22 18:29:59")
	digests("2026-11-22 18:30:00")
	w.now = at(t, "2026-11-22 18:30:00")
	message := w.leaseOne(storage.ClassRoutine, "digest")
	if !strings.HasPrefix(message, "2 tin ") {
		t.Errorf("the digest says %q, of two calls", message)
	}
	fold("2026-11-22 18:31:00")
	digests("2026-11-22 18:30:00", "2026-11-23 06:00:00")
	w.now = at(t, "2026-11-23 06:00:00")
	if message := w.leaseOne(storage.ClassRoutine, "digest"); !strings.HasPrefix(message, "1 tin ") {
		t.Errorf("the second digest says %q, of one call", message)
	}
	// The digest in the morning was one of that day's four, and the day has had its digest.
	for range 3 {
		w.call(syncproto.CallInformation, 10, person)
	}
	w.tick()
	fold("2026-11-23 10:00:00")
	digests("2026-11-22 18:30:00", "2026-11-23 06:00:00", "2026-11-24 06:00:00")
}

// leaseOne leases a class, keeps the one of a kind and returns its sentence.
func (w *world) leaseOne(class storage.Class, kind string) (sentence string) {
	w.t.Helper()
	for _, l := range w.lease(class) {
		if l.Kind == kind {
			m := w.planner.Render(&l)
			if sentence != "" {
				w.t.Errorf("two messages of kind %s", kind)
			}
			sentence = m.Body
		}
	}
	if sentence == "" {
		w.t.Errorf("no message of kind %s", kind)
	}
	return sentence
}

func TestWhatIsPlannedAtNightCountsForTheMorning(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	w.now = at(t, "2026-11-22 22:00:00")
	w.full(person)
	last := w.call(syncproto.CallOrdinary, 10, person)
	w.tick()
	if state, _ := w.stateOf(last.Number, person); state != storage.DeliveryFolded {
		t.Errorf("the fifth of a night: %s", state)
	}
	w.now = at(t, "2026-11-23 09:00:00")
	morning := w.call(syncproto.CallOrdinary, 10, person)
	w.tick()
	if state, _ := w.stateOf(morning.Number, person); state != storage.DeliveryFolded {
		t.Errorf("the first of a day whose night was full: %s", state)
	}
	w.view(func(r storage.Reader) error {
		told, err := r.Told(notify.DayOf(at(t, "2026-11-22 22:00:00").UnixMilli()), []syncproto.ID{person})
		if told[person] != 0 {
			t.Errorf("%d pushes count for the evening in which none rang", told[person])
		}
		return err
	})
}

// TestADeskRingsOnceForManyStories: once for each window and kind, at its end, for each of the nearest editors.
func TestADeskRingsOnceForManyStories(t *testing.T) {
	w := newWorld(t)
	near, second, far := w.person(w.commune, syncproto.RoleEditor), w.person(w.commune, syncproto.RoleAdmin), w.person(w.province, syncproto.RoleEditor)
	for _, person := range []syncproto.ID{near, second, far} {
		w.phone(person, "")
	}
	author := w.member()
	for range 200 {
		w.notice(syncproto.DeskScope(w.commune), "submitted", w.story(author), 1)
	}
	w.notice(syncproto.DeskScope(w.commune), "resubmitted", w.story(author), 1)
	w.tick()
	end := at(t, "2026-11-22 10:10:00").UnixMilli()
	for kind, want := range map[string]int{"submitted": 2, "resubmitted": 2, "unclaimed": 0} {
		list := w.open(kind)
		if len(list) != want {
			t.Errorf("%s rings %d editors, want %d", kind, len(list), want)
		}
		for _, i := range list {
			if i.Due != end || i.Until != end+12*time.Hour.Milliseconds() || i.To == far || i.Class != storage.ClassWorkflow {
				t.Errorf("%s: %+v", kind, i)
			}
		}
	}
	w.now = at(t, "2026-11-22 10:09:59")
	w.notice(syncproto.DeskScope(w.commune), "submitted", w.story(author), 1)
	w.tick()
	if got := len(w.open("submitted")); got != 2 {
		t.Errorf("%d rings in one window", got)
	}
	w.now = at(t, "2026-11-22 10:10:00")
	w.notice(syncproto.DeskScope(w.commune), "submitted", w.story(author), 1)
	w.tick()
	if got := len(w.open("submitted")); got != 4 {
		t.Errorf("%d rings in two windows", got)
	}
}

// TestANightsStoriesRingOnce: windows that end in quiet hours are one, and rings in the morning.
func TestANightsStoriesRingOnce(t *testing.T) {
	w := newWorld(t)
	editor, author := w.person(w.commune, syncproto.RoleEditor), w.member()
	w.phone(editor, "")
	for _, when := range []string{"2026-11-22 21:55:00", "2026-11-22 23:00:00", "2026-11-23 01:30:00", "2026-11-23 05:45:00"} {
		w.now = at(t, when)
		w.notice(syncproto.DeskScope(w.commune), "submitted", w.story(author), 1)
		w.tick()
	}
	list := w.open("submitted")
	if len(list) != 1 || list[0].Due != at(t, "2026-11-23 06:00:00").UnixMilli() {
		t.Errorf("rings of a night: %+v", list)
	}
	w.now = at(t, "2026-11-23 05:55:00")
	w.notice(syncproto.DeskScope(w.commune), "submitted", w.story(author), 1)
	w.tick()
	if got := len(w.open("submitted")); got != 1 {
		t.Errorf("%d rings at 06:00", got)
	}
}

// TestNotesUnderAStoryRingOnce: an editor pins several in a row, and what opens is the story.
func TestNotesUnderAStoryRingOnce(t *testing.T) {
	w := newWorld(t)
	author := w.member()
	story, other := w.story(author), w.story(author)
	for _, parent := range []syncproto.ID{story, story, story, other} {
		note := syncproto.NewID()
		w.update(func(tx storage.Tx) error {
			return tx.PutRecord(&syncproto.Record{
				ID: note, Kind: syncproto.KindNote, Unit: w.commune, Author: author, Revision: 1,
				Fields: syncproto.Fields{"parent": syncproto.Value(`"` + string(parent) + `"`)},
			}, []syncproto.Scope{syncproto.PersonScope(author)})
		})
		w.notice(syncproto.PersonScope(author), "note", note, 1)
	}
	w.tick()
	list := w.open("note")
	if len(list) != 2 {
		t.Fatalf("%d rings, want one for each story", len(list))
	}
	for _, i := range list {
		if i.Record != story && i.Record != other || i.Due != at(t, "2026-11-22 10:10:00").UnixMilli() {
			t.Errorf("%+v", i)
		}
	}
}

// TestWhoAnswersForADesk: the nearest unit that has an editor besides who wrote it.
func TestWhoAnswersForADesk(t *testing.T) {
	w := newWorld(t)
	admin, editor := w.person(w.province, syncproto.RoleAdmin), w.person(w.commune, syncproto.RoleEditor)
	w.person(w.commune, syncproto.RoleOfficer)
	w.person(w.commune, syncproto.RoleVolunteer)
	var cache people.Cache
	nearest := func(unit, cause syncproto.ID) (got []syncproto.ID) {
		t.Helper()
		w.view(func(r storage.Reader) error {
			access, err := cache.Read(r)
			if err == nil {
				got, err = notify.NearestEditors(r, access, unit, cause, w.millis())
			}
			return err
		})
		return got
	}
	for name, c := range map[string]struct{ unit, cause, want syncproto.ID }{
		"its own editor":                      {w.commune, "", editor},
		"not who wrote it":                    {w.commune, editor, admin},
		"the one above where there is none":   {w.beside, "", admin},
		"the province's own":                  {w.province, "", admin},
		"nobody is left":                      {w.province, admin, ""},
		"a unit that is not there has nobody": {syncproto.NewID(), "", ""},
	} {
		got := nearest(c.unit, c.cause)
		if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || got[0] != c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	w.check(w.people.Suspend(t.Context(), console, editor))
	if got := nearest(w.commune, ""); len(got) != 1 || got[0] != admin {
		t.Errorf("an editor whose account rests is rung: %v", got)
	}
}

func TestAuthorsAreTold(t *testing.T) {
	w := newWorld(t)
	author := w.member()
	story := w.story(author)
	for i, kind := range []storage.NoticeKind{"needs_changes", "edited", "withdrawn", "conflict", "corrected", "declined"} {
		w.notice(syncproto.PersonScope(author), kind, story, int64(i+1))
	}
	w.tick()
	for kind, want := range map[string]int{"needs_changes": 1, "edited": 0, "withdrawn": 0, "conflict": 0, "corrected": 0, "declined": 1} {
		if got := len(w.open(kind)); got != want {
			t.Errorf("%s: %d intents, want %d", kind, got, want)
		}
	}
	w.view(func(r storage.Reader) error {
		left, err := r.NoticesDue(w.millis(), 10)
		if len(left) != 0 {
			t.Errorf("%d notices are not taken up", len(left))
		}
		return err
	})
}

// TestOldNoticesDoNotRing: a server that was off for a week does not ring for what is known by now.
func TestOldNoticesDoNotRing(t *testing.T) {
	w := newWorld(t)
	author := w.member()
	w.notice(syncproto.PersonScope(author), "published", w.story(author), 1)
	w.now = w.now.Add(72 * time.Hour)
	w.tick()
	if got := len(w.open("published")); got != 0 {
		t.Errorf("%d intents", got)
	}
}

// TestAPlaceAtNightIsToldAtNight: a place among donors is as urgent as their call, and is not told of when all is over.
func TestAPlaceAtNightIsToldAtNight(t *testing.T) {
	w := newWorld(t)
	person := w.member()
	w.now = at(t, "2026-11-22 23:30:00")
	urgent := w.call(syncproto.CallUrgent, 10, person)
	ordinary := w.call(syncproto.CallOrdinary, 10, person)
	end := w.millis() + time.Hour.Milliseconds()
	w.update(func(tx storage.Tx) error {
		c, err := tx.Call(urgent.Record)
		if err != nil {
			return err
		}
		c.Ends = end
		return tx.PutCall(c)
	})
	w.notice(syncproto.PersonScope(person), notify.KindPromoted, urgent.Record, 1)
	w.notice(syncproto.PersonScope(person), notify.KindPromoted, ordinary.Record, 1)
	w.tick()
	list := w.open("promoted")
	if len(list) != 2 {
		t.Fatalf("%d intents", len(list))
	}
	for _, i := range list {
		if i.Record == urgent.Record && (i.Class != storage.ClassUrgent || i.Until != end) {
			t.Errorf("of the urgent call: %+v", i)
		}
		if i.Record == ordinary.Record && i.Class != storage.ClassWorkflow {
			t.Errorf("of the ordinary call: %+v", i)
		}
	}
}
