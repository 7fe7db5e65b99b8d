package phonestore

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync"

	"lantoa/syncproto"
)

// A sealed file is a header and segments. The header is a magic and the file's own random key, sealed by the profile's
// under the file's name. Each segment is 64 KiB of the content (the last one less), sealed with AES-256-GCM under that
// key; its nonce is its number and whether it is the last. So any part can be read without what is before it, and a
// segment that was moved, swapped or cut off behind is found. A nonce is used once, because a segment is written
// once: whole, and never again with other bytes.

const (
	segment      = 64 << 10
	sealedMagic  = "lts1"
	sealedHeader = len(sealedMagic) + 12 + 32 + 16
	sealedOver   = 16 // of a segment
)

func segmentNonce(i int64, last bool) []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce, uint64(i))
	if last {
		nonce[11] = 1
	}
	return nonce
}

type sealedWriter struct {
	f    *os.File
	aead cipher.AEAD
	i    int64  // the next segment
	hold []byte // of it; written when it is known whether it is the last
}

func newSealedWriter(f *os.File, outer *sealer, random io.Reader, name string) (*sealedWriter, error) {
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, err
	}
	head, err := outer.seal(key, "file "+name)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(append([]byte(sealedMagic), head...)); err != nil {
		return nil, err
	}
	inner, err := newSealer(key, random)
	if err != nil {
		return nil, err
	}
	return &sealedWriter{f: f, aead: inner.aead, hold: make([]byte, 0, segment)}, nil
}

// fileKey reads the header.
func fileKey(f *os.File, outer *sealer, name string) (cipher.AEAD, error) {
	head := make([]byte, sealedHeader)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "unseal file", err)
	}
	if string(head[:len(sealedMagic)]) != sealedMagic {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "unseal file", errors.New("no sealed file"))
	}
	key, err := outer.open(head[len(sealedMagic):], "file "+name)
	if err != nil {
		return nil, err
	}
	inner, err := newSealer(key, outer.random)
	if err != nil {
		return nil, err
	}
	return inner.aead, nil
}

// continueSealed goes on behind the last whole segment of a file that was left.
func continueSealed(f *os.File, outer *sealer, name string) (*sealedWriter, int64, error) {
	aead, err := fileKey(f, outer, name)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	whole := (info.Size() - int64(sealedHeader)) / (segment + sealedOver)
	if whole > 0 && endsWith(f, aead, whole-1) {
		whole-- // it was finished, and then nobody took it: the last segment says that nothing follows
	}
	end := int64(sealedHeader) + whole*(segment+sealedOver)
	if err := f.Truncate(end); err != nil {
		return nil, 0, err
	}
	if _, err := f.Seek(end, io.SeekStart); err != nil {
		return nil, 0, err
	}
	return &sealedWriter{f: f, aead: aead, i: whole, hold: make([]byte, 0, segment)}, whole * segment, nil
}

// endsWith reports whether a whole segment says that it is the last.
func endsWith(f *os.File, aead cipher.AEAD, i int64) bool {
	raw := make([]byte, segment+sealedOver)
	if _, err := f.ReadAt(raw, int64(sealedHeader)+i*int64(len(raw))); err != nil {
		return false
	}
	_, err := aead.Open(raw[:0], segmentNonce(i, true), raw, nil)
	return err == nil
}

func (w *sealedWriter) Write(p []byte) (int, error) {
	n := 0
	for len(p) > 0 {
		if len(w.hold) == segment {
			if err := w.put(false); err != nil {
				return n, err
			}
		}
		part := min(len(p), segment-len(w.hold))
		w.hold = append(w.hold, p[:part]...)
		p, n = p[part:], n+part
	}
	return n, nil
}

func (w *sealedWriter) put(last bool) error {
	_, err := w.f.Write(w.aead.Seal(nil, segmentNonce(w.i, last), w.hold, nil))
	w.i, w.hold = w.i+1, w.hold[:0]
	return err
}

func (w *sealedWriter) finish() error { return w.put(true) }

type sealedReader struct {
	f     *os.File
	aead  cipher.AEAD
	count int64 // segments
	size  int64

	mu    sync.Mutex
	at    int64 // the segment in plain; -1 for none
	plain []byte
	raw   []byte
}

func openSealed(f *os.File, outer *sealer, name string) (*sealedReader, error) {
	aead, err := fileKey(f, outer, name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fileFault("open file", err)
	}
	body := info.Size() - int64(sealedHeader)
	count := (body + segment + sealedOver - 1) / (segment + sealedOver)
	r := &sealedReader{f: f, aead: aead, count: count, size: body - count*sealedOver, at: -1}
	if count == 0 || r.size < 0 {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "unseal file", io.ErrUnexpectedEOF)
	}
	// The last segment says that it is the last: a file that was cut between two segments is found here.
	if err := r.load(count - 1); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *sealedReader) Size() int64  { return r.size }
func (r *sealedReader) Close() error { return r.f.Close() }

func (r *sealedReader) load(i int64) error {
	if r.at == i {
		return nil
	}
	if r.raw == nil {
		r.raw = make([]byte, segment+sealedOver)
	}
	n, err := r.f.ReadAt(r.raw, int64(sealedHeader)+i*(segment+sealedOver))
	if err != nil && err != io.EOF {
		return fileFault("unseal file", err)
	}
	r.at = -1
	if r.plain, err = r.aead.Open(r.plain[:0], segmentNonce(i, i == r.count-1), r.raw[:n], nil); err != nil {
		return syncproto.E(syncproto.CodeStoreBroken, "unseal file", err)
	}
	r.at = i
	return nil
}

func (r *sealedReader) ReadAt(p []byte, at int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for n < len(p) {
		if at >= r.size {
			return n, io.EOF
		}
		if err := r.load(at / segment); err != nil {
			return n, err
		}
		part := copy(p[n:], r.plain[at%segment:])
		n, at = n+part, at+int64(part)
	}
	return n, nil
}
