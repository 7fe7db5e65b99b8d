package upload

import (
	"context"
	"crypto/sha256"
	"encoding"
	"hash"
	"io"
	"os"
	"sync/atomic"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// sink takes the bytes of one request into the spool.
type sink struct {
	s      *Service
	ctx    context.Context // of saving; it outlives the request
	cancel context.CancelFunc
	seat   *seat
	id     syncproto.ID
	device syncproto.ID // that sends; "" for what the server joins itself
	blob   storage.BlobID
	size   int64 // of the whole; -1 if it is not known
	part   bool  // of a concatenation: no hash is known
	file   *os.File
	sum    adder       // of all bytes up to offset
	offset int64       // written
	start  int64       // where the chunk began
	base   []byte      // state of the hash there
	saved  int64       // the offset that was saved last, or is being saved
	at     time.Time   // when that was
	saving *save       // under way; nil for none
	kept   int64       // the row has this offset, or a later one
	torn   atomic.Bool // a sync failed: the kernel may have dropped what was written, and a later sync would not tell
}

func (s *Service) newSink(ctx context.Context, seat *seat, u *storage.Upload, size int64) (*sink, error) {
	in := &sink{
		s: s, seat: seat, id: u.ID, blob: u.Blob, size: size, part: u.Partial, sum: adder{sum: sha256.New()},
		offset: u.Offset, start: u.Offset, saved: u.Offset, kept: u.Offset, base: u.Hash, at: time.Now(),
	}
	var err error
	if in.file, err = s.spool.open(u.ID, u.Offset); err != nil {
		return nil, err
	}
	if err := in.resume(); err != nil {
		_ = in.file.Close()
		return nil, err
	}
	in.ctx, in.cancel = context.WithCancel(context.WithoutCancel(ctx))
	seat.offset.Store(in.offset)
	return in, nil
}

// resume brings the hash to where the chunk begins: from the state in the row, or, where another build wrote that and it
// says nothing here, from the bytes, which are durable.
func (s *sink) resume() error {
	sum := s.sum.all()
	if (len(s.base) > 0 || s.offset == 0) && restore(sum, s.base) == nil {
		return nil
	}
	s.s.log.Warn("the state of a hash is of no use, the bytes are read again", "upload", s.id, "offset", s.offset)
	sum.Reset()
	n, err := io.Copy(sum, io.NewSectionReader(s.file, 0, s.offset))
	if err == nil && n < s.offset {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fault("read a spool file", err)
	}
	s.base, err = stateOf(sum)
	return err
}

// restore brings a hash into a saved state; nil is that of no bytes.
func restore(sum hash.Hash, state []byte) error {
	if len(state) == 0 {
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
	buf := newBuffers()
	defer func() {
		s.sum.all()
		buf.free()
	}()
	for rest > 0 {
		p := (*buf.now)[:min(int64(len(*buf.now)), rest)]
		n, err := body.Read(p)
		if n > 0 {
			if werr := s.write(p[:n]); werr != nil {
				return werr
			}
			if check != nil {
				check.Write(p[:n])
			}
			rest -= int64(n)
		}
		switch {
		case err == io.EOF && (ends || rest == 0):
			return nil
		case err != nil:
			return s.broke(err)
		}
		buf.next(n, func() { s.sum.all() })
	}
	return nil
}

func (s *sink) write(p []byte) error {
	if err := s.s.spool.at("write"); err != nil {
		return fault("write a spool file", err)
	}
	n, err := s.file.WriteAt(p, s.offset)
	if n > slowBuffer {
		s.sum.beside(p[:n])
	} else {
		s.sum.all().Write(p[:n])
	}
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
