package push

import "time"

// windowHours is how far back Status tells what came of attempts.
const windowHours = 24

// window counts results by hour.
type window struct {
	hours [windowHours]struct {
		hour int64 // since 1970
		n    map[Result]int64
	}
}

func (w *window) add(at time.Time, r Result) {
	hour := at.Unix() / 3600
	h := &w.hours[hour%windowHours]
	if h.hour != hour || h.n == nil {
		h.hour, h.n = hour, map[Result]int64{}
	}
	h.n[r]++
}

// sum adds up the last 24 hours, the present one included.
func (w *window) sum(at time.Time) map[Result]int64 {
	hour := at.Unix() / 3600
	all := map[Result]int64{}
	for _, h := range w.hours {
		if h.hour > hour-windowHours && h.hour <= hour {
			for r, n := range h.n {
				all[r] += n
			}
		}
	}
	return all
}
