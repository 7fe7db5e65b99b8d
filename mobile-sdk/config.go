package mobilesdk

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
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

// Request is one request of the protocol.
type Request struct {
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
	if c.App == "" {
		c.App = "lantoa-go"
	}
	return c
}
