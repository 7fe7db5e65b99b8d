package syncer

import (
	"context"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// sight is what a round sees of the store at one moment: who asks, what they may follow, and where the feeds stand.
type sight struct {
	epoch  syncproto.Epoch
	device *storage.Device
	access *people.Access
	rights *people.Rights
	heads  []storage.Head // of the scopes that the device follows, in the order in which they are sent
	// foreign says that the cursor was made in another epoch: its positions and base revisions mean nothing here.
	foreign bool
	// older says that the cursor knows more than the store: a backup was restored and nobody said so (S-120).
	older bool
	drops []syncproto.Scope
	// ended says that the device may bring what it holds, and gets nothing (S-188); closed, that its person's account is.
	ended, closed bool
}

// look sees a snapshot.
func (r *round) look(reader storage.Reader) (sight, error) {
	access, err := r.s.access.Read(reader)
	if err != nil {
		return sight{}, err
	}
	return r.lookWith(reader, access)
}

// lookWith sees a snapshot or a transaction whose Access is at hand.
func (r *round) lookWith(reader storage.Reader, access *people.Access) (v sight, err error) {
	v.access = access
	if v.epoch, err = reader.Epoch(); err != nil {
		return v, err
	}
	if v.device, err = reader.Device(r.device.ID); err != nil {
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			err = syncproto.E(syncproto.CodeTokenUnknown, "look", nil)
		}
		return v, err
	}
	if v.device.TokenHash != r.device.TokenHash {
		return v, syncproto.E(syncproto.CodeTokenUnknown, "look", nil)
	}
	if v.rights, err = v.access.Of(reader, v.device.Person); err != nil {
		return v, err
	}
	closed := v.rights.Closed(r.now)
	if end := people.Ended(v.device.Revoked, closed); end != 0 {
		if people.Gone(end, r.now) {
			return v, syncproto.E(syncproto.CodeTokenRevoked, "look", nil)
		}
		v.ended, v.closed = true, closed != 0
		v.rights = v.access.None(v.device.Person)
		return v, r.takeLeave(reader, &v)
	}
	scopes, err := v.rights.Scopes(reader, r.now)
	if err != nil {
		return v, err
	}
	if v.heads, err = reader.Heads(scopes); err != nil {
		return v, err
	}
	return v, r.compare(reader, &v)
}

// takeLeave names every scope that the device may still hold.
func (r *round) takeLeave(reader storage.Reader, v *sight) error {
	c := r.cursor
	v.foreign = c.Epoch != (syncproto.Epoch{}) && c.Epoch != v.epoch
	v.older = c.Epoch == v.epoch && c.Accepted > v.device.Accepted
	v.drops = append(v.drops, syncproto.PersonScope(v.device.Person))
	numbers := make([]uint64, len(c.Positions))
	for i, p := range c.Positions {
		numbers[i] = p.Scope
	}
	names, err := reader.ScopesByNumber(numbers)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if kind, _ := names[n].Split(); kind != "" && kind != "person" {
			v.drops = append(v.drops, names[n])
		}
	}
	return nil
}

// compare holds the cursor against the store.
func (r *round) compare(reader storage.Reader, v *sight) error {
	c := r.cursor
	if c.Epoch == (syncproto.Epoch{}) {
		return nil // the empty cursor, with which every device starts
	}
	v.foreign = c.Epoch != v.epoch
	v.older = !v.foreign && c.Accepted > v.device.Accepted
	var strange []uint64
	for _, p := range c.Positions {
		head := headOf(v.heads, p.Scope)
		if head == nil {
			strange = append(strange, p.Scope)
		} else if !v.foreign && p.Sequence > head.Sequence {
			v.older = true
		}
	}
	if len(strange) == 0 {
		return nil
	}
	// A number of another epoch may name another scope here, but one that the device does not follow either: dropping
	// it is right, and dropping what the device does not have is harmless.
	names, err := reader.ScopesByNumber(strange)
	if err != nil {
		return err
	}
	for _, n := range strange {
		if scope, ok := names[n]; ok {
			if kind, _ := scope.Split(); kind != "person" { // which is somebody else's, and nobody's but theirs
				v.drops = append(v.drops, scope)
			}
		} else if !v.foreign {
			v.older = true
		}
	}
	return nil
}

// headOf finds a head by its number; nil if the device does not follow it. A device follows at most MaxScopes.
func headOf(heads []storage.Head, number uint64) *storage.Head {
	for i := range heads {
		if heads[i].Number == number && number != 0 {
			return &heads[i]
		}
	}
	return nil
}

// positionIn finds a position by the number of its scope.
func positionIn(c *syncproto.Cursor, number uint64) (syncproto.Position, bool) {
	for _, p := range c.Positions {
		if p.Scope == number {
			return p, true
		}
	}
	return syncproto.Position{}, false
}

// startOver draws a new epoch after a restore that nobody announced, once: whoever comes second finds it drawn.
func (s *Service) startOver(ctx context.Context, old syncproto.Epoch, device syncproto.ID) error {
	drawn := false
	err := s.store.Update(ctx, func(tx storage.Tx) error {
		drawn = false
		epoch, err := tx.Epoch()
		if err != nil || epoch != old {
			return err
		}
		_, err = tx.NewEpoch()
		drawn = err == nil
		return err
	})
	if drawn {
		s.log.Error("store older than its phones", "device", device, "epoch", old.String())
	}
	return err
}
