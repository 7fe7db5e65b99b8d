package push

import (
	"math"
	"time"

	"lantoa/storage"
)

// past is what a delivery has behind it.
type past struct {
	tries int   // attempts, the present one not counted
	first int64 // when the first began; 0 without any
	open  int   // attempts whose message may have been taken
}

// pastOf sums up attempts.
func pastOf(attempts []storage.Attempt) past {
	p := past{tries: len(attempts)}
	for i, a := range attempts {
		if i == 0 {
			p.first = a.At
		}
		if Result(a.Result) == Unsure || a.Result == interrupted {
			p.open++
		}
	}
	return p
}

// interrupted is the result of an attempt whose process ended first (storage.Attempt).
const interrupted = "interrupted"

// outcome is what became of a delivery that was leased.
type outcome struct {
	item    *item
	verdict Verdict   // the zero Result for a delivery that goes back without having been sent
	began   time.Time // when it was sent
	ended   time.Time
	back    time.Time // not before: until when its lane or intent is closed; the zero time while it is open
	draw    float64   // [0, 1), drawn once, so that a transaction that is run again decides the same
}

// asksPast reports whether the decision depends on what the delivery has behind it.
func (o *outcome) asksPast() bool {
	return o.verdict.Result == Unsure || o.verdict.Result == Later && !o.untried()
}

// decide says what is written down: the table of this package.
//
//	Accepted           accepted
//	Gone, Mismatch     gone; the registration is retired
//	Bad                failed; the registration is retired the second time in a row
//	Refused            failed
//	Later              due again after a back-off, or when the lane opens
//	Unsure             due again with the same message id, at most repeats times; then unsure
//	Config             due again when the lane opens, as if it had never been leased; so does a Later of a
//	                   service that cannot be reached
//
// What would be due again only after Until, or an hour after its first attempt, is over: unsure where the service may have
// taken one of the messages, else expired. The rest that a quota asks for is nobody's failure: whoever was tried waits for it
// with those who were not.
func decide(o *outcome, p past, most int) storage.Finished {
	d := &o.item.leased.Delivery
	f := storage.Finished{Delivery: d.Number, Lease: d.Lease, Code: o.verdict.Code, At: o.ended.UnixMilli()}
	if o.untried() {
		f.State, f.Due = storage.DeliveryDue, max(d.Due, millis(o.back))
		if o.verdict.Result == "" {
			f.Code = d.Code
		}
		f.Due = min(f.Due, max(untilOf(d), d.Due)) // there its lease finds it over
		return f
	}
	f.Attempt = storage.Attempt{
		Delivery: d.Number, At: o.began.UnixMilli(), Took: o.ended.Sub(o.began).Milliseconds(),
		Result: string(o.verdict.Result), Code: o.verdict.Code,
	}
	switch o.verdict.Result {
	case Accepted:
		f.State, f.Counts = storage.DeliveryAccepted, true
	case Gone, Mismatch:
		f.State = storage.DeliveryGone
	case Bad, Refused:
		f.State = storage.DeliveryFailed
	case Unsure:
		f.Counts = true
		p.open++
		again(&f, o, p)
		if p.open > most {
			f.State, f.Due = storage.DeliveryUnsure, 0
		}
	default:
		again(&f, o, p)
	}
	return f
}

// untried reports whether the delivery goes back as if it had never been leased.
func (o *outcome) untried() bool {
	return o.verdict.Result == "" || o.verdict.Result == Config || o.verdict.unreachable()
}

// again makes a delivery due again, or ends it where that would be too late.
func again(f *storage.Finished, o *outcome, p past) {
	wait := max(backoff(p.tries+1, o.draw), o.verdict.After)
	next := max(millis(o.ended.Add(wait)), millis(o.back))
	first := o.began.UnixMilli()
	if p.tries > 0 {
		first = p.first
	}
	end := untilOf(&o.item.leased.Delivery)
	if !o.verdict.Lane {
		end = min(end, first+patience.Milliseconds())
	}
	switch late := next >= end; {
	case !late:
		f.State, f.Due = storage.DeliveryDue, next
	case p.open > 0:
		f.State = storage.DeliveryUnsure
	default:
		f.State = storage.DeliveryExpired
	}
}

// untilOf is when a delivery expires; those without an end never do.
func untilOf(d *storage.Delivery) int64 {
	if d.Until == 0 {
		return math.MaxInt64
	}
	return d.Until
}

// millis is a time that something waits for as it is stored, so that it does not begin before; 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Add(time.Millisecond - 1).UnixMilli()
}
