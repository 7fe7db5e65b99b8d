package push

import "time"

const (
	// An intent is paused once so many results are in and more than the tenths of them say that the message or the targets
	// are wrong. Without it one faulty text would be refused a hundred thousand times, each time against the quota, and bad
	// targets would be retired by what is no fault of theirs.
	watchLeast  = 50
	watchTenths = 3
	// watchKept is how long an intent without results is remembered.
	watchKept = time.Hour
	watchMany = 1024
	// watchEvery is how far apart two looks for such intents are: an evening's digests are an intent a person.
	watchEvery = time.Minute
)

// watch counts the results of intents. It belongs to the engine's loop.
type watch struct {
	intents map[int64]*watched
	looked  time.Time
}

type watched struct {
	results, refused int
	paused           bool
	last             time.Time
}

// add counts a result of an intent and reports whether the intent is to be paused because of it.
func (w *watch) add(at time.Time, intent int64, r Result) bool {
	if r == Config || r == Later || r == "" {
		return false
	}
	if w.intents == nil {
		w.intents = map[int64]*watched{}
	}
	i := w.intents[intent]
	if i == nil {
		w.forget(at)
		i = &watched{}
		w.intents[intent] = i
	}
	i.last = at
	i.results++
	if r == Refused || r == Bad {
		i.refused++
	}
	if i.paused || i.results < watchLeast || 10*i.refused <= watchTenths*i.results {
		return false
	}
	i.paused = true
	return true
}

// forget drops intents without recent results where there are many.
func (w *watch) forget(at time.Time) {
	if since := at.Sub(w.looked); len(w.intents) < watchMany || since >= 0 && since < watchEvery {
		return
	}
	w.looked = at
	for number, i := range w.intents {
		if at.Sub(i.last) > watchKept {
			delete(w.intents, number)
		}
	}
}

// stop makes what is leased of an intent go back.
func (w *watch) stop(at time.Time, intent int64) {
	w.add(at, intent, Accepted) // makes sure that it is there
	w.intents[intent].paused = true
}

// paused reports whether an intent was paused by add or stopped.
func (w *watch) paused(intent int64) bool {
	i := w.intents[intent]
	return i != nil && i.paused
}

// resume begins to count anew.
func (w *watch) resume(intent int64) { delete(w.intents, intent) }
