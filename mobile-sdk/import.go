package mobilesdk

import (
	"context"
	"slices"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// importPart is how many items go into one transaction: captures that come meanwhile wait for one part at most.
const importPart = 200

// Import takes a bundle into the outbox: all of it or nothing, and a second time adds nothing. The file is checked whole
// before anything is stored; its items are then staged, and one commit decides that they belong to the outbox. From
// there on a kill only delays them. Progress, which may be nil, hears how many items were staged, then moved.
func (e *Engine) Import(ctx context.Context, path string, progress func(done int64)) (*BundleSummary, error) {
	select { // one at a time, because they share the staging table; a sync may run beside it
	case e.importing <- struct{}{}:
		defer func() { <-e.importing }()
	case <-ctx.Done():
		return nil, syncproto.E(syncproto.CodeTimeout, "import", ctx.Err())
	}
	if err := e.clearStage(ctx); err != nil {
		return nil, err
	}
	check := func(h *bundleHeader) error { return e.checkHeader(ctx, h) }
	_, err := readBundle(path, check, func(_ int64, line []byte) error {
		_, _, err := readItem(line)
		return err
	})
	if err != nil {
		return nil, err
	}
	h, err := e.stage(ctx, path, check, progress)
	if err != nil {
		return nil, err
	}
	err = e.store.Update(ctx, "import", func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err == nil {
			state.Importing = &phonestore.Importing{}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	summary := &BundleSummary{Path: path, Person: h.Person, Device: h.Device, Count: h.Count, Created: h.Created, Files: h.Files, FileBytes: h.FileBytes}
	if err := e.moveStaged(context.WithoutCancel(ctx), summary, progress); err != nil {
		return nil, err
	}
	e.noteCapture()
	return summary, nil
}

func (e *Engine) checkHeader(ctx context.Context, h *bundleHeader) error {
	return e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		switch {
		case err != nil:
			return err
		case h.Unclaimed:
			return nil
		case state.Person == "":
			return syncproto.E(syncproto.CodeNotEnrolled, "import", nil)
		case state.Person != h.Person:
			return syncproto.E(syncproto.CodeBundlePerson, "import", nil)
		}
		return nil
	})
}

// stage reads the file a second time, into the staging table.
func (e *Engine) stage(ctx context.Context, path string, check func(*bundleHeader) error, progress func(int64)) (*bundleHeader, error) {
	type line struct {
		i    int64
		text []byte
	}
	var part []line
	flush := func() error {
		err := e.store.Update(ctx, "stage", func(tx *phonestore.Tx) error {
			for _, l := range part {
				if err := tx.Stage(l.i, l.text); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil && progress != nil && len(part) > 0 {
			progress(part[len(part)-1].i)
		}
		part = part[:0]
		return err
	}
	h, err := readBundle(path, check, func(i int64, text []byte) error {
		part = append(part, line{i, append([]byte(nil), text...)})
		if len(part) < importPart {
			return nil
		}
		return flush()
	})
	if err != nil {
		return nil, err
	}
	return h, flush()
}

// finishImport goes on with an import that a kill interrupted after it was decided, and forgets one that was not.
func (e *Engine) finishImport(ctx context.Context, progress func(int64)) error {
	decided := false
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		decided = err == nil && state.Importing != nil
		return err
	})
	if err != nil {
		return err
	}
	if decided {
		return e.moveStaged(ctx, &BundleSummary{}, progress)
	}
	return e.clearStage(ctx)
}

func (e *Engine) moveStaged(ctx context.Context, summary *BundleSummary, progress func(int64)) error {
	for {
		var last int64
		ended := false
		err := e.store.Update(ctx, "move", func(tx *phonestore.Tx) error {
			state, err := tx.State()
			if err != nil {
				return err
			}
			moving := state.Importing
			if moving == nil {
				ended = true
				return nil
			}
			before := moving.Last
			if err := e.movePart(tx, state); err != nil {
				return err
			}
			last = moving.Last
			summary.Added, summary.Known = moving.Added, moving.Known
			if moving.Last == before {
				state.Importing, ended = nil, true
			}
			return nil
		})
		if err != nil {
			return err
		}
		if ended {
			return e.clearStage(ctx)
		}
		if progress != nil {
			progress(last)
		}
	}
}

func (e *Engine) movePart(tx *phonestore.Tx, state *phonestore.State) error {
	touched := map[syncproto.ID]bool{}
	moving := state.Importing
	if err := e.standIn(state); err != nil {
		return err
	}
	err := tx.Staged(moving.Last, importPart, func(i int64, line []byte) error {
		moving.Last = i
		it, m, err := readItem(line)
		if err != nil {
			return err
		}
		if s := state.Standin; s != nil && s.Device == it.Device && s.Heir != "" { // exported here, before the enrollment
			it.Device, it.Mutation = s.Heir, claimed(s, m)
		}
		known, err := isKnown(tx, it, m)
		if err != nil {
			return err
		}
		if known {
			moving.Known++
			return nil
		}
		moving.Added++
		touched[m.Record] = true
		brought, err := importedAs(tx, state, it, m)
		if err != nil {
			return err
		}
		return tx.AddMutation(brought)
	})
	if err != nil {
		return err
	}
	for id := range touched {
		if err := e.rebuildOne(tx, state, id); err != nil {
			return err
		}
	}
	return nil
}

// isKnown reports whether an item is here already: under its own number, or brought before. Two copies of one phone give
// the same number to different things, so the number alone does not tell.
func isKnown(tx *phonestore.Tx, it *bundleItem, m *syncproto.Mutation) (bool, error) {
	here, err := tx.Numbered(it.Device, it.Number)
	if here == nil && err == nil {
		here, err = tx.Brought(syncproto.Origin{Device: it.Device, Number: it.Number})
	}
	if err != nil || here == nil || isMutation(here, m.ID) {
		return here != nil && err == nil, err
	}
	history, err := tx.History(m.Record)
	return slices.ContainsFunc(history, func(h *phonestore.Mutation) bool { return isMutation(h, m.ID) }), err
}

// isMutation reports whether a row holds a mutation. A void holds none.
func isMutation(row *phonestore.Mutation, id syncproto.ID) bool {
	m, err := syncproto.DecodeMutation(row.Wire)
	return err == nil && m.ID == id
}

// importedAs makes the outbox row of an item. What had been refused goes to the tray: sending it again by itself would
// only be refused again.
func importedAs(tx *phonestore.Tx, state *phonestore.State, it *bundleItem, m *syncproto.Mutation) (*phonestore.Mutation, error) {
	out := &phonestore.Mutation{
		Device: state.Self().Device, Number: state.Next, Record: m.Record, Kind: m.Kind, Wire: it.Mutation, Base: it.Base,
		Epoch: it.Epoch, Captured: it.Captured, Origin: &syncproto.Origin{Device: it.Device, Number: it.Number},
	}
	if it.Refused || it.Number < 0 {
		out.Judged, out.Settled, out.Tray = true, true, true
		out.Outcome = syncproto.Outcome{Result: syncproto.Rejected, Code: it.Code, Detail: it.Detail}
		var err error
		out.Number, err = tx.Aside(out.Device) // another copy of this phone may have had the number that it was refused under
		return out, err
	}
	state.Next++
	return out, nil
}

func (e *Engine) clearStage(ctx context.Context) error {
	some := false
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		return tx.Staged(0, 1, func(int64, []byte) error { some = true; return nil })
	})
	for more := some; more && err == nil; {
		err = e.store.Update(ctx, "unstage", func(tx *phonestore.Tx) (err error) {
			more, err = tx.ClearStage(5 * importPart)
			return err
		})
	}
	return err
}
