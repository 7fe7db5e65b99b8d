package upload

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"lantoa/storage"
	"lantoa/syncproto"
)

// partWorkers is how many parts of one file travel to the blob store at once.
const partWorkers = 4

// pushed remembers which parts the blob store has, so that it is not asked before each. After a start it is asked.
type pushed struct {
	mu    sync.Mutex
	known map[syncproto.ID]sent
}

type sent struct {
	remote string
	parts  map[int]int64 // number to size; never changed once it is here
}

func (p *pushed) get(id syncproto.ID, remote string) (map[int]int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, ok := p.known[id]
	return one.parts, ok && one.remote == remote
}

func (p *pushed) set(id syncproto.ID, remote string, parts map[int]int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[id] = sent{remote, parts}
}

func (p *pushed) forget(id syncproto.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, id)
}

// grown is told that an upload of a size grew. Where the blob store takes parts, full ones go there while the rest still
// comes: behind the last byte of a long film only its last part is left to carry.
func (s *Service) grown(id syncproto.ID, size, before, after int64) {
	parts, ok := s.blobs.(storage.BlobParts)
	if _, renames := s.blobs.(storage.BlobAdopter); !ok || renames {
		return
	}
	if part := parts.PartSize(); size > part && before/part < after/part {
		s.tasks.add(id)
	}
}

// push carries the full parts of an upload that is still being received. Offset and Remote come from one reading of the
// row: whenever durable bytes are taken back, the row loses its Remote too, so no part of a completed blob ever holds
// bytes that were taken back.
func (s *Service) push(ctx context.Context, u *storage.Upload) error {
	parts, ok := s.blobs.(storage.BlobParts)
	if _, renames := s.blobs.(storage.BlobAdopter); !ok || renames || u.Partial || u.Offset < parts.PartSize() {
		return nil
	}
	return s.pushTo(ctx, parts, u)
}

// due returns the number of the last part that can be carried.
func due(u *storage.Upload, part int64) int64 {
	if u.State == storage.UploadReceiving {
		return u.Offset / part
	}
	return (u.Size + part - 1) / part
}

// complete carries what is left of a whole file and makes it a blob.
func (s *Service) complete(ctx context.Context, parts storage.BlobParts, u *storage.Upload) error {
	if there, err := s.spool.holds(u.ID, u.Size); err != nil || !there {
		if err == nil {
			_, err = s.blobs.Stat(ctx, u.Blob)
		}
		return err
	}
	if _, known := s.pushed.get(u.ID, u.Remote); !known && u.Remote != "" {
		// An earlier process may have come as far as completing it. The store knows the parts no more then, and all of
		// them would travel again for nothing.
		if info, err := s.blobs.Stat(ctx, u.Blob); err == nil && info.Size == u.Size {
			s.abort(ctx, u.Blob, u.Remote)
			return nil
		}
	}
	if err := s.pushTo(ctx, parts, u); err != nil {
		return err
	}
	_, err := parts.CompleteParts(ctx, u.Blob, u.Remote, u.Size)
	switch {
	case err == nil:
		return nil
	case isNotFound(err), syncproto.CodeOf(err) == syncproto.CodeSizeMismatch, syncproto.CodeOf(err) == syncproto.CodeHashMismatch:
		return s.anew(ctx, u, err)
	}
	return err
}

// pushTo carries the parts that are due and that the store does not have. u.Remote is set when it returns nil.
func (s *Service) pushTo(ctx context.Context, parts storage.BlobParts, u *storage.Upload) error {
	if u.Remote == "" {
		if err := s.beginParts(ctx, parts, u); err != nil {
			return err
		}
	}
	have, known := s.pushed.get(u.ID, u.Remote)
	if !known {
		list, err := parts.ListParts(ctx, u.Blob, u.Remote)
		if isNotFound(err) {
			return s.anew(ctx, u, err)
		}
		if err != nil {
			return err
		}
		have = make(map[int]int64, len(list))
		for _, one := range list {
			have[one.Number] = one.Size
		}
	}
	file, err := os.Open(s.spool.path(u.ID))
	if err != nil {
		return fault("open a spool file", err)
	}
	defer file.Close()
	have, err = s.pushAll(ctx, parts, u, file, have)
	s.pushed.set(u.ID, u.Remote, have)
	if isNotFound(err) {
		return s.anew(ctx, u, err)
	}
	return err
}

// pushAll carries missing parts, several at once, and returns which are there then.
func (s *Service) pushAll(ctx context.Context, parts storage.BlobParts, u *storage.Upload, file io.ReaderAt, have map[int]int64) (map[int]int64, error) {
	size, part := u.Size, parts.PartSize()
	last := due(u, part)
	now := make(map[int]int64, last)
	for number, n := range have {
		now[number] = n
	}
	var mu sync.Mutex
	var failed error
	var running sync.WaitGroup
	free := make(chan struct{}, partWorkers)
	for number := 1; int64(number) <= last; number++ {
		from := int64(number-1) * part
		length := min(part, size-from)
		if have[number] == length {
			continue
		}
		free <- struct{}{}
		mu.Lock()
		stop := failed != nil
		mu.Unlock()
		if stop {
			break
		}
		running.Go(func() {
			defer func() { <-free }()
			err := parts.PutPart(ctx, u.Blob, u.Remote, number, io.NewSectionReader(file, from, length), length)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				now[number] = length
			} else if failed == nil {
				failed = err
			}
		})
	}
	running.Wait()
	return now, failed
}

// beginParts begins an upload at the blob store and keeps its name in the row; u is then what the row says.
func (s *Service) beginParts(ctx context.Context, parts storage.BlobParts, u *storage.Upload) error {
	remote, err := parts.BeginParts(ctx, u.Blob)
	if err != nil {
		return err
	}
	now, err := s.update(ctx, u.ID, func(_ storage.Tx, now *storage.Upload) error {
		if now.Remote != "" {
			return errOther
		}
		now.Remote = remote
		return nil
	})
	if err != nil {
		s.abort(ctx, u.Blob, remote)
		if errors.Is(err, errOther) {
			return syncproto.E(syncproto.CodeUnavailable, "begin parts", err)
		}
		return err
	}
	*u = *now
	return nil
}

var errOther = errors.New("the upload went on meanwhile")

// anew forgets an upload that the blob store does not know any more, or whose parts do not make up the file; the spool
// has all bytes yet. cause is why.
func (s *Service) anew(ctx context.Context, u *storage.Upload, cause error) error {
	_, err := s.update(ctx, u.ID, func(_ storage.Tx, now *storage.Upload) error {
		if now.Remote == u.Remote {
			now.Remote = ""
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.abort(ctx, u.Blob, u.Remote)
	s.pushed.forget(u.ID)
	return syncproto.E(syncproto.CodeUnavailable, "store a file in parts", cause)
}
