package demo

import (
	"context"
	"fmt"
	"math"
	"time"

	"lantoa/storage"
)

// settle brings every submission to its end: the editors' last hours, and between them what volunteers still fix.
func (w *week) settle(ctx context.Context) error {
	for _, last := range []bool{false, true} {
		if err := w.deskHour(ctx, last); err != nil {
			return err
		}
		if w.gone == nil {
			if err := w.withdraw(ctx); err != nil {
				return fmt.Errorf("withdraw a consent: %w", err)
			}
		}
		err := w.everybody(ctx, func(p *phone) error {
			if err := p.sync(ctx, 4); err != nil || last || p.closed != "" {
				return err
			}
			if err := p.fixReturned(ctx); err != nil {
				return err
			}
			return p.sync(ctx, 4)
		})
		if err != nil {
			return err
		}
	}
	return w.told(ctx)
}

// told waits until nothing is held any more: what can still be taken back is not told to anybody.
func (w *week) told(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		held := 0
		err := w.server.Store().View(ctx, func(r storage.Reader) error {
			list, err := r.Held(math.MaxInt64, 1)
			held = len(list)
			return err
		})
		if err != nil || held == 0 {
			return err
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
