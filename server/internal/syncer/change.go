package syncer

import (
	"context"
	"errors"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Change is for what the server itself does to records: settle holds, erase, strip. fn runs in a transaction of its own,
// maybe twice, like that of any Update; scopes are poked after the commit.
func (s *Service) Change(ctx context.Context, fn func(tx storage.Tx, p *Putter) error) error {
	if _, err := s.storeKey(ctx); err != nil {
		return err
	}
	b := s.work(&storage.Device{}, &syncproto.SyncRequest{})
	err := b.attempt(ctx, func(tx storage.Tx) error {
		p := &Putter{judge{batch: b, tx: tx}}
		if err := fn(tx, p); err != nil {
			return err
		}
		b.took(&p.j)
		return b.writeRows(tx)
	})
	if err == nil {
		b.tell()
	}
	return err
}

// work is what a transaction needs that answers no phone.
func (s *Service) work(device *storage.Device, req *syncproto.SyncRequest) *batch {
	b := &batch{round: &round{s: s, device: device, req: req, now: s.opt.Now().UnixMilli()}}
	b.ahead = make([]ahead, len(req.Mutations))
	return b
}

// attempt runs a transaction with the units and grants that it sees, reading them before a second attempt if they are not
// in memory.
func (b *batch) attempt(ctx context.Context, fn func(tx storage.Tx) error) error {
	for {
		err := b.s.store.Update(ctx, func(tx storage.Tx) (err error) {
			b.reset()
			if b.access, err = b.known(tx); err != nil {
				return err
			}
			return fn(tx)
		})
		if !errors.Is(err, errLookFirst) {
			return err
		}
		err = b.s.store.View(ctx, func(r storage.Reader) (err error) {
			b.seen, err = b.s.access.Read(r)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// Putter puts records for the server itself.
type Putter struct{ j judge }

// Access returns the units and grants that the transaction sees.
func (p *Putter) Access() *people.Access { return p.j.access }

// Put stores the next revision of a record, places it and what hangs under it, and follows the change. Errors are those of
// the store.
func (p *Putter) Put(r *syncproto.Record) error {
	return p.write(r, func() error { return p.j.put(r) })
}

// Erase puts a tombstone (Deleted and Erased, with no fields) and forgets everything else of the record. What hangs under
// it stays: the caller says what else is to go. Errors are those of the store.
func (p *Putter) Erase(tombstone *syncproto.Record) error {
	return p.write(tombstone, func() error {
		old, err := p.j.read(tombstone.ID)
		if err != nil {
			return err
		}
		if old != nil {
			p.j.touch(old.Scopes, nil)
		}
		return p.j.tx.EraseRecord(tombstone)
	})
}

func (p *Putter) write(r *syncproto.Record, put func() error) error {
	old, err := p.j.read(r.ID)
	if err != nil {
		return err
	}
	if err := put(); err != nil || p.j.s.opt.Reviewer == nil {
		return err
	}
	var before *syncproto.Record
	if old != nil {
		before = old.Record
	}
	return p.j.hear(before, r, nil, 0)
}
