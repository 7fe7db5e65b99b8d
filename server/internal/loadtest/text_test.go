package loadtest_test

import (
	"testing"

	"golang.org/x/text/unicode/norm"

	"lantoa/server/internal/loadtest"
	"lantoa/syncproto"
)

func TestStoriesRepeatWithTheirSeed(t *testing.T) {
	a, b, other := loadtest.NewWriter(7, 1), loadtest.NewWriter(7, 1), loadtest.NewWriter(7, 2)
	same := 0
	for range 50 {
		first, second, third := syncproto.Object(a.Story()), syncproto.Object(b.Story()), syncproto.Object(other.Story())
		if first != second {
			t.Fatalf("the same seed wrote two stories:\n%s\n%s", first, second)
		}
		if first == third {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 50 stories of another sequence are equal", same)
	}
}

func TestStoriesAreValidVietnameseOfAboutAKilobyte(t *testing.T) {
	w := loadtest.NewWriter(1, 1)
	total := 0
	for range 200 {
		story := w.Story()
		for name, value := range story {
			if !norm.NFC.IsNormalString(string(value)) {
				t.Fatalf("%s is not NFC: %s", name, value)
			}
			if err := syncproto.CheckField(syncproto.KindStory, name, value); err != nil {
				t.Fatalf("%s: %v: %s", name, err, value)
			}
		}
		total += len(syncproto.Object(story))
	}
	if mean := total / 200; mean < 700 || mean > 1100 {
		t.Errorf("fields of a story have %d bytes on average, want about 900", mean)
	}
}
