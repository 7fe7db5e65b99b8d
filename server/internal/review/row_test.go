package review_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// TestWhatAnEditorLooksFor goes through the flags that nothing else sets.
func TestWhatAnEditorLooksFor(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	flagged := func(what string, flag storage.Flag, want bool) {
		t.Helper()
		if got := w.row(story).Flags&flag != 0; got != want {
			t.Errorf("%s: %v", what, got)
		}
	}
	flagged("the first of its author", storage.FlagFirst, true)
	second := lan.sent("hai")
	if w.row(second).Flags&storage.FlagFirst != 0 {
		t.Error("the second is the first")
	}
	note := ha.makes(syncproto.KindNote, syncproto.Fields{"parent": syncproto.Text(string(story)), "text": syncproto.Text("Ngày nào?")})
	flagged("an open note", storage.FlagNotes, true)
	lan.does(note, syncproto.CommandResolve, "")
	flagged("a note that was answered", storage.FlagNotes, false)
	lan.edits(story, review.UrgentField, syncproto.Bool(true))
	flagged("urgent", storage.FlagUrgent, true)
	seen := w.record(story).Revision
	ha.edits(story, "title", syncproto.Text("ba"))
	out := lan.act(syncproto.Mutation{Record: story, BaseRevision: seen, Set: syncproto.Fields{"title": syncproto.Text("bốn")}})
	flagged("an open conflict", storage.FlagConflict, true)
	lan.does(out.Conflict, syncproto.CommandDismiss, "")
	flagged("a conflict that was closed", storage.FlagConflict, false)
	flagged("still the first", storage.FlagFirst, true)
	media := syncproto.Media{MediaFile: syncproto.MediaFile{SHA256: strings.Repeat("ab", 32), Size: 9}, Type: "image/jpeg"}
	photo := lan.makes(syncproto.KindPhoto, syncproto.Fields{"parent": syncproto.Text(string(story)), "media": media.Value()})
	flagged("a file that is awaited", storage.FlagMedia, true)
	w.update(func(tx storage.Tx) error {
		stored, err := tx.Record(photo)
		if err != nil {
			return err
		}
		next := stored.Record.Clone()
		arrived := syncproto.Arrived{Of: media.SHA256, Lanes: map[syncproto.Lane]syncproto.Arrival{syncproto.LaneOriginal: syncproto.ArrivalStored}}
		next.Fields[syncproto.ArrivedField] = arrived.Value()
		next.Revision++
		if err := tx.PutRecord(next, stored.Scopes); err != nil {
			return err
		}
		return review.Arrived(tx, next)
	})
	flagged("a file that has come", storage.FlagMedia, false)
	flagged("urgent after that", storage.FlagUrgent, true)
}

// TestWhatIsDeletedIsOnNoDesk: nor is anybody told what was to be said; it comes back with its timeline.
func TestWhatIsDeletedIsOnNoDesk(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	story := lan.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	ha.does(story, syncproto.CommandApprove, "")
	r := w.record(story)
	lan.act(syncproto.Mutation{Record: story, BaseRevision: r.Revision, Delete: true})
	if w.row(story) != nil || !w.timeline(story).Deleted {
		t.Errorf("row %+v, timeline %+v", w.row(story), w.timeline(story))
	}
	same(t, "notices", w.notices(story), "desk submitted")
	held := ha.holds()
	if id := w.timeline(story).ID; held[id] != nil && !held[id].Deleted {
		t.Error("the desk holds the timeline")
	}
	lan.edits(story, "title", syncproto.Text("hai"))
	if w.row(story) == nil || w.timeline(story).Deleted {
		t.Error("it does not come back")
	}
	if got := w.steps(story); len(got) < 3 || got[0] != "submitted author" {
		t.Errorf("got %q", got)
	}
}

// TestTimelinesAreBounded: the newest hundred, and what fits into a field.
func TestTimelinesAreBounded(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	short, long := lan.sent("một"), lan.sent("hai")
	for i := range 60 {
		ha.does(short, syncproto.CommandReturn, "Thiếu ngày.")
		lan.does(short, syncproto.CommandResubmit, "")
		if i < 20 {
			ha.does(long, syncproto.CommandReturn, strings.Repeat("x", syncproto.MaxReasonBytes))
			lan.does(long, syncproto.CommandResubmit, "")
		}
	}
	if n := len(w.steps(short)); n != 100 {
		t.Errorf("%d steps", n)
	}
	value := w.timeline(long).Fields[review.StepsField]
	if n := len(w.steps(long)); len(value) > syncproto.MaxFieldBytes || n < 20 || n > 40 {
		t.Errorf("%d steps of %d bytes", n, len(value))
	}
}

// TestRowsSayWhatIsThere lets people do what they like and makes every row anew: nothing may differ.
func TestRowsSayWhatIsThere(t *testing.T) {
	for seed := range uint64(12) {
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 5))
		w := newWorld(t)
		crew := []*who{
			w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor),
			w.who("Sơn", w.province, syncproto.RoleAdmin), w.who("Mai", w.beside, syncproto.RoleVolunteer),
		}
		var records []syncproto.ID
		said := map[int64]bool{}
		for range 250 {
			w.now += random.Int64N(40_000)
			w.saysWhatIs(said, seed)
			records = w.something(crew[random.IntN(len(crew))], records, random)
			w.saysWhatIs(said, seed)
			if random.IntN(10) == 0 {
				w.tick()
			}
		}
		for _, id := range records {
			w.rowIsRight(id, seed)
		}
	}
}

// saysWhatIs holds every notice that becomes due against what is there at that moment: nobody is told of an approval that did
// not happen.
func (w *world) saysWhatIs(said map[int64]bool, seed uint64) {
	w.t.Helper()
	var due []storage.Notice
	w.view(func(r storage.Reader) error {
		all, err := r.Notices("", 0, 10_000)
		for _, n := range all {
			if n.Dropped == 0 && n.Due <= w.now && !said[n.Number] {
				said[n.Number] = true
				due = append(due, n)
			}
		}
		return err
	})
	for _, n := range due {
		is := map[storage.NoticeKind][]syncproto.State{
			review.NoticeApproved:     {syncproto.StateApproved, syncproto.StatePublished, syncproto.StateCorrected},
			review.NoticePublished:    {syncproto.StatePublished, syncproto.StateCorrected},
			review.NoticeCorrected:    {syncproto.StateCorrected},
			review.NoticeTakenDown:    {syncproto.StateTakenDown},
			review.NoticeNeedsChanges: {syncproto.StateNeedsChanges},
		}[n.Kind]
		if r := w.record(n.Record); is != nil && (r.Deleted || !slices.Contains(is, r.State)) {
			w.t.Fatalf("seed %d: somebody is told %q of what is %s, deleted %v, held until %d at %d (notice %+v)", seed, n.Kind, r.State, r.Deleted, r.Hold, w.now, n)
		}
	}
}

// something is one thing that somebody does, allowed or not.
func (w *world) something(p *who, records []syncproto.ID, random *rand.Rand) []syncproto.ID {
	pick := func() syncproto.ID { return records[random.IntN(len(records))] }
	n := random.IntN(20)
	switch {
	case n == 0 && len(records) > 0: // a photo of its own
		return append(records, p.makes(syncproto.KindPhoto, syncproto.Fields{"caption": syncproto.Text("một")}))
	case len(records) == 0 || n < 3:
		return append(records, p.story("một"))
	}
	on := w.record(pick())
	switch {
	case n < 7:
		kind := []syncproto.Kind{syncproto.KindPhoto, syncproto.KindNote, syncproto.KindConsent, syncproto.KindPhoto}[n-3]
		id := w.id()
		shows := []string{syncproto.ShowsNobody, syncproto.ShowsPeople}[random.IntN(2)]
		p.act(syncproto.Mutation{Record: id, Kind: kind, Unit: p.device.Unit, Set: syncproto.Fields{
			"parent": syncproto.Text(string(on.ID)), "shows": syncproto.Text(shows), "age": syncproto.Text(syncproto.AgeFromSeven),
		}})
		w.view(func(r storage.Reader) error {
			if _, err := r.Record(id); err == nil {
				records = append(records, id)
			}
			return nil
		})
	case n < 9:
		p.act(syncproto.Mutation{Record: on.ID, Kind: on.Kind, BaseRevision: max(1, on.Revision-random.Int64N(2)), Set: syncproto.Fields{
			"title": syncproto.Text(string(rune('a' + random.IntN(20)))),
		}})
	case n == 9:
		p.act(syncproto.Mutation{Record: on.ID, Kind: on.Kind, BaseRevision: on.Revision, Delete: true})
	case n == 10 && random.IntN(4) == 0:
		p.edits(on.ID, "parent", syncproto.Null)
	case n == 10 || n == 11 && on.Kind == syncproto.KindPhoto:
		p.edits(on.ID, "parent", syncproto.Text(string(pick())))
	default:
		all := reconcile.Transitions()
		var steps []reconcile.Transition
		for i := range all {
			if all[i].Group == reconcile.GroupOf(on) && all[i].From == on.State {
				steps = append(steps, all[i])
			}
		}
		if len(steps) > 0 {
			m := syncproto.Mutation{
				Record: on.ID, Kind: on.Kind, BaseRevision: on.Revision, Command: steps[random.IntN(len(steps))].Command, Reason: "Vì thế.",
			}
			if m.Command == syncproto.CommandHandOver {
				m.To = p.actor.Person
			}
			p.act(m)
		}
	}
	return records
}

// rowIsRight makes the row of a record anew, in a transaction that is rolled back.
func (w *world) rowIsRight(id syncproto.ID, seed uint64) {
	w.t.Helper()
	old, r := w.row(id), w.record(id)
	seen := syncproto.Reviewed(r.Kind) && r.Parent() == "" && !r.Deleted && syncproto.SeenByDesk(r.State)
	if (old != nil) != seen {
		w.t.Fatalf("seed %d: %s in %s: row %+v", seed, r.Kind, r.State, old)
	}
	if old == nil {
		return
	}
	undone := errors.New("undone")
	err := w.store.Update(w.t.Context(), func(tx storage.Tx) error {
		var none *people.Access
		access, err := none.Within(tx)
		if err == nil {
			err = review.Refresh(tx, access, r, old.Changed)
		}
		if err != nil {
			return err
		}
		row, err := tx.Submission(id)
		if err != nil {
			return err
		}
		if *row != *old {
			w.t.Errorf("seed %d: %s in %s:\n row %+v\nwant %+v", seed, r.Kind, r.State, old, row)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		w.t.Fatal(err)
	}
	if steps := w.steps(id); len(steps) == 0 || !strings.HasPrefix(steps[len(steps)-1], string(r.State)) {
		w.t.Errorf("seed %d: in %s, steps %q", seed, r.State, steps)
	}
	if held := w.notices(id); len(slices.Compact(slices.Sorted(slices.Values(held)))) == 0 && r.State != syncproto.StateInReview {
		w.t.Errorf("seed %d: in %s and nobody was ever told", seed, r.State)
	}
}

// TestTimelinesBeginWithWhatWas: of a submission from before there were timelines.
func TestTimelinesBeginWithWhatWas(t *testing.T) {
	w := newWorld(t)
	lan, ha := w.who("Lan", w.commune, syncproto.RoleVolunteer), w.who("Hà", w.commune, syncproto.RoleEditor)
	reviewed := w.sync
	w.sync = syncer.New(w.store, syncer.Options{})
	story := lan.sent("một")
	ha.does(story, syncproto.CommandClaim, "")
	w.sync = reviewed
	ha.does(story, syncproto.CommandReturn, "Thiếu ngày.")
	same(t, "steps", w.steps(story), "submitted ", "in_review ", "needs_changes editor")
}

func TestLongTextsAreCutBetweenLetters(t *testing.T) {
	w := newWorld(t)
	lan := w.who("Lan", w.commune, syncproto.RoleVolunteer)
	story := lan.makes(syncproto.KindStory, syncproto.Fields{
		"title": syncproto.Text(strings.Repeat("ờ", 150)), "body": syncproto.Text(strings.Repeat("ờ", 21000)),
		"tags": syncproto.List(syncproto.Text("cứu trợ")),
	})
	lan.does(story, syncproto.CommandSubmit, "")
	row := w.row(story)
	if len(row.Title) != 198 || len(row.Text) > 64<<10 || !utf8.ValidString(row.Title) || !utf8.ValidString(row.Text) {
		t.Errorf("a title of %d bytes, a text of %d", len(row.Title), len(row.Text))
	}
}

func TestNoticesHaveNamesOfTheirOwn(t *testing.T) {
	kinds := review.NoticeKinds()
	slices.Sort(kinds)
	if len(slices.Compact(kinds)) != 16 {
		t.Errorf("got %v", kinds)
	}
}
