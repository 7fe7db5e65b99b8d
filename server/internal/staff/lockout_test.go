package staff_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"lantoa/server/internal/staff"
	"lantoa/storage/sqlite"
	"lantoa/syncproto"
)

const wrong = "sai hết cả rồi"

// waitOf returns how long an attempt was told to wait, 0 if it was judged.
func waitOf(err error) time.Duration {
	if l, ok := errors.AsType[*staff.LockedError](err); ok {
		return l.Wait
	}
	return 0
}

// TestDelaysGrowAndEnd guesses as fast as one address may.
func TestDelaysGrowAndEnd(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	var waits []time.Duration
	for len(waits) < 14 {
		err := w.try(at("10.0.0.2"), "thino", wrong)
		if wait := waitOf(err); wait > 0 {
			waits = append(waits, wait)
			w.wait(wait)
			continue
		}
		w.refused(err, syncproto.CodeSignInFailed)
	}
	for i, wait := range waits {
		if want := min(time.Second<<i, 15*time.Minute); wait != want {
			t.Errorf("delay %d is %v, want %v", i, wait, want)
		}
	}
	w.signIn(at("10.0.0.2"), "thino") // the owner, after the delay
	for range 4 {                     // and everything is forgotten
		w.refused(w.try(at("10.0.0.2"), "thino", wrong), syncproto.CodeSignInFailed)
	}
}

// TestAnswersDoNotTellWhetherAnAccountExists asks about one that does and one that does not, in the same rhythm.
func TestAnswersDoNotTellWhetherAnAccountExists(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	for i := range 200 {
		there := w.try(at(fmt.Sprintf("10.1.%d.1", i%20)), "thino", wrong)
		absent := w.try(at(fmt.Sprintf("10.2.%d.1", i%20)), "khongco", wrong)
		if syncproto.CodeOf(there) != syncproto.CodeOf(absent) || waitOf(there) != waitOf(absent) {
			t.Fatalf("attempt %d: %v of one that exists, %v of one that does not", i, there, absent)
		}
		w.wait(300 * time.Millisecond)
	}
}

// TestNobodyLocksTheOwnerOut lets 2,000 addresses guess without a pause. The owner comes in from the browser that they
// use, by a recovery code, and in a quarter of an hour from any other browser; their session goes on.
func TestNobodyLocksTheOwnerOut(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	home := at("10.9.9.9")
	entry, who := w.signIn(home, "thino")
	codes, err := w.staff.NewCodes(t.Context(), who)
	w.must(err)
	for i := range 2000 {
		w.refused(w.try(at(fmt.Sprintf("10.%d.%d.1", 10+i/250, i%250)), "thino", wrong), syncproto.CodeSignInFailed)
		w.wait(time.Second)
	}
	w.identify(entry.Token)
	w.refused(w.try(at("10.8.8.8"), "thino", good), syncproto.CodeSignInFailed) // strangers are not heard, and not told so
	known := &staff.Visit{From: netip.MustParseAddr("10.7.7.7"), Browser: entry.Browser}
	w.signIn(known, "thino")
	if _, err := w.staff.Recover(t.Context(), at("10.6.6.6"), "thino", codes[0]); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
}

func TestStrangersAreHeardAgainAfterAQuarterOfAnHour(t *testing.T) {
	w := newWorld(t)
	person := w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	for i := range 500 {
		w.refused(w.try(at(fmt.Sprintf("10.10.%d.1", i%250)), "thino", wrong), syncproto.CodeSignInFailed)
	}
	for range 40 { // as long as it takes to come to the longest delay
		w.wait(15 * time.Minute)
		w.refused(w.try(at("10.5.5.5"), "thino", wrong), syncproto.CodeSignInFailed)
	}
	w.staff.WriteFailures()
	if until := time.UnixMilli(w.account(person).Until).Sub(w.clock()); until > 15*time.Minute {
		t.Errorf("locked for %v", until)
	}
	w.wait(15 * time.Minute)
	w.signIn(at("10.4.4.4"), "thino")
	if a := w.account(person); a.Failed != 0 || a.Until != 0 {
		t.Errorf("after a good sign-in: %d failures until %d", a.Failed, a.Until)
	}
}

// TestAKnownBrowserHasItsOwnCounter: whoever stole the browser's mark guesses as slowly as anybody, and in nobody's way.
func TestAKnownBrowserHasItsOwnCounter(t *testing.T) {
	w := newWorld(t)
	w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	w.join("Trần Văn Bưởi", "vanbuoi", w.commune.ID, syncproto.RoleEditor)
	entry, _ := w.signIn(at("10.0.0.2"), "thino")
	stolen := func(i int) *staff.Visit {
		return &staff.Visit{From: netip.AddrFrom4([4]byte{10, 1, 0, byte(i)}), Browser: entry.Browser}
	}
	for i := range 5 {
		w.refused(w.try(stolen(i), "thino", wrong), syncproto.CodeSignInFailed)
	}
	if wait := waitOf(w.try(stolen(9), "thino", wrong)); wait != time.Second {
		t.Errorf("the sixth waits %v", wait)
	}
	w.signIn(at("10.0.0.3"), "thino")
	// The mark is of one account: to another it is a stranger's.
	other := &staff.Visit{From: netip.MustParseAddr("10.2.0.1"), Browser: entry.Browser}
	for range 5 {
		w.refused(w.try(other, "vanbuoi", wrong), syncproto.CodeSignInFailed)
	}
	if wait := waitOf(w.try(&staff.Visit{From: other.From}, "vanbuoi", wrong)); wait != time.Second {
		t.Errorf("the mark of another account helped: %v", wait)
	}
}

func TestOneAddressIsHeldBackWhateverItTries(t *testing.T) {
	w := newWorld(t)
	for i := range 30 {
		w.refused(w.try(at("10.0.0.2"), fmt.Sprintf("nguoi%d", i), wrong), syncproto.CodeSignInFailed)
	}
	w.refused(w.try(at("10.0.0.2"), "nguoi99", wrong), syncproto.CodeSignInLocked)
	_, err := w.staff.Recover(t.Context(), at("10.0.0.2"), "nguoi99", syncproto.NewEnrollCode())
	w.refused(err, syncproto.CodeSignInLocked)
	_, err = w.staff.UseLink(t.Context(), at("10.0.0.2"), staff.Setup{Link: "x"})
	w.refused(err, syncproto.CodeSignInLocked)
	w.refused(w.try(at("10.0.0.3"), "nguoi99", wrong), syncproto.CodeSignInFailed)
	if w.counted["password locked"] != 1 || w.counted["password refused"] != 31 || w.counted["recovery locked"] != 1 {
		t.Errorf("counted %v", w.counted)
	}
}

// TestARestartKeepsSessionsAndFailures closes the database and opens it again.
func TestARestartKeepsSessionsAndFailures(t *testing.T) {
	path := t.TempDir() + "/lantoa.db"
	first, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, first)
	person := w.join("Lê Thị Nở", "thino", w.commune.ID, syncproto.RoleEditor)
	entry, who := w.signIn(at("10.0.0.2"), "thino")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.staff.Run(ctx) }()
	for i := range 30 {
		w.refused(w.try(at(fmt.Sprintf("10.1.%d.1", i)), "thino", wrong), syncproto.CodeSignInFailed)
	}
	stop()
	w.must(<-done)
	w.must(first.Close())
	second, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	w.must(err)
	defer second.Close()
	again := newWorldOn(t, second)
	if now := again.identify(entry.Token); *now != *who {
		t.Errorf("got %+v, was %+v", now, who)
	}
	if a := again.account(person); a.Failed != 21 {
		t.Errorf("%d failures are remembered", a.Failed)
	}
	again.refused(again.try(at("10.2.0.1"), "thino", good), syncproto.CodeSignInFailed)
	again.signIn(&staff.Visit{From: netip.MustParseAddr("10.2.0.2"), Browser: entry.Browser}, "thino")
}
