package push

import (
	"log/slog"
	"math/rand/v2"
	"time"

	"lantoa/server/internal/metrics"
	"lantoa/storage"
)

const (
	// defaultRate is low on purpose: each message wakes a phone, and a phone that wakes asks the sync path.
	defaultRate = 500
	// maxRate is FCM's default quota: 600,000 messages a minute.
	maxRate = 10_000
	// defaultInFlight sees 500 messages a second through a service that takes half a second for each.
	defaultInFlight = 256
)

// Options say what an Engine works with.
type Options struct {
	Store   storage.Store
	Senders map[Service]Sender
	// Render makes the message of a delivery. It runs on many goroutines at once and owns nothing of what it is given.
	Render func(l *storage.Leased) Message
	Now    func() time.Time // nil for the system's clock
	Log    *slog.Logger     // nil for none
	// Rate is the most messages a second to one service: 0 for 500, at most 10,000.
	Rate float64
	// Ramp is how long a lane takes from a tenth of Rate to all of it: 0 for a minute, negative for none.
	Ramp time.Duration
	// InFlight is how many messages may be under way, or through and not yet written down: 0 for 256.
	InFlight int
	// Repeats is how often a message that may have been taken is sent again: 0 for 2, negative for never.
	Repeats int
	// Quiet says whether only urgent messages go; nil for never. It changes at full minutes only.
	Quiet   func(now time.Time) bool
	Metrics *metrics.Metrics // nil for none

	draw func() float64 // [0, 1); tests seed it
}

func (o *Options) fill() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Rate <= 0 {
		o.Rate = defaultRate
	}
	o.Rate = min(o.Rate, maxRate)
	if o.Ramp == 0 {
		o.Ramp = defaultRamp
	}
	if o.InFlight <= 0 {
		o.InFlight = defaultInFlight
	}
	o.InFlight = max(o.InFlight, 2) // one of them is kept for urgent messages
	switch {
	case o.Repeats == 0:
		o.Repeats = repeats
	case o.Repeats < 0:
		o.Repeats = 0
	}
	if o.Quiet == nil {
		o.Quiet = func(time.Time) bool { return false }
	}
	if o.draw == nil {
		o.draw = rand.Float64
	}
}
