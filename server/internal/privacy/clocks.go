package privacy

import "time"

// Vietnam has one zone and no summer time.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

const (
	answerDays   = 2  // working days
	doneDays     = 15 // days
	doneDaysMore = 20 // days, where third parties have to act too
	extraDays    = 15 // days, once
)

// Clocks returns until when a request that came at a time (Unix ms) must be answered and done: the ends of those days in
// Vietnam, Unix ms. more says that third parties have to act too.
func Clocks(opened int64, more bool) (answerBy, doneBy int64) {
	day := midnight(opened)
	end := day
	for left := answerDays; left > 0; {
		if end = end.AddDate(0, 0, 1); working(end) {
			left--
		}
	}
	days := doneDays
	if more {
		days = doneDaysMore
	}
	return endOf(end), endOf(day.AddDate(0, 0, days))
}

// Latest returns the latest time (Unix ms) to which a deadline may be moved, once.
func Latest(doneBy int64) int64 { return extended(doneBy) }

// extended returns the latest time to which a deadline may be moved.
func extended(doneBy int64) int64 { return doneBy + extraDays*24*time.Hour.Milliseconds() }

func midnight(at int64) time.Time {
	y, m, d := time.UnixMilli(at).In(vietnam).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, vietnam)
}

// endOf returns the last millisecond of a day.
func endOf(day time.Time) int64 { return day.AddDate(0, 0, 1).UnixMilli() - 1 }

// working reports whether a day is a working day, as far as the calendar of the sun says.
func working(day time.Time) bool {
	if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
		return false
	}
	switch _, m, d := day.Date(); {
	case m == time.January && d == 1, m == time.April && d == 30, m == time.May && d == 1, m == time.September && d == 2:
		return false
	}
	return true
}
