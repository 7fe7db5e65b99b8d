package phonestore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"

	_ "modernc.org/sqlite" // the driver

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

// Options say how a store is opened.
type Options struct {
	PIN    string
	Random io.Reader
	Hooks  *hook.Hooks
}

// Store is one open file. It is safe for concurrent use. One process has it open at a time: a second one that writes
// gets store_busy.
type Store struct {
	path   string
	hooks  *hook.Hooks
	sealed *sealer

	writing sync.Mutex // held for one transaction; never while anything else is waited for
	writer  *sql.DB
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	// synchronous is how the writer commits at present; "" until the first Update sets it.
	synchronous string
	scopes      map[syncproto.Scope]*Scope // of the writer; nil when a rollback made them doubtful

	mediaChanges atomic.Int64 // committed transactions that changed what is known of files

	closed   atomic.Bool
	readers  *sql.DB
	reading  sync.Mutex
	prepared map[string]*sql.Stmt
}

// Tx is a transaction of the writer or a snapshot of a reader. It dies with the function it was given to.
type Tx struct {
	ctx   context.Context
	store *Store
	stmt  func(query string) (*sql.Stmt, error)
	state *State
	write bool
	files bool // it changed what is known of files
}

// MediaChanges returns a number that rises whenever what the store knows of files has changed. Whoever reads it before a
// View and keeps what the View showed may keep it while the number stays.
func (s *Store) MediaChanges() int64 { return s.mediaChanges.Load() }

// pragmas hold on every connection, because they are in the data source name. temp_store keeps sorting in memory:
// Android has no folder for temporary files. secure_delete overwrites what is deleted: of an erased record nothing may be
// found in the file either (S-184).
const pragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(2)" +
	"&_pragma=foreign_keys(1)&_pragma=journal_size_limit(4194304)&_pragma=cache_size(-4096)&_pragma=secure_delete(1)"

// Open opens or creates a store, brings its schema up to date and unlocks it.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	s := &Store{path: path, hooks: o.Hooks, stmts: map[string]*sql.Stmt{}, prepared: map[string]*sql.Stmt{}}
	opened := false
	defer func() { // also when a hook panics
		if !opened {
			s.Close()
		}
	}()
	if err := s.open(ctx, o); err != nil {
		return nil, s.classify("open store", err)
	}
	opened = true
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
	if err := makePrivate(s.path); err != nil {
		return err
	}
	file := fileName(s.path)
	if s.writer, err = sql.Open("sqlite", file); err != nil {
		return err
	}
	s.writer.SetMaxOpenConns(1)
	if s.conn, err = s.writer.Conn(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx, o); err != nil {
		return err
	}
	if s.readers, err = sql.Open("sqlite", file+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(4)
	s.readers.SetMaxIdleConns(4)
	return nil
}

// makePrivate makes an empty file that only its owner may read, since SQLite would make one that everybody may. What
// keeps it from being made is told when SQLite opens it.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil
	}
	return f.Close()
}

// Update runs fn in a transaction and commits it durably. The point names it for the simulator. A context that ends
// before the transaction starts means that nothing happens; one that ends later does not tear it.
func (s *Store) Update(ctx context.Context, point string, fn func(*Tx) error) error {
	return s.update(ctx, point, "FULL", fn)
}

// UpdateLazily is Update for what the server will say again: it survives a kill of the process, but the newest of it may
// be gone after a power cut. The file stays consistent, and the next Update makes it durable too.
func (s *Store) UpdateLazily(ctx context.Context, point string, fn func(*Tx) error) error {
	return s.update(ctx, point, "NORMAL", fn)
}

func (s *Store) update(ctx context.Context, point, synchronous string, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return s.classify(point, err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.conn == nil {
		return syncproto.E(syncproto.CodeUsage, point, errors.New("store is closed"))
	}
	ctx = context.WithoutCancel(ctx)
	if s.synchronous != synchronous {
		if _, err := s.conn.ExecContext(ctx, "PRAGMA synchronous = "+synchronous); err != nil {
			return s.classify(point, err)
		}
		s.synchronous = synchronous
	}
	if err := s.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return s.classify(point, err)
	}
	done := false
	defer func() { // also when fn or a hook panics
		if !done {
			s.scopes = nil
			_ = s.exec(ctx, "ROLLBACK")
		}
	}()
	tx := &Tx{ctx: ctx, store: s, write: true, stmt: func(q string) (*sql.Stmt, error) { return s.statement(ctx, q) }}
	if err := fn(tx); err != nil {
		return s.classify(point, err)
	}
	if err := tx.flush(); err != nil {
		return s.classify(point, err)
	}
	s.hooks.At("before:" + point)
	if err := s.exec(ctx, "COMMIT"); err != nil {
		return s.classify(point, err)
	}
	done = true
	if tx.files {
		s.mediaChanges.Add(1)
	}
	s.hooks.At("after:" + point)
	return nil
}

// View runs fn on a consistent snapshot. It waits for no writer.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	if s.readers == nil || s.closed.Load() {
		return syncproto.E(syncproto.CodeUsage, "read", errors.New("store is closed"))
	}
	snapshot, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s.classify("read", err)
	}
	defer func() { _ = snapshot.Rollback() }()
	tx := &Tx{ctx: ctx, store: s, stmt: func(q string) (*sql.Stmt, error) {
		stmt, err := s.shared(ctx, q)
		if err != nil {
			return nil, err
		}
		return snapshot.StmtContext(ctx, stmt), nil
	}}
	return s.classify("read", fn(tx))
}

// Close closes the file. What was committed is safe without it.
func (s *Store) Close() error {
	s.closed.Store(true)
	s.writing.Lock()
	defer s.writing.Unlock()
	var err error
	if s.readers != nil {
		err = s.readers.Close()
	}
	for _, stmt := range s.stmts {
		stmt.Close()
	}
	s.stmts = nil
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
	if s.writer != nil {
		err = errors.Join(err, s.writer.Close())
	}
	return s.classify("close store", err)
}

func (s *Store) exec(ctx context.Context, query string) error {
	stmt, err := s.statement(ctx, query)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx)
	return err
}

// statement prepares a query on the writer once; preparing each time costs a third of the write throughput.
func (s *Store) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if stmt := s.stmts[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(ctx, query)
	if err == nil {
		s.stmts[query] = stmt
	}
	return stmt, err
}

func (s *Store) shared(ctx context.Context, query string) (*sql.Stmt, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	if stmt := s.prepared[query]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.readers.PrepareContext(ctx, query)
	if err == nil {
		s.prepared[query] = stmt
	}
	return stmt, err
}
