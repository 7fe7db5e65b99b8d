package loadtest

import (
	"context"
	"iter"

	"lantoa/storage"
	"lantoa/syncproto"
)

// prepareBatch is how many rows one preparing transaction holds.
const prepareBatch = 1000

// Prepare writes the fleet and the records of its two grown units into an empty store, the way enrollment and years
// of use would have, without their cost. The server is then started on it.
func Prepare(ctx context.Context, store storage.Store, cfg Config, f *Fleet) error {
	err := store.Update(ctx, func(tx storage.Tx) error {
		for _, u := range append([]syncproto.Unit{f.Province}, f.Units...) {
			if err := tx.PutUnit(&u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := inBatches(ctx, store, f.Members, putMember); err != nil {
		return err
	}
	for _, g := range []*Group{&f.Big, &f.Small} {
		records := func(yield func(*syncproto.Record) bool) { g.EachRecord(cfg.Seed, yield) }
		err := inBatches(ctx, store, records, func(tx storage.Tx, r *syncproto.Record) error {
			return tx.PutRecord(r, syncproto.Placement(r, nil))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func putMember(tx storage.Tx, m *Member) error {
	if err := tx.PutPerson(&storage.Person{ID: m.Person, Name: m.Name, Created: firstDay}); err != nil {
		return err
	}
	grant := &syncproto.Grant{ID: m.Grant, Person: m.Person, Unit: m.Unit, Role: m.Role, From: firstDay}
	if err := tx.PutGrant(grant); err != nil {
		return err
	}
	return tx.PutDevice(&storage.Device{ID: m.Device, Person: m.Person, Unit: m.Unit, TokenHash: m.TokenHash(), Created: firstDay})
}

// inBatches writes a sequence, a batch to a transaction. The batch is collected first, since a store may run a
// transaction's closure again.
func inBatches[T any](ctx context.Context, store storage.Store, all iter.Seq[T], put func(storage.Tx, T) error) error {
	batch := make([]T, 0, prepareBatch)
	flush := func() error {
		err := store.Update(ctx, func(tx storage.Tx) error {
			for _, item := range batch {
				if err := put(tx, item); err != nil {
					return err
				}
			}
			return nil
		})
		batch = batch[:0]
		return err
	}
	for item := range all {
		if batch = append(batch, item); len(batch) == prepareBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
