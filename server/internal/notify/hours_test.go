package notify_test

import (
	"testing"
	"time"

	"lantoa/server/internal/notify"
)

var vietnam = time.FixedZone("UTC+7", 7*60*60)

// at reads a moment of Vietnam.
func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04:05", text, vietnam)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestQuietHours(t *testing.T) {
	for _, c := range []struct {
		when  string
		quiet bool
	}{
		{"2026-11-22 21:59:59", false},
		{"2026-11-22 22:00:00", true},
		{"2026-11-22 23:59:59", true},
		{"2026-11-23 00:00:00", true},
		{"2026-11-23 05:59:59", true},
		{"2026-11-23 06:00:00", false},
		{"2026-11-23 12:00:00", false},
		{"2026-12-31 22:00:00", true},
		{"2027-01-01 05:59:59", true},
		{"2028-02-29 06:00:00", false},
	} {
		if got := notify.Quiet(at(t, c.when)); got != c.quiet {
			t.Errorf("%s: quiet %v, want %v", c.when, got, c.quiet)
		}
		// The hours are those of Vietnam, wherever the server stands.
		if got := notify.Quiet(at(t, c.when).UTC()); got != c.quiet {
			t.Errorf("%s told in UTC: quiet %v, want %v", c.when, got, c.quiet)
		}
	}
}

// TestDayForWhichAPushCounts: what is planned in the evening rings in the morning, and is one of the morning's.
func TestDayForWhichAPushCounts(t *testing.T) {
	first := notify.DayOf(at(t, "2026-11-22 12:00:00").UnixMilli())
	for _, c := range []struct {
		when string
		day  int64
	}{
		{"2026-11-21 23:59:59", 0},
		{"2026-11-22 00:00:00", 0},
		{"2026-11-22 05:59:59", 0},
		{"2026-11-22 06:00:00", 0},
		{"2026-11-22 21:59:59", 0},
		{"2026-11-22 22:00:00", 1},
		{"2026-11-22 23:59:59", 1},
		{"2026-11-23 00:00:00", 1},
		{"2026-11-23 05:59:59", 1},
		{"2026-11-23 21:59:59", 1},
	} {
		if got := notify.CountedDay(at(t, c.when).UnixMilli()) - first; got != c.day {
			t.Errorf("%s counts for day %+d, want %+d", c.when, got, c.day)
		}
	}
}

func TestWhenDigestsRing(t *testing.T) {
	for _, c := range []struct {
		when string
		due  []string
	}{
		{"2026-11-22 06:00:00", []string{"2026-11-22 18:30:00", "2026-11-23 06:00:00", "2026-11-24 06:00:00"}},
		{"2026-11-22 18:29:59", []string{"2026-11-22 18:30:00", "2026-11-23 06:00:00", "2026-11-24 06:00:00"}},
		{"2026-11-22 18:30:00", []string{"2026-11-23 06:00:00", "2026-11-24 06:00:00"}},
		{"2026-11-22 21:59:59", []string{"2026-11-23 06:00:00", "2026-11-24 06:00:00"}},
		{"2026-11-22 22:00:00", []string{"2026-11-23 18:30:00", "2026-11-24 06:00:00", "2026-11-25 06:00:00"}},
		{"2026-11-23 03:00:00", []string{"2026-11-23 18:30:00", "2026-11-24 06:00:00", "2026-11-25 06:00:00"}},
	} {
		list := notify.Slots(at(t, c.when).UnixMilli())
		if len(list) != len(c.due) {
			t.Errorf("%s: %d moments, want %d", c.when, len(list), len(c.due))
			continue
		}
		for i, slot := range list {
			due := time.UnixMilli(slot[1]).In(vietnam)
			if want := at(t, c.due[i]); !due.Equal(want) {
				t.Errorf("%s: the digest rings at %s, want %s", c.when, due, want)
			}
			if notify.Quiet(due) {
				t.Errorf("%s: a digest rings in quiet hours, at %s", c.when, due)
			}
			if slot[0] != notify.DayOf(slot[1]) {
				t.Errorf("%s: the digest of day %d rings on day %d", c.when, slot[0], notify.DayOf(slot[1]))
			}
		}
	}
}
