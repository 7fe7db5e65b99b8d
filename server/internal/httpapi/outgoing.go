package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// outgoing is the body of an answer that is read from a blob while it is written. The library closes it when the last
// byte is out, and when a write fails because the client is gone.
type outgoing struct {
	conn   net.Conn // nil where there is none (Transport)
	body   io.ReadCloser
	left   int64
	cancel context.CancelFunc
	sent   func(bytes int64)
	count  int64
	once   sync.Once
}

// pieces are the buffers of outgoing bodies: few enough bytes that a thousand slow readers cost 32 MiB.
var pieces = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// WriteTo implements io.WriterTo, by which the library avoids its own buffer of 4 KiB. The whole of a film takes longer
// than any deadline for a response, so each piece has its own.
func (o *outgoing) WriteTo(w io.Writer) (n int64, err error) {
	buf, _ := pieces.Get().(*[32 << 10]byte)
	defer pieces.Put(buf)
	for o.left > 0 {
		got, err := o.Read(buf[:])
		if got > 0 {
			wrote, err := w.Write(buf[:got])
			n += int64(wrote)
			if err != nil {
				return n, err
			}
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Read implements io.Reader.
func (o *outgoing) Read(p []byte) (int, error) {
	if o.left <= 0 {
		return 0, io.EOF
	}
	n, err := o.body.Read(p[:min(int64(len(p)), o.left)])
	o.left -= int64(n)
	o.count += int64(n)
	if errors.Is(err, io.EOF) && o.left > 0 {
		return n, io.ErrUnexpectedEOF // the blob is shorter than it was: the client must not take it for whole
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err == nil && o.conn != nil {
		err = o.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	}
	return n, err
}

// Close implements io.Closer.
func (o *outgoing) Close() (err error) {
	o.once.Do(func() {
		err = o.body.Close()
		o.cancel()
		o.sent(o.count)
	})
	return err
}
