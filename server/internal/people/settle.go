package people

import (
	"context"
	"math"
	"slices"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// settleEvery is how often Run looks for changes that another process made on the same database: commands at the machine.
const settleEvery = 5 * time.Second

// settlePage bounds one snapshot, and settleBatch one transaction, so that phones that sync meanwhile wait for neither.
const (
	settlePage  = 500
	settleBatch = 50
)

// Run keeps what phones know of units and persons as it is now, until ctx ends. Rights follow dates by themselves; the
// records of units and the profiles do not, so Run writes them when a date comes, and after a start those whose date came
// while nobody ran. Writing what is already there changes nothing.
func (s *Service) Run(ctx context.Context) error {
	tick := time.NewTicker(settleEvery)
	defer tick.Stop()
	var done settled
	for {
		next, err := s.settle(ctx, &done)
		wait := settleEvery
		if err == nil { // else it is found again at the next look: a full disk is not asked without a pause
			done, wait = next, s.untilDue(next.due)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-s.woken:
		case <-tick.C:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// Settle is one look of Run, for who compresses time.
func (s *Service) Settle(ctx context.Context) error {
	_, err := s.settle(ctx, &settled{})
	return err
}

// untilDue is how long to wait for a moment of the service's clock.
func (s *Service) untilDue(due int64) time.Duration {
	wait := due - s.millis()
	return time.Duration(min(max(wait, 1), settleEvery.Milliseconds())) * time.Millisecond
}

// settled is what was found and written by a look.
type settled struct {
	revision uint64
	at       int64            // of the look; 0 for none yet
	due      int64            // when the next thing changes by itself
	units    []syncproto.Unit // as they were shown, by id
}

// settle writes what changed since a look.
func (s *Service) settle(ctx context.Context, last *settled) (settled, error) {
	now := s.millis()
	var access *Access
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		access, err = s.cache.Read(r)
		return err
	})
	if err != nil {
		return *last, err
	}
	if last.at != 0 && access.Revision == last.revision && now < last.due {
		return *last, nil
	}
	here := access.history.at(now)
	next := settled{revision: access.Revision, at: now, due: here.until, units: here.tree.Units()}
	all := last.at == 0 || !slices.EqualFunc(next.units, last.units, sameUnit)
	if all {
		if err := s.settleUnits(ctx, next.units, now); err != nil {
			return *last, err
		}
	}
	due, err := s.settlePersons(ctx, here.tree, last.at, now, all)
	next.due = min(next.due, due)
	if err == nil && last.at != 0 && now >= last.due {
		err = s.raise(ctx)
	}
	return next, err
}

// raise makes everybody who remembers what a person follows compute it anew: a date has come, and nothing in the store
// says so. Phones that are connected then hear of what they follow from now on.
func (s *Service) raise(ctx context.Context) error {
	return s.store.Update(ctx, func(tx storage.Tx) error {
		units, err := tx.Units()
		if err != nil || len(units) == 0 {
			return err
		}
		return tx.PutUnit(&units[0])
	})
}

func sameUnit(a, b syncproto.Unit) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Level == b.Level && a.Parent == b.Parent && a.Until == b.Until &&
		slices.Equal(a.Successors, b.Successors)
}

// settleUnits writes the records of units that are not shown as they are.
func (s *Service) settleUnits(ctx context.Context, units []syncproto.Unit, now int64) error {
	for page := range slices.Chunk(units, settlePage) {
		var stale []*syncproto.Record
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			stale = nil
			for i := range page {
				if stale, err = addStale(r, stale, unitRecord(&page[i])); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			err = s.inBatches(ctx, stale, func(tx storage.Tx, unit *syncproto.Record) error {
				next := *unit // a transaction that is run again sets its marks anew
				return putRecord(tx, &next, now)
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settlePersons writes the profiles that are not as they should be: of everybody, or of those who have a grant that began
// or ended since a look. It returns when the next grant does.
func (s *Service) settlePersons(ctx context.Context, tree *syncproto.Tree, since, now int64, all bool) (due int64, err error) {
	due = math.MaxInt64
	for after := syncproto.ID(""); ; {
		var stale []*syncproto.Record
		end := false
		err := s.store.View(ctx, func(r storage.Reader) error {
			stale = nil
			grants, err := r.GrantsOf(after, settlePage)
			if err != nil || len(grants) == 0 {
				end = true
				return err
			}
			for len(grants) > 0 {
				own := 1
				for own < len(grants) && grants[own].Person == grants[0].Person {
					own++
				}
				edge, turned := edgesOf(grants[:own], since, now)
				due = min(due, edge)
				if all || turned {
					if stale, err = addStaleProfile(r, stale, grants[:own], tree, now); err != nil {
						return err
					}
				}
				after, grants = grants[0].Person, grants[own:]
			}
			return nil
		})
		if err == nil {
			err = s.inBatches(ctx, stale, func(tx storage.Tx, profile *syncproto.Record) error {
				return putProfile(tx, profile.ID, tree, now) // of the person as they are by now
			})
		}
		if err != nil || end {
			return due, err
		}
	}
}

// edgesOf returns when the next of some grants begins or ends, and whether one did since a moment.
func edgesOf(grants []syncproto.Grant, since, now int64) (next int64, turned bool) {
	next = math.MaxInt64
	for i := range grants {
		for _, edge := range []int64{grants[i].From, grants[i].Until} {
			switch {
			case edge > now:
				next = min(next, edge)
			case edge > since:
				turned = true
			}
		}
	}
	return next, turned
}

func addStaleProfile(r storage.Reader, stale []*syncproto.Record, grants []syncproto.Grant, tree *syncproto.Tree, now int64) ([]*syncproto.Record, error) {
	person, err := r.Person(grants[0].Person)
	if err != nil {
		if isNotFound(err) {
			return stale, nil
		}
		return stale, err
	}
	return addStale(r, stale, profileRecord(person, grants, tree, now))
}

// addStale adds a record that is stored otherwise, or not at all. One that was erased stays so.
func addStale(r storage.Reader, stale []*syncproto.Record, want *syncproto.Record) ([]*syncproto.Record, error) {
	stored, err := r.Record(want.ID)
	if err != nil {
		if isNotFound(err) {
			return append(stale, want), nil
		}
		return stale, err
	}
	if old := stored.Record; old.Erased || old.Kind == want.Kind && !differs(old, want) {
		return stale, nil
	}
	return append(stale, want), nil
}

// inBatches does something with each record, in small transactions.
func (s *Service) inBatches(ctx context.Context, records []*syncproto.Record, do func(storage.Tx, *syncproto.Record) error) error {
	for batch := range slices.Chunk(records, settleBatch) {
		err := s.store.Update(ctx, func(tx storage.Tx) error {
			for _, r := range batch {
				if err := do(tx, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
