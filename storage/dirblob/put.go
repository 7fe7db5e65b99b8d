package dirblob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"lantoa/storage"
	"lantoa/syncproto"
)

// buffers hold what is on the way from a reader to the disk. 32 KiB costs nothing against the fsync and lets hundreds
// of slow writes run at once.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// Put implements storage.BlobWriter.
func (s *Store) Put(ctx context.Context, id storage.BlobID, size int64, r io.Reader) (fresh bool, err error) {
	const op = "put a blob"
	if size < 0 {
		return false, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if err := s.ready(ctx, op); err != nil {
		return false, err
	}
	there, err := s.settled(id, size)
	if there || err != nil {
		return false, classify(op, err)
	}
	if err := s.room(ctx, op, size); err != nil {
		return false, err
	}
	staged, err := s.stage()
	if err != nil {
		return false, classify(op, err)
	}
	defer staged.drop()
	if err := staged.fill(ctx, op, id, size, r); err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, ended(op, ctx)
	}
	fresh, err = s.publish(staged, id, size)
	return fresh, classify(op, err)
}

// settled reports whether a blob is there with its size, durably: whoever published it a moment ago may not have come
// to the fsync of the folder yet, and its answer must not be given before.
func (s *Store) settled(id storage.BlobID, size int64) (bool, error) {
	s.shards[id[0]].Lock()
	defer s.shards[id[0]].Unlock()
	info, err := s.root.Lstat(blobPath(id))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular() || info.Size() != size:
		return false, nil
	}
	return true, s.syncDir(shardPath(id[0]))
}

// room refuses what would leave too little of the disk.
func (s *Store) room(ctx context.Context, op string, size int64) error {
	space, ok := any(s).(storage.BlobSpace)
	if s.options.KeepFree <= 0 || !ok {
		return nil
	}
	free, _, err := space.Space(ctx)
	if err != nil {
		return err
	}
	if free-s.options.KeepFree < size {
		return syncproto.E(syncproto.CodeStoreFull, op, nil)
	}
	return nil
}

// staged is a file in staging that is being written.
type staged struct {
	store *Store
	name  string
	file  *os.File
	moved bool
}

func (s *Store) stage() (*staged, error) {
	if err := s.at("create"); err != nil {
		return nil, err
	}
	name := stagePlan + rand.Text()
	s.hold(name, true)
	file, err := s.root.OpenFile(stagingDir+"/"+name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		s.hold(name, false)
		return nil, err
	}
	return &staged{store: s, name: name, file: file}, nil
}

func (s *Store) hold(name string, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held {
		s.active[name] = true
	} else {
		delete(s.active, name)
	}
}

// drop closes the file and removes it, unless it became a blob. What cannot be removed is left to Sweep.
func (f *staged) drop() {
	_ = f.file.Close()
	if !f.moved && f.store.at("drop") == nil {
		_ = f.store.root.Remove(stagingDir + "/" + f.name)
	}
	f.store.hold(f.name, false)
}

// fill copies the reader into the file, checks size and hash, and makes the bytes durable.
func (f *staged) fill(ctx context.Context, op string, id storage.BlobID, size int64, r io.Reader) error {
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	sum := sha256.New()
	idle := 0
	for rest := size; ; {
		if ctx.Err() != nil {
			return ended(op, ctx)
		}
		// One byte more than is left is asked for, to notice a reader that has it.
		n, err := r.Read(buffer[:min(int64(len(buffer)), max(rest, rest+1))])
		if rest -= int64(n); rest < 0 {
			return syncproto.E(syncproto.CodeSizeMismatch, op, nil)
		}
		if werr := f.write(buffer[:n]); werr != nil {
			return classify(op, werr)
		}
		sum.Write(buffer[:n])
		if err == io.EOF {
			if rest > 0 {
				return syncproto.E(syncproto.CodeSizeMismatch, op, nil)
			}
			break
		}
		if idle++; n > 0 {
			idle = 0
		}
		if err == nil && idle > 100 {
			err = io.ErrNoProgress
		}
		if err != nil {
			return storage.BlobFailure(op, err)
		}
	}
	if storage.BlobID(sum.Sum(nil)) != id {
		return syncproto.E(syncproto.CodeHashMismatch, op, nil)
	}
	if err := f.store.at("sync"); err != nil {
		return classify(op, err)
	}
	return classify(op, f.file.Sync())
}

func (f *staged) write(p []byte) error {
	if err := f.store.at("write"); err != nil {
		return err
	}
	_, err := f.file.Write(p)
	return err
}

// publish gives a durable file its name and makes the name durable.
func (s *Store) publish(f *staged, id storage.BlobID, size int64) (fresh bool, err error) {
	// Closed first: Windows does not rename a file that is open.
	if err := f.file.Close(); err != nil {
		return false, err
	}
	if err := s.at("publish"); err != nil {
		return false, err
	}
	s.shards[id[0]].Lock()
	defer s.shards[id[0]].Unlock()
	info, err := s.root.Lstat(blobPath(id))
	if err == nil && info.Mode().IsRegular() && info.Size() == size {
		return false, s.syncDir(shardPath(id[0]))
	}
	if err := s.root.Rename(stagingDir+"/"+f.name, blobPath(id)); errors.Is(err, fs.ErrNotExist) {
		// Another process swept it as forgotten.
		return false, syncproto.E(syncproto.CodeUnavailable, "publish a blob", err)
	} else if err != nil {
		return false, err
	}
	f.moved = true
	return true, s.syncDir(shardPath(id[0]))
}
