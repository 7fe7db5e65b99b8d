package mobilesdk

import (
	"context"
	"slices"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Freed says what FreeSpace freed, or would.
type Freed struct {
	Items []FreedItem `json:"items"`
	Bytes int64       `json:"bytes"`
	Kept  int         `json:"kept"` // had a receipt on this phone, which the server did not confirm just now
}

// FreedItem is one original.
type FreedItem struct {
	Record syncproto.ID `json:"record"`
	Title  string       `json:"title,omitempty"`
	Size   int64        `json:"size"`
}

// FreeSpace takes originals off this phone that the server has, and nothing else does: not small copies, not files of
// the gallery, nothing without a receipt for exactly those bytes (S-172). It syncs and asks the server for each file
// once more. That answer is about the file that the record announces to the server at that moment, which may be one that
// somebody just put in the place of this phone's. So it syncs again, and frees what the record, read after the answer,
// still says is stored. What is not confirmed in both ways stays. A kill between leaves at most a file that the next
// days sweep away. With dryRun it waits for nothing and says what it would free by what the phone knows.
func (e *Engine) FreeSpace(ctx context.Context, dryRun bool) (*Freed, error) {
	if !dryRun {
		if _, err := e.Sync(ctx); err != nil {
			return nil, err
		}
	}
	found, plan, err := e.freeable(ctx, dryRun)
	if err != nil {
		return nil, err
	}
	out := &Freed{Items: []FreedItem{}}
	if !dryRun && len(found) > 0 {
		all := len(found)
		if found, err = e.confirm(ctx, plan, found); err != nil {
			return out, err
		}
		if len(found) > 0 {
			if _, err := e.Sync(ctx); err != nil {
				return out, err
			}
		}
		if found, err = e.free(ctx, found); err != nil {
			return out, err
		}
		out.Kept = all - len(found)
	}
	for _, f := range found {
		out.Items = append(out.Items, FreedItem{Record: f.Record, Title: f.title, Size: f.Size})
		out.Bytes += f.Size
	}
	return out, nil
}

type freeable struct {
	*phonestore.Media
	title string
}

// freeable lists the originals in the vault that the server said it stored: in its answer, and in the record as this
// phone has it, for the file that the record announces. Expected ones count as well: the record of a file that was sent
// a moment ago comes with the next sync.
func (e *Engine) freeable(ctx context.Context, expected bool) (out []freeable, plan *mediaPlan, err error) {
	plan = &mediaPlan{}
	err = e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		plan.server = state.Server
		if plan.token, err = e.store.OpenToken(state.Token); err != nil {
			return err
		}
		files, err := tx.MediaStoredCopies()
		if err != nil {
			return err
		}
		drawing, err := drawnFrom(tx)
		if err != nil {
			return err
		}
		for _, m := range files {
			title, may, err := e.mayFree(tx, m, drawing, expected)
			if err != nil {
				return err
			}
			if may {
				out = append(out, freeable{m, title})
			}
		}
		return nil
	})
	return out, plan, err
}

// drawnFrom returns the records whose small copies are still to be made, which takes the original.
func drawnFrom(tx *phonestore.Tx) (map[syncproto.ID]bool, error) {
	wanted, err := tx.CopiesWanted()
	out := map[syncproto.ID]bool{}
	for i := range wanted {
		out[wanted[i].Record] = true
	}
	return out, err
}

// mayFree reports whether an original can be spared by what the phone knows, and what its photo is called.
func (e *Engine) mayFree(tx *phonestore.Tx, m *phonestore.Media, drawing map[syncproto.ID]bool, expected bool) (called string, may bool, err error) {
	if m.Name == "" || m.State != phonestore.MediaStored || m.Doubt || drawing[m.Record] {
		return "", false, nil
	}
	all, err := tx.MediaOf(m.Record)
	if err != nil || shared(m, all) {
		return "", false, err
	}
	cur, err := e.current(tx, m.Record)
	if err != nil || !receipt(cur.server, m) && !(expected && announces(cur.server, m)) {
		return "", false, err
	}
	return title(cur.record.Fields), true, nil
}

// shared reports whether a small photo is its own display copy, which stays.
func shared(m *phonestore.Media, all []*phonestore.Media) bool {
	for _, other := range all {
		if other.Seq != m.Seq && other.Name == m.Name {
			return true
		}
	}
	return false
}

// receipt reports whether a record announces a file and says that its bytes are stored.
func receipt(record *syncproto.Record, m *phonestore.Media) bool {
	arrived, ok := syncproto.ArrivedOf(record) // which speaks of the original that the record announces
	return ok && announces(record, m) && arrived.Lanes[m.Lane] == syncproto.ArrivalStored
}

// announces reports whether a record announces a file.
func announces(record *syncproto.Record, m *phonestore.Media) bool {
	media, ok := syncproto.MediaOf(record)
	if !ok || record.Deleted {
		return false
	}
	f, ok := media.File(m.Lane)
	return ok && f == m.MediaFile
}

// confirm asks the server afresh and returns what it says it still has.
func (e *Engine) confirm(ctx context.Context, plan *mediaPlan, files []freeable) (out []freeable, err error) {
	for part := range slices.Chunk(files, syncproto.MaxMediaAsk) {
		asked := make([]*phonestore.Media, len(part))
		for i := range part {
			asked[i] = part[i].Media
		}
		said, err := e.askMedia(ctx, plan.server, plan.token, asked, &MediaSummary{})
		if err != nil {
			return nil, err
		}
		for i, status := range said {
			if status.State == syncproto.MediaStored {
				out = append(out, part[i])
			}
		}
	}
	return out, nil
}

// free marks the files first and removes them afterwards: a row that says freed beside a file that is still there is
// harmless, the other way round is not. It returns what was freed: all of which nothing else was said meanwhile.
func (e *Engine) free(ctx context.Context, files []freeable) (freed []freeable, err error) {
	err = e.store.Update(ctx, "free", func(tx *phonestore.Tx) error {
		drawing, err := drawnFrom(tx)
		if err != nil {
			return err
		}
		for _, f := range files {
			now, err := tx.Media(f.Seq)
			if err != nil {
				return err
			}
			if now == nil || now.Name != f.Name {
				continue
			}
			if _, may, err := e.mayFree(tx, now, drawing, false); err != nil || !may {
				if err != nil {
					return err
				}
				continue
			}
			now.State = phonestore.MediaFreed
			if err := tx.PutMedia(now); err != nil {
				return err
			}
			freed = append(freed, f)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	e.hooks.At("before:remove")
	for _, f := range freed {
		if err := e.vault.Remove(f.Name); err != nil {
			return freed, err
		}
	}
	return freed, nil
}
