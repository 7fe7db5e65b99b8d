package picture

import (
	"bytes"
	"context"
	"errors"
	"io"

	"lantoa/syncproto"
)

// source is the file as decoders see it. Between two reads it looks at the context, which is the only place where a
// running decoder can be stopped, and it remembers the reader's own error, which decoders do not pass on as it was.
type source struct {
	ctx  context.Context
	r    io.ReadSeeker
	size int64
	left int64 // of size, from where r stands
	err  error
}

// rewind starts another pass.
func (s *source) rewind() error {
	if _, err := s.r.Seek(0, io.SeekStart); err != nil {
		s.err = err
		return err
	}
	s.left = s.size
	return nil
}

func (s *source) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if s.left <= 0 {
		return 0, io.EOF
	}
	n, err := s.r.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// classify turns what a stage returned into the one error type. It looks at the reader first: a decoder hides the
// reader's error in its own, or calls it the end of the file.
func (s *source) classify(op string, err error) error {
	if s.err != nil {
		err = s.err
	}
	code := syncproto.CodeMediaBroken
	own, coded := errors.AsType[*syncproto.Error](err)
	switch {
	case s.ctx.Err() != nil:
		code, err = syncproto.CodeUnavailable, context.Cause(s.ctx)
		if errors.Is(s.ctx.Err(), context.DeadlineExceeded) {
			code = syncproto.CodeTimeout
		}
	case coded:
		code = own.Code
	case s.err != nil:
		code = syncproto.CodeUnavailable
	case isUnsupported(err):
		code = syncproto.CodeMediaUnsupported
	}
	return syncproto.E(code, op, err)
}

// scanGuard counts the scans of a JPEG on its way to the decoder. A scan that says "nothing changes" costs a few bytes
// and makes the decoder walk over every block, so a small file with ten thousand of them holds a core for minutes.
type scanGuard struct {
	r      io.Reader
	left   int
	marker bool // the last byte was 0xFF
}

// maxScanWork is the pixels that all scans of one file may walk over. Encoders write at most about 12 scans; at 12
// megapixels this allows 166.
const (
	maxScanWork = 2_000_000_000
	minScans    = 64
)

func newScanGuard(r io.Reader, pixels int64) *scanGuard {
	return &scanGuard{r: r, left: int(max(minScans, min(maxScanWork/max(pixels, 1), 1<<20)))}
}

// Read hands on at most 4 KiB, so that the context and the count are looked at often.
func (g *scanGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p[:min(len(p), 4096)])
	rest := p[:n]
	if g.marker && n > 0 && rest[0] == startOfScan {
		g.left--
	}
	for {
		i := bytes.IndexByte(rest, 0xFF)
		if i < 0 || i+1 >= len(rest) {
			break
		}
		if rest = rest[i+1:]; rest[0] == startOfScan {
			g.left--
		}
	}
	if n > 0 {
		g.marker = p[n-1] == 0xFF
	}
	if g.left < 0 {
		return 0, errBomb
	}
	return n, err
}
