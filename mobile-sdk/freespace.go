package mobilesdk

import (
	"context"

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
// the gallery, nothing without a receipt for exactly those bytes (S-172). It first syncs, so that a photo whose file was
// exchanged is seen, and then asks the server once more for each file; what it does not confirm stays. A kill between
// leaves at most a file that the next days sweep away. With dryRun it waits for nothing and says what it would free by
// what the phone knows.
func (e *Engine) FreeSpace(ctx context.Context, dryRun bool) (*Freed, error) {
	if !dryRun {
		if _, err := e.Sync(ctx); err != nil {
			return nil, err
		}
	}
	found, plan, err := e.freeable(ctx)
	if err != nil {
		return nil, err
	}
	out := &Freed{Items: []FreedItem{}}
	for len(found) > 0 {
		part := found[:min(len(found), syncproto.MaxMediaAsk)]
		found = found[len(part):]
		confirmed := part
		if !dryRun {
			if confirmed, err = e.confirm(ctx, plan, part); err != nil {
				return out, err
			}
			out.Kept += len(part) - len(confirmed)
			if err := e.free(ctx, confirmed); err != nil {
				return out, err
			}
		}
		for _, f := range confirmed {
			out.Items = append(out.Items, FreedItem{Record: f.Record, Title: f.title, Size: f.Size})
			out.Bytes += f.Size
		}
	}
	return out, nil
}

type freeable struct {
	*phonestore.Media
	title string
}

// freeable lists the originals in the vault that the server said it stored: in its answer, and in the record as this
// phone has it, for the file that the record announces.
func (e *Engine) freeable(ctx context.Context) (out []freeable, plan *mediaPlan, err error) {
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
		for _, m := range files {
			if m.Name == "" {
				continue
			}
			all, err := tx.MediaOf(m.Record)
			if err != nil {
				return err
			}
			cur, err := e.current(tx, m.Record)
			if err != nil {
				return err
			}
			if !shared(m, all) && receipt(cur.server, m) {
				out = append(out, freeable{m, title(cur.record.Fields)})
			}
		}
		return nil
	})
	return out, plan, err
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
	media, ok := syncproto.MediaOf(record)
	if !ok || record.Deleted || media.MediaFile != m.MediaFile {
		return false
	}
	arrived, ok := syncproto.ArrivedOf(record)
	return ok && arrived.Of == m.SHA256 && arrived.Lanes[syncproto.LaneOriginal] == syncproto.ArrivalStored
}

// confirm asks the server afresh and returns what it still has.
func (e *Engine) confirm(ctx context.Context, plan *mediaPlan, files []freeable) (out []freeable, err error) {
	asked := make([]*phonestore.Media, len(files))
	for i := range files {
		asked[i] = files[i].Media
	}
	said, err := e.askMedia(ctx, plan.server, plan.token, asked, &MediaSummary{})
	for i, status := range said {
		if status.State == syncproto.MediaStored {
			out = append(out, files[i])
		}
	}
	return out, err
}

// free marks the files first and removes them afterwards: a row that says freed beside a file that is still there is
// harmless, the other way round is not.
func (e *Engine) free(ctx context.Context, files []freeable) error {
	var names []string
	err := e.store.Update(ctx, "free", func(tx *phonestore.Tx) error {
		names = names[:0]
		for _, f := range files {
			now, err := tx.Media(f.Seq)
			if err != nil {
				return err
			}
			if now == nil || now.State != phonestore.MediaStored || now.Doubt || now.Name != f.Name {
				continue // something was said of it meanwhile
			}
			now.State = phonestore.MediaFreed
			if err := tx.PutMedia(now); err != nil {
				return err
			}
			names = append(names, now.Name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	e.hooks.At("before:remove")
	for _, name := range names {
		if err := e.vault.Remove(name); err != nil {
			return err
		}
	}
	return nil
}
