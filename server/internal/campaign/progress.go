package campaign

import (
	"context"
	"math"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Progress is how far the sending of a call is. Persons are counted once, by the best that came of their devices.
type Progress struct {
	AsOf       int64                           `json:"as_of"`
	Call       syncproto.ID                    `json:"call"`
	State      storage.CallState               `json:"state"`
	Recipients int64                           `json:"recipients"`
	Unplanned  int64                           `json:"unplanned"` // of whom no delivery was made yet
	Persons    map[storage.DeliveryState]int64 `json:"persons"`
	Deliveries map[storage.DeliveryState]int64 `json:"deliveries"`
	Rest       int64                           `json:"rest"`              // persons for whom something is still to be done
	Seconds    int64                           `json:"seconds,omitempty"` // that the rest takes at this pace, if nothing else goes first
	Halted     bool                            `json:"halted,omitempty"`  // too much was refused: somebody must resume it
	Pace       Pace                            `json:"pace"`
	Tests      int64                           `json:"tests,omitempty"`
}

// Progress says how far the sending of a call is, to an officer of one of its units. Errors: not_found.
func (s *Service) Progress(ctx context.Context, by people.Actor, id syncproto.ID) (out *Progress, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		c, _, err := v.call(id, "show progress", false)
		if err != nil {
			return err
		}
		out, err = v.progress(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	out.Pace = s.opt.Pace()
	if out.Pace.Rate > 0 {
		out.Seconds = int64(math.Ceil(float64(out.Rest) / out.Pace.Rate))
	}
	return out, nil
}

func (v *sight) progress(c *storage.Call) (*Progress, error) {
	out := &Progress{
		AsOf: v.now, Call: c.ID, State: c.State, Recipients: c.Recipient, Persons: map[storage.DeliveryState]int64{},
		Deliveries: map[storage.DeliveryState]int64{},
	}
	intents, err := v.r.IntentsOf(c.ID)
	if err != nil {
		return nil, err
	}
	planned := int64(0)
	for i := range intents {
		in := &intents[i]
		if !ofCall(c, in) {
			if in.Kind == notify.KindTest { // what asked a second officer is none
				out.Tests++
			}
			continue
		}
		deliveries, persons, err := v.r.Tally(in.Number)
		if err != nil {
			return nil, err
		}
		for state, n := range deliveries {
			out.Deliveries[state] += n
		}
		for state, n := range persons {
			out.Persons[state] += n
			planned += n
		}
		out.Halted = out.Halted || in.State == storage.IntentPaused
	}
	out.Unplanned = max(c.Recipient-planned, 0)
	if handedOut(c.State) {
		out.Rest = out.Unplanned + out.Persons[storage.DeliveryDue] + out.Persons[storage.DeliveryLeased]
	}
	return out, nil
}
