package sqlite

import (
	"context"
	"strconv"
	"sync/atomic"

	"lantoa/storage"
)

// maxGroup bounds the closures of one commit, so that the first does not wait for ever and a rollback stays cheap.
const maxGroup = 256

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
	store *Store
	conn  *conn
	group []*job
	// erased says that the log still holds what was erased.
	erased bool
}

func (w *writer) loop() {
	defer close(w.store.stopped)
	for j := range w.store.queue {
		w.group = w.take(w.group[:0], j)
		if len(w.group) > 0 {
			w.commit(w.group)
		}
		clear(w.group)
	}
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

// commit runs a group in one transaction and answers everybody. When the transaction itself breaks under one of
// several (a full disk, for example, ends it in the middle), each gets a transaction of its own, so that the one
// that cannot be stored does not fail the others.
func (w *writer) commit(group []*job) {
	err, broken := w.attempt(group)
	if broken && len(group) > 1 {
		for _, j := range group {
			err, _ := w.attempt([]*job{j})
			j.finish(err)
		}
		return
	}
	for _, j := range group {
		j.finish(err)
	}
}

func (j *job) finish(err error) {
	if err != nil {
		j.err = err
	}
	close(j.done)
}

// attempt runs a group in one transaction. The error is everybody's; what failed for one job alone is in its err.
// Broken says that the transaction came to its end before its commit.
func (w *writer) attempt(group []*job) (err error, broken bool) {
	const op = "commit"
	c := w.conn
	if _, err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return classify("begin", err), false
	}
	t := newTx(c, w.store.now)
	for _, j := range group {
		j.err = t.closure(j.fn)
		if t.broken != nil {
			_, _ = c.exec("ROLLBACK") // fails when SQLite has rolled back already
			return t.broken, true
		}
	}
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
	w.erased = w.erased || t.erased
	w.cleanLog()
	return classify(op, failpoint("committed")), false
}

// cleanLog folds the log into the file and empties it after something was erased: the log holds pages as they were. A
// view that stands on an older state is not waited for; the next commit tries again, and so does closing the file.
func (w *writer) cleanLog() {
	if !w.erased {
		return
	}
	if _, err := w.conn.exec("PRAGMA busy_timeout = 0"); err != nil {
		return
	}
	row, err := w.conn.first("PRAGMA wal_checkpoint(TRUNCATE)")
	w.erased = err != nil || row == nil || integer(row[0]) != 0
	_, _ = w.conn.exec("PRAGMA busy_timeout = " + strconv.Itoa(busyTimeout))
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
