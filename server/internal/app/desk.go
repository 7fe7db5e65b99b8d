package app

import (
	"context"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
)

// keeper does what becomes due at the desk by itself.
func (s *Server) keeper(rounds *syncer.Service) *review.Keeper {
	change := func(ctx context.Context, fn func(tx storage.Tx, p review.Putter) error) error {
		return rounds.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error { return fn(tx, p) })
	}
	return review.NewKeeper(s.store, change, review.KeeperOptions{Now: s.cfg.Now, Logger: s.cfg.Log})
}
