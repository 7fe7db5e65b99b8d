package baseline

import (
	"context"
	"database/sql/driver"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// settings are those of the store's writer.
const settings = "_txlock=deferred&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(4000)"

// statement is what every prepared statement of the driver is.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func open(path string) (driver.Conn, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: settings}
	return (&sqlite.Driver{}).Open(name.String())
}

func prepare(c driver.Conn, text string) (statement, error) {
	s, err := c.Prepare(text)
	if err != nil {
		return nil, err
	}
	return s.(statement), nil
}

// writer is the one connection that writes.
type writer struct {
	begin, commit statement
	insert        [len(tables)]statement
	args          []driver.NamedValue
}

// job is one request that waits for its commit.
type job struct {
	rows *request
	done chan error
}

// Insert writes all requests into a file, the phones one request at a time each, and returns records a second. A
// request is done when it is on the disk.
func (l *Load) Insert(ctx context.Context, path string, phones int) (perSecond float64, err error) {
	c, err := open(path)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	w, err := l.writer(c)
	if err != nil {
		return 0, err
	}
	queue := make(chan job, phones)
	var next atomic.Int64
	var waiting sync.WaitGroup
	errs := make(chan error, phones)
	start := time.Now()
	for range phones {
		waiting.Go(func() {
			j := job{done: make(chan error, 1)}
			for i := next.Add(1) - 1; i < int64(len(l.requests)); i = next.Add(1) - 1 {
				j.rows = &l.requests[i]
				queue <- j
				if err := <-j.done; err != nil {
					errs <- err
					return
				}
			}
		})
	}
	go func() {
		waiting.Wait()
		close(queue)
	}()
	for first := range queue {
		w.group(ctx, first, queue)
	}
	took := time.Since(start)
	select {
	case err = <-errs:
	default:
	}
	return float64(len(l.requests)*l.records) / took.Seconds(), err
}

func (l *Load) writer(c driver.Conn) (w *writer, err error) {
	w = &writer{}
	if w.begin, err = prepare(c, "BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	if w.commit, err = prepare(c, "COMMIT"); err != nil {
		return nil, err
	}
	for i, table := range tables {
		marks := strings.TrimSuffix(strings.Repeat("?,", len(l.requests[0][i][0])), ",")
		if w.insert[i], err = prepare(c, "INSERT INTO "+table.name+" VALUES ("+marks+")"); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// group commits a request with those that wait behind it, and answers all.
func (w *writer) group(ctx context.Context, first job, queue chan job) {
	jobs := []job{first}
	for len(queue) > 0 {
		jobs = append(jobs, <-queue)
	}
	_, err := w.begin.ExecContext(ctx, nil)
	for i := 0; i < len(jobs) && err == nil; i++ {
		err = w.rows(ctx, jobs[i].rows)
	}
	if err == nil {
		_, err = w.commit.ExecContext(ctx, nil)
	}
	for _, j := range jobs {
		j.done <- err
	}
}

func (w *writer) rows(ctx context.Context, r *request) error {
	for i, rows := range r {
		for _, row := range rows {
			w.args = w.args[:0]
			for at, value := range row {
				w.args = append(w.args, driver.NamedValue{Ordinal: at + 1, Value: value})
			}
			if _, err := w.insert[i].ExecContext(ctx, w.args); err != nil {
				return err
			}
		}
	}
	return nil
}
