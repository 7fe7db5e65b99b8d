package push

import (
	"context"
	"testing"
	"time"

	"lantoa/storage"
)

// leave lets as many messages leave as a pacer allows until a time, and returns how many those were.
func leave(p *pacer, from, until time.Time) (n int) {
	for at := from; at.Before(until); {
		next, ok := p.ready(at)
		if !ok {
			at = next
			continue
		}
		p.take()
		n++
	}
	return n
}

func near(t *testing.T, what string, got, want, slack int) {
	t.Helper()
	if got < want-slack || got > want+slack {
		t.Errorf("%s: got %d, want %d ± %d", what, got, want, slack)
	}
}

func TestPacerStartsSlowly(t *testing.T) {
	p := newPacer(500, time.Minute)
	near(t, "the first second", leave(p, noon, noon.Add(time.Second)), 54+10, 4) // with what may leave at once
	near(t, "a minute", leave(p, noon.Add(time.Second), noon.Add(time.Minute)), 16_450, 100)
	near(t, "a second of the second minute", leave(p, noon.Add(time.Minute), noon.Add(61*time.Second)), 500, 5)
	rested := noon.Add(3 * time.Minute)
	near(t, "a second after idle", leave(p, rested, rested.Add(time.Second)), 54+10, 4)
}

func TestPacerWithoutRampIsAtItsRate(t *testing.T) {
	p := newPacer(10_000, -1)
	near(t, "a second", leave(p, noon, noon.Add(time.Second)), 10_000+200, 20)
}

func TestPacerHalvesOnceASecondAndGrowsBack(t *testing.T) {
	p := newPacer(400, time.Minute)
	leave(p, noon, noon.Add(2*time.Minute))
	at := noon.Add(2 * time.Minute)
	for range 100 {
		p.halve(at)
	}
	near(t, "after a quota", int(p.speed(at)), 200, 1)
	p.halve(at.Add(time.Second))
	near(t, "after another", int(p.speed(at.Add(time.Second))), 103, 1)
	near(t, "ten seconds later", int(p.speed(at.Add(11*time.Second))), 163, 1)
	near(t, "at last", int(p.speed(at.Add(59*time.Second))), 400, 1)
}

func TestPacerNeverStops(t *testing.T) {
	p := newPacer(500, -1)
	for n := range 1000 {
		p.halve(noon.Add(time.Duration(n) * time.Second))
	}
	if p.now < 5 {
		t.Errorf("a thousand quotas leave %v a second", p.now)
	}
}

func TestBreaker(t *testing.T) {
	var b breaker
	b.close()
	if !b.trip(noon, "auth", false, 0) {
		t.Fatal("a closed breaker did not open")
	}
	if b.trip(noon.Add(time.Second), "auth", false, 0) || !b.retry.Equal(noon.Add(30*time.Second)) {
		t.Errorf("an answer of a message that had left before moved the probe to %v", b.retry)
	}
	at := noon
	for _, wait := range []time.Duration{30, 60, 120, 240, 300, 300} {
		at = at.Add(wait * time.Second)
		if ok, _ := b.pass(at.Add(-time.Millisecond)); ok {
			t.Fatalf("something passes before %v seconds are over", wait)
		}
		if ok, _ := b.pass(at); !ok || !b.begin() {
			t.Fatalf("no probe passes after %v seconds", wait)
		}
		if ok, hold := b.pass(at); ok || !hold {
			t.Fatal("something passes beside the probe")
		}
		if b.trip(at, "auth", true, 0) {
			t.Fatal("a probe that failed counts as an opening")
		}
	}
	if !b.since.Equal(noon) {
		t.Errorf("open since %v, want %v", b.since, noon)
	}
	b.close()
	if ok, _ := b.pass(at); !ok || b.begin() {
		t.Error("a closed breaker holds something back")
	}
}

func TestWatchPausesWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		of   func(n int) Result
		want int // the result at which it pauses; 0 for never
	}{
		{"all refused", func(int) Result { return Refused }, 50},
		{"all taken", func(int) Result { return Accepted }, 0},
		{"three in ten bad", func(n int) Result {
			if n%10 < 3 {
				return Bad
			}
			return Accepted
		}, 51},
		{"a quarter bad", func(n int) Result {
			if n%4 == 0 {
				return Bad
			}
			return Accepted
		}, 0},
		{"all gone", func(int) Result { return Gone }, 0},
		{"all config", func(int) Result { return Config }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w watch
			got := 0
			for n := range 1000 {
				if w.add(noon, 3, c.of(n)) {
					if got != 0 {
						t.Fatal("it pauses twice")
					}
					got = n + 1
				}
			}
			if got != c.want || w.paused(3) != (c.want > 0) {
				t.Errorf("pauses at %d, want %d", got, c.want)
			}
			if w.resume(3); w.paused(3) {
				t.Error("it is paused after it was resumed")
			}
		})
	}
}

func TestWatchForgetsOldIntents(t *testing.T) {
	var w watch
	for n := range int64(10 * watchMany) {
		w.add(noon.Add(time.Duration(n)*time.Minute), n, Accepted)
	}
	if len(w.intents) > watchMany {
		t.Errorf("%d intents are remembered", len(w.intents))
	}
}

// TestWatchLooksForOldIntentsOnceAMinute: an evening's digests are an intent a person, and looking through all of them at each
// would hold up whatever is urgent.
func TestWatchLooksForOldIntentsOnceAMinute(t *testing.T) {
	var w watch
	looks, last := 0, time.Time{}
	for n := range int64(30 * watchMany) { // half a minute
		w.add(noon.Add(time.Duration(n)*time.Millisecond), n, Accepted)
		if w.looked != last {
			looks, last = looks+1, w.looked
		}
	}
	if looks != 1 {
		t.Errorf("%d looks", looks)
	}
	w.add(noon.Add(-time.Hour), -1, Accepted) // somebody set the clock back
	if w.looked == last {
		t.Error("no look after the clock was set back")
	}
}

func TestWindowKeepsADay(t *testing.T) {
	var w window
	for hour := range 100 {
		w.add(noon.Add(time.Duration(hour)*time.Hour), Accepted)
		w.add(noon.Add(time.Duration(hour)*time.Hour), Gone)
	}
	if got := w.sum(noon.Add(99 * time.Hour)); got[Accepted] != 24 || got[Gone] != 24 {
		t.Errorf("the last day had %v", got)
	}
	if got := w.sum(noon.Add(1000 * time.Hour)); len(got) != 0 {
		t.Errorf("a day without results had %v", got)
	}
}

func TestLaneAdmits(t *testing.T) {
	l := newLane(FCM, nil, 500, -1)
	if ok, back := l.admit(noon, Android); ok || !back.Equal(noon.Add(noSenderWait)) {
		t.Error("something leaves without a sender")
	}
	l = newLane(FCM, discard{}, 500, -1)
	l.breakerOf(IOS).trip(noon, "third_party_auth", false, 0)
	if ok, _ := l.admit(noon, Android); !ok {
		t.Error("what stops iOS stops Android")
	}
	if ok, back := l.admit(noon, IOS); ok || !back.Equal(noon.Add(30*time.Second)) {
		t.Errorf("iOS goes back until %v", back)
	}
	probe := &item{lane: l, leased: storage.Leased{Registration: storage.Registration{Platform: string(IOS)}}}
	at := noon.Add(30 * time.Second)
	if l.begin(probe); !probe.platformProbe || probe.probe {
		t.Error("the first of iOS is no probe of iOS")
	}
	if ok, back := l.admit(at, IOS); ok || !back.Equal(at.Add(platformHold)) {
		t.Error("iOS does not wait for its probe")
	}
	l.paused = at.Add(time.Minute)
	if ok, back := l.admit(at, Android); ok || !back.Equal(l.paused) || l.leases(at) || !l.opens(at).Equal(l.paused) {
		t.Error("a quota does not stop the lane")
	}
}

// discard accepts everything.
type discard struct{}

func (discard) Send(context.Context, *Message) Verdict { return Verdict{Result: Accepted} }
