package simtest

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"

	"lantoa/syncproto"
)

// dice is a seeded source. It also serves as the io.Reader from which engines and servers take their ids.
type dice struct{ *rand.Rand }

func newDice(seed int64, stream uint64) dice {
	return dice{rand.New(rand.NewPCG(uint64(seed), stream))}
}

func (d dice) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(d.Uint32())
	}
	return len(p), nil
}

// chance reports true once in n times.
func (d dice) chance(n int) bool { return d.IntN(n) == 0 }

func (d dice) id(now int64) syncproto.ID {
	var random [10]byte
	d.Read(random[:])
	return syncproto.MakeID(now, random)
}

func pick[T any](d dice, items []T) T { return items[d.IntN(len(items))] }

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
