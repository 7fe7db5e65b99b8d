package campaign

import (
	"context"
	"time"

	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// trialLife is how long it makes sense to ring for a test.
const trialLife = 10 * time.Minute

// Trial says under which number a test goes.
type Trial struct {
	Intent int64 `json:"intent"`
}

// Test rings the devices of whoever asks, and nobody else's, by the way that a call takes; once a second at most. It is marked
// as a test, and nobody gets a record. Errors: not_found, forbidden, call_state for a call that is over.
func (s *Service) Test(ctx context.Context, by people.Actor, id syncproto.ID) (out *Trial, err error) {
	err = s.change(ctx, by, func(v *sight, _ *syncer.Putter) error {
		c, grant, err := v.call(id, "test call", true)
		if err != nil {
			return err
		}
		if _, err := Next(c.State, ActTest); err != nil {
			return err
		}
		class := storage.ClassWorkflow
		if c.Kind == syncproto.CallUrgent {
			class = storage.ClassUrgent // at the hour at which it would ring, too
		}
		intent := &storage.Intent{
			Kind: notify.KindTest, Class: class, Record: c.ID, Revision: v.now / 1000, To: by.Person, Unit: c.Units[0],
			At: v.now, Due: v.now, Until: v.now + trialLife.Milliseconds(), State: storage.IntentPlanning, Persons: 1,
		}
		share := storage.Share{Persons: []syncproto.ID{by.Person}, Units: []syncproto.ID{c.Units[0]}}
		added, err := v.tx.AddIntent(intent, []storage.Share{share})
		if err != nil {
			return err
		}
		out = &Trial{Intent: intent.Number}
		if !added {
			return nil
		}
		return v.tx.AddAudit(v.note(auditTest, grant, c.Units[0], c.ID, revisionText(c.Revision)))
	})
	if err == nil {
		s.opt.Wake()
	}
	return out, err
}
