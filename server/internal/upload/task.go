package upload

import (
	"math/rand/v2"
	"sync"
	"time"

	"lantoa/syncproto"
)

// tasks are the uploads that need something done to them besides their requests: parts to carry to the blob store, a
// finished file to become a blob. Each is worked on by one at a time, and one that fails comes again later. The list
// lives in memory: after a start, the rows say it all again.
type tasks struct {
	mu   sync.Mutex
	all  map[syncproto.ID]*task
	wake chan struct{} // of size 1
}

type task struct {
	due     time.Time
	tries   int
	running bool
	again   bool // something was added while it ran
}

// Times between tries. An S3 server that restarts is back within seconds, one that is down is not asked all the time.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

func (t *tasks) init() {
	t.all = map[syncproto.ID]*task{}
	t.wake = make(chan struct{}, 1)
}

// add asks for work on an upload. One that failed keeps its pause.
func (t *tasks) add(id syncproto.ID) {
	t.mu.Lock()
	if one := t.all[id]; one == nil {
		t.all[id] = &task{}
	} else if one.running {
		one.again = true
	}
	t.mu.Unlock()
	t.stir()
}

// claim takes an upload for work at once; false if somebody works on it, who then does it again.
func (t *tasks) claim(id syncproto.ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.all[id]
	if one == nil {
		one = &task{}
		t.all[id] = one
	}
	if one.running {
		one.again = true
		return false
	}
	one.running = true
	return true
}

// next takes what is due, or says how long nothing will be.
func (t *tasks) next(now time.Time) (id syncproto.ID, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait = time.Hour
	for one, work := range t.all {
		if work.running {
			continue
		}
		if left := work.due.Sub(now); left > 0 {
			wait = min(wait, left)
			continue
		}
		work.running = true
		return one, 0
	}
	return "", wait
}

// done ends work on an upload.
func (t *tasks) done(id syncproto.ID, ok bool, now time.Time) {
	t.mu.Lock()
	one := t.all[id]
	switch {
	case ok && !one.again:
		delete(t.all, id)
	case ok:
		*one = task{}
	default:
		pause := min(firstPause<<min(one.tries, 10), lastPause)
		one.due = now.Add(pause/2 + rand.N(pause/2)) // apart from each other
		one.tries++
		one.running, one.again = false, false
	}
	t.mu.Unlock()
	t.stir()
}

// stuck reports whether anything failed and waits for its next try.
func (t *tasks) stuck() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range t.all {
		if one.tries > 0 {
			return true
		}
	}
	return false
}

func (t *tasks) stir() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
