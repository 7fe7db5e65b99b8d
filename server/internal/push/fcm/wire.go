package fcm

import (
	"io"
	"net/http"
	"sync/atomic"
)

// maxAnswer bounds what is read of an answer. FCM's longest are below 2 KiB.
const maxAnswer = 64 << 10

// exchange is one request and what became of it, seen from below the SDK. It travels in the context, since the SDK has no
// room for it.
type exchange struct {
	body   []byte
	state  atomic.Int32 // unread, reading, sealed
	passed int          // how often the transport was asked; the SDK asks once
	token  *tokenError  // why there was no access token
	err    error        // what the transport said
	broken error        // what broke off the answer's body
	status int          // 0 where no answer came
	header http.Header
	proto  string
}

type exchangeKey struct{}

// The states of a request's body.
const (
	unread  = iota // nobody began to send it
	reading        // the transport took it, some of it or all
	sealed         // nobody may begin any more
)

// unsent seals the body, and reports whether the transport had not touched it and never will.
func (x *exchange) unsent() bool {
	return x.state.CompareAndSwap(unread, sealed) || x.state.Load() == sealed
}

// sendBody is the body as the transport reads it.
type sendBody struct {
	x  *exchange
	at int
}

func (b *sendBody) Read(p []byte) (int, error) {
	if b.at == 0 && !b.x.state.CompareAndSwap(unread, reading) && b.x.state.Load() == sealed {
		return 0, io.ErrClosedPipe
	}
	if b.at == len(b.x.body) {
		return 0, io.EOF
	}
	n := copy(p, b.x.body[b.at:])
	b.at += n
	return n, nil
}

func (b *sendBody) Close() error { return nil }

// once is the outermost: it notes what came and shows the SDK only what the SDK does not repeat.
type once struct{ next http.RoundTripper }

// The statuses that the SDK sees instead of a failure of the transport and of a 503, which it would repeat four times.
const (
	statusFailed      = 599
	statusUnavailable = 598
)

func (o *once) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, http.ErrNotSupported
	}
	if x.passed++; x.passed > 1 {
		return failed(r), nil // an SDK that repeats for another reason is held here, and told by the table of answers, which takes seconds then
	}
	resp, err := o.next.RoundTrip(r)
	if err != nil {
		x.err = err
		return failed(r), nil
	}
	x.status, x.header, x.proto = resp.StatusCode, resp.Header, resp.Proto
	resp.Body = &answer{ReadCloser: resp.Body, x: x, left: maxAnswer}
	if resp.StatusCode == http.StatusServiceUnavailable {
		resp.StatusCode = statusUnavailable
	}
	return resp, nil
}

func failed(r *http.Request) *http.Response {
	return &http.Response{StatusCode: statusFailed, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody, Request: r}
}

// answer is a body that ends where the connection broke, because the SDK repeats a send whose answer it could not read.
type answer struct {
	io.ReadCloser
	x    *exchange
	left int
}

func (a *answer) Read(p []byte) (int, error) {
	if len(p) > a.left {
		p = p[:a.left]
	}
	if len(p) == 0 {
		return 0, io.EOF
	}
	n, err := a.ReadCloser.Read(p)
	a.left -= n
	if err != nil && err != io.EOF {
		a.x.broken = err
		return n, io.EOF
	}
	return n, err
}

// auth adds the access token. It changes the header of the request in place, which the SDK makes anew for each attempt and
// looks at no more; cloning it costs as much as the token.
type auth struct {
	next   http.RoundTripper
	tokens *tokens
}

func (a *auth) RoundTrip(r *http.Request) (*http.Response, error) {
	bearer, failure := a.tokens.get(r.Context())
	if failure != nil {
		if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
			x.token = failure
		}
		return nil, failure
	}
	r.Header["Authorization"] = bearer.header
	resp, err := a.next.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		a.tokens.distrust(bearer)
	}
	return resp, err
}

// splice sends the body that package fcm rendered.
type splice struct{ next http.RoundTripper }

func (s *splice) RoundTrip(r *http.Request) (*http.Response, error) {
	x := r.Context().Value(exchangeKey{}).(*exchange)
	r.Body = &sendBody{x: x}
	r.ContentLength = int64(len(x.body))
	// The transport asks again only for a request that the service refused to look at, such as after GOAWAY.
	r.GetBody = func() (io.ReadCloser, error) { return &sendBody{x: x}, nil }
	return s.next.RoundTrip(r)
}
