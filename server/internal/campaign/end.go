package campaign

import (
	"context"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Ended says what became of a call that was called off or closed: how many of those on its list had been handed over to a
// push service by then, for how many a request was under way, which nobody takes back, and for how many something was still
// to be sent and is not any more. All three are 0 for a call that was not sent; those who were out of reach are in none.
type Ended struct {
	Call     *Call `json:"call"`
	Handed   int64 `json:"handed"`
	UnderWay int64 `json:"under_way"`
	Stopped  int64 `json:"stopped"`
}

// Cancel calls a call off. What was not handed over is not sent, and phones that have it show it as called off. Cancelled
// again, it stays as it is. Errors: not_found, forbidden, call_state for one that is closed.
func (s *Service) Cancel(ctx context.Context, by people.Actor, id syncproto.ID) (*Ended, error) {
	return s.end(ctx, by, id, ActCancel, auditCancel)
}

// Close ends a call: answers come too late from then on. What was not handed over is not sent. Closed again, it stays as it
// is. Errors: not_found, forbidden, call_state for one that was not sent, or was cancelled.
func (s *Service) Close(ctx context.Context, by people.Actor, id syncproto.ID) (*Ended, error) {
	return s.end(ctx, by, id, ActClose, auditClose)
}

func (s *Service) end(ctx context.Context, by people.Actor, id syncproto.ID, act Act, entry string) (out *Ended, err error) {
	var stopped []int64
	err = s.change(ctx, by, func(v *sight, p *syncer.Putter) error {
		stopped = nil
		c, grant, err := v.call(id, string(act)+" call", true)
		if err != nil {
			return err
		}
		next, err := Next(c.State, act)
		if err != nil {
			return err
		}
		out = &Ended{}
		if next != c.State {
			if err := v.finish(p, c, next, grant, entry); err != nil {
				return err
			}
		}
		if err := v.count(c, out); err != nil {
			return err
		}
		stopped = v.stopped
		out.Call, err = v.show(c)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, intent := range stopped {
		s.opt.Cancelled(intent)
	}
	s.opt.Log.Info("call ended", "call", id, "state", out.Call.State, "handed", out.Handed, "stopped", out.Stopped)
	return out, nil
}

// finish ends a call in a transaction, with whatever of it is still to be sent.
func (v *sight) finish(p *syncer.Putter, c *storage.Call, next storage.CallState, grant syncproto.ID, entry string) error {
	intents, err := v.r.IntentsOf(c.ID)
	if err != nil {
		return err
	}
	for i := range intents {
		if ofCall(c, &intents[i]) && !intentOver(&intents[i]) {
			if _, err := v.tx.CancelIntent(intents[i].Number, v.now); err != nil {
				return err
			}
			v.stopped = append(v.stopped, intents[i].Number)
		}
	}
	had := handedOut(c.State)
	c.State, c.Changed, c.Over, c.OverBy = next, v.now, v.now, v.by.Person
	if err := v.tx.PutCall(c); err != nil {
		return err
	}
	if had {
		if err := putCall(v.tx, p, c, v.now); err != nil {
			return err
		}
	}
	return v.tx.AddAudit(v.note(entry, grant, c.Units[0], c.ID, revisionText(c.Revision)))
}

// count says how far a call had come.
func (v *sight) count(c *storage.Call, into *Ended) error {
	intents, err := v.r.IntentsOf(c.ID)
	if err != nil {
		return err
	}
	planned := int64(0)
	for i := range intents {
		if !ofCall(c, &intents[i]) {
			continue
		}
		_, persons, err := v.r.Tally(intents[i].Number)
		if err != nil {
			return err
		}
		into.Handed += persons[storage.DeliveryAccepted] + persons[storage.DeliveryUnsure]
		into.UnderWay += persons[storage.DeliveryLeased]
		into.Stopped += persons[storage.DeliveryCancelled]
		for _, n := range persons {
			planned += n
		}
	}
	into.Stopped += max(c.Recipient-planned, 0)
	return nil
}

// ofCall reports whether an intent is the one by which a call was sent, and not a test of it or a notice about a place.
func ofCall(c *storage.Call, i *storage.Intent) bool {
	return i.To == "" && i.Kind == string(c.Kind)
}

func intentOver(i *storage.Intent) bool {
	return i.State == storage.IntentDone || i.State == storage.IntentCancelled
}
