package wire

import (
	"bytes"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Encoding is how a body is compressed.
type Encoding uint8

// The encodings. Identity is the zero value.
const (
	Identity Encoding = iota
	Gzip
	Zstd
	encodings
)

// Encodings is how many there are, for tables indexed by Encoding.
const Encodings = int(encodings)

// String returns the name of the encoding in HTTP; Identity has none, since it is said by saying nothing.
func (e Encoding) String() string {
	switch e {
	case Gzip:
		return "gzip"
	case Zstd:
		return "zstd"
	}
	return ""
}

// Parse returns the encoding of a Content-Encoding header and whether it is one that the server reads.
func Parse(header string) (Encoding, bool) {
	switch strings.ToLower(strings.TrimSpace(header)) {
	case "", "identity":
		return Identity, true
	case "gzip", "x-gzip":
		return Gzip, true
	case "zstd":
		return Zstd, true
	}
	return Identity, false
}

// Negotiate picks the best encoding of an Accept-Encoding header: zstd before gzip, since it costs both sides less,
// unless the client weighs them otherwise.
func Negotiate(header string) Encoding {
	best, weight := Identity, 0.0
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		e, known := Parse(name)
		if strings.TrimSpace(name) == "*" {
			e, known = Gzip, true
		}
		if !known || e == Identity {
			continue
		}
		q := 1.0
		if value, found := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q="); found {
			q, _ = strconv.ParseFloat(value, 64)
		}
		if q > weight || q == weight && q > 0 && e > best {
			best, weight = e, q
		}
	}
	return best
}

// zstdWindow bounds the memory of one encoder and the back references of one response. The largest page is some
// 200 KiB before compression.
const zstdWindow = 256 << 10

// zstdEncoder is used through EncodeAll only, which is safe for concurrent use.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(4),
		zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
})

type gzipper struct {
	out bytes.Buffer
	w   *gzip.Writer
}

var gzippers = sync.Pool{New: func() any {
	g := &gzipper{}
	w, err := gzip.NewWriterLevel(&g.out, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	g.w = w
	return g
}}

// Append compresses src and appends the result to dst. The result shares no memory with src.
func (e Encoding) Append(dst, src []byte) []byte {
	switch e {
	case Zstd:
		return zstdEncoder().EncodeAll(src, dst)
	case Gzip:
		g := gzippers.Get().(*gzipper)
		defer gzippers.Put(g)
		g.out.Reset()
		g.w.Reset(&g.out)
		g.w.Write(src) // a bytes.Buffer takes everything
		g.w.Close()
		return append(dst, g.out.Bytes()...)
	}
	return append(dst, src...)
}
