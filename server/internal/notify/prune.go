package notify

import (
	"context"
	"time"

	"lantoa/storage"
)

// keepFor is how long deliveries and attempts are kept after their intent was over: long enough for every complaint about
// a push that came or did not. What came of them in sum is kept for good.
const keepFor = 90 * 24 * time.Hour

// How often they are looked for, and how many are removed in one transaction.
const (
	pruneEvery  = time.Hour
	pruneAtOnce = 2000
)

// Prune removes the deliveries and attempts of what was over 90 days ago.
func (p *Planner) Prune(ctx context.Context) error {
	before := p.opt.Now().Add(-keepFor).UnixMilli()
	for ctx.Err() == nil {
		removed := int64(0)
		err := p.store.Update(ctx, func(tx storage.Tx) (err error) {
			removed, err = tx.PruneDeliveries(before, pruneAtOnce)
			return err
		})
		if err != nil || removed == 0 {
			return err
		}
	}
	return ctx.Err()
}
