package people

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Reorganise changes units, each change from its own date on: all of them or none. Each is tried on what those before it
// lead to, so a unit that others are to stand under is created first, and one that ends is emptied first. It returns what
// each change does; with dryRun nothing is stored. An error says in its Detail which change and member it is about.
//
// A date may lie in the future; then everything takes effect by itself at that time. It may lie in the past, but not before
// what the unit last became: what reports have counted stays. Records keep the units that they name.
func (s *Service) Reorganise(ctx context.Context, by Actor, changes []UnitChange, dryRun bool) ([]Effect, error) {
	if len(changes) > maxChanges {
		return nil, fail(syncproto.CodeTooMany, "changes")
	}
	return s.reorganise(ctx, by, changes, dryRun, nil)
}

// reorganise is Reorganise. With told, it goes on after a change that does not fit, so that a table's faults are all found
// at once, and applies nothing if there was one.
func (s *Service) reorganise(ctx context.Context, by Actor, changes []UnitChange, dryRun bool, told func(int, error)) ([]Effect, error) {
	now := s.millis()
	var ready *reorganisation
	err := s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.cache.Read(r)
		if err != nil {
			return err
		}
		ready, err = try(r, access, by, changes, now, told)
		return err
	})
	if err != nil || dryRun || ready.failed {
		return ready.list(), err
	}
	err = s.store.Update(ctx, func(tx storage.Tx) error {
		// Trying takes longer than storing; it is done again only if somebody else changed something meanwhile.
		revision, err := tx.Access()
		if err != nil {
			return err
		}
		fits := ready
		if revision != fits.revision {
			access, err := s.cache.Within(tx)
			if err != nil {
				return err
			}
			if fits, err = try(tx, access, by, changes, now, nil); err != nil {
				return err
			}
			ready = fits
		}
		return fits.store(tx)
	})
	if err != nil {
		return nil, err
	}
	s.poke()
	return ready.list(), nil
}

// reorganisation is a plan in which every change fits, and by which grant each was allowed.
type reorganisation struct {
	*plan
	revision uint64
	warrant  *warrant
	grants   []syncproto.ID // of each change
	failed   bool           // a change does not fit, and was told
}

func (g *reorganisation) list() []Effect {
	if g == nil {
		return nil
	}
	return g.effects
}

func try(r storage.Reader, access *Access, by Actor, changes []UnitChange, now int64, told func(int, error)) (*reorganisation, error) {
	w, err := access.warrant(r, by, now)
	if err != nil {
		return nil, err
	}
	g := &reorganisation{plan: newPlan(access.history, now), revision: access.Revision, warrant: w}
	for i := range changes {
		grant, err := g.permit(w, &changes[i])
		if err == nil {
			err = g.try(i, &changes[i])
		}
		if err != nil && told == nil {
			return nil, inChange(err, i)
		}
		if err != nil {
			g.failed = true
			told(i, err)
		}
		g.grants = append(g.grants, grant)
	}
	return g, nil
}

// inChange says which change an error is about.
func inChange(err error, index int) error {
	e, ok := err.(*syncproto.Error)
	if !ok {
		return err
	}
	at := "changes[" + strconv.Itoa(index) + "]"
	if e.Detail != "" {
		at += "." + e.Detail
	}
	return &syncproto.Error{Code: e.Code, Op: e.Op, Detail: at, Err: e.Err}
}

// store writes the units that changed, their versions, the records of what is in force now, and the audit log.
func (g *reorganisation) store(tx storage.Tx) error {
	for _, id := range g.touched {
		u := g.units[id]
		if err := u.store(tx); err != nil {
			return err
		}
		if u.From > g.now {
			continue
		}
		shown := unitAt(u.Unit, u.versions, g.now)
		if err := putRecord(tx, unitRecord(&shown), g.now); err != nil {
			return err
		}
	}
	for i := range g.effects {
		e := &g.effects[i]
		if e.Act == EffectUnchanged {
			continue
		}
		if err := tx.AddAudit(g.warrant.audit("unit_"+e.Act, g.grants[e.Change], e.Unit, e.Unit, e.detail())); err != nil {
			return err
		}
	}
	return nil
}

// detail is what the audit log says of an effect besides: its date and the units that it names. Names are texts and stay
// out.
func (e *Effect) detail() string {
	words := []string{"at=" + strconv.FormatInt(e.At, 10)}
	if e.Act == EffectMoved || e.Act == EffectCreated {
		words = append(words, "parent="+string(e.Parent))
	}
	for _, id := range e.Successors {
		words = append(words, string(id))
	}
	return strings.Join(words, " ")
}

// store writes a unit and the versions that differ from those in the store.
func (u *planned) store(tx storage.Tx) error {
	for i := range u.versions {
		if v := &u.versions[i]; !slices.Contains(u.stored, *v) {
			if err := tx.PutUnitVersion(v); err != nil {
				return err
			}
		}
	}
	for i := range u.stored {
		old := &u.stored[i]
		gone := !slices.ContainsFunc(u.versions, func(v storage.UnitVersion) bool { return v.Since == old.Since })
		if gone {
			if err := tx.DropUnitVersion(old.Unit, old.Since); err != nil {
				return err
			}
		}
	}
	return tx.PutUnit(&u.Unit)
}
