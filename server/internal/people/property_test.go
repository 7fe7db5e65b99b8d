package people_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// TestRandomReorganisationsKeepTheirLaws makes changes at random, most of them wrong. Whatever was taken: at every moment
// the tree has no circle and nobody stands under what ended; every unit that ended reaches a living one, or ended without
// on purpose; and what the tree said of the past it says for ever.
func TestRandomReorganisationsKeepTheirLaws(t *testing.T) {
	for seed := range uint64(4) {
		l := newLand(t)
		r := rand.New(rand.NewPCG(seed, 4))
		final := map[syncproto.ID]bool{}
		units := []syncproto.ID{l.root, l.north, l.south, l.lake, l.hill, l.river, l.field, l.meadow}
		taken, refused := 0, 0
		for step := range 120 {
			*l.now += int64(r.IntN(3)) * hour / 2
			past := l.pictures(units, *l.now)
			c := randomChange(r, units, *l.now)
			effects, err := l.Reorganise(t.Context(), people.Console(), []people.UnitChange{c}, false)
			if err != nil {
				if syncproto.KindOf(err) == syncproto.Internal {
					t.Fatalf("seed %d, step %d: %+v: %v", seed, step, c, err)
				}
				refused++
				continue
			}
			taken++
			for _, e := range effects {
				if e.Act == people.EffectCreated {
					units = append(units, e.Unit)
				}
				if e.Act == people.EffectEnded && len(e.Successors) == 0 {
					final[e.Unit] = true
				}
				if e.Act == people.EffectTakenBack {
					delete(final, e.Unit)
				}
			}
			from := c.At
			if c.At == 0 || c.Act == people.ActCancel {
				from = *l.now
			}
			l.holdPast(past, units, from, seed, step)
			l.holdLaws(units, final, seed, step)
		}
		if taken < 20 || refused < 20 {
			t.Errorf("seed %d: %d taken, %d refused", seed, taken, refused)
		}
	}
}

func randomChange(r *rand.Rand, units []syncproto.ID, now int64) people.UnitChange {
	pick := func() syncproto.ID { return units[r.IntN(len(units))] }
	c := people.UnitChange{Unit: pick(), Carry: r.IntN(2) == 0}
	if r.IntN(2) == 0 {
		c.At = now + int64(r.IntN(9)-3)*hour
	}
	switch r.IntN(7) {
	case 0:
		c.Act, c.Unit, c.Name, c.Parent = people.ActCreate, "", "Mới", pick()
	case 1:
		c.Act, c.Name = people.ActRename, string(rune('A'+r.IntN(26)))
	case 2:
		c.Act, c.Parent = people.ActReparent, pick()
	case 3:
		c.Act, c.Units = people.ActMerge, []syncproto.ID{pick(), pick()}
	case 4:
		c.Act, c.Parts = people.ActSplit, []people.Part{{Name: "Một"}, {Unit: pick()}}
	case 5:
		c.Act, c.Final = people.ActClose, r.IntN(3) == 0
		if !c.Final {
			c.Successors = []syncproto.ID{pick()}
		}
	default:
		c.Act = people.ActCancel
	}
	return c
}

// picture is what the tree said of one moment.
type picture struct {
	at     int64
	covers []bool
}

func (l *land) pictures(units []syncproto.ID, now int64) []picture {
	var list []picture
	for _, back := range []int64{0, 1, hour, 5 * hour, 20 * hour} {
		list = append(list, picture{now - back, l.covers(units, now-back)})
	}
	return list
}

func (l *land) covers(units []syncproto.ID, at int64) []bool {
	tree := l.tree(at)
	list := make([]bool, 0, len(units)*len(units))
	for _, a := range units {
		for _, b := range units {
			list = append(list, tree.Covers(a, b))
		}
	}
	return list
}

func (l *land) holdPast(past []picture, units []syncproto.ID, from int64, seed uint64, step int) {
	l.Helper()
	known := 0
	for known*known < len(past[0].covers) {
		known++
	}
	for _, p := range past {
		if p.at < from && !slices.Equal(l.covers(units[:known], p.at), p.covers) {
			l.Fatalf("seed %d, step %d: the past changed", seed, step)
		}
	}
}

// holdLaws checks the tree at every moment at which anything changes.
func (l *land) holdLaws(units []syncproto.ID, final map[syncproto.ID]bool, seed uint64, step int) {
	l.Helper()
	access := l.access()
	for at := *l.now - 8*hour; at < *l.now+10*hour; at += hour / 2 {
		tree := access.Tree(at)
		for _, id := range units {
			u, known := tree.Unit(id)
			if !known {
				continue
			}
			switch {
			case u.Until == 0:
				l.holdLiving(tree, u, seed, step)
			case len(u.Successors) > 0:
				if home := access.Home(id, nil, at); !living(tree, home) && !final[home] {
					l.Fatalf("seed %d, step %d: %s ended and reaches %s, which does not live", seed, step, id, home)
				}
			case !final[id]:
				l.Fatalf("seed %d, step %d: %s ended without a successor by mistake", seed, step, id)
			}
		}
	}
}

func (l *land) holdLiving(tree *syncproto.Tree, u syncproto.Unit, seed uint64, step int) {
	l.Helper()
	for steps := 0; u.Parent != ""; steps++ {
		above, known := tree.Unit(u.Parent)
		if !known || above.Until != 0 || steps > 64 {
			l.Fatalf("seed %d, step %d: %s stands under %s, which ended, is unknown or below it", seed, step, u.ID, u.Parent)
		}
		u = above
	}
}

func living(tree *syncproto.Tree, id syncproto.ID) bool {
	u, known := tree.Unit(id)
	return known && u.Until == 0
}
