package memory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Blobs keeps blobs in memory. Make one with NewBlobs.
type Blobs struct {
	mu      sync.RWMutex
	blobs   map[storage.BlobID]blob
	uploads map[string]*upload
	closed  bool
}

type blob struct {
	bytes  []byte // never changed once it is here
	stored int64
}

var _ storage.Blobs = (*Blobs)(nil)

// NewBlobs returns an empty store.
func NewBlobs() *Blobs {
	return &Blobs{blobs: map[storage.BlobID]blob{}, uploads: map[string]*upload{}}
}

// Put implements storage.BlobWriter.
func (s *Blobs) Put(ctx context.Context, id storage.BlobID, size int64, r io.Reader) (fresh bool, err error) {
	const op = "put a blob"
	if size < 0 {
		return false, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if b, err := s.find(ctx, op, id); err == nil && int64(len(b.bytes)) == size {
		return false, nil
	} else if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return false, err
	}
	// One byte more is asked for, to notice a reader that has it. The buffer grows with what comes, not with what
	// was announced.
	data, err := io.ReadAll(&untilEnded{ctx: ctx, op: op, r: io.LimitReader(r, size+1)})
	switch {
	case err != nil:
		return false, storage.BlobFailure(op, err)
	case int64(len(data)) != size:
		return false, syncproto.E(syncproto.CodeSizeMismatch, op, nil)
	case sha256.Sum256(data) != id:
		return false, syncproto.E(syncproto.CodeHashMismatch, op, nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, blobsClosed(op)
	}
	if _, there := s.blobs[id]; there {
		return false, nil
	}
	s.blobs[id] = blob{bytes: data, stored: time.Now().UnixMilli()}
	return true, nil
}

// Stat implements storage.BlobReader.
func (s *Blobs) Stat(ctx context.Context, id storage.BlobID) (storage.BlobInfo, error) {
	b, err := s.find(ctx, "look for a blob", id)
	if err != nil {
		return storage.BlobInfo{}, err
	}
	return b.info(id), nil
}

// Get implements storage.BlobReader.
func (s *Blobs) Get(ctx context.Context, id storage.BlobID, offset, length int64) (io.ReadCloser, error) {
	const op = "read a blob"
	if offset < 0 {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	b, err := s.find(ctx, op, id)
	if err != nil {
		return nil, err
	}
	rest := b.bytes[min(offset, int64(len(b.bytes))):]
	if length >= 0 {
		rest = rest[:min(length, int64(len(rest)))]
	}
	// Not the bytes.Reader itself: its WriteTo hands out the slice that the store keeps.
	return io.NopCloser(&untilEnded{ctx: ctx, op: op, r: bytes.NewReader(rest)}), nil
}

// List implements storage.BlobReader.
func (s *Blobs) List(ctx context.Context, after storage.BlobID, limit int) ([]storage.BlobInfo, error) {
	const op = "list blobs"
	if ctx.Err() != nil {
		return nil, ended(op, ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, blobsClosed(op)
	}
	var all []storage.BlobInfo
	for id, b := range s.blobs {
		if bytes.Compare(id[:], after[:]) > 0 {
			all = append(all, b.info(id))
		}
	}
	slices.SortFunc(all, func(a, b storage.BlobInfo) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return all[:min(len(all), max(limit, 0))], nil
}

// Delete implements storage.BlobWriter.
func (s *Blobs) Delete(ctx context.Context, id storage.BlobID) error {
	if _, err := s.find(ctx, "delete a blob", id); syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return nil
	} else if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.blobs, id)
	return nil
}

// Close implements storage.Blobs.
func (s *Blobs) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *Blobs) find(ctx context.Context, op string, id storage.BlobID) (blob, error) {
	if ctx.Err() != nil {
		return blob{}, ended(op, ctx)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return blob{}, blobsClosed(op)
	}
	b, there := s.blobs[id]
	if !there {
		return blob{}, missing(op)
	}
	return b, nil
}

func (b blob) info(id storage.BlobID) storage.BlobInfo {
	return storage.BlobInfo{ID: id, Size: int64(len(b.bytes)), Stored: b.stored}
}

func blobsClosed(op string) error {
	return syncproto.E(syncproto.CodeUnavailable, op, errors.New("the blob store is closed"))
}

// untilEnded is a reader that fails when a context has ended.
type untilEnded struct {
	ctx context.Context
	op  string
	r   io.Reader
}

func (u *untilEnded) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, ended(u.op, u.ctx)
	}
	return u.r.Read(p)
}
