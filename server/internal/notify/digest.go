package notify

import (
	"context"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// foldedOn is the day under which package storage counts for a person what the digest of a day tells of, beside how often
// the person was rung on that day: the negated day, which no report of days asks for.
func foldedOn(day int64) int64 { return -day }

// fold leaves a call to the person's next digest, which it plans if there is none yet. A digest whose time has come takes
// nothing any more.
func (p *Planner) fold(tx storage.Tx, person, unit syncproto.ID, now int64) error {
	for _, at := range slots(now) {
		i := &storage.Intent{
			Kind: KindDigest, Class: storage.ClassRoutine, Revision: at.day, To: person, Unit: unit,
			At: now, Due: at.due, Until: at.due + digestLife, State: storage.IntentPlanning, Persons: 1,
		}
		share := storage.Share{Persons: []syncproto.ID{person}}
		added, err := tx.AddIntent(i, []storage.Share{share})
		if err != nil {
			return err
		}
		if !added {
			there, err := tx.Intent(i.Number)
			if err != nil {
				return err
			}
			if there.Due <= now {
				continue
			}
		} else {
			share.Intent = i.Number
			if _, err := p.plan(tx, i, &share, now); err != nil {
				return err
			}
		}
		return tx.Tell(foldedOn(at.day), []syncproto.ID{person})
	}
	return nil // today's digest and the next two are out: what waits stands in the inbox
}

// waitingIn returns how many calls the digest of a day tells a person of; 0 if that cannot be read now.
func (p *Planner) waitingIn(day int64, person syncproto.ID) int64 {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	n := int64(0)
	err := p.store.View(ctx, func(r storage.Reader) error {
		told, err := r.Told(foldedOn(day), []syncproto.ID{person})
		n = told[person]
		return err
	})
	if err != nil {
		return 0
	}
	return n
}

// readTimeout bounds the reads of Render, which the engine's workers wait for.
const readTimeout = 2 * time.Second
