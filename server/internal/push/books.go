package push

import (
	"context"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	// mostFinished is how many results one transaction writes down (storage.DeliveryWriter.Finish). The study measured 2.4 ms
	// of the writer for 500 rows, and 118 ms at worst for 2,000.
	mostFinished = 500
	// leaseTime is only a mark of who leased: nobody takes a lease away while its process lives.
	leaseTime = time.Hour
	// expireMost is how many expired deliveries one transaction ends.
	expireMost = 500
	// aheadTime is how much of what the rates allow is leased ahead, at least: it is as long as the last transaction took, up to
	// mostAhead, so that a database in which phones write bounds the rate less.
	aheadTime = 100 * time.Millisecond
	mostAhead = time.Second
)

// aheadParts is how many eighths of InFlight may be leased ahead of each class.
var aheadParts = perClass[int]{4, 1, 3}

// job is one transaction: what came of attempts goes in, what is to be sent next comes out.
type job struct {
	at     time.Time
	done   []*outcome
	pauses []int64
	want   perClass[int]
	expire bool

	leased  perClass[[]storage.Leased]
	next    int64 // the earliest time at which something that waits is due, as far as the job looked; 0 if none
	expired int64
	err     error
}

// keepBooks runs transactions, one after the other.
func (e *Engine) keepBooks(ctx context.Context) {
	for j := range e.jobs {
		j.err = e.opt.Store.Update(ctx, func(tx storage.Tx) error { return j.run(tx, e.opt.Repeats) })
		e.written <- j
	}
}

// run is the transaction. It may run more than once.
func (j *job) run(tx storage.Tx, repeats int) error {
	j.leased, j.next, j.expired = perClass[[]storage.Leased]{}, 0, 0
	if err := j.finish(tx, repeats); err != nil {
		return err
	}
	for _, number := range j.pauses {
		if err := pause(tx, number); err != nil {
			return err
		}
	}
	return j.lease(tx)
}

func (j *job) finish(tx storage.Tx, repeats int) error {
	if len(j.done) == 0 {
		return nil
	}
	finished := make([]storage.Finished, len(j.done))
	for n, o := range j.done {
		var p past
		if o.asksPast() {
			attempts, err := tx.AttemptsOf(o.item.leased.Delivery.Number)
			if err != nil {
				return err
			}
			p = pastOf(attempts)
		}
		finished[n] = decide(o, p, repeats)
		if due := finished[n].Due; finished[n].State == storage.DeliveryDue && due > j.at.UnixMilli() && (j.next == 0 || due < j.next) {
			j.next = due
		}
		if err := judgeRegistration(tx, o); err != nil {
			return err
		}
	}
	return tx.Finish(finished)
}

// judgeRegistration retires what a verdict says is no target any more.
func judgeRegistration(tx storage.Tx, o *outcome) error {
	r, v, at := &o.item.leased.Registration, o.verdict, o.ended.UnixMilli()
	switch v.Result {
	case Gone, Mismatch:
		return tx.RetireRegistration(r.Device, r.Address, v.Code, at)
	case Bad:
		// Once may be a fault of the service's or of ours. Twice in a row is the target's.
		times, err := tx.CountBad(r.Device, r.Address)
		if err != nil || times < 2 {
			return err
		}
		return tx.RetireRegistration(r.Device, r.Address, v.Code, at)
	case Accepted:
		if r.Bad == 0 {
			return nil
		}
		now, err := tx.Registration(r.Device)
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			return nil
		}
		if err != nil || now.Address != r.Address {
			return err
		}
		now.Bad = 0
		return tx.PutRegistration(now)
	}
	return nil
}

// pause stops an intent, unless it is over.
func pause(tx storage.Tx, number int64) error {
	i, err := tx.Intent(number)
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return nil
	}
	if err != nil || i.State != storage.IntentPlanning && i.State != storage.IntentOpen {
		return err
	}
	i.State = storage.IntentPaused
	return tx.PutIntent(i)
}

func (j *job) lease(tx storage.Tx) error {
	short := false
	for c, want := range j.want {
		if want == 0 {
			continue
		}
		leased, err := tx.Lease(classes[c], j.at.UnixMilli(), j.at.Add(leaseTime).UnixMilli(), want)
		if err != nil {
			return err
		}
		j.leased[c] = leased
		short = short || len(leased) < want
	}
	if !short && !j.expire {
		return nil
	}
	var err error
	if j.expired, err = tx.Expire(j.at.UnixMilli(), expireMost); err != nil || !short {
		return err
	}
	next, err := tx.NextDue(j.at.UnixMilli())
	if next > 0 && (j.next == 0 || next < j.next) {
		j.next = next
	}
	return err
}

// commit begins a transaction if there is a reason for one and none is under way.
func (e *Engine) commit(now time.Time) {
	if e.writing != nil {
		return
	}
	if now.Before(e.tryAgain) {
		e.at(e.tryAgain)
		return
	}
	want := e.wants(now)
	if want == (perClass[int]{}) && len(e.pauses) == 0 && !e.expire && !e.flush(now) {
		return
	}
	j := &job{at: now, want: want, pauses: e.pauses, expire: e.expire}
	n := min(len(e.done), mostFinished)
	j.done, e.done = e.done[:n:n], e.done[n:]
	if len(e.done) == 0 {
		e.done = nil
	}
	e.pauses, e.expire, e.writing = nil, false, j
	e.jobs <- j
}

// flush reports whether results wait that should be written down now: enough of them, or for long enough, or nothing else
// is under way that could join them.
func (e *Engine) flush(now time.Time) bool {
	n := len(e.done)
	if n == 0 {
		return false
	}
	late := e.waiting.Add(gather)
	if n >= min(max(e.opt.InFlight/8, 1), mostFinished) || e.draining || !now.Before(late) || e.taken <= n {
		return true
	}
	e.at(late)
	return false
}

// wants says how many deliveries of each class are to be leased.
func (e *Engine) wants(now time.Time) (want perClass[int]) {
	if e.draining {
		return want
	}
	rate := 0.0
	for _, l := range e.order {
		if l.leases(now) {
			rate += max(l.pacer.now, l.pacer.full*slowStart)
		}
	}
	if rate == 0 {
		return want
	}
	all := max(int(rate*min(max(e.took, aheadTime), mostAhead).Seconds()), 8)
	quiet := e.opt.Quiet(now)
	for c := range classes {
		ahead := min(max(e.opt.InFlight*aheadParts[c]/8, 1), all)
		if e.empty[c] || quiet && c != urgent || e.queued[c] > ahead/2 {
			continue
		}
		want[c] = ahead - e.queued[c]
	}
	return want
}

// settle is told that a transaction has ended.
func (e *Engine) settle(j *job) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.opt.Now()
	e.writing, e.took = nil, now.Sub(j.at)
	if j.err != nil {
		e.fail(now, j)
		return
	}
	if e.troubled > 0 {
		e.opt.Log.Info("results of pushes are written down again")
		e.troubled, e.trouble, e.tryAgain = 0, "", time.Time{}
	}
	for _, o := range j.done {
		e.leased--
		if o.verdict.Result == "" {
			continue
		}
		e.taken--
		if o.item.class != urgent {
			e.others--
		}
	}
	if len(e.done) > 0 {
		e.waiting = now
	}
	if j.expired == expireMost {
		e.expire = true
	}
	e.accept(j)
	if e.draining { // it was under way when the drain began
		e.giveBackAll(now)
	}
}

// accept takes up what a transaction leased.
func (e *Engine) accept(j *job) {
	for c, leased := range j.leased {
		if j.want[c] > 0 {
			e.empty[c] = len(leased) < j.want[c] && !e.stale
		}
		for n := range leased {
			service := Service(leased[n].Registration.Service)
			l := e.lanes[service]
			if l == nil {
				l = e.addLane(service, nil)
			}
			l.queues[c].push(&item{leased: leased[n], class: c, lane: l})
		}
		e.queued[c] += len(leased)
		e.leased += len(leased)
	}
	e.stale = false
	if j.next > 0 {
		// Repetitions lie scattered: those of a tenth of a second are looked for together.
		next := time.UnixMilli(j.next)
		if least := j.at.Add(between); next.Before(least) {
			next = least
		}
		if e.next.IsZero() || next.Before(e.next) {
			e.next = next
		}
	}
}

// fail keeps what could not be written down. Its slots stay taken, so that nothing more is sent than the engine promises.
func (e *Engine) fail(now time.Time, j *job) {
	e.done = append(j.done[:len(j.done):len(j.done)], e.done...)
	e.pauses = append(j.pauses, e.pauses...)
	e.expire = e.expire || j.expire
	e.troubled++
	if e.troubled == 1 {
		e.opt.Log.Error("results of pushes are not written down; nothing more is sent until they are",
			"code", syncproto.CodeOf(j.err), "err", j.err)
	}
	e.trouble = syncproto.CodeOf(j.err)
	e.tryAgain = now.Add(bookWait(e.troubled))
}

// bookWait is how long the engine waits after so many failures of the database in a row.
func bookWait(failures int) time.Duration {
	return min(time.Second<<min(failures-1, 5), 30*time.Second)
}
