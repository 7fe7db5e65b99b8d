package mobilesdk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Export writes everything unsent and refused to a file and returns what it holds. It all stays in the outbox: a file
// that is lost again loses nothing. It needs no server and works on a revoked phone.
//
// The bytes of photos are not in the file, only what announces them: Files says how many are on this phone alone.
func (e *Engine) Export(ctx context.Context, path string) (*BundleSummary, error) {
	// What is in a file may be sent by another phone: from here on its bytes must not change (see copies.go).
	if e.copier.rests() {
		e.copier.start() // ends at once if there is nothing to do
	}
	e.copier.wait(ctx, e.copier.left())
	if err := e.releaseHeld(ctx, true); err != nil {
		return nil, err
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, chosenError("export", err)
	}
	defer os.Remove(part) // after the rename there is none
	summary, last, err := e.writeBundle(ctx, f)
	if err == nil {
		err = fileError("export", f.Sync())
	}
	if closeErr := f.Close(); err == nil {
		err = fileError("export", closeErr)
	}
	if err == nil {
		err = fileError("export", os.Rename(part, path))
	}
	if err != nil {
		return nil, err
	}
	syncFolder(filepath.Dir(path))
	summary.Path = path
	return summary, e.store.Update(ctx, "export", func(tx *phonestore.Tx) error { return tx.MarkExported(last) })
}

func (e *Engine) writeBundle(ctx context.Context, f *os.File) (*BundleSummary, int64, error) {
	b := newBundleWriter(f)
	summary := &BundleSummary{Created: e.cfg.Clock.Wall().UnixMilli()}
	last := int64(0)
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		counts, err := tx.Counts()
		if err != nil {
			return err
		}
		self := state.Self()
		if self.Device == "" {
			return syncproto.E(syncproto.CodeNotEnrolled, "export", nil) // nor was anything captured
		}
		files, err := tx.MediaCounts()
		if err != nil {
			return err
		}
		summary.Files, summary.FileBytes = files.Only, files.OnlyBytes
		summary.Person, summary.Device, summary.Count = self.Person, self.Device, counts.Unsent+counts.Rejected
		err = b.line(bundleHeader{
			Format: bundleFormat, Version: bundleVersion, Person: self.Person, Device: self.Device,
			Created: summary.Created, Count: summary.Count, Unclaimed: state.Device == "", Files: files.Only, FileBytes: files.OnlyBytes,
		})
		if err != nil {
			return fileError("export", err)
		}
		return tx.EachKept(func(m *phonestore.Mutation) (bool, error) {
			last = m.Seq
			return true, fileError("export", b.line(itemOf(m)))
		})
	})
	if err == nil {
		err = fileError("export", b.end())
	}
	return summary, last, err
}

func itemOf(m *phonestore.Mutation) *bundleItem {
	it := &bundleItem{
		Device: m.Device, Number: m.Number, Epoch: m.Epoch, Captured: m.Captured, Base: m.Base, Mutation: m.Wire,
		Refused: m.Tray, Code: m.Outcome.Code, Detail: m.Outcome.Detail,
	}
	if m.Origin != nil {
		it.Device, it.Number = m.Origin.Device, m.Origin.Number
	}
	return it
}

// chosenError is fileError for a path that a person chose.
func chosenError(op string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return syncproto.E(syncproto.CodeNoFile, op, err)
	}
	return fileError(op, err)
}

// fileError gives a fault outside the store the code that a person can act on.
func fileError(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return syncproto.E(syncproto.CodeStoreFull, op, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return syncproto.E(syncproto.CodeStoreReadOnly, op, err)
	case errors.Is(err, fs.ErrNotExist):
		return syncproto.E(syncproto.CodeStoreMissing, op, err)
	}
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		return e
	}
	return syncproto.E(syncproto.CodeStoreBroken, op, err)
}

// syncFolder makes a rename durable. Some systems cannot sync a folder; the rename then lasts as their files do.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
