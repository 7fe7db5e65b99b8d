package upload

import (
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"hash"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"lantoa/server/internal/media"
	"lantoa/storage"
	"lantoa/syncproto"
)

// When what came is made durable while it still comes. One stretch of saveEvery grows while the one before it is synced
// and the row of the one before that is written, so that nobody waits for a disk that is as fast as the network: all
// three together are the 8 MiB of S-166. On 2G that would be hours, so time counts too.
const (
	saveEvery = 8<<20/3 - fastBuffer
	saveAfter = 15 * time.Second
	maxSaves  = 2 // under way
)

// Buffers for one request. Hundreds of phones that send slowly hold a small one each; the large one is for those who fill
// it again and again.
const (
	slowBuffer = 8 << 10
	fastBuffer = 128 << 10
	fullReads  = 4 // in a row, until the large one is taken
)

var (
	slowBuffers = sync.Pool{New: func() any { b := make([]byte, slowBuffer); return &b }}
	fastBuffers = sync.Pool{New: func() any { b := make([]byte, fastBuffer); return &b }}
)

// sink takes the bytes of one request into the spool.
type sink struct {
	s      *Service
	ctx    context.Context // of saving; it outlives the request
	cancel context.CancelFunc
	seat   *seat
	id     syncproto.ID
	blob   storage.BlobID
	size   int64 // of the whole; -1 if it is not known
	part   bool  // of a concatenation: no hash is known
	file   *os.File
	sum    hash.Hash   // of all bytes up to offset
	offset int64       // written
	start  int64       // where the chunk began
	base   []byte      // state of the hash there
	saved  int64       // the offset that was saved last, or is being saved
	at     time.Time   // when that was
	saves  []*save     // under way, the oldest first
	torn   atomic.Bool // a sync failed: the kernel may have dropped what was written, and a later sync would not tell
}

func (s *Service) newSink(ctx context.Context, seat *seat, u *storage.Upload, size int64) (*sink, error) {
	in := &sink{
		s: s, seat: seat, id: u.ID, blob: u.Blob, size: size, part: u.Partial, sum: sha256.New(),
		offset: u.Offset, start: u.Offset, saved: u.Offset, base: u.Hash, at: time.Now(),
	}
	if err := restore(in.sum, u.Hash); err != nil {
		return nil, err
	}
	var err error
	if in.file, err = s.spool.open(u.ID, u.Offset); err != nil {
		return nil, err
	}
	in.ctx, in.cancel = context.WithCancel(context.WithoutCancel(ctx))
	seat.offset.Store(in.offset)
	return in, nil
}

// restore brings a hash into a saved state; nil is that of no bytes.
func restore(sum hash.Hash, state []byte) error {
	if state == nil {
		sum.Reset()
		return nil
	}
	err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
	if err != nil {
		return syncproto.E(syncproto.CodeInternal, "read the state of a hash", err)
	}
	return nil
}

func (s *sink) close() {
	if s.file != nil {
		_ = s.file.Close() // synced before anything counts
		s.file = nil
		s.cancel()
	}
}

// take reads a chunk to its end. The error says why its end was not reached, or that its checksum is wrong; what was
// read counts otherwise.
func (s *sink) take(chunk *Chunk, limit int64) error {
	check := chunk.Sum.begin()
	rest, ends := limit-s.offset, chunk.Length < 0
	if !ends {
		rest = chunk.Length
	}
	if chunk.anew {
		skip := min(s.offset, max(rest, 0))
		if ends {
			skip = s.offset
		}
		if err := s.skip(chunk.Body, skip, check); err != nil {
			return err
		}
		if !ends {
			rest -= skip
		}
	}
	if err := s.read(chunk.Body, rest, ends, check); err != nil {
		return err
	}
	if !chunk.Sum.holds(check) {
		s.s.mismatches.Add(1)
		return s.undo()
	}
	if ends && s.offset == limit {
		var one [1]byte
		if n, _ := io.ReadFull(chunk.Body, one[:]); n > 0 {
			return &syncproto.Error{Code: syncproto.CodeSizeMismatch, Op: "take bytes", Err: errBeyond}
		}
	}
	return nil
}

// skip reads bytes away that the server has from an earlier try.
func (s *sink) skip(body Body, n int64, check hash.Hash) error {
	var to io.Writer = io.Discard
	if check != nil {
		to = check
	}
	if got, err := io.CopyN(to, body, n); got < n {
		return s.broke(err)
	}
	return nil
}

// read takes rest bytes, or fewer if the body may end before.
func (s *sink) read(body Body, rest int64, ends bool, check hash.Hash) error {
	pool, full := &slowBuffers, 0
	buf := pool.Get().(*[]byte)
	defer func() { pool.Put(buf) }()
	for rest > 0 {
		n, err := body.Read((*buf)[:min(int64(len(*buf)), rest)])
		if n > 0 {
			if werr := s.write((*buf)[:n]); werr != nil {
				return werr
			}
			if check != nil {
				check.Write((*buf)[:n])
			}
			rest -= int64(n)
		}
		switch {
		case err == io.EOF && (ends || rest == 0):
			return nil
		case err != nil:
			return s.broke(err)
		}
		if full++; n < slowBuffer {
			full = 0
		}
		if full == fullReads && pool == &slowBuffers {
			pool.Put(buf)
			pool = &fastBuffers
			buf = pool.Get().(*[]byte)
		}
	}
	return nil
}

func (s *sink) write(p []byte) error {
	if err := s.s.spool.at("write"); err != nil {
		return fault("write a spool file", err)
	}
	n, err := s.file.WriteAt(p, s.offset)
	s.sum.Write(p[:n])
	s.offset += int64(n)
	s.seat.offset.Store(s.offset)
	s.s.received.Add(int64(n))
	if err != nil {
		return fault("write a spool file", err)
	}
	if s.offset-s.saved >= saveEvery || time.Since(s.at) >= saveAfter {
		return s.save()
	}
	return nil
}

// save is a stretch on its way to be durable.
type save struct {
	done chan struct{}
	err  error // once it is done
}

// save makes what was written durable while more comes. Rows are written in order.
func (s *sink) save() error {
	for len(s.saves) >= maxSaves {
		if err := s.waitOne(); err != nil {
			return err
		}
	}
	state, err := stateOf(s.sum)
	if err != nil {
		return err
	}
	mine, offset, before := &save{done: make(chan struct{})}, s.offset, s.saved
	var last *save
	if n := len(s.saves); n > 0 {
		last = s.saves[n-1]
	}
	s.saves, s.saved, s.at = append(s.saves, mine), offset, time.Now()
	go func() {
		defer close(mine.done)
		mine.err = s.sync()
		if last != nil {
			<-last.done
		}
		if mine.err == nil {
			_, mine.err = s.s.update(s.ctx, s.id, func(_ storage.Tx, u *storage.Upload) error {
				s.mark(u, offset, state)
				return nil
			})
		}
		if mine.err == nil {
			s.s.grown(s.id, s.size, before, offset)
		}
	}()
	return nil
}

// waitOne waits for the oldest save.
func (s *sink) waitOne() error {
	oldest := s.saves[0]
	s.saves = s.saves[1:]
	<-oldest.done
	return oldest.err
}

// wait waits for all saves.
func (s *sink) wait() (err error) {
	for len(s.saves) > 0 {
		err = errors.Join(err, s.waitOne())
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

// mark sets what the row says of bytes that are durable.
func (s *sink) mark(u *storage.Upload, offset int64, state []byte) {
	u.Offset, u.Hash, u.Size = offset, state, s.size
	s.s.rest(u)
}

func stateOf(sum hash.Hash) ([]byte, error) {
	state, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return nil, syncproto.E(syncproto.CodeInternal, "keep the state of a hash", err)
	}
	return state, nil
}

// undo drops the bytes of a chunk whose checksum is wrong. Parts of them may have been carried on already: those begin
// anew with the row that is written next.
func (s *sink) undo() error {
	if err := s.wait(); err != nil {
		return err
	}
	wrong := syncproto.E(syncproto.CodeHashMismatch, "check a chunk", nil)
	if s.offset == s.start {
		return wrong
	}
	if err := restore(s.sum, s.base); err != nil {
		return err
	}
	moved := s.saved > s.start
	s.offset, s.saved = s.start, s.start
	s.seat.offset.Store(s.start)
	if err := s.file.Truncate(s.start); err != nil {
		return fault("truncate a spool file", err)
	}
	if !moved {
		return wrong
	}
	var remote string
	_, err := s.s.update(s.ctx, s.id, func(_ storage.Tx, u *storage.Upload) error {
		remote, u.Remote = u.Remote, ""
		s.mark(u, s.start, s.base)
		return nil
	})
	if err != nil {
		return err
	}
	s.s.abort(s.ctx, s.blob, remote)
	s.s.pushed.forget(s.id)
	return wrong
}

// finish makes everything durable that came, and at the last byte compares the hash. broken is why the chunk ended early.
func (s *sink) finish(broken error) (*storage.Upload, error) {
	limit := time.AfterFunc(saveTimeout, s.cancel)
	defer limit.Stop()
	if err := s.wait(); err != nil {
		return nil, err
	}
	if err := s.sync(); err != nil {
		return nil, err
	}
	state, err := stateOf(s.sum)
	if err != nil {
		return nil, err
	}
	whole := s.size >= 0 && s.offset == s.size
	if whole && !s.part && storage.BlobID(s.sum.Sum(nil)) != s.blob {
		return nil, s.wrong()
	}
	var scopes []syncproto.Scope
	before := s.saved
	u, err := s.s.update(s.ctx, s.id, func(tx storage.Tx, u *storage.Upload) (err error) {
		scopes = nil
		s.mark(u, s.offset, state)
		if !whole {
			return nil
		}
		u.State = storage.UploadWhole
		if u.Partial {
			return nil
		}
		_, scopes, err = s.s.refer(tx, u)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.s.changed(scopes)
	if !whole {
		s.s.grown(s.id, s.size, before, s.offset)
	}
	return u, nil
}

// maxRestarts is how often a file may come with another hash than its record announces: after that the phone and the
// server will not agree by sending it again (S-167).
const maxRestarts = 3

// wrong sets an upload back whose bytes are not what the record announced.
func (s *sink) wrong() error {
	s.s.mismatches.Add(1)
	_, err := s.s.startOver(s.ctx, s.id, func(u *storage.Upload) {
		if u.Restarts++; u.Restarts >= maxRestarts {
			u.State, u.Code = storage.UploadRefused, syncproto.CodeHashMismatch
			u.Expires = s.s.now() + memory.Milliseconds()
		}
		u.Size = s.size
	})
	if err != nil {
		return err
	}
	return syncproto.E(syncproto.CodeHashMismatch, "check a file", nil)
}

// refer writes that a record refers to a whole file, before its bytes become a blob. ok is false while what was made of
// an earlier coming of the same file is still being removed: then it is tried again in a moment.
func (s *Service) refer(tx storage.Tx, u *storage.Upload) (ok bool, scopes []syncproto.Scope, err error) {
	now := s.now()
	m, err := tx.Media(u.Blob)
	switch {
	case isNotFound(err) || err == nil && media.Unowned(m):
		err = tx.PutMedia(&storage.Media{
			ID: u.Blob, Person: u.Person, Size: u.Size, State: storage.MediaArriving, Created: now,
			Due: now + arrivalCheck.Milliseconds(),
		})
	case err == nil && m.State == storage.MediaRemoving:
		return false, nil, nil
	}
	if err != nil {
		return false, nil, err
	}
	err = tx.PutMediaLink(&storage.MediaLink{Blob: u.Blob, Record: u.Record, Lane: u.Lane, Person: u.Person, At: now})
	if err != nil {
		return false, nil, err
	}
	scopes, err = media.AnnounceRecord(tx, u.Record, now)
	return true, scopes, err
}

// arrivalCheck is when the media worker looks for a file that has not become a blob by itself.
const arrivalCheck = 10 * time.Minute
