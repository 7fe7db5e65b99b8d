package memory

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"maps"
	"slices"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// partSize is small, so that tests have many parts of few bytes.
const partSize = 64 << 10

// upload is a blob that arrives in parts. Blobs.mu guards it.
type upload struct {
	id    storage.BlobID
	last  int64 // when it began or the last part came, Unix ms
	parts map[int][]byte
}

var _ storage.BlobParts = (*Blobs)(nil)

// PartSize implements storage.BlobParts: 64 KiB.
func (s *Blobs) PartSize() int64 { return partSize }

// BeginParts implements storage.BlobParts.
func (s *Blobs) BeginParts(ctx context.Context, id storage.BlobID) (string, error) {
	const op = "begin a blob in parts"
	if ctx.Err() != nil {
		return "", ended(op, ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return "", blobsClosed(op)
	}
	token := rand.Text()
	s.uploads[token] = &upload{id: id, last: time.Now().UnixMilli(), parts: map[int][]byte{}}
	return token, nil
}

// PutPart implements storage.BlobParts.
func (s *Blobs) PutPart(ctx context.Context, id storage.BlobID, token string, number int, r io.ReaderAt, size int64) error {
	const op = "put a part"
	if number < 1 || number > syncproto.MaxMediaBytes/partSize || size < 1 || size > partSize {
		return syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if err := s.withUpload(ctx, op, id, token, func(*upload) {}); err != nil {
		return err
	}
	data, err := io.ReadAll(&untilEnded{ctx: ctx, op: op, r: io.NewSectionReader(r, 0, size)})
	switch {
	case err != nil:
		return storage.BlobFailure(op, err)
	case int64(len(data)) != size:
		return syncproto.E(syncproto.CodeSizeMismatch, op, nil)
	}
	return s.withUpload(ctx, op, id, token, func(u *upload) {
		u.parts[number] = data
		u.last = time.Now().UnixMilli()
	})
}

// ListParts implements storage.BlobParts.
func (s *Blobs) ListParts(ctx context.Context, id storage.BlobID, token string) (list []storage.BlobPart, err error) {
	err = s.withUpload(ctx, "list parts", id, token, func(u *upload) {
		for _, number := range slices.Sorted(maps.Keys(u.parts)) {
			list = append(list, storage.BlobPart{Number: number, Size: int64(len(u.parts[number]))})
		}
	})
	return list, err
}

// CompleteParts implements storage.BlobParts. Since it has all bytes at hand it holds the caller to his word, with
// hash_mismatch.
func (s *Blobs) CompleteParts(ctx context.Context, id storage.BlobID, token string, size int64) (fresh bool, err error) {
	const op = "complete a blob"
	if size < 0 {
		return false, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if b, err := s.find(ctx, op, id); err == nil && int64(len(b.bytes)) == size {
		return false, s.AbortParts(ctx, id, token)
	} else if err != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
		return false, err
	}
	var failure error
	err = s.withUpload(ctx, op, id, token, func(u *upload) {
		data, err := u.join(op, size)
		if err != nil {
			failure = err
			return
		}
		delete(s.uploads, token)
		if _, there := s.blobs[id]; !there {
			s.blobs[id] = blob{bytes: data, stored: time.Now().UnixMilli()}
			fresh = true
		}
	})
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		// Another call may have completed it since.
		if b, ferr := s.find(ctx, op, id); ferr == nil && int64(len(b.bytes)) == size {
			return false, nil
		}
	}
	if err == nil {
		err = failure
	}
	return fresh, err
}

// join returns all bytes, if they are right.
func (u *upload) join(op string, size int64) ([]byte, error) {
	var data []byte
	for number := 1; number <= len(u.parts); number++ {
		part := u.parts[number]
		if want := min(partSize, size-int64(len(data))); int64(len(part)) != want || want == 0 {
			return nil, syncproto.E(syncproto.CodeSizeMismatch, op, nil)
		}
		data = append(data, part...)
	}
	switch {
	case int64(len(data)) != size:
		return nil, syncproto.E(syncproto.CodeSizeMismatch, op, nil)
	case sha256.Sum256(data) != u.id:
		return nil, syncproto.E(syncproto.CodeHashMismatch, op, nil)
	}
	return data, nil
}

// AbortParts implements storage.BlobParts.
func (s *Blobs) AbortParts(ctx context.Context, id storage.BlobID, token string) error {
	err := s.withUpload(ctx, "abort a blob in parts", id, token, func(*upload) { delete(s.uploads, token) })
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return nil
	}
	return err
}

// withUpload calls a function with an upload while no other call sees it.
func (s *Blobs) withUpload(ctx context.Context, op string, id storage.BlobID, token string, do func(*upload)) error {
	if ctx.Err() != nil {
		return ended(op, ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return blobsClosed(op)
	}
	u := s.uploads[token]
	if u == nil || u.id != id {
		return missing(op)
	}
	do(u)
	return nil
}

// Sweep implements storage.BlobWriter: it removes uploads that rest. A Put leaves nothing behind.
func (s *Blobs) Sweep(ctx context.Context, before int64) (removed int, err error) {
	const op = "sweep blobs"
	if ctx.Err() != nil {
		return 0, ended(op, ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, blobsClosed(op)
	}
	for token, u := range s.uploads {
		if u.last < before {
			delete(s.uploads, token)
			removed++
		}
	}
	return removed, nil
}
