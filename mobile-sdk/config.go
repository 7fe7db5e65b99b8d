package mobilesdk

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Config is what an engine is opened with. Only Path is required.
type Config struct {
	Path      string    // the store's file; its folder must exist
	Profile   string    // the profile's name, for Status
	PIN       string    // opens a sealed store; for a new store: seals it
	App       string    // the app's version, told to the server
	Language  string    // "vi" (the default) or "en", for sentences
	Clock     Clock     // nil for the phone's own
	Random    io.Reader // nil for crypto/rand; a simulation passes a seeded source
	Transport Transport // nil for HTTP
	Log       *slog.Logger
	// Stall is how long a file's bytes may stand still before the connection is given up: 0 for a minute, which is
	// 8 KiB in a minute on the slowest link.
	Stall time.Duration
}

// Clock is what the phone knows about time. Uptime is the only part that nobody can set.
type Clock interface {
	Wall() time.Time       // the phone's clock as it is set, right or wrong
	Boot() string          // an id that changes with every boot; "" if the phone has none
	Uptime() time.Duration // since that boot, sleep included
}

// Transport carries requests to a server. It is safe for concurrent use.
type Transport interface {
	// Do performs one exchange. An error means that the answer is unknown: the request may have been served. It
	// must honour ctx, and must not retry by itself.
	Do(ctx context.Context, r *Request) (*Response, error)
	// Live listens for pokes and calls poke for each, until the connection ends or ctx does. It always returns an
	// error.
	Live(ctx context.Context, r *Request, poke func()) error
}

// FileTransport is what a Transport has besides if it carries the bytes of files. Without it files wait.
type FileTransport interface {
	// File begins one exchange. Whoever gets the response closes it. The body is read as it is sent, so that a
	// transfer which ends early has taken from it only what left, give or take the buffers of the system. Like Do, it
	// honours ctx, does not retry and follows no redirect.
	File(ctx context.Context, r *FileRequest) (*FileResponse, error)
}

// FileRequest is one request about a file's bytes.
type FileRequest struct {
	Method string
	Server string
	Path   string
	Token  string
	Header map[string]string
	Body   io.Reader // nil for none
	Size   int64     // of Body, bytes
}

// FileResponse is the answer to it.
type FileResponse struct {
	Status     int
	Header     http.Header
	Body       io.ReadCloser
	RetryAfter time.Duration
	// Traffic returns the bytes that travelled up and down for this exchange until now, headers and handshakes
	// included, as well as the transport knows. It may be called at any time, also after an error.
	Traffic func() (up, down int64)
}

// Request is one request of the protocol.
type Request struct {
	Method string // "" for POST
	Server string // base address: "https://lantoa.example"
	Path   string // "/v1/sync"
	Token  string // "" before enrollment
	Body   []byte // JSON, uncompressed; the transport may compress it
}

// Response is the answer to it.
type Response struct {
	Status     int
	Body       []byte        // uncompressed
	RetryAfter time.Duration // 0 if the server named none
	Sent       int64         // bytes that travelled up, as well as the transport knows
	Received   int64         // and down
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = SystemClock()
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Transport == nil {
		c.Transport = NewHTTPTransport()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Stall <= 0 {
		c.Stall = time.Minute
	}
	if c.App == "" {
		c.App = "lantoa-go"
	}
	return c
}
