package sqlite

import (
	"context"
	"sync/atomic"
	"time"

	"lantoa/storage"
)

// maxGroup bounds the closures of one commit, so that the first does not wait for ever and a rollback stays cheap.
const maxGroup = 256

// minTurn is how long a group is worked on before it is committed although others wait. A commit of everybody who
// waits would have the callers idle while the writer works and the writer idle while they prepare what comes next. A
// group takes at least as long as the last commit did, so that a disk that is slow to flush gets larger groups.
const minTurn = 4 * time.Millisecond

// job is one Update that waits for the writer.
type job struct {
	ctx   context.Context
	fn    func(storage.Tx) error
	state atomic.Int32 // who got it first: the writer, or a caller that gave up
	err   error
	done  chan struct{}
}

const (
	jobWaiting int32 = iota
	jobTaken
	jobAbandoned
)

// Update implements storage.Store. fn runs on the writer's goroutine; when the transaction of its group breaks, it
// is run again alone.
func (s *Store) Update(ctx context.Context, fn func(storage.Tx) error) error {
	const op = "change the store"
	if ctx.Err() != nil {
		return ended(op, ctx)
	}
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	if err := s.enqueue(op, j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(jobWaiting, jobAbandoned) {
			return ended(op, ctx)
		}
		<-j.done
	}
	return j.err
}

func (s *Store) enqueue(op string, j *job) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return closed(op)
	}
	select {
	case s.queue <- j:
		return nil
	case <-j.ctx.Done():
		return ended(op, j.ctx)
	}
}

// writer owns the connection that writes.
type writer struct {
	store  *Store
	conn   *conn
	group  []*job
	commit time.Duration // how long the last one took
}

func (w *writer) loop() {
	defer close(w.store.stopped)
	for j := range w.store.queue {
		w.group = w.take(w.group[:0], j)
		for len(w.group) > 0 {
			done := w.settle(w.group)
			rest := copy(w.group, w.group[done:])
			clear(w.group[rest:])
			w.group = w.more(w.group[:rest])
		}
	}
}

// more adds those who came while a group was worked on to those whom it left over.
func (w *writer) more(group []*job) []*job {
	if len(group) == 0 || len(group) >= maxGroup {
		return group
	}
	select {
	case j, ok := <-w.store.queue:
		if ok {
			return w.take(group, j)
		}
	default:
	}
	return group
}

// take collects the job and those that wait behind it, leaving out what its callers gave up.
func (w *writer) take(group []*job, j *job) []*job {
	for {
		if j.state.CompareAndSwap(jobWaiting, jobTaken) {
			if j.ctx.Err() != nil {
				j.err = ended("change the store", j.ctx)
				close(j.done)
			} else {
				group = append(group, j)
			}
		}
		if len(group) == maxGroup {
			return group
		}
		var ok bool
		select {
		case j, ok = <-w.store.queue:
			if !ok {
				return group
			}
		default:
			return group
		}
	}
}

// settle runs the head of a group in one transaction, answers everybody in it, and returns how many they were. When the transaction itself breaks under one of
// several (a full disk, for example, ends it in the middle), each gets a transaction of its own, so that the one
// that cannot be stored does not fail the others.
func (w *writer) settle(group []*job) int {
	count, err, broken := w.attempt(group)
	if broken && count > 1 {
		for _, j := range group[:count] {
			_, err, _ := w.attempt([]*job{j})
			j.finish(err)
		}
		return count
	}
	for _, j := range group[:count] {
		j.finish(err)
	}
	return count
}

func (j *job) finish(err error) {
	if err != nil {
		j.err = err
	}
	close(j.done)
}

// attempt runs the head of a group in one transaction, as many as fit into a turn. The error is everybody's; what failed
// for one job alone is in its err. Broken says that the transaction came to its end before its commit.
func (w *writer) attempt(group []*job) (count int, err error, broken bool) {
	c := w.conn
	began := time.Now()
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return len(group), classify("begin", err), false
	}
	t := &tx{reader: reader{conn: c, heads: newHeads(), rows: map[string]*row{}}, now: w.store.now}
	turn := max(minTurn, w.commit)
	for count < len(group) && (count == 0 || time.Since(began) < turn) {
		j := group[count]
		count++
		j.err = t.closure(j.fn)
		if t.broken != nil {
			_, _ = c.exec("ROLLBACK") // fails when SQLite has rolled back already
			return count, t.broken, true
		}
	}
	worked := time.Now()
	err, broken = w.finish(t)
	w.commit = time.Since(worked)
	return count, err, broken
}

// finish writes what the transaction kept back, and commits it.
func (w *writer) finish(t *tx) (err error, broken bool) {
	const op = "commit"
	c := w.conn
	if err := t.flush(); err != nil {
		_, _ = c.exec("ROLLBACK")
		return classify(op, err), true
	}
	if err := failpoint("commit"); err != nil {
		_, _ = c.exec("ROLLBACK")
		return classify(op, err), false
	}
	if _, err := c.exec("COMMIT"); err != nil {
		_, _ = c.exec("ROLLBACK")
		return classify(op, err), false
	}
	return classify(op, failpoint("committed")), false
}

// closure runs one closure in a savepoint of its own.
func (t *tx) closure(fn func(storage.Tx) error) error {
	return t.Savepoint(func() (err error) {
		defer recovered(&err)
		return fn(t)
	})
}

// failpoint lets a test fail or end the process at a durable write: before a commit, and after it, when what is
// stored is not acknowledged yet.
var failpoint = func(string) error { return nil }
