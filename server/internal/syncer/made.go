package syncer

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// made is what this request's own mutations put into feeds, and where those feeds stood before and after. A device that
// had read everything before it pushed has nothing else to read, and gets it without asking the store: the state that its
// transaction left is as good a snapshot as any, and what PutRecord gives which place is part of its contract.
type made struct {
	puts   []put
	before []storage.Head // of the scopes that the device follows, as the transaction found them
	after  []storage.Head // of those that the mutations touched, as it left them
	spans  []span
}

// maxPuts is how many puts are remembered; a request that moves more than that reads them back.
const maxPuts = 256

// put is one record that was put.
type put struct {
	id            syncproto.ID
	wire          []byte
	before, after []syncproto.Scope // where it was live, and where it is
	moved         bool              // to other scopes, as it is
}

// span is the newest part of a feed, all of it put by this request.
type span struct {
	before  uint64 // sequence of the entry before the first
	head    storage.Head
	entries []entry
}

type entry struct {
	id   syncproto.ID
	wire []byte // nil of a removal
	gone bool   // the record has moved on in the feed
}

// settle adds up the puts, after the commit. It reports false if the store has given other places than its contract
// says of these puts, or ones that are not known here: a tombstone goes wherever its record has ever been.
func (m *made) settle() bool {
	unknown := func(p put) bool { return p.wire == nil }
	if len(m.puts) > maxPuts || slices.ContainsFunc(m.puts, unknown) {
		return false
	}
	m.spans = make([]span, len(m.after))
	for i := range m.after {
		s := span{head: m.after[i]}
		if at := slices.IndexFunc(m.before, func(h storage.Head) bool { return h.Scope == s.head.Scope }); at >= 0 {
			s.before = m.before[at].Sequence
		}
		for j := range m.puts {
			s.take(&m.puts[j])
		}
		if s.head.Number == 0 || s.before+uint64(len(s.entries)) != s.head.Sequence {
			return false
		}
		m.spans[i] = s
	}
	return true
}

// take adds the entry of a put, if it makes one here: a place at the head of each of the record's scopes, but not again
// where it only moves, and a removal where it leaves.
func (s *span) take(p *put) {
	was, is := slices.Contains(p.before, s.head.Scope), slices.Contains(p.after, s.head.Scope)
	last := -1
	for i := range s.entries {
		if s.entries[i].id == p.id {
			last, was = i, s.entries[i].wire != nil
		}
	}
	if !is && !was || is && was && p.moved {
		return
	}
	if last >= 0 {
		s.entries[last].gone = true
	}
	e := entry{id: p.id}
	if is {
		e.wire = p.wire
	}
	s.entries = append(s.entries, e)
}

// span returns what a device that has read up to a sequence finds in a feed that stands at head, if that is all made
// here, else nil.
func (m *made) span(head *storage.Head, after uint64) *span {
	if m == nil {
		return nil
	}
	for i := range m.spans {
		s := &m.spans[i]
		if s.head.Scope == head.Scope {
			if s.head == *head && s.before <= after {
				return s
			}
			return nil
		}
	}
	return nil
}

// changes gives what FeedReader.Changes gives; there are never too many for one page.
func (s *span) changes(after uint64, yield func(sequence uint64, c syncproto.Change) bool) {
	for i := range s.entries {
		e, sequence := &s.entries[i], s.before+uint64(i)+1
		if e.gone || sequence <= after {
			continue
		}
		if !yield(sequence, syncproto.Change{ID: e.id, Removed: e.wire == nil, Wire: e.wire}) {
			return
		}
	}
}

// puts notes what the savepoint of a mutation puts. A tombstone has no wire here.
func (j *judge) puts(r *syncproto.Record, wire []byte, before, after []syncproto.Scope, moved bool) {
	if r.Deleted {
		wire = nil
	}
	if len(j.left.puts) <= maxPuts {
		j.left.puts = append(j.left.puts, put{r.ID, wire, before, after, moved})
	}
}

// leave notes where the transaction left the feeds. Heads that it changed are in the store's memory.
func (b *batch) leave(tx storage.Tx) (err error) {
	b.left.before, b.left.after = b.sight.heads, nil
	var scopes []syncproto.Scope
	for i := range b.sight.heads {
		if _, changed := b.changed[b.sight.heads[i].Scope]; changed {
			scopes = append(scopes, b.sight.heads[i].Scope)
		}
	}
	if len(scopes) > 0 {
		b.left.after, err = tx.Heads(scopes)
	}
	return err
}

// recall hands what the transaction made and saw on to the pull, after the commit.
func (b *batch) recall() {
	if !b.left.settle() {
		return
	}
	b.made = &b.left
	v := b.sight
	device := *v.device
	device.Accepted = b.accepted
	v.device, v.heads = &device, slices.Clone(v.heads)
	for i := range v.heads {
		for j := range b.left.after {
			if v.heads[i].Scope == b.left.after[j].Scope {
				v.heads[i] = b.left.after[j]
			}
		}
	}
	b.seenLast = &v
}

// remembers reports whether everything that the device is to be given is in memory.
func (r *round) remembers(v *sight) bool {
	if len(r.req.Digests)+len(r.req.Leaves) > 0 {
		return false
	}
	for i := range v.heads {
		page, after, ok := r.open(v, &v.heads[i])
		if ok && page.head.Number != 0 && r.made.span(&v.heads[i], after) == nil {
			return false
		}
	}
	return true
}
