package wire

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"lantoa/syncproto"
)

// zstdDecoder is used through pooled readers, so that a small body which claims to be huge is stopped at the limit
// instead of being unpacked first.
var zstdDecoders = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderMaxMemory(16<<20))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}}

var gzipReaders = sync.Pool{New: func() any { return new(gzip.Reader) }}

// AppendDecoded decompresses src and appends the result to dst. More than limit bytes are too_large, a stream that
// ends early is body_incomplete, and one that is broken otherwise is unsupported_encoding.
func (e Encoding) AppendDecoded(dst, src []byte, limit int) ([]byte, error) {
	const op = "decode body"
	switch e {
	case Gzip:
		r := gzipReaders.Get().(*gzip.Reader)
		defer gzipReaders.Put(r)
		if err := r.Reset(bytes.NewReader(src)); err != nil {
			return dst, broken(op, err)
		}
		return readAll(dst, r, limit)
	case Zstd:
		d := zstdDecoders.Get().(*zstd.Decoder)
		defer func() {
			_ = d.Reset(nil) // lets go of src
			zstdDecoders.Put(d)
		}()
		if err := d.Reset(bytes.NewReader(src)); err != nil {
			return dst, broken(op, err)
		}
		return readAll(dst, d, limit)
	}
	if len(src) > limit {
		return dst, syncproto.E(syncproto.CodeTooLarge, op, nil)
	}
	return append(dst, src...), nil
}

func readAll(dst []byte, r io.Reader, limit int) ([]byte, error) {
	const op = "decode body"
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, make([]byte, max(4096, len(dst)))...)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst)-start > limit {
			return dst[:start], syncproto.E(syncproto.CodeTooLarge, op, nil)
		}
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return dst, nil
		}
		if err != nil {
			return dst[:start], broken(op, err)
		}
	}
}

func broken(op string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return syncproto.E(syncproto.CodeBodyIncomplete, op, err)
	}
	return syncproto.E(syncproto.CodeBadEncoding, op, err)
}
