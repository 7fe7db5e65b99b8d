package push

import (
	"testing"
	"time"

	"lantoa/storage"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// outcomeOf is what came of a delivery that was sent at noon, took 40 ms and may be sent until a time.
func outcomeOf(v Verdict, until time.Time) *outcome {
	i := &item{leased: storage.Leased{Delivery: storage.Delivery{
		Number: 7, Due: noon.Add(-time.Minute).UnixMilli(), Until: until.UnixMilli(), Lease: 99, Code: "earlier",
	}}}
	return &outcome{item: i, verdict: v, began: noon, ended: noon.Add(40 * time.Millisecond), draw: 0.5}
}

func TestDecide(t *testing.T) {
	day := noon.Add(24 * time.Hour)
	after := func(d time.Duration) int64 { return noon.Add(40*time.Millisecond + d).UnixMilli() }
	once := past{tries: 1, open: 1, first: noon.Add(-time.Minute).UnixMilli()}
	closed := noon.Add(3 * time.Minute)
	for _, c := range []struct {
		name    string
		verdict Verdict
		past    past
		back    time.Time
		until   time.Time
		state   storage.DeliveryState
		due     int64
		counts  bool
		attempt bool
		code    string
	}{
		{"accepted", Verdict{Result: Accepted}, past{}, time.Time{}, day, storage.DeliveryAccepted, 0, true, true, ""},
		{"gone", Verdict{Result: Gone, Code: "unregistered"}, past{}, time.Time{}, day, storage.DeliveryGone, 0, false, true, "unregistered"},
		{"mismatch", Verdict{Result: Mismatch, Code: "sender_mismatch"}, past{}, time.Time{}, day, storage.DeliveryGone, 0, false, true, "sender_mismatch"},
		{"bad", Verdict{Result: Bad, Code: "bad_target"}, past{}, time.Time{}, day, storage.DeliveryFailed, 0, false, true, "bad_target"},
		{"refused", Verdict{Result: Refused, Code: "too_large"}, past{}, time.Time{}, day, storage.DeliveryFailed, 0, false, true, "too_large"},
		{"first later waits half of ten seconds", Verdict{Result: Later, Code: "internal"}, past{}, time.Time{}, day, storage.DeliveryDue, after(5 * time.Second), false, true, "internal"},
		{"fourth later waits half of eighty", Verdict{Result: Later, Code: "internal"}, past{tries: 3, first: noon.UnixMilli()}, time.Time{}, day, storage.DeliveryDue, after(40 * time.Second), false, true, "internal"},
		{"later waits as long as it is told", Verdict{Result: Later, After: time.Minute}, past{}, time.Time{}, day, storage.DeliveryDue, after(time.Minute), false, true, ""},
		{"later of a lane waits for the lane", Verdict{Result: Later, Code: CodeQuota, Lane: true}, past{}, closed, day, storage.DeliveryDue, closed.UnixMilli(), false, true, CodeQuota},
		{"a long rest of a lane takes nobody's push away", Verdict{Result: Later, Code: CodeQuota, Lane: true, After: 2 * time.Hour}, once, noon.Add(2 * time.Hour), day, storage.DeliveryDue, after(2 * time.Hour), false, true, CodeQuota},
		{"later beyond the end is over", Verdict{Result: Later, After: 2 * time.Minute}, past{}, time.Time{}, noon.Add(time.Minute), storage.DeliveryExpired, 0, false, true, ""},
		{"later beyond the end after an open attempt", Verdict{Result: Later, After: 2 * time.Minute}, once, time.Time{}, noon.Add(time.Minute), storage.DeliveryUnsure, 0, false, true, ""},
		{"later an hour after the first attempt", Verdict{Result: Later}, past{tries: 9, first: noon.Add(-time.Hour).UnixMilli()}, time.Time{}, day, storage.DeliveryExpired, 0, false, true, ""},
		{"without an end", Verdict{Result: Later}, past{}, time.Time{}, time.UnixMilli(0), storage.DeliveryDue, after(5 * time.Second), false, true, ""},
		{"unsure is sent again", Verdict{Result: Unsure, Code: "reset"}, past{}, time.Time{}, day, storage.DeliveryDue, after(5 * time.Second), true, true, "reset"},
		{"unsure after an interruption", Verdict{Result: Unsure, Code: "reset"}, once, time.Time{}, day, storage.DeliveryDue, after(10 * time.Second), true, true, "reset"},
		{"unsure a third time is over", Verdict{Result: Unsure, Code: "reset"}, past{tries: 2, open: 2, first: once.first}, time.Time{}, day, storage.DeliveryUnsure, 0, true, true, "reset"},
		{"unsure beyond the end is over", Verdict{Result: Unsure, Code: "timeout"}, past{}, time.Time{}, noon.Add(time.Second), storage.DeliveryUnsure, 0, true, true, "timeout"},
		{"config is no attempt", Verdict{Result: Config, Code: "auth"}, past{}, closed, day, storage.DeliveryDue, closed.UnixMilli(), false, false, "auth"},
		{"config beyond the end comes back at the end", Verdict{Result: Config, Code: "auth"}, past{}, closed, noon.Add(time.Minute), storage.DeliveryDue, noon.Add(time.Minute).UnixMilli(), false, false, "auth"},
		{"no connection is no attempt", Verdict{Result: Later, Code: CodeUnreachable, Lane: true}, past{}, closed, day, storage.DeliveryDue, closed.UnixMilli(), false, false, CodeUnreachable},
		{"no connection to one target is an attempt", Verdict{Result: Later, Code: CodeUnreachable}, past{}, time.Time{}, day, storage.DeliveryDue, after(5 * time.Second), false, true, CodeUnreachable},
		{"what did not leave in its time is an attempt", Verdict{Result: Later, Code: CodeUnsent}, past{}, time.Time{}, day, storage.DeliveryDue, after(5 * time.Second), false, true, CodeUnsent},
		{"given back to an open lane", Verdict{}, past{}, time.Time{}, day, storage.DeliveryDue, noon.Add(-time.Minute).UnixMilli(), false, false, "earlier"},
		{"given back to a closed lane", Verdict{}, past{}, closed, day, storage.DeliveryDue, closed.UnixMilli(), false, false, "earlier"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := outcomeOf(c.verdict, c.until)
			o.back = c.back
			got := decide(o, c.past, repeats)
			want := storage.Finished{Delivery: 7, Lease: 99, State: c.state, Code: c.code, Due: c.due, At: after(0), Counts: c.counts}
			if c.attempt {
				want.Attempt = storage.Attempt{Delivery: 7, At: noon.UnixMilli(), Took: 40, Result: string(c.verdict.Result), Code: c.verdict.Code}
			}
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestPastCountsWhatMayHaveBeenTaken(t *testing.T) {
	got := pastOf([]storage.Attempt{{At: 5, Result: "later"}, {At: 6, Result: "unsure"}, {At: 7, Took: -1, Result: "interrupted"}})
	if want := (past{tries: 3, first: 5, open: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestBackoffStaysInItsSpan(t *testing.T) {
	span := 10 * time.Second
	for tries := 1; tries < 100; tries++ {
		if got := backoff(tries, 0); got != backoffLeast {
			t.Errorf("least after %d attempts is %v", tries, got)
		}
		if got, want := backoff(tries, 0.999), min(span, 10*time.Minute); got > want || got < want*99/100 {
			t.Errorf("most after %d attempts is %v, want nearly %v", tries, got, want)
		}
		span = min(2*span, time.Hour)
	}
	if got := around(time.Minute, 0.999); got < 65*time.Second || got > 66*time.Second {
		t.Errorf("a minute is stretched to %v", got)
	}
}
