package mediafile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"lantoa/syncproto"
)

// window is how much of a file is in memory at once. A header fits many times; the scan of a photo is read in a few
// hundred rounds.
const window = 32 << 10

// maxParts is how many boxes, chunks or segments of one file are looked at before it is called broken: far less than a
// second of work. A browser's recording has some 90 blocks a second, so twelve hours of it stay below.
const maxParts = 1 << 22

// source reads a file by offset through one window and remembers the first thing that went wrong: after that every
// read gives zeros, so that a parser stays free of error handling as long as its loops ask alive.
type source struct {
	r     io.ReaderAt
	size  int64
	buf   []byte // the bytes from at on
	room  []byte
	at    int64
	parts int
	err   error
}

func newSource(r io.ReaderAt, size int64) *source { return &source{r: r, size: size} }

// fork returns a reader of the same file with a window of its own, for tables that are read side by side, and with
// errors of its own, for what a file may lack without being broken.
func (s *source) fork() *source { return newSource(s.r, s.size) }

// alive reports whether reading may go on, and counts one more part.
func (s *source) alive() bool {
	if s.parts++; s.parts > maxParts {
		s.broken("too many parts")
	}
	return s.err == nil
}

func (s *source) broken(what string) {
	s.fail(syncproto.E(syncproto.CodeMediaBroken, "read media", errors.New(what)))
}

func (s *source) unsupported(what string) {
	s.fail(syncproto.E(syncproto.CodeMediaUnsupported, "read media", errors.New(what)))
}

func (s *source) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// load makes the window begin at off, if off and the n bytes from there are not in it.
func (s *source) load(off int64, n int) bool {
	if s.err != nil {
		return false
	}
	if off < 0 || n > window || off > s.size-int64(n) {
		s.broken("a part reaches beyond the end")
		return false
	}
	if off >= s.at && off+int64(n) <= s.at+int64(len(s.buf)) {
		return true
	}
	if s.room == nil {
		s.room = make([]byte, window)
	}
	want := s.room[:min(int64(window), s.size-off)]
	got, err := s.r.ReadAt(want, off)
	if got < len(want) {
		s.buf = nil
		s.fail(readError(err))
		return false
	}
	s.buf, s.at = want, off
	return true
}

// readError tells a file that ends early from a disk that fails: the first is broken media, the second keeps the code
// that the store gave it.
func readError(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return syncproto.E(syncproto.CodeMediaBroken, "read media", io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("read media: %w", err)
}

// bytes returns n bytes, at most a window, which are valid until the next read. Where there are none it returns zeros.
func (s *source) bytes(off int64, n int) []byte {
	if !s.load(off, n) {
		return make([]byte, n)
	}
	return s.buf[off-s.at:][:n]
}

// copyOf returns up to limit bytes of its own.
func (s *source) copyOf(off, n int64, limit int) []byte {
	out := make([]byte, 0, min(n, int64(limit), max(s.size-off, 0)))
	for len(out) < cap(out) && s.err == nil {
		out = append(out, s.bytes(off+int64(len(out)), min(cap(out)-len(out), window))...)
	}
	return out
}

func (s *source) u8(off int64) int      { return int(s.bytes(off, 1)[0]) }
func (s *source) u16(off int64) int     { return int(binary.BigEndian.Uint16(s.bytes(off, 2))) }
func (s *source) u32(off int64) int64   { return int64(binary.BigEndian.Uint32(s.bytes(off, 4))) }
func (s *source) u64(off int64) uint64  { return binary.BigEndian.Uint64(s.bytes(off, 8)) }
func (s *source) le32(off int64) int64  { return int64(binary.LittleEndian.Uint32(s.bytes(off, 4))) }
func (s *source) name(off int64) string { return string(s.bytes(off, 4)) }

// index returns where the byte is next found, at off or after it, and the size of the file if nowhere.
func (s *source) index(off int64, b byte) int64 {
	for off < s.size && s.load(off, 1) {
		have := s.buf[off-s.at:]
		if i := bytes.IndexByte(have, b); i >= 0 {
			return off + int64(i)
		}
		off += int64(len(have))
	}
	return s.size
}

// has reports whether the text stands at the offset; beyond the end it does not.
func (s *source) has(off int64, text string) bool {
	return off >= 0 && off <= s.size-int64(len(text)) && string(s.bytes(off, len(text))) == text
}
