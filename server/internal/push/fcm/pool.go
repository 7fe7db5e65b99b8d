package fcm

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// streamsPerConnection is how many sends share one connection: services advertise 100 streams, and a few are left for
// those that are just ending.
const streamsPerConnection = 90

// pool is a handful of connections with HTTP/2. The standard transport opens one for each request that waits above a
// hundred in flight: 9,257 were measured for 5,000. Its MaxConnsPerHost is no bound either, because it forgets a
// connection whose streams are all taken: 51 were measured with 12. So each connection has a transport of its own, which
// never sees more requests than one connection carries. The first that has room is taken: a quiet server has one.
type pool struct {
	lines []line
	// room has a place for each request that the lines carry; nil where the transport itself holds them back.
	room chan struct{}
}

// line is one connection, and how many requests are on it.
type line struct {
	wire *http.Transport
	busy atomic.Int32
	_    [48]byte // two lines are not on one line of the cache
}

func newPool(o Options) *pool {
	if o.HTTP1 {
		return &pool{lines: []line{{wire: newWire(o, o.Parallel)}}}
	}
	n := (o.Parallel + streamsPerConnection - 1) / streamsPerConnection
	p := &pool{lines: make([]line, n), room: make(chan struct{}, n*streamsPerConnection)}
	for i := range p.lines {
		p.lines[i].wire = newWire(o, 1)
	}
	return p
}

// newWire returns a transport that opens so many connections at most.
func newWire(o Options, connections int) *http.Transport {
	wire := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:     !o.HTTP1,
		MaxConnsPerHost:       connections,
		MaxIdleConnsPerHost:   connections,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // answers are 100 bytes
		// A connection that a router forgot is found by a ping, and not by four hundred sends that time out.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
	if o.HTTP1 {
		wire.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	return wire
}

// RoundTrip takes a line until the answer's body is closed, since a stream is not over before.
func (p *pool) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.room == nil {
		return p.lines[0].wire.RoundTrip(r)
	}
	select {
	case p.room <- struct{}{}:
	default:
		select {
		case p.room <- struct{}{}:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	l := p.take()
	resp, err := l.wire.RoundTrip(r)
	if err != nil {
		p.leave(l)
		return nil, err
	}
	resp.Body = &held{ReadCloser: resp.Body, pool: p, line: l}
	return resp, nil
}

func (p *pool) leave(l *line) {
	l.busy.Add(-1)
	<-p.room
}

// held is a body whose line is given back when it is closed.
type held struct {
	io.ReadCloser
	pool *pool
	line *line
}

func (h *held) Close() error {
	err := h.ReadCloser.Close()
	if h.line != nil {
		h.pool.leave(h.line)
		h.line = nil
	}
	return err
}

// take finds a line that has room. There is one: room has as many places as the lines together.
func (p *pool) take() *line {
	for {
		for i := range p.lines {
			l := &p.lines[i]
			if l.busy.Add(1) <= streamsPerConnection {
				return l
			}
			l.busy.Add(-1)
		}
	}
}

func (p *pool) closeIdle() {
	for i := range p.lines {
		p.lines[i].wire.CloseIdleConnections()
	}
}
