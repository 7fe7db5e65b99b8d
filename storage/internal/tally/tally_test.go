package tally_test

import (
	"maps"
	"testing"

	"lantoa/storage/internal/tally"
)

func TestThereAndBack(t *testing.T) {
	counts := map[string]int64{"came/story/relief": 3, "claim/12": -1, "": 9, "none": 0, "big": 1 << 60}
	b := tally.Append(nil, counts)
	got := map[string]int64{"big": 1}
	if !tally.Into(got, b) {
		t.Fatal("not read")
	}
	delete(counts, "none")
	counts["big"]++
	if !maps.Equal(got, counts) {
		t.Errorf("got %v, want %v", got, counts)
	}
	for i := range b {
		if i > 0 && tally.Into(map[string]int64{}, b[:i]) && len(tally.Append(nil, counts)) < i {
			t.Errorf("%d bytes of it were read as all", i)
		}
	}
}

func FuzzInto(f *testing.F) {
	f.Add([]byte("\x01a\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tally.Into(map[string]int64{}, b) // never panics
	})
}
