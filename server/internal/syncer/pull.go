package syncer

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// pull collects what the device has not read, in one snapshot: the one that its push left, where that is enough. A store
// that turns out to be older than the phone starts a new epoch, under which the second look reads everything anew.
func (r *round) pull(ctx context.Context) error {
	if v := r.seenLast; v != nil && r.remembers(v) {
		return r.collect(nil, v)
	}
	return r.read(ctx)
}

// read is pull from the store.
func (r *round) read(ctx context.Context) error {
	for {
		var v sight
		err := r.s.store.View(ctx, func(reader storage.Reader) (err error) {
			if v, err = r.look(reader); err != nil || v.older {
				return err
			}
			return r.collect(reader, &v)
		})
		if err != nil {
			return err
		}
		if !v.older {
			return nil
		}
		if err := r.s.startOver(ctx, v.epoch, r.device.ID); err != nil {
			return err
		}
	}
}

// collect fills the pager, in the order of the scopes, as far as the budget is estimated to reach. The reader may be nil
// if the round remembers everything.
func (r *round) collect(reader storage.Reader, v *sight) error {
	p := &r.pager
	p.reset()
	r.resp.ServerTime, r.resp.Epoch = r.now, v.epoch.String()
	r.resp.Accepted, r.resp.Durable = v.device.Accepted, v.device.Durable
	r.resp.Drops = v.drops
	r.resp.Digests, r.resp.Leaves = nil, nil
	p.sight = *v
	if r.resp.Ended = v.ended; v.ended {
		return nil
	}
	p.room = float64(r.budget)*fillTo - envelopeBytes - outcomeBytes*float64(len(r.resp.Outcomes))
	if err := r.repair(reader, v); err != nil {
		return err
	}
	p.repaired = len(p.changes)
	for i := range v.heads {
		if err := r.collectScope(reader, v, &v.heads[i]); err != nil {
			return err
		}
	}
	return nil
}

// collectScope adds one page, or none if the device has read the scope.
func (r *round) collectScope(reader storage.Reader, v *sight, head *storage.Head) error {
	p := &r.pager
	page, after, ok := r.open(v, head)
	switch {
	case !ok:
		return nil
	case head.Number == 0:
		p.pages = append(p.pages, page)
		return nil
	case p.full:
		return nil
	}
	return r.collectChanges(reader, page, after)
}

// open begins the page of a scope, and says after which sequence it begins; not ok if the device has read the scope.
func (r *round) open(v *sight, head *storage.Head) (page run, after uint64, ok bool) {
	p := &r.pager
	page = run{head: *head, start: len(p.changes), end: len(p.changes)}
	if head.Number == 0 {
		// Nothing was ever placed there, and no position can say that it was read. A device that comes from another
		// epoch, or without a cursor, must still hear that the scope is empty.
		if v.foreign || r.cursor.Epoch == (syncproto.Epoch{}) {
			page.first, page.caughtUp = true, true
			return page, 0, true
		}
		return page, 0, false
	}
	position, known := positionIn(r.cursor, head.Number)
	switch {
	case v.foreign || !known || position.Sequence == 0 || !position.Fresh && position.Sequence < head.Floor:
		// A snapshot that is still below the floor goes on: it would begin again for ever otherwise, and a tombstone
		// that was written and forgotten during it would have to be 400 days old.
		position = syncproto.Position{Scope: head.Number}
		page.first, page.fresh = true, true
	case position.Fresh:
		page.fresh = true
	case position.Sequence == head.Sequence:
		return page, 0, false
	}
	return page, position.Sequence, true
}

func (r *round) collectChanges(reader storage.Reader, page run, after uint64) error {
	p := &r.pager
	given, stopped := 0, false
	page.ratio = r.s.ratios.of(r.enc, page.head.Scope)
	take := func(sequence uint64, c syncproto.Change) bool {
		c = r.refer(c)
		size := page.ratio * float64(len(c.Wire)+1)
		if c.Removed {
			size = page.ratio * removalBytes
		}
		if size > p.room && len(p.changes) > p.repaired {
			stopped = true
			return false
		}
		p.room -= size
		p.add(sequence, c)
		given++
		return true
	}
	if s := r.made.span(&page.head, after); s != nil {
		s.changes(after, take)
	} else if err := reader.Changes(page.head.Number, after, maxChanges, take); err != nil {
		return err
	}
	page.end = len(p.changes)
	page.caughtUp = !stopped && given < maxChanges
	p.full = !page.caughtUp
	if stopped && given == 0 {
		return nil // nothing of it fits any more
	}
	p.pages = append(p.pages, page)
	return nil
}
