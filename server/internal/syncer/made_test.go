package syncer_test

import (
	"math/rand/v2"
	"testing"

	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/storage/memory"
	"lantoa/syncproto"
)

// TestWhatIsRememberedIsWhatIsThere lets phones that have read everything write in batches: stories, photos under them,
// commands, deletions, edits that collide. Every round that is answered from memory is answered from the store, too.
func TestWhatIsRememberedIsWhatIsThere(t *testing.T) {
	for name, open := range map[string]func(testing.TB) storage.Store{
		"memory": func(testing.TB) storage.Store { return memory.New() }, "sqlite": openSQLite,
	} {
		t.Run(name, func(t *testing.T) {
			remembered, rounds := 0, 0
			for seed := range uint64(6) {
				w := newWorldOn(t, open(t))
				w.store.twice = seed%2 == 1
				if seed%3 > 0 {
					w.reviewed()
				}
				rounds += batches(t, w, seed)
				remembered += w.remembered
			}
			if remembered < rounds/5 {
				t.Errorf("%d of %d rounds were answered from memory", remembered, rounds)
			}
		})
	}
}

func batches(t *testing.T, w *world, seed uint64) (rounds int) {
	random := rand.New(rand.NewPCG(seed, 11))
	phones := []*phone{
		w.joins("Lan", w.commune, syncproto.RoleVolunteer), w.joins("Minh", w.commune, syncproto.RoleEditor),
		w.joins("Hoa", w.province, syncproto.RoleAdmin),
	}
	var stories []syncproto.ID
	for range 60 {
		p := phones[random.IntN(len(phones))]
		p.enc, p.max = wire.Encoding(random.IntN(wire.Encodings)), []int{syncproto.MinPageBytes, syncproto.MaxPageBytes}[random.IntN(2)]
		w.now.Add(1 + random.Int64N(60_000))
		if random.IntN(8) > 0 {
			p.holds()
		}
		for range 1 + random.IntN(12) {
			stories = act(w, p, stories, random)
		}
		for len(p.outbox) > 0 {
			rounds++
			req := p.request()
			req.Refer = random.IntN(2) == 0
			if random.IntN(8) == 0 {
				req.Digests = []syncproto.Scope{syncproto.PersonScope(p.person)}
			}
			resp, err := p.exchange(req)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			p.took(resp)
		}
	}
	return rounds
}
