package syncer

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// repair answers what a device asks for after a mismatch of sums: digests of scopes, then leaves (S-101 to S-103). It
// may take half of the room; a device asks again for what did not come. Scopes that the device does not follow are
// passed over: it may have asked before it heard that it lost them.
func (r *round) repair(reader storage.Reader, v *sight) error {
	p := &r.pager
	if len(r.req.Digests)+len(r.req.Leaves) == 0 {
		return nil
	}
	half := p.room / 2
	for i, scope := range r.req.Digests {
		head := headNamed(v.heads, scope)
		if head == nil {
			continue
		}
		if i > 0 && p.room-digestBytes < half {
			break
		}
		out := syncproto.ScopeDigest{Scope: scope}
		if head.Number != 0 {
			digest, err := reader.Digest(head.Number)
			if err != nil {
				return err
			}
			out.Leaves = digest.Cut()
		}
		// A mismatch is a bug, never weather.
		r.s.log.Warn("scope differs on device", "device", r.device.ID, "scope", scope, "count", head.Sum.Count)
		r.resp.Digests = append(r.resp.Digests, out)
		p.room -= digestBytes
	}
	for i := range r.req.Leaves {
		if i > 0 && p.room < half {
			break
		}
		if err := r.leaf(reader, v, &r.req.Leaves[i], half); err != nil {
			return err
		}
	}
	return nil
}

// leaf adds the live records of one leaf, as many as fit and at least one.
func (r *round) leaf(reader storage.Reader, v *sight, want *syncproto.LeafWanted, floor float64) error {
	p := &r.pager
	head := headNamed(v.heads, want.Scope)
	if head == nil {
		return nil
	}
	out := syncproto.LeafPage{Scope: want.Scope, Leaf: want.Leaf, After: want.After, Complete: true}
	start := len(p.changes)
	if head.Number != 0 {
		ratio := r.s.ratios.of(r.enc, want.Scope)
		err := reader.LeafRecords(head.Number, want.Leaf, want.After, func(c syncproto.Change) bool {
			size := ratio * float64(len(c.Wire)+1)
			if p.room-size < floor && len(p.changes) > start {
				out.Complete = false
				return false
			}
			p.room -= size
			p.add(0, c)
			return true
		})
		if err != nil {
			return err
		}
	}
	p.room -= removalBytes
	out.Changes = p.changes[start:len(p.changes):len(p.changes)]
	r.resp.Leaves = append(r.resp.Leaves, out)
	return nil
}

// headNamed finds a head by its scope; nil if the device does not follow it.
func headNamed(heads []storage.Head, scope syncproto.Scope) *storage.Head {
	for i := range heads {
		if heads[i].Scope == scope {
			return &heads[i]
		}
	}
	return nil
}
