package phonestore

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lantoa/syncproto"
)

// Vault is the folder of files beside a store: originals that were copied in, small copies, what was fetched. Names are
// random and say nothing. In a store with a PIN every file is sealed (see sealedfile.go); without one they are plain.
type Vault struct {
	dir    string
	sealed *sealer
	random io.Reader
}

// The prefixes of files that no row names yet, or only for a moment.
const (
	unfinished = ".new-"
	opened     = ".open-"
)

// staleAfter is how long a file that no row names is left alone. A capture writes for minutes at most; another process
// that opens the store meanwhile must not take its file away.
const staleAfter = 24 * time.Hour

// Vault returns the folder of the store's files: the store's path with ".media" behind it. It is made when first needed.
func (s *Store) Vault() *Vault {
	return &Vault{dir: s.path + ".media", sealed: s.sealed, random: rand.Reader}
}

// Sealed reports whether files are sealed.
func (v *Vault) Sealed() bool { return v.sealed != nil }

// VaultFile is one file, opened. Offsets and sizes are those of what was put in, sealed or not. It is safe for
// concurrent reads.
type VaultFile interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Path returns where a file lies. In a vault that is not sealed anybody may read it there.
func (v *Vault) Path(name string) string { return filepath.Join(v.dir, name) }

// Create begins a file of a new random name. It counts only once Adopt gave it that name.
func (v *Vault) Create() (*VaultWriter, error) {
	if err := os.MkdirAll(v.dir, 0o700); err != nil {
		return nil, fileFault("make file", err)
	}
	name := strings.ToLower(rand.Text())
	f, err := os.OpenFile(v.Path(unfinished+name), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fileFault("make file", err)
	}
	w := &VaultWriter{v: v, f: f, name: name}
	if v.sealed != nil {
		if w.seal, err = newSealedWriter(f, v.sealed, v.random, name); err != nil {
			w.Drop()
			return nil, fileFault("make file", err)
		}
	}
	return w, nil
}

// Continue goes on with a file that was begun and left by Leave: it returns the writer and how many bytes are in it. A
// file that is gone or is none is begun anew, at 0.
func (v *Vault) Continue(name string) (*VaultWriter, int64, error) {
	f, err := os.OpenFile(v.Path(unfinished+name), os.O_RDWR, 0o600)
	if err != nil {
		w, err := v.Create()
		return w, 0, err
	}
	w := &VaultWriter{v: v, f: f, name: name}
	if v.sealed == nil {
		w.size, err = f.Seek(0, io.SeekEnd)
	} else {
		w.seal, w.size, err = continueSealed(f, v.sealed, name)
	}
	if err == nil {
		return w, w.size, nil
	}
	w.Drop()
	w, err = v.Create()
	return w, 0, err
}

// Open opens a file. One that is gone is no_such_file.
func (v *Vault) Open(name string) (VaultFile, error) {
	f, err := os.Open(v.Path(name))
	if err != nil {
		return nil, fileFault("open file", err)
	}
	if v.sealed != nil {
		file, err := openSealed(f, v.sealed, name)
		if err != nil {
			f.Close()
			return nil, err
		}
		return file, nil
	}
	return plainFile(f)
}

// OpenOutside opens a file that is not the vault's, such as a photo of the gallery.
func OpenOutside(path string) (VaultFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileFault("open file", err)
	}
	return plainFile(f)
}

type outside struct {
	*os.File
	size int64
}

func plainFile(f *os.File) (VaultFile, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist // a folder or a pipe is no file to send
	}
	if err != nil {
		f.Close()
		return nil, fileFault("open file", err)
	}
	return outside{f, info.Size()}, nil
}

func (o outside) Size() int64 { return o.size }

func (o outside) ReadAt(p []byte, at int64) (int, error) {
	n, err := o.File.ReadAt(p, at)
	if err != nil && err != io.EOF {
		err = fileFault("read file", err)
	}
	return n, err
}

// Adopt gives finished files their names, durably; "" names none. Call it in the transaction that stores the names:
// whoever sweeps the folder holds the same lock.
func (v *Vault) Adopt(names ...string) error {
	any := false
	for _, name := range names {
		if name == "" {
			continue
		}
		any = true
		if err := os.Rename(v.Path(unfinished+name), v.Path(name)); err != nil {
			return fileFault("keep file", err)
		}
	}
	if any {
		syncDir(v.dir)
	}
	return nil
}

// Remove deletes a file. One that is gone is not an error.
func (v *Vault) Remove(name string) error {
	err := os.Remove(v.Path(name))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fileFault("remove file", err)
}

// Unseal writes a plain copy of a sealed file, for an app that shows it, and returns its path. Close and the next
// opening of the store remove it.
func (v *Vault) Unseal(name, extension string) (string, error) {
	path := v.Path(opened + name + extension)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	f, err := v.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	out, err := os.CreateTemp(v.dir, opened)
	if err != nil {
		return "", fileFault("open file", err)
	}
	_, err = io.Copy(out, io.NewSectionReader(f, 0, f.Size()))
	err = errors.Join(err, out.Close())
	if err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		os.Remove(out.Name())
		return "", fileFault("open file", err)
	}
	return path, nil
}

// ClearOpened removes what Unseal made.
func (v *Vault) ClearOpened() {
	names, _ := filepath.Glob(filepath.Join(v.dir, opened+"*"))
	for _, name := range names {
		os.Remove(name)
	}
}

// Keep removes every finished file that is not among the known.
func (v *Vault) Keep(known func(name string) bool) error {
	entries, _ := os.ReadDir(v.dir)
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || strings.HasPrefix(name, unfinished) || strings.HasPrefix(name, opened) || known(name) {
			continue
		}
		if err := v.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// Strays returns the names of files that are not among the known and have lain for a day: what a kill left.
func (v *Vault) Strays(known func(name string) bool) []string {
	entries, _ := os.ReadDir(v.dir) // no folder, no strays
	var out []string
	for _, entry := range entries {
		name := strings.TrimPrefix(entry.Name(), unfinished)
		if entry.IsDir() || strings.HasPrefix(name, opened) || known(name) {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()).Abs() > staleAfter {
			out = append(out, entry.Name())
		}
	}
	return out
}

// VaultWriter writes one file.
type VaultWriter struct {
	v    *Vault
	f    *os.File
	seal *sealedWriter
	name string
	size int64
}

// Name returns the name that the file will have.
func (w *VaultWriter) Name() string { return w.name }

func (w *VaultWriter) Write(p []byte) (n int, err error) {
	if w.seal != nil {
		n, err = w.seal.Write(p)
	} else {
		n, err = w.f.Write(p)
	}
	w.size += int64(n)
	return n, fileFault("write file", err)
}

// Finish makes the bytes durable and closes the file. Adopt makes it count.
func (w *VaultWriter) Finish() error {
	var err error
	if w.seal != nil {
		err = w.seal.finish()
	}
	if err == nil {
		err = w.f.Sync()
	}
	return fileFault("write file", errors.Join(err, w.f.Close()))
}

// Leave closes a file that is not finished, for Continue. Of a sealed file the bytes after the last whole segment of
// 64 KiB are dropped.
func (w *VaultWriter) Leave() { w.f.Close() }

// Drop closes and removes a file that is not wanted.
func (w *VaultWriter) Drop() {
	w.f.Close()
	os.Remove(w.f.Name())
}

// DropUnfinished removes a file that was left.
func (v *Vault) DropUnfinished(name string) { os.Remove(v.Path(unfinished + name)) }

// syncDir makes a rename durable. Some systems cannot sync a folder; the rename then lasts as their files do.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// fileFault gives a fault of a file the code that a person can act on.
func fileFault(op string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return syncproto.E(syncproto.CodeNoFile, op, err)
	case errors.Is(err, fs.ErrPermission):
		return syncproto.E(syncproto.CodeStoreReadOnly, op, err)
	case diskIsFull(err):
		return syncproto.E(syncproto.CodeStoreFull, op, err)
	}
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		return e
	}
	return syncproto.E(syncproto.CodeStoreBroken, op, err)
}
