package webpush

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	lib "github.com/SherClockHolmes/webpush-go"

	"lantoa/server/internal/push"
	"lantoa/syncproto"
)

const (
	// maxPayload is what one record of 4,096 bytes holds when the header (86), the tag (16) and the delimiter are taken off
	// (RFC 8291 §4); the library pads every message to the whole record, so that its length tells nothing.
	maxPayload = 4096 - 86 - 16 - 1
	// maxID is what the Topic header holds (RFC 8030 §5.4).
	maxID = 32
	// maxTTL: services cut longer times to four weeks themselves, and some refuse them.
	maxTTL = 28 * 24 * time.Hour
	// defaultParallel is how many connections to one service carry sends when it speaks no HTTP/2.
	defaultParallel = 32
)

// Options say who sends.
type Options struct {
	// Private and Public are the VAPID keys as NewKeys makes them. Browsers bind a subscription to the public one: with
	// other keys every subscription is lost.
	Private, Public string
	// Contact is where a push service writes when something is wrong: a mail address or an https URL.
	Contact string
	// Parallel bounds the connections to one push service; 0 means 32.
	Parallel int
	// Stand opens the guard for a stand-in on this machine, at any port. It is for tests and the demo.
	Stand *Stand
}

// Stand is a stand-in on the loopback.
type Stand struct {
	Roots *x509.CertPool // that its certificate is checked against
}

// Sender sends by Web Push. It is safe for concurrent use. It is a push.Sender.
type Sender struct {
	client *http.Client
	wire   *http.Transport
	opts   lib.Options
	loose  bool
}

var _ push.Sender = (*Sender)(nil)

// New returns a Sender. It touches no network; its errors are about the keys and the contact, and never quote them. The
// caller closes it.
func New(o Options) (*Sender, error) {
	if err := checkKeys(o.Private, o.Public); err != nil {
		return nil, err
	}
	// The library puts "mailto:" before everything that is not https; one too many is refused by Apple.
	contact := strings.TrimPrefix(strings.TrimSpace(o.Contact), "mailto:")
	if contact == "" || strings.ContainsAny(contact, " <>") {
		return nil, errors.New("webpush: the contact is neither a mail address nor an https URL")
	}
	if o.Parallel <= 0 {
		o.Parallel = defaultParallel
	}
	wire := newWire(o)
	client := &http.Client{
		Transport:     wire,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Sender{client: client, wire: wire, loose: o.Stand != nil, opts: lib.Options{
		Subscriber: contact, VAPIDPublicKey: o.Public, VAPIDPrivateKey: o.Private,
	}}, nil
}

// Close closes idle connections.
func (s *Sender) Close() error {
	s.wire.CloseIdleConnections()
	return nil
}

// payload is what the service worker reads. It holds what the push service may not see either, though there is nothing
// about anybody in it.
type payload struct {
	ID     string       `json:"n"`
	Kind   string       `json:"k"`
	Record syncproto.ID `json:"r"`
	Title  string       `json:"title,omitempty"`
	Body   string       `json:"body,omitempty"`
	Link   string       `json:"link"`
}

// Send sends m with exactly one request, or none where the verdict says that nothing was sent. A dry run checks the
// subscription and the message here; push services know none.
func (s *Sender) Send(ctx context.Context, m *push.Message) push.Verdict {
	t := &m.Target
	if t.Kind != push.Endpoint || validSubscription(t.Address, t.P256DH, t.Auth, s.loose) != nil {
		return push.Verdict{Result: push.Bad, Code: "bad_target"}
	}
	if !validMessage(m) {
		return push.Verdict{Result: push.Refused, Code: "bad_message"}
	}
	body, err := json.Marshal(payload{m.ID, m.Kind, m.Record, m.Title, m.Body, max(m.Link, "/")})
	if err != nil || len(body) > maxPayload {
		return push.Verdict{Result: push.Refused, Code: "too_large"}
	}
	if m.DryRun {
		return push.Verdict{Result: push.Accepted, Code: "not_sent"}
	}
	one := &request{client: s.client}
	opts := s.opts
	opts.HTTPClient, opts.Topic, opts.Urgency = one, m.ID, urgency(m)
	opts.TTL = int(min(max(m.TTL, 0), maxTTL) / time.Second)
	resp, err := lib.SendNotificationWithContext(ctx, body, &lib.Subscription{
		Endpoint: t.Address, Keys: lib.Keys{P256dh: t.P256DH, Auth: t.Auth},
	}, &opts)
	if err != nil {
		return judgeError(one, err)
	}
	// What services say in words is not read, only drained a little so that the connection can be kept.
	io.CopyN(io.Discard, resp.Body, 512)
	resp.Body.Close()
	return judge(resp)
}

func validMessage(m *push.Message) bool {
	return m.ID != "" && len(m.ID) <= maxID && plain(m.ID) && m.Kind != "" && len(m.Kind) <= maxID && plain(m.Kind) &&
		(m.Record == "" || m.Record.Valid()) && inside(m.Link)
}

func urgency(m *push.Message) lib.Urgency {
	switch {
	case m.Title == "" && m.Body == "":
		return lib.UrgencyLow
	case m.Urgent:
		return lib.UrgencyHigh
	}
	return lib.UrgencyNormal
}

// request is the client that the library is given for one message. It notes whether the library came as far as asking,
// and whether the transport touched the body.
type request struct {
	client *http.Client
	asked  bool
	state  atomic.Int32
}

// The states of a request's body.
const (
	unread  = iota // nobody began to send it
	reading        // the transport took it, some of it or all
	sealed         // nobody may begin any more
)

func (q *request) Do(r *http.Request) (*http.Response, error) {
	q.asked = true
	r.Body = &noted{ReadCloser: r.Body, state: &q.state}
	again := r.GetBody
	r.GetBody = func() (io.ReadCloser, error) {
		body, err := again()
		return &noted{ReadCloser: body, state: &q.state}, err
	}
	return q.client.Do(r)
}

// unsent seals the body, and reports whether the transport had not touched it and never will.
func (q *request) unsent() bool {
	return q.state.CompareAndSwap(unread, sealed) || q.state.Load() == sealed
}

// noted is a body that knows whether the transport took it.
type noted struct {
	io.ReadCloser
	state *atomic.Int32
}

func (n *noted) Read(p []byte) (int, error) {
	if !n.state.CompareAndSwap(unread, reading) && n.state.Load() == sealed {
		return 0, io.ErrClosedPipe
	}
	return n.ReadCloser.Read(p)
}

func newWire(o Options) *http.Transport {
	guard := guard{}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.Stand != nil {
		guard.loopback = true
		config.RootCAs = o.Stand.Roots
	}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            guard.dialer().DialContext,
		TLSClientConfig:        config,
		ForceAttemptHTTP2:      true,
		MaxConnsPerHost:        o.Parallel,
		MaxIdleConns:           4 * o.Parallel,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
		DisableCompression:     true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
}
