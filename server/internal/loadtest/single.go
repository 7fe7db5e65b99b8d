package loadtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lantoa/syncproto"
)

// single: one reader of a unit with many records pulls one change at a time, and asks when there is none. One phone
// after the other, so that what is measured is a request and not a queue.
func (d *day) single(ctx context.Context) (err error) {
	if d.figures.One, err = d.oneAmong(ctx, &d.fleet.Big, 1<<18); err != nil {
		return err
	}
	if d.figures.OneFew, err = d.oneAmong(ctx, &d.fleet.Small, 1<<18+2); err != nil {
		return err
	}
	reader := newPhone(d.fleet.Small.Readers[d.cfg.FirstSyncs], d.cfg, 1<<18+4)
	if _, err := measure(d.target, func(s *stage) error { return s.drain(ctx, d.cfg, []*phone{reader}, 1) }); err != nil {
		return err
	}
	d.figures.None, err = measure(d.target, func(s *stage) error {
		return s.each(ctx, []*phone{reader}, 1, func(l *link, p *phone) (took []time.Duration, err error) {
			for range d.cfg.Single * 5 {
				p.prepare(d.cfg, nil)
				start := time.Now()
				a, err := p.send(l, false)
				if took = append(took, time.Since(start)); err != nil {
					return took, err
				}
				if a.changes != 0 || a.more {
					return took, fmt.Errorf("nothing was new, and %d changes came", a.changes)
				}
				s.records.Add(1)
			}
			return took, nil
		})
	})
	return err
}

// oneAmong lets an editor change one record at a time and measures the reader's next request.
func (d *day) oneAmong(ctx context.Context, g *Group, index int) (Phase, error) {
	reader, editor := newPhone(g.Readers[d.cfg.FirstSyncs], d.cfg, index), newPhone(g.Editor, d.cfg, index+1)
	both := []*phone{reader, editor}
	if _, err := measure(d.target, func(s *stage) error { return s.drain(ctx, d.cfg, both, 2) }); err != nil {
		return Phase{}, err
	}
	ids := g.someIDs(d.cfg.Seed, d.cfg.Single)
	var writes traffic
	away, err := dial(d.target.addr, &writes)
	if err != nil {
		return Phase{}, err
	}
	defer away.close()
	return measureTurns(d.target, func(s *stage) error {
		l, err := dial(d.target.addr, &s.count)
		if err != nil {
			return err
		}
		defer l.close()
		for i := range d.cfg.Single {
			editor.prepare(d.cfg, editor.edit(ids[i%len(ids)], int64(1+i/len(ids))))
			if _, err := editor.send(away, d.cfg.Verify); err != nil {
				return err
			}
			reader.prepare(d.cfg, nil)
			took, err := s.turn(func() error {
				a, err := reader.send(l, d.cfg.Verify)
				if err == nil && (a.changes != 1 || a.more) {
					err = fmt.Errorf("one record changed, and %d changes came", a.changes)
				}
				return err
			})
			if err != nil {
				return err
			}
			s.took = append(s.took, took)
			s.records.Add(1)
		}
		return nil
	})
}

// measureTurns is measure for a stage whose requests take turns with others that are not its own: its wall time is
// the sum of its turns, and CPU is left out.
func measureTurns(t *target, work func(*stage) error) (Phase, error) {
	var all time.Duration
	p, err := measure(t, func(s *stage) error {
		err := work(s)
		for _, took := range s.took {
			all += took
		}
		return err
	})
	p.Wall, p.CPU, p.Client = all, 0, 0
	return p, err
}

func (s *stage) turn(do func() error) (time.Duration, error) {
	start := time.Now()
	err := do()
	return time.Since(start), err
}

// someIDs returns ids spread over the group's records.
func (g *Group) someIDs(seed uint64, count int) []syncproto.ID {
	every := max(1, g.Records/count)
	var ids []syncproto.ID
	i := 0
	for r := range func(yield func(*syncproto.Record) bool) { g.EachRecord(seed, yield) } {
		if i%every == 0 && len(ids) < count {
			ids = append(ids, r.ID)
		}
		i++
	}
	return slices.Clip(ids)
}
