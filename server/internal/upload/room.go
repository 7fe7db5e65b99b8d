package upload

import (
	"context"
	"errors"
	"math"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// fits checks the person's quota and the room on the disk, counting what open uploads were promised. Whoever was let in
// keeps the room until the upload ends: bytes of admitted uploads are never refused for it (S-163).
func (a *admission) fits(tx storage.Tx) error {
	const op = "find room"
	count, held, all, err := tx.UploadsOpen(a.device.Person)
	if err != nil {
		return err
	}
	used, err := tx.MediaUsed(a.device.Person)
	if err != nil {
		return err
	}
	if count >= a.s.opt.MaxOpen || used+held+a.size > a.s.opt.Quota {
		if a.s.tasks.stuck() {
			// What waits for a blob store that is down counts as open and as kept, and none of it is the person's fault.
			return syncproto.E(syncproto.CodeUnavailable, op, errStuck)
		}
		return syncproto.E(syncproto.CodeQuota, op, nil)
	}
	if a.size > a.free-all {
		return syncproto.E(syncproto.CodeNoRoom, op, nil)
	}
	return nil
}

var errStuck = errors.New("finished files wait for the blob store")

// keepFree is what stays free of a disk where nothing else is said: a database that cannot grow stops everything.
func keepFree(total int64) int64 { return max(2<<30, total/10) }

// room returns the bytes that uploads may be promised in all: what is free above what must stay free, and what open
// uploads have already written of what they were promised. That is counted only where the answer hangs on it: where less
// is left than wanted.
func (s *Service) room(ctx context.Context, wanted int64) (int64, error) {
	if s.opt.MinFree < 0 {
		return math.MaxInt64, nil
	}
	free, total, known, err := s.spool.free(ctx, s.blobs)
	if err != nil || !known {
		if err != nil {
			s.log.Warn("free space is not known", "err", err)
		}
		return math.MaxInt64, nil // a blob store that is down does not tell; the disk itself says when it is full
	}
	least := s.opt.MinFree
	if least == 0 {
		least = keepFree(total)
	}
	if free-least >= wanted {
		return free - least, nil
	}
	var written int64
	err = s.spool.files(func(_ syncproto.ID, size int64, _ time.Time) { written += size })
	return free - least + written, err
}

// forget removes what an upload without a row left: its bytes here and its parts in the blob store.
func (s *Service) forget(ctx context.Context, u *storage.Upload) {
	s.spool.remove(u.ID)
	s.abort(ctx, u.Blob, u.Remote)
	s.pushed.forget(u.ID)
}

// abort ends an upload in parts. What cannot be reached is swept by the store later.
func (s *Service) abort(ctx context.Context, blob storage.BlobID, remote string) {
	parts, ok := s.blobs.(storage.BlobParts)
	if !ok || remote == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTimeout)
	defer cancel()
	if err := parts.AbortParts(ctx, blob, remote); err != nil {
		s.log.Debug("parts left to the sweep", "blob", blob, "err", err)
	}
}
