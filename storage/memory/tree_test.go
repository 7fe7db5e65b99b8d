package memory

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTreeIsAnOrderedMapThatKeepsItsPast compares trees with plain maps, old versions too.
func TestTreeIsAnOrderedMapThatKeepsItsPast(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	var current tree[int]
	model := map[string]int{}
	var trees []tree[int]
	var models []map[string]int
	for step := range 2000 {
		key := fmt.Sprintf("%02d", random.IntN(60))
		if random.IntN(3) == 0 {
			current.drop(key)
			delete(model, key)
		} else {
			current.put(key, step)
			model[key] = step
		}
		if step%50 == 0 {
			trees, models = append(trees, current), append(models, maps.Clone(model))
		}
	}
	for i, tree := range trees {
		start := fmt.Sprintf("%02d", random.IntN(60))
		var got, want []string
		tree.from(start, func(key string, v int) bool {
			got = append(got, fmt.Sprint(key, v))
			return true
		})
		for _, key := range slices.Sorted(maps.Keys(models[i])) {
			if v, ok := tree.get(key); !ok || v != models[i][key] {
				t.Errorf("version %d: %s is %d, %v, want %d", i, key, v, ok, models[i][key])
			}
			if key >= start {
				want = append(want, fmt.Sprint(key, models[i][key]))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("version %d from %s: got %v, want %v", i, start, got, want)
		}
	}
}
