package phonestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"lantoa/syncproto"
)

func fileName(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas
}

func (s *Store) migrate(ctx context.Context, o Options) error {
	var version int
	if err := s.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(migrations) {
		return syncproto.E(syncproto.CodeStoreNewer, "open store", nil)
	}
	if version == len(migrations) {
		return s.unlock(ctx, o)
	}
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := func() error {
		// Another process may have been faster.
		if err := s.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		for i := version; i < len(migrations); i++ {
			if _, err := s.conn.ExecContext(ctx, migrations[i]); err != nil {
				return err
			}
		}
		if version == 0 {
			if err := s.first(ctx, o); err != nil {
				return err
			}
		}
		if _, err := s.conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", len(migrations))); err != nil {
			return err
		}
		s.hooks.At("before:migrate")
		_, err := s.conn.ExecContext(ctx, "COMMIT")
		return err
	}()
	if err != nil {
		_, _ = s.conn.ExecContext(ctx, "ROLLBACK")
		return err
	}
	s.hooks.At("after:migrate")
	return s.unlock(ctx, o)
}

// first writes the state of a new profile, and its lock if it has a PIN.
func (s *Store) first(ctx context.Context, o Options) error {
	state := State{Next: 1}
	if o.PIN != "" {
		l, _, err := newLock(o.PIN, o.Random)
		if err != nil {
			return err
		}
		state.Lock = l.encode()
	}
	doc, err := json.Marshal(&state)
	if err != nil {
		return err
	}
	_, err = s.conn.ExecContext(ctx, "INSERT INTO state (one, doc) VALUES (1, $1)", doc)
	return err
}

func (s *Store) unlock(ctx context.Context, o Options) error {
	var doc []byte
	if err := s.conn.QueryRowContext(ctx, "SELECT doc FROM state").Scan(&doc); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return syncproto.E(syncproto.CodeStoreBroken, "open store", err)
		}
		return err
	}
	var state State
	if err := json.Unmarshal(doc, &state); err != nil {
		return syncproto.E(syncproto.CodeStoreBroken, "open store", err)
	}
	if len(state.Lock) == 0 {
		if o.PIN != "" {
			return syncproto.E(syncproto.CodePinWrong, "open profile", nil)
		}
		return nil
	}
	var l lock
	if err := json.Unmarshal(state.Lock, &l); err != nil {
		return syncproto.E(syncproto.CodeStoreBroken, "open store", err)
	}
	sealed, err := l.open(o.PIN, o.Random)
	s.sealed = sealed
	return err
}
