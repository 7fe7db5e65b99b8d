package mobilesdk

import (
	"context"
	"slices"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// erase carries out a tombstone that says that nothing of the record may be kept (S-184): the record goes, all that hangs
// under it, what waits for any of it in the outbox, and every file of it in the vault. A file that stays in the gallery is
// its owner's: the vault has none of it. The tombstone stays for a while, so that what is being fetched or drawn at this
// moment is not kept when it is done.
func (a *application) erase(tomb *phonestore.Row) error {
	if err := a.eraseFamily(tomb.ID); err != nil {
		return err
	}
	_, err := a.tx.Insert(tomb)
	return err
}

// maxFamilyHeight bounds how deep records are followed; more than people hang them.
const maxFamilyHeight = 8

// eraseFamily erases a record and what hangs under it. The files go after the commit (sweepErased).
func (a *application) eraseFamily(id syncproto.ID) error {
	level, seen := []syncproto.ID{id}, map[syncproto.ID]bool{id: true}
	for height := 0; height < maxFamilyHeight && len(level) > 0; height++ {
		var below []syncproto.ID
		for _, one := range level {
			children, err := a.tx.Under(one)
			if err != nil {
				return err
			}
			for _, child := range children {
				if !seen[child] {
					seen[child] = true
					below = append(below, child)
				}
			}
			if err := a.eraseOne(one); err != nil {
				return err
			}
		}
		level = below
	}
	return nil
}

func (a *application) eraseOne(id syncproto.ID) error {
	if err := a.unplace(id); err != nil {
		return err
	}
	whole, err := a.tx.ViewParent(id)
	if err != nil {
		return err
	}
	if whole != "" {
		a.touched[whole] = true // it shows what was done to its part
	}
	names, err := a.tx.Forget(id)
	if err != nil {
		return err
	}
	delete(a.photos, id)
	a.touched[id] = true
	for _, name := range names {
		if name != "" && !slices.Contains(a.state.Erasing, name) {
			a.state.Erasing = append(a.state.Erasing, name)
		}
	}
	return nil
}

// unplace takes a record out of all scopes and off the phone.
func (a *application) unplace(id syncproto.ID) error {
	old, err := a.tx.Record(id)
	if err != nil || old == nil {
		return err
	}
	scopes, err := a.tx.Scopes()
	if err != nil {
		return err
	}
	for _, p := range old.Places {
		for _, s := range scopes {
			if s.Number == p.Scope {
				s.Sum.Remove(old.Hash)
				s.Touch()
			}
		}
	}
	return a.tx.Remove(old)
}

// erasedRow reports whether a row is the tombstone of something of which nothing may be kept.
func erasedRow(row *phonestore.Row) bool {
	if row == nil || !row.Deleted {
		return false
	}
	r, err := syncproto.DecodeRecord(row.Wire)
	return err == nil && r.Erased
}

// refuseErased ends work on a file whose record was erased meanwhile.
func refuseErased(tx *phonestore.Tx, id syncproto.ID) error {
	row, err := tx.Record(id)
	if err == nil && erasedRow(row) {
		err = syncproto.E(syncproto.CodeErased, "keep file", nil)
	}
	return err
}

// sweepErased removes files of erased records from the vault. Their names stand in the state until they are gone, so that a
// kill in between leaves nothing behind: the next round, and the next opening, go on.
func (e *Engine) sweepErased(ctx context.Context) error {
	var names []string
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil || len(state.Erasing) == 0 {
			return err
		}
		kept, err := tx.VaultNames() // a file that another photo has too
		for _, name := range state.Erasing {
			if !kept[name] {
				names = append(names, name)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		e.hooks.At("before:erase")
		if err := e.vault.Erase(name); err != nil {
			return err
		}
	}
	return e.store.Update(ctx, "erased", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		state.Erasing = slices.DeleteFunc(state.Erasing, func(name string) bool { return slices.Contains(names, name) })
		if len(names) == 0 {
			state.Erasing = nil
		}
		return nil
	})
}

// sweepErasedLater is sweepErased where a failure is tried again by itself.
func (e *Engine) sweepErasedLater(ctx context.Context) {
	if err := e.sweepErased(ctx); err != nil {
		e.cfg.Log.Warn("files of erased records wait to be removed", "code", string(syncproto.CodeOf(err)))
	}
}
