package notify_test

import (
	"slices"
	"testing"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// TestWhichNoticesRing is the table of politeness at the desk: whom each kind of notice rings, if anybody.
func TestWhichNoticesRing(t *testing.T) {
	want := map[storage.NoticeKind][2]string{ // person, desk
		review.NoticeSubmitted:        {"", "submitted"},
		review.NoticeResubmitted:      {"", "resubmitted"},
		review.NoticeUnclaimed:        {"", "unclaimed"},
		review.NoticeOverdue:          {"", "overdue"},
		review.NoticeWithdrawn:        {"", ""},
		review.NoticeAdopted:          {"adopted", ""},
		review.NoticeNeedsChanges:     {"needs_changes", ""},
		review.NoticeApproved:         {"approved", ""},
		review.NoticePublished:        {"published", ""},
		review.NoticeCorrected:        {"", ""},
		review.NoticeDeclined:         {"declined", ""},
		review.NoticeTakenDown:        {"taken_down", ""},
		review.NoticeNote:             {"note", ""},
		review.NoticeEdited:           {"", ""},
		review.NoticeConflict:         {"", ""},
		review.NoticeConsentWithdrawn: {"consent_withdrawn", "desk_consent"},
		notify.KindPromoted:           {"promoted", ""},
		notify.KindSecond:             {"second_officer", ""},
		notify.KindReturned:           {"call_returned", ""},
	}
	for _, kind := range append(review.NoticeKinds(), notify.KindPromoted, notify.KindSecond, notify.KindReturned) {
		person, desk, known := notify.Rings(kind)
		if !known {
			t.Errorf("nobody decided whom %s rings", kind)
			continue
		}
		if got := [2]string{person, desk}; got != want[kind] {
			t.Errorf("%s rings %q, want %q", kind, got, want[kind])
		}
	}
}

func TestEveryKindHasWords(t *testing.T) {
	kinds := notify.Kinds()
	for _, kind := range kinds {
		for _, key := range []string{"push." + kind, "push." + kind + "_text"} {
			for _, lang := range catalogue.Languages() {
				if text := catalogue.Text(lang, key, nil); text == key || len(text) > 200 {
					t.Errorf("%s %s: %q", lang, key, text)
				}
			}
		}
		if !syncproto.ValidName(kind) || len(kind) > 32 {
			t.Errorf("%q is no name of a channel", kind)
		}
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(kinds))); len(sorted) != len(kinds) {
		t.Errorf("a kind occurs twice in %v", kinds)
	}
}

// TestEveryStepHasWords: a code without a sentence of its own gets a general one, and what works none.
func TestEveryStepHasWords(t *testing.T) {
	for code := range notify.Steps() {
		for _, lang := range catalogue.Languages() {
			if step := notify.NextStep(lang, code); len(step) < 20 {
				t.Errorf("%s: %q in %s", code, step, lang)
			}
		}
	}
	if step := notify.NextStep(catalogue.English, "http_418"); len(step) < 20 {
		t.Errorf("an unknown code: %q", step)
	}
	if step := notify.NextStep(catalogue.English, ""); step != "" {
		t.Errorf("what works: %q", step)
	}
}

func TestHowLongACallIsWorthRinging(t *testing.T) {
	const now, hour = int64(1_800_000_000_000), int64(3_600_000)
	for name, c := range map[string]struct {
		call storage.Call
		want int64
	}{
		"a deadline counts first": {storage.Call{Kind: syncproto.CallUrgent, Deadline: now + hour, Ends: now + 2*hour}, now + hour},
		"then the end":            {storage.Call{Kind: syncproto.CallOrdinary, Ends: now + 2*hour}, now + 2*hour},
		"a day for an urgent one": {storage.Call{Kind: syncproto.CallUrgent}, now + 24*hour},
		"two for others":          {storage.Call{Kind: syncproto.CallInformation}, now + 48*hour},
		"what has passed, passed": {storage.Call{Kind: syncproto.CallOrdinary, Deadline: now - hour}, now - hour},
	} {
		if got := notify.Until(&c.call, now); got != c.want {
			t.Errorf("%s: %d, want %d", name, got-now, c.want-now)
		}
	}
}
