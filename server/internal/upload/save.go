package upload

import (
	"encoding"
	"errors"
	"hash"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// When what came is made durable while it still comes: every saveEvery bytes, unless the disk is not done with those
// before. Then it goes on coming, and the next save takes all of it, so that a slow disk is asked less often; nobody waits
// for it before the row is mostAhead behind, which with the buffer that is being written is the 8 MiB of S-166. On 2G
// that would be hours, so time counts too.
const (
	saveEvery = 8 << 20 / 3
	saveAfter = 15 * time.Second
	mostAhead = 8<<20 - fastBuffer
)

// save is what came, on its way to be durable.
type save struct {
	offset int64
	done   chan struct{}
	err    error // once it is done
}

// save makes what was written durable while more comes.
func (s *sink) save() error {
	if s.saving != nil && s.offset-s.kept < mostAhead {
		select {
		case <-s.saving.done:
		default:
			return nil
		}
	}
	if err := s.wait(); err != nil {
		return err
	}
	state, err := stateOf(s.sum.all())
	if err != nil {
		return err
	}
	mine, before := &save{offset: s.offset, done: make(chan struct{})}, s.saved
	s.saving, s.saved, s.at = mine, s.offset, time.Now()
	go func() {
		defer close(mine.done)
		if mine.err = s.sync(); mine.err != nil {
			return
		}
		_, mine.err = s.s.update(s.ctx, s.id, func(tx storage.Tx, u *storage.Upload) error {
			s.mark(u, mine.offset, state)
			return s.allowed(tx)
		})
		if mine.err == nil {
			s.s.grown(s.id, s.size, before, mine.offset)
		}
	}()
	return nil
}

// wait waits for the save that is under way.
func (s *sink) wait() error {
	last := s.saving
	if last == nil {
		return nil
	}
	s.saving = nil
	<-last.done
	if last.err == nil {
		s.kept = last.offset
	}
	return last.err
}

// allowed ends a request whose phone may not even bring what is left any more (S-188): on a slow network it may run for
// days. What came since the last save does not count then.
func (s *sink) allowed(tx storage.Tx) error {
	if s.device == "" {
		return nil
	}
	device, err := tx.Device(s.device)
	if err == nil && people.Gone(device.Revoked, s.s.now()) || isNotFound(err) {
		return syncproto.E(syncproto.CodeTokenRevoked, "take bytes", err)
	}
	return err
}

func (s *sink) sync() error {
	const op = "sync a spool file"
	err := s.s.spool.at("sync")
	if err == nil && s.torn.Load() {
		err = errTorn
	}
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		s.torn.Store(true)
	}
	return fault(op, err)
}

var errTorn = errors.New("an earlier sync failed")

// mark sets what the row says of bytes that are durable. Where that is less than before, parts in the blob store may
// hold bytes that were taken back, whatever went wrong between.
func (s *sink) mark(u *storage.Upload, offset int64, state []byte) {
	if offset < u.Offset {
		u.Remote = ""
	}
	u.Offset, u.Hash = offset, state
	if s.size >= 0 {
		u.Code = "" // the length was said
	}
	s.s.rest(u)
}

func stateOf(sum hash.Hash) ([]byte, error) {
	state, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, "keep the state of a hash", err)
	}
	return state, nil
}

// undo drops the bytes of a chunk whose checksum is wrong. The row goes back before the file does: after a crash between
// the two the file is too long, which the next request mends, and not too short, which would cost what came before.
func (s *sink) undo() error {
	_ = s.wait() // whatever became of them, these bytes do not count
	wrong := syncproto.E(syncproto.CodeHashMismatch, "check a chunk", nil)
	if s.offset == s.start {
		return wrong
	}
	if err := restore(s.sum.all(), s.base); err != nil {
		return err
	}
	moved := s.saved > s.start
	s.offset, s.saved = s.start, s.start
	s.seat.offset.Store(s.start)
	if moved {
		if err := s.takeBack(); err != nil {
			return err
		}
	}
	if err := s.file.Truncate(s.start); err != nil {
		return fault("truncate a spool file", err)
	}
	return wrong
}

// takeBack writes into the row that bytes which were durable do not count. Parts of them that were carried on are given
// up.
func (s *sink) takeBack() error {
	var remote string
	now, err := s.s.update(s.ctx, s.id, func(_ storage.Tx, u *storage.Upload) error {
		remote = u.Remote
		s.mark(u, s.start, s.base)
		return nil
	})
	if err == nil && now.Remote != remote {
		s.s.abort(s.ctx, s.blob, remote)
		s.s.pushed.forget(s.id)
	}
	return err
}
