package syncer_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// reader folds pages as SPEC clauses S-72 to S-76 tell a device to, and compares sums whenever it has caught up.
type reader struct {
	t      *testing.T
	seed   uint64
	scopes map[syncproto.Scope]map[syncproto.ID]syncproto.Hash
	doubt  map[syncproto.Scope]map[syncproto.ID]bool
}

func (r *reader) take(resp *syncproto.SyncResponse) {
	for _, scope := range resp.Drops {
		delete(r.scopes, scope)
	}
	for _, page := range resp.Pages {
		held := r.scopes[page.Scope]
		if held == nil {
			held = map[syncproto.ID]syncproto.Hash{}
			r.scopes[page.Scope] = held
		}
		if page.Fresh {
			r.doubt[page.Scope] = map[syncproto.ID]bool{}
			for id := range held {
				r.doubt[page.Scope][id] = true
			}
		}
		for _, c := range page.Changes {
			delete(held, c.ID)
			delete(r.doubt[page.Scope], c.ID)
			if c.Removed {
				continue
			}
			if record, err := syncproto.DecodeRecord(c.Wire); err != nil {
				r.t.Errorf("seed %d: %v", r.seed, err)
			} else if !record.Deleted {
				held[c.ID] = syncproto.HashRecord(c.Wire)
			}
		}
		if page.CaughtUp {
			r.caughtUp(page, held)
		}
	}
}

func (r *reader) caughtUp(page syncproto.Page, held map[syncproto.ID]syncproto.Hash) {
	for id := range r.doubt[page.Scope] {
		delete(held, id)
	}
	delete(r.doubt, page.Scope)
	var sum syncproto.Sum
	for _, hash := range held {
		sum.Add(hash)
	}
	if sum != page.Sum {
		r.t.Errorf("seed %d: %s: hold %d, the server has %d", r.seed, page.Scope, sum.Count, page.Sum.Count)
	}
}

// TestSumsAgreeWhateverHappens lets phones write, lose replies, gain and lose grants, and meet new epochs, and holds every caught-up page against its sum.
func TestSumsAgreeWhateverHappens(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 7))
		w := newWorld(t)
		if seed%2 == 1 {
			w.reviewed()
		}
		other := w.unit("Hoằng Trạch", w.province)
		roles := []syncproto.Role{syncproto.RoleVolunteer, syncproto.RoleEditor, syncproto.RoleAdmin}
		var phones []*phone
		readers := map[*phone]*reader{}
		for i := range 5 {
			p := w.joins("Lan", []syncproto.ID{w.commune, other, w.province}[i%3], roles[i%3])
			p.enc, p.max = wire.Encoding(i%wire.Encodings), 4<<10
			phones = append(phones, p)
			readers[p] = &reader{t, seed, map[syncproto.Scope]map[syncproto.ID]syncproto.Hash{}, map[syncproto.Scope]map[syncproto.ID]bool{}}
		}
		var stories []syncproto.ID
		for range 150 {
			p := phones[random.IntN(len(phones))]
			w.now.Add(1 + random.Int64N(60_000))
			stories = act(w, p, stories, random)
			if random.IntN(3) == 0 {
				_, err := p.exchange(p.request()) // the reply is lost
				w.check(err)
			}
			readers[p].take(p.round())
		}
		for _, p := range phones {
			for more := true; more; {
				resp := p.round()
				readers[p].take(resp)
				more = resp.More
			}
			if len(p.outbox) > 0 {
				t.Errorf("seed %d: %d mutations were never judged", seed, len(p.outbox))
			}
		}
	}
}

// act is one thing that happens.
func act(w *world, p *phone, stories []syncproto.ID, random *rand.Rand) []syncproto.ID {
	w.t.Helper()
	switch n := random.IntN(20); {
	case n < 5 || len(stories) == 0:
		id := w.id()
		p.wants(body(id, 0, prose(random, 20+random.IntN(3000))))
		return append(stories, id)
	case n < 9:
		p.wants(body(stories[random.IntN(len(stories))], random.Int64N(4), prose(random, 60)))
	case n < 11:
		p.wants(syncproto.Mutation{Record: w.id(), Kind: syncproto.KindPhoto, Set: syncproto.Fields{
			"parent": syncproto.Text(string(stories[random.IntN(len(stories))])),
		}})
	case n < 15:
		commands := []syncproto.Command{syncproto.CommandSubmit, syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish, syncproto.CommandWithdraw, syncproto.CommandTakeDown}
		p.wants(syncproto.Mutation{
			Record: stories[random.IntN(len(stories))], BaseRevision: 1 + random.Int64N(5), Reason: "vì",
			Command: commands[random.IntN(len(commands))],
		})
	case n < 17:
		p.wants(syncproto.Mutation{Record: stories[random.IntN(len(stories))], BaseRevision: random.Int64N(4), Delete: true})
	case n == 17:
		w.check(w.people.EndGrant(w.t.Context(), p.person, p.grant))
		grant, err := w.people.AddGrant(w.t.Context(), syncproto.Grant{
			Person: p.person, Unit: []syncproto.ID{w.commune, w.province}[random.IntN(2)], Role: syncproto.RoleEditor,
		})
		w.check(err)
		p.grant = grant.ID
	default:
		w.check(w.store.Update(w.t.Context(), func(tx storage.Tx) error { _, err := tx.NewEpoch(); return err }))
	}
	return stories
}

// TestConcurrentPhones is for the race detector: many rounds at once, grants moving, contacts being written.
func TestConcurrentPhones(t *testing.T) {
	w := newWorld(t)
	w.sync, w.crowded = syncerWithout(w), true
	var phones []*phone
	for range 6 {
		phones = append(phones, w.joins("Lan", w.commune, syncproto.RoleEditor))
	}
	ctx, cancel := context.WithCancel(t.Context())
	var background, workers sync.WaitGroup
	background.Go(func() { _ = w.sync.Run(ctx) })
	for i, p := range phones {
		batches := make([][]syncproto.PushedMutation, 20)
		for b := range batches {
			id := p.story("một")
			p.wants(syncproto.Mutation{Record: id, Command: syncproto.CommandSubmit})
			batches[b], p.outbox = p.outbox, nil
		}
		workers.Go(func() {
			for b, batch := range batches {
				p.enc, p.outbox = wire.Encoding((i+b)%wire.Encodings), batch
				if _, err := w.sync.Authenticate(t.Context(), p.token); err != nil {
					t.Error(err)
				}
				if resp := p.round(); resp.PushCode != "" {
					t.Errorf("got %s", resp.PushCode)
				}
			}
		})
	}
	for range 10 {
		_, err := w.people.AddGrant(t.Context(), syncproto.Grant{Person: phones[0].person, Unit: w.province, Role: syncproto.RoleVolunteer})
		w.check(err)
	}
	workers.Wait()
	cancel()
	background.Wait()
	for _, p := range phones {
		if held := p.holdsAll()[syncproto.DeskScope(w.commune)]; len(held) != 120 {
			t.Errorf("got %d stories", len(held))
		}
	}
}
