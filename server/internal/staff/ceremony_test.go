package staff_test

import (
	"fmt"
	"testing"
	"time"
)

// TestAFloodOfChallengesEndsOnlyItsOwn begins 10,000 sign-ins, from one address and from thousands.
func TestAFloodOfChallengesEndsOnlyItsOwn(t *testing.T) {
	w := newWorld(t)
	first, err := w.staff.BeginSignIn(at("10.0.0.2"))
	w.must(err)
	for range 5000 {
		_, err := w.staff.BeginSignIn(at("10.0.0.3"))
		w.must(err)
	}
	if n := w.staff.Ceremonies(); n != 1+64 {
		t.Errorf("%d challenges are open after a flood from one address", n)
	}
	if !w.staff.Open(first.ID) {
		t.Error("the flood ended somebody else's")
	}
	for i := range 5000 {
		_, err := w.staff.BeginSignIn(at(fmt.Sprintf("10.1.%d.%d", i/250, i%250)))
		w.must(err)
	}
	if n := w.staff.Ceremonies(); n != 4096 {
		t.Errorf("%d challenges are open after a flood from everywhere", n)
	}
	w.wait(5 * time.Minute)
	_, err = w.staff.BeginSignIn(at("10.0.0.2"))
	w.must(err)
	if n := w.staff.Ceremonies(); n != 1 {
		t.Errorf("%d challenges are open after five minutes", n)
	}
}
