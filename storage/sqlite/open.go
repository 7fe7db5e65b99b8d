package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Options change what Open does. The zero value is what a server wants.
type Options struct {
	// Readers is how many views run at once; 0 for 8. Each costs up to 4 MiB of page cache.
	Readers int
	// Now is the clock, in Unix ms, that dates tombstones, removals and outcomes for Compact; nil for the system's.
	Now func() int64
}

// Store is a database file. It is safe for concurrent use, and other processes may have the file open too.
type Store struct {
	path string
	now  func() int64

	queue   chan *job
	gate    sync.RWMutex // held for reading while a job enters the queue, for writing to close it
	closed  bool
	stopped chan struct{} // closed when the writer is gone

	writer  *writer
	readers *pool
	quit    chan struct{}
}

var (
	_ storage.Store    = (*Store)(nil)
	_ storage.Backuper = (*Store)(nil)
)

const (
	defaultReaders = 8
	busyTimeout    = 5000 // ms that a connection waits for another process's transaction
)

// pragma is a setting of every connection, with what SQLite must answer when asked for it.
type pragma struct{ name, set, want string }

// commonPragmas come first in the DSN, busy_timeout before anything that can meet a lock.
var commonPragmas = []pragma{
	{"busy_timeout", strconv.Itoa(busyTimeout), strconv.Itoa(busyTimeout)},
	{"journal_mode", "WAL", "wal"},
	{"synchronous", "FULL", "2"},
	{"foreign_keys", "1", "1"},
	{"temp_store", "MEMORY", "2"},
	{"journal_size_limit", "67108864", "67108864"},
}

// A larger WAL before a checkpoint means fewer pages written twice; 4,000 pages are 16 MiB. What is deleted is overwritten,
// so that what was erased is not read off the pages later.
var writerPragmas = append(commonPragmas[:len(commonPragmas):len(commonPragmas)],
	pragma{"cache_size", "-16384", "-16384"}, pragma{"wal_autocheckpoint", "4000", "4000"}, pragma{"secure_delete", "1", "1"})

// A cached page takes up to twice its size in memory, so 2 MiB a reader keep even a storm of first syncs small.
var readerPragmas = append(commonPragmas[:len(commonPragmas):len(commonPragmas)],
	pragma{"cache_size", "-2048", "-2048"}, pragma{"query_only", "1", "1"})

// Open opens the database file at path, creating it with mode 0600 if it is not there (its directory must be), and
// brings its schema up to date. Errors: store_missing, store_read_only, store_full, store_broken, store_newer, and
// unavailable when another process holds it.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	const op = "open store"
	if ctx.Err() != nil {
		return nil, ended(op, ctx)
	}
	if err := prepareFile(path); err != nil {
		return nil, classify(op, err)
	}
	c, err := dial(path, writerPragmas)
	if err != nil {
		return nil, classify(op, err)
	}
	err = migrate(c)
	if err == nil {
		err = cutAnew(c)
	}
	if err == nil {
		err = flushName(path) // a file whose name a power cut takes away has stored nothing
	}
	if err != nil {
		_ = c.close()
		return nil, classify(op, err)
	}
	if o.Readers <= 0 {
		o.Readers = defaultReaders
	}
	if o.Now == nil {
		o.Now = func() int64 { return time.Now().UnixMilli() }
	}
	s := &Store{
		path: path, now: o.Now, queue: make(chan *job, maxGroup), stopped: make(chan struct{}),
		readers: newPool(path, o.Readers), quit: make(chan struct{}),
	}
	s.writer = &writer{store: s, conn: c}
	go s.writer.loop()
	return s, nil
}

// prepareFile creates the file with the right mode. SQLite gives its WAL the mode of the file.
func prepareFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return errors.Join(err, f.Close())
}

func dsn(path string, pragmas []pragma) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	query := "_txlock=deferred&_dqs=0&_defensive=1"
	for _, p := range pragmas {
		query += "&_pragma=" + p.name + "(" + p.set + ")"
	}
	u.RawQuery = query
	return u.String(), nil
}

// dial opens a connection, waiting while another process is in the way: the first change to WAL and the recovery of a
// log answer busy at once, whatever the busy timeout.
func dial(path string, pragmas []pragma) (*conn, error) {
	for until := time.Now().Add(busyTimeout * time.Millisecond); ; time.Sleep(10 * time.Millisecond) {
		c, err := dialOnce(path, pragmas)
		if err == nil || codeOf(err) != syncproto.CodeUnavailable || time.Now().After(until) {
			return c, err
		}
	}
}

// dialOnce opens a connection and checks that every pragma took hold: a file system without shared memory, for example,
// silently refuses WAL.
func dialOnce(path string, pragmas []pragma) (*conn, error) {
	name, err := dsn(path, pragmas)
	if err != nil {
		return nil, err
	}
	c, err := connect(name)
	if err != nil {
		return nil, err
	}
	if err := checkPragmas(c, pragmas); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func checkPragmas(c *conn, pragmas []pragma) error {
	for _, p := range pragmas {
		row, err := c.first("PRAGMA " + p.name)
		if err != nil {
			return err
		}
		got := ""
		if row != nil {
			got = text(row[0])
			if n, ok := row[0].(int64); ok {
				got = strconv.FormatInt(n, 10)
			}
		}
		if got != p.want {
			return &syncproto.Error{
				Code: syncproto.CodeStoreBroken, Op: "check settings", Detail: p.name,
				Err: errors.New("is " + strconv.Quote(got) + ", not " + strconv.Quote(p.want)),
			}
		}
	}
	return nil
}

// Close implements storage.Store: it answers what was queued, waits for views, and closes the file.
func (s *Store) Close() error {
	s.gate.Lock()
	if s.closed {
		s.gate.Unlock()
		return nil
	}
	s.closed = true
	close(s.quit)
	close(s.queue)
	s.gate.Unlock()
	<-s.stopped
	err := s.readers.close()
	// The last connection to close folds the WAL into the file.
	return classify("close store", errors.Join(err, s.writer.conn.close()))
}
