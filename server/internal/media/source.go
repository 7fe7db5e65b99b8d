package media

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"

	"lantoa/storage"
	"lantoa/syncproto"
)

// source is a blob that is read at any place, several times over.
type source interface {
	io.ReaderAt
	io.Closer
}

// open returns a blob for looking at it. In a store on this machine it is read where it lies. From any other it is
// copied into the work folder first, since it is read four times, and hashed on the way.
func (s *Service) open(ctx context.Context, m *storage.Media) (source, error) {
	const op = "open a file"
	info, err := s.blobs.Stat(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	if info.Size != m.Size {
		return nil, syncproto.E(syncproto.CodeStoreBroken, op, errors.New("the blob has another size"))
	}
	if _, here := s.blobs.(storage.BlobAdopter); here {
		return &ranges{ctx: ctx, blobs: s.blobs, id: m.ID}, nil
	}
	f, err := s.temp()
	if err != nil {
		return nil, err
	}
	spooled := &workFile{f}
	if err := s.spool(ctx, m.ID, f); err != nil {
		return nil, errors.Join(err, spooled.Close())
	}
	return spooled, nil
}

func (s *Service) spool(ctx context.Context, id storage.BlobID, f *os.File) error {
	const op = "copy a blob"
	body, err := s.blobs.Get(ctx, id, 0, -1)
	if err != nil {
		return err
	}
	defer body.Close()
	h := sha256.New()
	if _, err := io.Copy(io.MultiWriter(f, h), body); err != nil {
		return storage.DiskFailure(op, err)
	}
	if storage.BlobID(h.Sum(nil)) != id {
		return syncproto.E(syncproto.CodeStoreBroken, op, errors.New("the blob has another hash"))
	}
	return nil
}

// spareRoom is left on the disk for the database, which would feel a full one.
const spareRoom = 256 << 20

// room refuses to begin what would fill the disk: a served copy is as large as its file, and a file that lies elsewhere
// is copied here first.
func (s *Service) room(ctx context.Context, size int64) error {
	need := size + spareRoom
	var free int64
	disk, known := s.blobs.(storage.BlobSpace)
	var err error
	if known {
		free, _, err = disk.Space(ctx)
	} else {
		need += size
		free, known, err = diskRoom(s.opt.Work)
	}
	if err == nil && known && free < need {
		err = syncproto.E(syncproto.CodeStoreFull, "make room for a served copy", nil)
	}
	return err
}

// temp makes a file in the work folder.
func (s *Service) temp() (*os.File, error) {
	f, err := os.CreateTemp(s.opt.Work, workPlan+"*")
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(s.opt.Work, 0o700); err != nil {
			return nil, storage.DiskFailure("make a file", err)
		}
		f, err = os.CreateTemp(s.opt.Work, workPlan+"*")
	}
	return f, storage.DiskFailure("make a file", err)
}

// workFile is a file in the work folder that goes when it is closed.
type workFile struct{ *os.File }

// Close removes the file. One that was adopted by the blob store is gone already.
func (f *workFile) Close() error {
	err := f.File.Close()
	if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// ranges reads a blob by offset. Reading on where the last read ended continues one stream of the store.
type ranges struct {
	ctx   context.Context
	blobs storage.BlobReader
	id    storage.BlobID
	body  io.ReadCloser
	at    int64
}

// ReadAt implements io.ReaderAt, for one goroutine.
func (r *ranges) ReadAt(p []byte, off int64) (n int, err error) {
	if r.body == nil || off != r.at {
		if err := r.Close(); err != nil {
			return 0, err
		}
		if r.body, err = r.blobs.Get(r.ctx, r.id, off, -1); err != nil {
			r.body = nil
			return 0, err
		}
		r.at = off
	}
	n, err = io.ReadFull(r.body, p)
	r.at += int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF // the end of the blob
	}
	return n, err
}

// Close implements io.Closer.
func (r *ranges) Close() error {
	if r.body == nil {
		return nil
	}
	body := r.body
	r.body = nil
	return body.Close()
}
