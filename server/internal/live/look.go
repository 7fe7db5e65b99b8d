package live

import (
	"context"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Run looks for changes until ctx ends, and then closes the hub. A look that fails is logged and tried again at the
// next turn: phones are poked late, never wrongly.
func (h *Hub) Run(ctx context.Context) error {
	defer h.Close()
	tick := time.NewTicker(h.cfg.Poll)
	defer tick.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-h.wake:
			if err = h.compare(ctx, h.takePending()); err == nil && h.takeCalled() {
				err = h.refresh(ctx)
			}
		case <-tick.C:
			if err = h.compare(ctx, h.takeTurn()); err == nil {
				err = h.refresh(ctx)
			}
		}
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.Error("look at heads", "err", err)
		}
	}
}

// moved is a topic to look at, with the device that is said to have moved it.
type moved struct {
	*topic
	by syncproto.ID
}

func (h *Hub) takePending() []moved {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]moved, 0, len(h.pending))
	for t, by := range h.pending {
		out = append(out, moved{t, by})
	}
	clear(h.pending)
	return out
}

// takeTurn returns the next topics of the round and drops those that nobody follows any more.
func (h *Hub) takeTurn() []moved {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := min(perLook, len(h.queue))
	turn, rest := make([]moved, 0, n), append([]*topic{}, h.queue[n:]...)
	for _, t := range h.queue[:n] {
		if h.topics[t.scope] == t {
			turn, rest = append(turn, moved{topic: t}), append(rest, t)
		}
	}
	h.queue = rest
	return turn
}

// compare reads the heads of topics and pokes the phones of those that moved. Reading before poking is what makes a
// poke final: everything up to the head that was read is in the phone's next sync, so the slow look stays silent about
// a change that was notified.
func (h *Hub) compare(ctx context.Context, topics []moved) error {
	if len(topics) == 0 {
		return nil
	}
	scopes := make([]syncproto.Scope, len(topics))
	for i, t := range topics {
		scopes[i] = t.scope
	}
	var heads []storage.Head
	err := h.store.View(ctx, func(r storage.Reader) (err error) {
		heads, err = r.Heads(scopes)
		return err
	})
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, head := range heads {
		topics[i].pokeIfMoved(head.Sequence)
	}
	return nil
}

// pokeIfMoved pokes the phones of a topic if its head is not where they were last poked. A head that went backwards
// is a restored database: its phones must hear of the new epoch too.
func (m moved) pokeIfMoved(sequence uint64) {
	if owed := m.owed; owed != nil && m.by != "" && m.by != owed.device {
		m.owed = nil
		signal(owed.poke)
	}
	if sequence == m.sequence {
		return
	}
	m.sequence = sequence
	m.owed = nil
	for p := range m.phones {
		if p.device == m.by {
			m.owed = p
			continue
		}
		signal(p.poke)
	}
}

// refresh computes anew what phones follow after grants, units or devices changed, and turns away the revoked.
func (h *Hub) refresh(ctx context.Context) error {
	var access uint64
	err := h.store.View(ctx, func(r storage.Reader) (err error) {
		access, err = r.Access()
		return err
	})
	if err != nil {
		return err
	}
	h.mu.Lock()
	var stale []*Phone
	for _, p := range h.phones {
		if p.access != access {
			if stale = append(stale, p); len(stale) == perLook {
				break
			}
		}
	}
	h.mu.Unlock()
	for _, p := range stale {
		v, err := h.look(ctx, p.sees)
		switch {
		case err != nil && syncproto.KindOf(err) == syncproto.Unauthenticated:
			h.Drop(p.device)
			continue
		case err != nil:
			return err
		}
		h.mu.Lock()
		if !p.removed {
			p.access = v.access
			if h.subscribe(p, v.heads) {
				signal(p.poke)
			}
		}
		h.mu.Unlock()
	}
	return nil
}

// view is what one device follows at one moment.
type view struct {
	access uint64
	heads  []storage.Head
}

// look reads what a device follows with the heads; token_revoked or token_unknown if it may not connect.
func (h *Hub) look(ctx context.Context, device syncproto.ID) (v view, err error) {
	err = h.store.View(ctx, func(r storage.Reader) error {
		d, err := r.Device(device)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound && err != nil {
			return syncproto.E(syncproto.CodeTokenUnknown, "look at device", nil)
		}
		if err != nil {
			return err
		}
		if d.Revoked != 0 {
			return syncproto.E(syncproto.CodeTokenRevoked, "look at device", nil)
		}
		access, err := h.people.Read(r)
		if err != nil {
			return err
		}
		v.access = access.Revision
		rights, err := access.Of(r, d.Person)
		if err != nil {
			return err
		}
		now := h.cfg.Now().UnixMilli()
		if rights.Closed(now) != 0 {
			return syncproto.E(syncproto.CodeTokenRevoked, "look at device", nil)
		}
		scopes, err := rights.Scopes(r, now)
		if err != nil {
			return err
		}
		if v.heads, err = r.Heads(scopes); err != nil {
			return err
		}
		for i := range v.heads {
			v.heads[i].Scope = scopes[i] // a scope that was never used has no row to name it
		}
		return nil
	})
	return v, err
}
