package loadtest

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"
)

// link is one keep-alive connection to a server, for one goroutine. Requests are written in one call and answers are
// read into one buffer that is used again: an HTTP client of the library would take as much CPU as the server.
type link struct {
	conn  net.Conn
	addr  string
	out   []byte
	in    []byte // in[:held] was read from the connection
	held  int
	plain []byte
	count *traffic
}

// traffic counts bytes on the wire, headers included.
type traffic struct{ up, down atomic.Int64 }

// exchangeTimeout is far beyond what a server under this load takes; a server that hangs ends the run plainly.
const exchangeTimeout = 60 * time.Second

var (
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(cores()))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(cores()), zstd.WithDecoderMaxMemory(64<<20))
)

func dial(addr string, count *traffic) (*link, error) {
	conn, err := net.DialTimeout("tcp", addr, exchangeTimeout)
	if err != nil {
		return nil, err
	}
	return &link{conn: conn, addr: addr, in: make([]byte, 96<<10), count: count}, nil
}

func (l *link) close() { l.conn.Close() }

// packMin is the smallest body that is worth compressing: below it the frame costs what it saves.
const packMin = 256

// pack compresses a request body as the SDK does and says which encoding it used.
func pack(dst, body []byte) (packed []byte, encoding string) {
	if len(body) < packMin {
		return append(dst, body...), ""
	}
	return packer.EncodeAll(body, dst), "zstd"
}

// post sends a body, packed already, and returns the status and the unpacked answer, which lives until the next call.
func (l *link) post(token string, body []byte, encoding string) (status int, answer []byte, err error) {
	l.out = append(l.out[:0], "POST /v1/sync HTTP/1.1\r\nHost: lantoa\r\nAuthorization: Bearer "...)
	l.out = append(l.out, token...)
	l.out = append(l.out, "\r\nContent-Type: application/json\r\nAccept-Encoding: zstd\r\n"...)
	if encoding != "" {
		l.out = append(append(l.out, "Content-Encoding: "...), encoding...)
		l.out = append(l.out, '\r', '\n')
	}
	l.out = append(l.out, "Content-Length: "...)
	l.out = strconv.AppendInt(l.out, int64(len(body)), 10)
	l.out = append(append(l.out, "\r\n\r\n"...), body...)
	if err := l.conn.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		return 0, nil, err
	}
	if _, err := l.conn.Write(l.out); err != nil {
		return 0, nil, fmt.Errorf("write request: %w", err)
	}
	l.count.up.Add(int64(len(l.out)))
	return l.read()
}

func (l *link) read() (status int, answer []byte, err error) {
	l.held = 0
	end := -1
	for end < 0 {
		if l.held == len(l.in) {
			return 0, nil, fmt.Errorf("read answer: headers above %d bytes", len(l.in))
		}
		n, err := l.conn.Read(l.in[l.held:])
		l.held += n
		if end = bytes.Index(l.in[:l.held], []byte("\r\n\r\n")); err != nil && end < 0 {
			return 0, nil, fmt.Errorf("read answer: %w", err)
		}
	}
	head := l.in[:end+2]
	if len(head) < 12 {
		return 0, nil, fmt.Errorf("read answer: %q is no status line", head)
	}
	status, _ = strconv.Atoi(string(head[9:12]))
	size, err := strconv.Atoi(string(header(head, "content-length")))
	if err != nil {
		return 0, nil, fmt.Errorf("read answer: no content length in %q", head)
	}
	total := end + 4 + size
	if total > len(l.in) {
		l.in = append(make([]byte, 0, total), l.in[:l.held]...)[:total]
	}
	for l.held < total {
		n, err := l.conn.Read(l.in[l.held:total])
		if l.held += n; err != nil {
			return 0, nil, fmt.Errorf("read answer: %w", err)
		}
	}
	l.count.down.Add(int64(total))
	body := l.in[end+4 : total]
	switch encoding := string(header(l.in[:end+2], "content-encoding")); encoding {
	case "":
		return status, body, nil
	case "zstd":
		l.plain, err = unpacker.DecodeAll(body, l.plain[:0])
		return status, l.plain, err
	default:
		return 0, nil, fmt.Errorf("read answer: encoding %q was not asked for", encoding)
	}
}

// header returns the value of a header, whose name is given in lower case.
func header(head []byte, name string) []byte {
	for rest := head; ; {
		start := bytes.Index(rest, []byte("\r\n"))
		if start < 0 || len(rest) < start+2+len(name)+1 {
			return nil
		}
		rest = rest[start+2:]
		if len(rest) > len(name) && rest[len(name)] == ':' && bytes.EqualFold(rest[:len(name)], []byte(name)) {
			line, _, _ := bytes.Cut(rest[len(name)+1:], []byte("\r\n"))
			return bytes.TrimSpace(line)
		}
	}
}
