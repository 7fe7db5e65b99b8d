package demo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"lantoa/server/internal/push/standin"
	"lantoa/syncproto"
)

const (
	// bellDelay is how long the push service takes over a message, as Google's does from Vietnam.
	bellDelay = 50 * time.Millisecond
	// bellRate is how many messages a second leave: enough for a crowd in two seconds, and few enough that 40 % is a moment.
	bellRate = 1000
)

// bells is the push service of the demo. It lives in the demo's own process, so that it counts on while servers die.
type bells struct {
	service *standin.Server
	ring    *Ring

	mu     sync.Mutex
	owners map[string]*bell // by target
	taps   map[tap]int
	sends  int    // messages about the call
	strike int    // the number of them at which fire is called
	fire   func() // nil for nothing
}

// bell is a target: whose phone rings there.
type bell struct {
	person syncproto.ID
	name   string
	dead   bool // the app is gone from the phone, and the service says so
}

// tap is a message as the service sees it.
type tap struct {
	kind, target string
	record       syncproto.ID
}

// newBells starts the service. Servers find it by two files in dir.
func newBells(dir string) (*bells, error) {
	b := &bells{owners: map[string]*bell{}, taps: map[tap]int{}}
	service, err := standin.New(standin.Options{Latency: bellDelay, Inspect: b.heard})
	if err != nil {
		return nil, err
	}
	b.service = service
	b.ring = &Ring{
		Credentials: filepath.Join(dir, "firebase.json"), Roots: filepath.Join(dir, "firebase.pem"), Endpoint: service.Endpoint(), Rate: bellRate,
	}
	if err := os.WriteFile(b.ring.Credentials, service.Credentials(), 0o600); err != nil {
		return b, err
	}
	return b, os.WriteFile(b.ring.Roots, service.PEM(), 0o600)
}

func (b *bells) close() {
	if b != nil && b.service != nil {
		_ = b.service.Close()
	}
}

// add draws a target for somebody's phone.
func (b *bells) add(person syncproto.ID, name string, dead bool) string {
	target := fmt.Sprintf("demo:%s", syncproto.NewID())
	b.mu.Lock()
	b.owners[target] = &bell{person: person, name: name, dead: dead}
	b.mu.Unlock()
	if dead {
		b.service.Behave(target, standin.Unregistered)
	}
	return target
}

// belongs says whose a target is, once that is known.
func (b *bells) belongs(target string, person syncproto.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if of := b.owners[target]; of != nil {
		of.person = person
	}
}

// heard counts a message. The one that is the strike-th about an urgent call sets off what waits for it.
func (b *bells) heard(body []byte) {
	var m struct {
		Message struct {
			Token string
			Data  struct {
				Kind   string       `json:"k"`
				Record syncproto.ID `json:"r"`
			}
		}
	}
	if json.Unmarshal(body, &m) != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taps[tap{m.Message.Data.Kind, m.Message.Token, m.Message.Data.Record}]++
	if m.Message.Data.Kind != string(syncproto.CallUrgent) {
		return
	}
	if b.sends++; b.sends == b.strike && b.fire != nil {
		b.fire()
	}
}

// arm says at which message about the call something happens.
func (b *bells) arm(strike int, fire func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.strike, b.fire = strike, fire
}

// rung lists, by target, how often messages of a kind about a record came.
func (b *bells) rung(kind string, record syncproto.ID) map[string]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[string]int{}
	for t, n := range b.taps {
		if t.kind == kind && t.record == record {
			out[t.target] += n
		}
	}
	return out
}

// owner returns whose a target is; the zero bell for one that nobody gave out.
func (b *bells) owner(target string) bell {
	b.mu.Lock()
	defer b.mu.Unlock()
	if of := b.owners[target]; of != nil {
		return *of
	}
	return bell{}
}
