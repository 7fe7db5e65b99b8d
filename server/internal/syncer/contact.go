package syncer

import (
	"context"
	"slices"
	"sync"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Board keeps what devices said of themselves until it is written, the last word of each. Losing a few seconds of it
// in a crash loses nothing: every round says it again. A write per round would cost more than the round.
type Board struct {
	store storage.Store
	mu    sync.Mutex
	fresh map[syncproto.ID]storage.Contact
}

// maxContacts bounds the board between two writes.
const maxContacts = 65536

// NewBoard makes a board over a store.
func NewBoard(store storage.Store) *Board {
	return &Board{store: store, fresh: map[syncproto.ID]storage.Contact{}}
}

// contact is what the device said of itself, without what this very request brought: it counts as unsent on the phone until
// the answer comes, and a phone that never comes again would look stuck for ever. What was rejected is in its tray then.
func (r *round) contact() storage.Contact {
	c := storage.Contact{
		Device: r.device.ID, At: r.now, App: r.req.App, Unsent: r.req.Unsent, Failed: r.req.Failed, Acknowledged: r.req.Acknowledged,
		Oldest: r.req.Oldest, Troubles: r.req.Troubles,
	}
	judged := r.req.Mutations[:min(len(r.resp.Outcomes), len(r.req.Mutations))]
	for i := range judged {
		if judged[i].Void {
			continue
		}
		c.Unsent--
		if r.resp.Outcomes[i].Result == syncproto.Rejected {
			c.Failed++
		}
	}
	if c.Unsent = max(c.Unsent, 0); c.Unsent == 0 {
		c.Oldest = 0
	}
	if len(judged) > 0 { // the head of the outbox is named for how long it waited (S-187)
		c.Troubles = slices.DeleteFunc(slices.Clone(c.Troubles), func(t syncproto.Trouble) bool {
			return t.Lane == "" && t.Age == r.req.Oldest && t.Record == judged[0].Record
		})
	}
	return c
}

// Note keeps a contact until the next Flush.
func (b *Board) Note(c storage.Contact) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.fresh[c.Device]; ok {
		c.Acknowledged = max(c.Acknowledged, old.Acknowledged)
	} else if len(b.fresh) >= maxContacts {
		return
	}
	b.fresh[c.Device] = c
}

// Flush writes what was noted since the last one. What could not be written is kept for the next.
func (b *Board) Flush(ctx context.Context) error {
	b.mu.Lock()
	fresh := b.fresh
	b.fresh = make(map[syncproto.ID]storage.Contact, len(fresh))
	b.mu.Unlock()
	if len(fresh) == 0 {
		return nil
	}
	contacts := make([]storage.Contact, 0, len(fresh))
	for _, c := range fresh {
		contacts = append(contacts, c)
	}
	err := b.store.Update(ctx, func(tx storage.Tx) error { return writeContacts(tx, contacts) })
	if err == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, c := range fresh {
		if _, newer := b.fresh[id]; !newer {
			b.fresh[id] = c
		}
	}
	return err
}

// writeContacts also raises the acknowledged number of each device, never above what it has been told.
func writeContacts(tx storage.Tx, contacts []storage.Contact) error {
	if err := tx.PutContacts(contacts); err != nil {
		return err
	}
	for i := range contacts {
		c := &contacts[i]
		if c.Acknowledged == 0 {
			continue
		}
		d, err := tx.Device(c.Device)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			continue
		}
		if err != nil {
			return err
		}
		if acknowledged := min(c.Acknowledged, d.Accepted); acknowledged > d.Acknowledged {
			d.Acknowledged = acknowledged
			if err := tx.PutDevice(d); err != nil {
				return err
			}
		}
	}
	return nil
}
