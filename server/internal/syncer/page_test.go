package syncer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

var words = strings.Fields(`tình nguyện viên xã Hoằng Lộc hiến máu cứu trợ bão lũ gia đình chính sách thăm hỏi quà Tết trẻ em
	học sinh nghèo vượt khó sửa nhà tình nghĩa đồng bào miền núi sáng nay trao tặng hội viên chi hội phối hợp tổ chức`)

// prose is Vietnamese text of about n bytes.
func prose(random *rand.Rand, n int) string {
	var b strings.Builder
	for b.Len() < n {
		b.WriteString(words[random.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()
}

// fill places n stories straight into a unit's scope.
func (w *world) fill(n, bytes int) {
	w.t.Helper()
	random := rand.New(rand.NewPCG(1, uint64(bytes)))
	author := w.id()
	for done := 0; done < n; {
		from := done
		w.check(w.store.Update(w.t.Context(), func(tx storage.Tx) error {
			for done = from; done < min(n, from+1000); done++ {
				size := bytes
				if bytes == 0 { // mixed: mostly short, some long, a few huge
					size = []int{80, 200, 900, 900, 4000, 60000}[random.IntN(6)]
				}
				r := &syncproto.Record{
					ID: w.id(), Kind: syncproto.KindStory, Unit: w.commune, Author: author, Revision: 1,
					State: syncproto.StatePublished, Received: w.now.Load(), Changed: w.now.Load(),
					Fields: syncproto.Fields{
						"title": syncproto.Text(fmt.Sprint("Tin số ", done)), "body": syncproto.Text(prose(random, size)),
					},
				}
				if err := tx.PutRecord(r, []syncproto.Scope{syncproto.UnitScope(w.commune)}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func TestBudgetIsRespected(t *testing.T) {
	w := newWorld(t)
	w.fill(300, 900)
	for _, enc := range []wire.Encoding{wire.Identity, wire.Gzip, wire.Zstd} {
		for _, budget := range []int{4 << 10, 16 << 10, 64 << 10} {
			p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
			p.enc, p.max = enc, budget
			seen := map[syncproto.ID]bool{}
			rounds, full := 0, 0
			for more := true; more; rounds++ {
				resp := p.round()
				more = resp.More
				if p.size > budget {
					t.Errorf("%v, %d: got %d bytes", enc, budget, p.size)
				}
				if p.size > budget*7/10 {
					full++
				}
				for _, page := range resp.Pages {
					if page.Fresh != (page.Scope != syncproto.UnitScope(w.commune) || len(seen) == 0) && rounds > 0 {
						t.Errorf("round %d: fresh is %v in %s", rounds, page.Fresh, page.Scope)
					}
					for _, c := range page.Changes {
						if page.Scope == syncproto.UnitScope(w.commune) {
							if seen[c.ID] {
								t.Errorf("%s came twice", c.ID)
							}
							seen[c.ID] = true
						}
					}
				}
			}
			if len(seen) != 301 { // and the unit itself
				t.Errorf("%v, %d: got %d records", enc, budget, len(seen))
			}
			if rounds > 4 && full < rounds*3/4 {
				t.Errorf("%v, %d: only %d of %d rounds were filled", enc, budget, full, rounds)
			}
		}
	}
}

func TestHugeRecordsGoAlone(t *testing.T) {
	w := newWorld(t)
	w.fill(120, 0)
	for _, enc := range []wire.Encoding{wire.Gzip, wire.Zstd} {
		p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
		p.enc, p.max = enc, 4<<10
		for more := true; more; {
			resp := p.round()
			more = resp.More
			changes := 0
			for _, page := range resp.Pages {
				changes += len(page.Changes)
			}
			if p.size > p.max && changes != 1 {
				t.Errorf("%v: %d bytes with %d changes", enc, p.size, changes)
			}
		}
		if n := len(p.holdsAll()[syncproto.UnitScope(w.commune)]); n != 121 {
			t.Errorf("got %d records", n)
		}
	}
}

// TestCutFirstSyncResumes loses every second reply.
func TestCutFirstSyncResumes(t *testing.T) {
	w := newWorld(t)
	w.fill(200, 900)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.enc, p.max = wire.Gzip, 8<<10
	seen := map[syncproto.ID]bool{}
	for more := true; more; {
		_, err := p.exchange(p.request())
		w.check(err)
		resp := p.round()
		more = resp.More
		for _, page := range resp.Pages {
			for _, c := range page.Changes {
				seen[c.ID] = true
			}
			if page.CaughtUp && page.Scope == syncproto.UnitScope(w.commune) && page.Sum.Count != 201 {
				t.Errorf("got sum of %d", page.Sum.Count)
			}
		}
	}
	if len(seen) != 203 {
		t.Errorf("got %d records", len(seen))
	}
}

func TestDigestThenLeaves(t *testing.T) {
	w := newWorld(t)
	w.fill(2000, 200)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.enc = wire.Zstd
	p.holds()
	unit := syncproto.UnitScope(w.commune)
	req := p.request()
	req.Digests = []syncproto.Scope{unit, syncproto.DeskScope(w.commune), syncproto.ScopePublic}
	resp, err := p.exchange(req)
	w.check(err)
	if len(resp.Digests) != 2 || resp.Digests[0].Scope != unit || resp.Digests[0].Leaves == [syncproto.Leaves]uint64{} ||
		resp.Digests[1].Leaves != [syncproto.Leaves]uint64{} {
		t.Fatalf("got %d digests", len(resp.Digests))
	}
	var sum syncproto.Digest
	for leaf := range syncproto.Leaves {
		var after syncproto.ID
		for complete := false; !complete; {
			req := p.request()
			req.Leaves = []syncproto.LeafWanted{{Scope: unit, Leaf: leaf, After: after}, {Scope: syncproto.DeskScope(w.commune)}}
			resp, err := p.exchange(req)
			w.check(err)
			if len(resp.Leaves) != 1 {
				t.Fatalf("got %+v", resp.Leaves)
			}
			for _, c := range resp.Leaves[0].Changes {
				sum.Add(c.ID, syncproto.HashRecord(c.Wire))
				after = c.ID
			}
			complete = resp.Leaves[0].Complete
		}
	}
	if sum.Cut() != resp.Digests[0].Leaves {
		t.Error("the leaves do not add up to the digest")
	}
}

func TestManyLeavesStayInTheBudget(t *testing.T) {
	w := newWorld(t)
	w.fill(1000, 900)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.enc, p.max = wire.Gzip, 16<<10
	req := p.request()
	for leaf := range syncproto.Leaves {
		req.Leaves = append(req.Leaves, syncproto.LeafWanted{Scope: syncproto.UnitScope(w.commune), Leaf: leaf})
	}
	resp, err := p.exchange(req)
	w.check(err)
	if p.size > p.max || len(resp.Leaves) < 3 || len(resp.Pages) == 0 {
		t.Errorf("%d bytes, %d leaves, %d pages", p.size, len(resp.Leaves), len(resp.Pages))
	}
}
