package mobilesdk

import (
	"context"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// meterDays is how long the meter remembers: a month's bill and the one before.
const meterDays = 62

var vietnam = time.FixedZone("UTC+7", 7*60*60)

// MediaMeter is what files cost, in bytes on the wire with headers and handshakes, below the IP layer's own.
type MediaMeter struct {
	Day     string `json:"day"`     // 2026-11-22, in Vietnam, by the phone's clock put right
	Network string `json:"network"` // wifi, mobile, or unknown if the app did not say
	Lane    string `json:"lane"`    // thumbnail, display, original; ask for questions about many files
	Up      int64  `json:"up"`
	Down    int64  `json:"down"`
}

// MediaMeter returns what files cost on each of the last days, today first.
func (e *Engine) MediaMeter(ctx context.Context, days int) ([]MediaMeter, error) {
	out := []MediaMeter{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		found, err := tx.Metered(e.day(state, max(days, 1)-1))
		for _, m := range found {
			out = append(out, MediaMeter(m))
		}
		return err
	})
	return out, err
}

// day is the date of so many days ago.
func (e *Engine) day(state *phonestore.State, ago int) string {
	return time.UnixMilli(e.now(state)).In(vietnam).AddDate(0, 0, -ago).Format(time.DateOnly)
}

// meter adds to today's. A meter that cannot be written is no reason not to send.
func (e *Engine) meter(ctx context.Context, lane string, up, down int64) {
	if up == 0 && down == 0 {
		return
	}
	e.lanes.mu.Lock()
	network := string(e.lanes.network)
	e.lanes.mu.Unlock()
	if network == "" || network == string(NetworkNone) {
		network = "unknown"
	}
	err := e.store.UpdateLazily(context.WithoutCancel(ctx), "meter", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		return tx.Meter(phonestore.Metered{Day: e.day(state, 0), Network: network, Lane: lane, Up: up, Down: down})
	})
	if err != nil {
		e.cfg.Log.Warn("meter not written", "code", string(syncproto.CodeOf(err)))
	}
}
