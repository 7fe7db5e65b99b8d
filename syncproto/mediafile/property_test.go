package mediafile_test

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"lantoa/syncproto/mediafile"
	"lantoa/syncproto/mediafile/sample"
)

var rounds = flag.Int("rounds", 200, "damaged files of each format")

// TestDamagedFiles changes samples in the ways that break parsers: bytes flipped, lengths made huge or small, runs
// removed, doubled and moved. Whatever is still accepted strips to itself.
func TestDamagedFiles(t *testing.T) {
	const seed = 20261122
	if testing.Short() {
		*rounds = min(*rounds, 20)
	}
	for extension, make := range sample.All {
		t.Run(extension, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, uint64(len(extension))))
			o := hanoi
			o.Width, o.Height = 16, 8
			whole := make(o)
			accepted := 0
			for round := range *rounds {
				b := damage(rng, whole)
				var once, twice bytes.Buffer
				if _, err := mediafile.Strip(&once, bytes.NewReader(b), int64(len(b))); err != nil {
					known(t, err)
					continue
				}
				accepted++
				changed, err := mediafile.Strip(&twice, bytes.NewReader(once.Bytes()), int64(once.Len()))
				if err != nil || changed || !bytes.Equal(once.Bytes(), twice.Bytes()) {
					t.Fatalf("seed %d, round %d: a second stripping: changed %v, %v", seed, round, changed, err)
				}
			}
			t.Logf("seed %d: %d of %d accepted", seed, accepted, *rounds)
		})
	}
}

func damage(rng *rand.Rand, whole []byte) []byte {
	b := bytes.Clone(whole)
	for range 1 + rng.IntN(3) {
		at := rng.IntN(len(b) - 8)
		if rng.IntN(2) == 0 {
			at = rng.IntN(min(len(b)-8, 600)) // the structure stands at the front
		}
		run := min(1+rng.IntN(40), len(b)-at)
		switch rng.IntN(7) {
		case 0:
			b[at] ^= 1 << rng.IntN(8)
		case 1:
			b[at] = byte(rng.Uint32())
		case 2:
			binary.BigEndian.PutUint32(b[at:], []uint32{0, 1, 7, 0x7fffffff, 0xffffffff, uint32(len(b))}[rng.IntN(6)])
		case 3:
			b = slices.Delete(b, at, at+run)
		case 4:
			b = slices.Insert(b, at, bytes.Clone(b[at:at+run])...)
		case 5:
			copy(b[rng.IntN(len(b)-run+1):], bytes.Clone(b[at:at+run]))
		case 6:
			binary.LittleEndian.PutUint16(b[at:], uint16(rng.IntN(4)*0x5555))
		}
		if len(b) < 32 {
			break
		}
	}
	return b
}
