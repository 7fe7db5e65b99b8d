package privacy_test

import (
	"testing"
	"time"

	"lantoa/server/internal/privacy"
)

// TestClocks: two working days for the answer, 15 or 20 days for the rest, to the end of the day in Vietnam.
func TestClocks(t *testing.T) {
	vietnam := time.FixedZone("", 7*60*60)
	for _, c := range []struct{ name, opened, answer, done, more string }{
		{"a Wednesday morning", "2026-11-18 09:00", "2026-11-20", "2026-12-03", "2026-12-08"},
		{"late at night, which is the next day in Vietnam", "2026-11-18 23:59", "2026-11-20", "2026-12-03", "2026-12-08"},
		{"a Friday", "2026-11-20 10:00", "2026-11-24", "2026-12-05", "2026-12-10"},
		{"a Saturday", "2026-11-21 10:00", "2026-11-24", "2026-12-06", "2026-12-11"},
		{"before the two holidays of spring", "2026-04-29 10:00", "2026-05-05", "2026-05-14", "2026-05-19"},
		{"before the national day", "2026-09-01 10:00", "2026-09-04", "2026-09-16", "2026-09-21"},
		{"before the new year", "2025-12-31 10:00", "2026-01-05", "2026-01-15", "2026-01-20"},
		{"Tết is not subtracted", "2026-02-16 10:00", "2026-02-18", "2026-03-03", "2026-03-08"},
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.opened, vietnam)
		if err != nil {
			t.Fatal(err)
		}
		answerBy, doneBy := privacy.Clocks(at.UnixMilli(), false)
		_, more := privacy.Clocks(at.UnixMilli(), true)
		for _, got := range []struct {
			at   int64
			want string
		}{{answerBy, c.answer}, {doneBy, c.done}, {more, c.more}} {
			if s := time.UnixMilli(got.at).In(vietnam).Format("2006-01-02 15:04:05.000"); s != got.want+" 23:59:59.999" {
				t.Errorf("%s: %s, want the end of %s", c.name, s, got.want)
			}
		}
	}
}
