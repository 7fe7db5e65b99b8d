package overview_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"lantoa/storage"
	"lantoa/syncproto"
)

// TestCountersAreWhatHappened lets stories live at random and compares the counters with a count of another kind: of the states
// that their revisions went through. Counted in any portions, again, and after all was forgotten, it is the same.
func TestCountersAreWhatHappened(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		var list []syncproto.ID
		for seed := range uint64(3) {
			r := rand.New(rand.NewPCG(seed, 9))
			t.Logf("seed %d", seed)
			list = append(list, w.live(r, 40, 200)...)
			once := w.counted()
			if want := w.slow(list); !maps.Equal(once, want) {
				t.Errorf("counted %v\nwant    %v", once, want)
			}
			w.fold()
			if again := w.counted(); !maps.Equal(again, once) {
				t.Errorf("counted twice: %v, then %v", once, again)
			}
			if err := w.folder.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
			if rebuilt := w.counted(); !maps.Equal(rebuilt, once) {
				t.Errorf("counted %v, rebuilt %v", once, rebuilt)
			}
		}
	})
}

// live makes stories and takes random steps with them, most of which are refused, and folds now and then.
func (w *world) live(r *rand.Rand, stories, steps int) (list []syncproto.ID) {
	commands := []syncproto.Command{
		syncproto.CommandClaim, syncproto.CommandClaim, syncproto.CommandReturn, syncproto.CommandApprove, syncproto.CommandDecline,
		syncproto.CommandPublish, syncproto.CommandTakeDown, syncproto.CommandCorrect, syncproto.CommandUndo, syncproto.CommandRelease,
		syncproto.CommandReinstate,
	}
	units := []syncproto.ID{w.river, w.hill, w.lake, w.field}
	unitOf := map[syncproto.ID]syncproto.ID{}
	for i := range steps {
		w.now += r.Int64N(30 * hour)
		if i%3 == 0 && len(list) < stories {
			unit := units[r.IntN(4)]
			id := w.story(unit, []string{"", "relief", "blood"}[r.IntN(3)])
			unitOf[id] = unit
			list = append(list, id)
		}
		id := list[r.IntN(len(list))]
		author := w.writers[unitOf[id]][0]
		switch r.IntN(8) {
		case 0:
			w.command(author, id, syncproto.CommandWithdraw)
		case 1, 2:
			w.command(author, id, syncproto.CommandSubmit)
		case 3:
			for _, c := range []syncproto.Command{syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish} {
				w.now += r.Int64N(50_000)
				w.command(w.boss, id, c)
			}
		default:
			w.command(w.boss, id, commands[r.IntN(len(commands))])
		}
		if i%17 == 0 {
			w.fold()
		}
	}
	w.fold()
	return list
}

// counted are all counters but those of waiting times, by span, unit and name.
func (w *world) counted() map[string]int64 {
	w.t.Helper()
	out := map[string]int64{}
	err := w.store.View(w.t.Context(), func(r storage.Reader) error {
		return r.Counters(0, 1<<60, func(c *storage.Counters) bool {
			for name, n := range c.Counts {
				out[fmt.Sprint(c.Span, " ", c.Unit, " ", name)] += n
			}
			return true
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// slow counts the steps of revisions, each record from its beginning.
func (w *world) slow(list []syncproto.ID) map[string]int64 {
	w.t.Helper()
	out := map[string]int64{}
	for _, id := range list {
		err := w.store.View(w.t.Context(), func(r storage.Reader) error {
			revisions, err := r.Revisions(id)
			if err == nil {
				count(out, revisions)
			}
			return err
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
	maps.DeleteFunc(out, func(_ string, n int64) bool { return n == 0 })
	return out
}

// entry is what a step counted, for an undo.
type entry struct {
	at    *syncproto.Record
	names []string
}

func count(out map[string]int64, revisions []*syncproto.Record) {
	var came *syncproto.Record // when it last came in
	first, taken, decided := true, false, false
	var done []entry
	add := func(at *syncproto.Record, name string, n int64) {
		for _, form := range []string{"200601", "20060102"} {
			out[fmt.Sprint(at0(at.Changed).Format(form), " ", at.Unit, " ", name)] += n
		}
	}
	last := syncproto.StateDraft
	for _, rev := range revisions {
		was := last
		last = rev.State
		corrected := rev.State == syncproto.StateCorrected && was == syncproto.StateCorrected
		if rev.State == was && !corrected {
			continue
		}
		var names []string
		switch rev.State {
		case syncproto.StateSubmitted, syncproto.StateResubmitted:
			if was == syncproto.StateInReview { // a claim was given back
				continue
			}
			name := "resent"
			if first {
				name = "came/story/" + rev.Fields["type"].TextOr("")
			}
			add(rev, name, 1)
			came, first, taken, decided = rev, false, false, false
			continue
		case syncproto.StateInReview:
			if was == syncproto.StateApproved {
				undo(&done, add, &decided)
				continue
			}
			if !taken {
				taken = true
				add(rev, waited("claim/", came, rev), 1)
			}
			continue
		case syncproto.StateNeedsChanges:
			names = []string{"returned"}
		case syncproto.StateDeclined:
			names = []string{"declined"}
		case syncproto.StateApproved:
			switch was {
			case syncproto.StatePublished:
				undo(&done, add, &decided)
				continue
			case syncproto.StateTakenDown: // an admin lets it back in
				continue
			}
			names = []string{"approved"}
		default:
			add(rev, string(rev.State), 1)
			done = append(done, entry{rev, []string{string(rev.State)}})
			continue
		}
		if !taken {
			taken = true
			add(rev, waited("claim/", came, rev), 1)
		}
		if !decided {
			decided = true
			names = append(names, waited("decide/", came, rev))
		}
		for _, name := range names {
			add(rev, name, 1)
		}
		done = append(done, entry{rev, names})
	}
}

func undo(done *[]entry, add func(*syncproto.Record, string, int64), decided *bool) {
	list := *done
	last := list[len(list)-1]
	*done = list[:len(list)-1]
	for _, name := range last.names {
		add(last.at, name, -1)
	}
	if len(last.names) > 1 {
		*decided = false
	}
}
