package dirblob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Stat implements storage.BlobReader.
func (s *Store) Stat(ctx context.Context, id storage.BlobID) (storage.BlobInfo, error) {
	const op = "look for a blob"
	if err := s.ready(ctx, op); err != nil {
		return storage.BlobInfo{}, err
	}
	info, err := s.root.Lstat(blobPath(id))
	if err != nil {
		return storage.BlobInfo{}, absentOr(op, err)
	}
	if !info.Mode().IsRegular() {
		return storage.BlobInfo{}, syncproto.E(syncproto.CodeStoreBroken, op, errors.New("a blob is not a file"))
	}
	return infoOf(id, info), nil
}

// Get implements storage.BlobReader.
func (s *Store) Get(ctx context.Context, id storage.BlobID, offset, length int64) (io.ReadCloser, error) {
	const op = "read a blob"
	if offset < 0 {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	if _, err := s.Stat(ctx, id); err != nil {
		return nil, err
	}
	file, err := s.root.Open(blobPath(id))
	if err != nil {
		return nil, absentOr(op, err)
	}
	if length < 0 {
		length = math.MaxInt64
	}
	length = min(length, math.MaxInt64-offset) // NewSectionReader adds them
	return &reading{ctx: ctx, op: op, file: file, section: io.NewSectionReader(file, offset, length)}, nil
}

// reading is one read of a blob.
type reading struct {
	ctx     context.Context
	op      string
	file    *os.File
	section *io.SectionReader
}

func (r *reading) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, ended(r.op, r.ctx)
	}
	n, err := r.section.Read(p)
	if err != nil && err != io.EOF {
		err = classify(r.op, err)
	}
	return n, err
}

func (r *reading) Close() error { return classify(r.op, r.file.Close()) }

// List implements storage.BlobReader. It reads the names of whole folders, which hold a 256th of the blobs each.
func (s *Store) List(ctx context.Context, after storage.BlobID, limit int) (page []storage.BlobInfo, err error) {
	const op = "list blobs"
	for shard := int(after[0]); shard < len(s.shards); shard++ {
		if err := s.ready(ctx, op); err != nil {
			return nil, err
		}
		if len(page) >= limit {
			break
		}
		ids, err := s.ids(byte(shard), after)
		if err != nil {
			return nil, classify(op, err)
		}
		for _, id := range ids {
			if len(page) >= limit {
				break
			}
			info, err := s.root.Lstat(blobPath(id))
			if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
				continue
			}
			if err != nil {
				return nil, classify(op, err)
			}
			page = append(page, infoOf(id, info))
		}
	}
	return page, nil
}

// ids returns the blobs of a folder that follow an id, in order. Files of others (of a file manager, say) are passed
// over.
func (s *Store) ids(shard byte, after storage.BlobID) (ids []storage.BlobID, err error) {
	names, err := s.names(shardPath(shard))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		id, err := storage.ParseBlobID(name)
		if err == nil && id[0] == shard && bytes.Compare(id[:], after[:]) > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b storage.BlobID) int { return bytes.Compare(a[:], b[:]) })
	return ids, nil
}

func (s *Store) names(dir string) ([]string, error) {
	d, err := s.root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

func infoOf(id storage.BlobID, info fs.FileInfo) storage.BlobInfo {
	return storage.BlobInfo{ID: id, Size: info.Size(), Stored: info.ModTime().UnixMilli()}
}
