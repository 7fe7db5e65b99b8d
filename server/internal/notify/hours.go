package notify

import "time"

// zone is the one of the country, which has no summer time.
var zone = time.FixedZone("UTC+7", 7*60*60)

// The hours of politeness, in zone. Quiet hours are those of the issue; a digest comes when work and dinner are over.
const (
	quietFrom  = 22
	quietUntil = 6
	digestHour = 18
	digestMin  = 30
)

// dayMillis is a day in ms.
const dayMillis = 24 * 60 * 60 * 1000

// Quiet reports whether only urgent calls ring: from 22:00:00 to before 06:00:00 in UTC+7.
func Quiet(now time.Time) bool {
	hour := now.In(zone).Hour()
	return hour >= quietFrom || hour < quietUntil
}

// dayOf returns the day of a time in Unix ms, counted from 1970-01-01 in UTC+7.
func dayOf(ms int64) int64 {
	ms += 7 * 60 * 60 * 1000
	day := ms / dayMillis
	if ms%dayMillis < 0 {
		day-- // before 1970, which no clock should say
	}
	return day
}

// on returns the moment of a day at an hour and minute, in Unix ms.
func on(day int64, hour, minute int) int64 {
	return day*dayMillis + int64(hour-7)*60*60*1000 + int64(minute)*60*1000
}

// countedDay returns the day for which a push that is planned for a time counts: what falls into quiet hours rings in the
// morning after, and counts for that day.
func countedDay(ms int64) int64 {
	day := dayOf(ms)
	if ms >= on(day, quietFrom, 0) {
		day++
	}
	return day
}

// windowEnd returns when what happens at a time rings together with what else happens until then: at the end of a window, and
// of one that ends in quiet hours in the morning, so that no desk finds a night's windows all at once.
func windowEnd(ms int64, every time.Duration) int64 {
	due := (ms/every.Milliseconds() + 1) * every.Milliseconds()
	if Quiet(time.UnixMilli(due)) {
		due = on(countedDay(due), quietUntil, 0)
	}
	return due
}

// slot is a moment at which a digest may ring. Each day has one digest, which day names.
type slot struct{ day, due int64 }

// slots returns the moments for a digest of what was folded at a time, the nearest first: 18:30 of the day for which it
// counts, or else 06:00 of the days after it.
func slots(ms int64) []slot {
	day := countedDay(ms)
	var list []slot
	if due := on(day, digestHour, digestMin); ms < due {
		list = append(list, slot{day, due})
	}
	for next := day + 1; next <= day+2; next++ {
		list = append(list, slot{next, on(next, quietUntil, 0)})
	}
	return list
}
