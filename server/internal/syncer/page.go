package syncer

import (
	"math"
	"sync/atomic"

	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Estimates of what things take after compression. They only decide how much is read; what is sent is measured.
const (
	envelopeBytes = 300 // the names, the cursor, the heads of pages
	outcomeBytes  = 14
	digestBytes   = 2900 // 2 KiB of sums, which do not compress, in base64
	removalBytes  = 64
	fillTo        = 0.94 // of the budget, so that few responses must be cut back
	maxChanges    = 8192 // of one page: removals are small
)

// smallBody is the size below which compression gains less than its own frame and header cost.
const smallBody = 300

// run is a page in the making: changes[start:end] of the pager.
type run struct {
	head       storage.Head
	start, end int
	first      bool // the first page of a snapshot
	fresh      bool // of a snapshot
	caughtUp   bool
	ratio      float64
}

// pager holds what was read for one response. Records are copied once, into the arena, and from there into the body.
type pager struct {
	sight     sight
	pages     []run
	changes   []syncproto.Change
	sequences []uint64
	arena     []byte
	repaired  int     // changes before this belong to leaves
	room      float64 // estimated bytes left
	full      bool    // a page was cut, so later scopes wait
}

func (p *pager) reset() {
	clear(p.changes)
	arena := p.arena[:0]
	if cap(arena) > maxKeptBytes {
		arena = nil
	}
	*p = pager{pages: p.pages[:0], changes: p.changes[:0], sequences: p.sequences[:0], arena: arena}
}

func (p *pager) add(sequence uint64, c syncproto.Change) {
	if !c.Removed {
		// When the arena grows, changes before keep the old array alive: nothing is copied twice.
		start := len(p.arena)
		p.arena = append(p.arena, c.Wire...)
		c.Wire = p.arena[start:len(p.arena):len(p.arena)]
	}
	p.changes = append(p.changes, c)
	p.sequences = append(p.sequences, sequence)
}

// finish assembles and compresses the response, and cuts it back until it fits. At least one change always goes:
// a record larger than the budget must not stand before all others for ever.
func (r *round) finish() {
	p := &r.pager
	count := len(p.changes) - p.repaired
	for {
		r.assemble(p.repaired + count)
		size := r.encode()
		if size <= r.budget || count <= 1 {
			break
		}
		count = max(1, min(count-1, int(float64(count)*0.97*float64(r.budget)/float64(size))))
	}
	r.answer.Changes, r.answer.More = count, r.resp.More
	if r.answer.Encoding == wire.Identity {
		r.answer.Body = append([]byte(nil), r.raw...)
	} else {
		r.answer.Body = append([]byte(nil), r.out...)
		r.learn(count)
	}
}

// encode writes the response and returns its size on the wire.
func (r *round) encode() int {
	r.raw = syncproto.AppendSyncResponse(r.raw[:0], &r.resp)
	r.answer.Encoding = wire.Identity
	if r.enc == wire.Identity || len(r.raw) < smallBody {
		return len(r.raw)
	}
	r.out = r.enc.Append(r.out[:0], r.raw)
	if len(r.out) >= len(r.raw) {
		return len(r.raw)
	}
	r.answer.Encoding = r.enc
	return len(r.out)
}

// assemble puts the pages of the changes below end into the response, with the cursor that stands after them.
func (r *round) assemble(end int) {
	p := &r.pager
	v := &p.sight
	if v.ended {
		r.resp.Pages, r.resp.More, r.resp.Cursor = nil, false, ""
		return
	}
	next := syncproto.Cursor{Epoch: v.epoch, Accepted: v.device.Accepted, Access: v.access.Revision}
	next.Positions = make([]syncproto.Position, 0, len(v.heads))
	r.resp.Pages = r.resp.Pages[:0]
	r.resp.More = p.full
	moved := len(v.drops) > 0 || r.cursor.Epoch != v.epoch
	at, cut := 0, false
	for i := range v.heads {
		head := &v.heads[i]
		var page *run
		if at < len(p.pages) && p.pages[at].head.Scope == head.Scope {
			page = &p.pages[at]
			at++
		}
		if page != nil && page.head.Number != 0 && (cut || page.start >= end && page.start < page.end) {
			cut, page = true, nil // it waits for the next round
		}
		if page == nil {
			if old, known := positionIn(r.cursor, head.Number); known && !v.foreign {
				next.Positions = append(next.Positions, old)
			}
			continue
		}
		moved = true
		last := max(page.start, min(page.end, end))
		out := syncproto.Page{Scope: head.Scope, Fresh: page.first, Changes: p.changes[page.start:last]}
		position := syncproto.Position{Scope: head.Number, Sequence: head.Sequence}
		if page.caughtUp && page.end == last {
			out.CaughtUp, out.Sum = true, head.Sum
		} else {
			cut = true
			position.Sequence, position.Fresh = p.sequences[last-1], page.fresh
		}
		r.resp.Pages = append(r.resp.Pages, out)
		if head.Number != 0 {
			next.Positions = append(next.Positions, position)
		}
	}
	r.resp.More = r.resp.More || cut
	r.resp.Cursor = ""
	if moved {
		r.resp.Cursor = next.Seal(*r.s.key.Load(), r.device.ID)
	}
}

// ratios remembers how well the records of each type of scope compress, so that most responses fit at once. Scopes of
// one type hold the same kinds of records; a table by scope would grow with the organisation.
type ratios [wire.Encodings][scopeTypes]atomic.Uint64

const scopeTypes = 5

func typeOf(scope syncproto.Scope) int {
	switch kind, _ := scope.Split(); kind {
	case "person":
		return 0
	case "call":
		return 1
	case "unit":
		return 2
	case "desk":
		return 3
	}
	return 4
}

func (t *ratios) init() {
	for e := range t {
		for i := range t[e] {
			ratio := 0.36 // of Vietnamese text in JSON
			if wire.Encoding(e) == wire.Identity {
				ratio = 1
			}
			t[e][i].Store(math.Float64bits(ratio))
		}
	}
}

func (t *ratios) of(e wire.Encoding, scope syncproto.Scope) float64 {
	return math.Float64frombits(t[e][typeOf(scope)].Load())
}

// learn corrects the ratio of the type of scope that filled most of the response. An estimate that was too low costs a
// second compression, so it is raised faster than it is lowered. Concurrent rounds may overwrite each other's lessons.
func (r *round) learn(count int) {
	p := &r.pager
	if count == 0 || len(r.raw) < 4096 {
		return
	}
	var bytes [scopeTypes]int
	best := 0
	for i := range p.pages {
		page := &p.pages[i]
		kind := typeOf(page.head.Scope)
		for _, c := range p.changes[page.start:max(page.start, min(page.end, p.repaired+count))] {
			bytes[kind] += len(c.Wire)
		}
		if bytes[kind] > bytes[best] {
			best = kind
		}
	}
	if bytes[best] < len(r.raw)*3/4 {
		return
	}
	was := math.Float64frombits(r.s.ratios[r.enc][best].Load())
	is := float64(len(r.out)) / float64(len(r.raw))
	weight := 0.1
	if is > was {
		weight = 0.5
	}
	r.s.ratios[r.enc][best].Store(math.Float64bits(was + weight*(is-was)))
}
