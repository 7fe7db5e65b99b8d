package simtest

import (
	"fmt"
	"os"
	"strings"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/simtest/model"
)

// Options says what to run.
type Options struct {
	// Backend makes the server; nil for a correct model.
	Backend func(Setting) (Backend, error)
	Bugs    hook.Bugs // deliberate bugs of the phones
}

// Result is what a run found.
type Result struct {
	Seed       int64
	Actions    []Action
	Violations []Violation
	Transcript []string
	Hash       string // of the transcript
}

// Failed reports whether an invariant did not hold.
func (r *Result) Failed() bool { return len(r.Violations) > 0 }

// String is the transcript with the seed above and the verdict below it.
func (r *Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %d actions\n", r.Seed, len(r.Actions))
	for _, line := range r.Transcript {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "BROKEN %s\n", v)
	}
	return b.String()
}

// Run plays one seed to its end and checks every invariant.
func Run(seed int64, o Options) (*Result, error) {
	return Play(seed, plan(seed, phonesOf(seed)), o)
}

func phonesOf(seed int64) int { return 2 + newDice(seed, 5).IntN(4) }

// Play plays given actions in the world of a seed.
func Play(seed int64, actions []Action, o Options) (*Result, error) {
	if o.Backend == nil {
		o.Backend = NewModel(model.Bugs{})
	}
	dir, err := os.MkdirTemp(Room(), "simtest")
	if err != nil {
		return nil, err
	}
	w, err := newWorld(seed, dir, o)
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.handOut(phonesOf(seed)); err != nil {
		return nil, err
	}
	for _, a := range actions {
		w.act(a)
		if len(w.broken) > 0 {
			break
		}
	}
	if len(w.broken) == 0 {
		w.settle()
	}
	if len(w.broken) == 0 {
		w.check()
	}
	return &Result{Seed: seed, Actions: actions, Violations: w.broken, Transcript: w.story, Hash: w.hash()}, nil
}

// handOut gives every person a phone, and some a second one.
func (w *World) handOut(count int) error {
	calm := w.calm
	w.calm = true
	defer func() { w.calm = calm }()
	for i := range count {
		p, err := w.newPhone(w.people[i%len(w.people)])
		if err != nil {
			return err
		}
		if err := p.enroll(); err != nil {
			return err
		}
	}
	return nil
}

// Room is where stores live during a run: in memory if the system has such a place, since a run copies and flushes
// them often.
func Room() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}
