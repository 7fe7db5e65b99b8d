package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lantoa/server/internal/answers"
	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/live"
	"lantoa/server/internal/media"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/reach"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/server/internal/upload"
	"lantoa/server/internal/wire"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Times of a connection. A body may come slowly, 2G is slow, but it must come: each read has its own deadline and the
// whole of it another.
const (
	headerTimeout = 30 * time.Second
	idleTimeout   = 75 * time.Second
	writeTimeout  = 2 * time.Minute // a full page at 1 KB/s
	stallTimeout  = 20 * time.Second
	bodyTimeout   = 5 * time.Minute
	workTimeout   = 30 * time.Second // of the service, from the complete body on
)

// headerBytes bounds a request's header. Metadata of an upload has 4 KiB, and what joins parts names each of them.
const headerBytes = 16 << 10

// mostConns bounds the connections that are served at once: with 64 KiB for an upload that came to a stop, 640 MB. Others
// are answered 503 and closed.
const mostConns = 10_000

// Syncer knows devices and does one round of sync for one. Recognize is Authenticate without asking the store, for Sync,
// which asks itself; nil if it does not remember the token.
type Syncer interface {
	Recognize(token string) *storage.Device
	Authenticate(ctx context.Context, token string) (*storage.Device, error)
	Sync(ctx context.Context, device *storage.Device, req *syncproto.SyncRequest, enc wire.Encoding) (*syncer.Reply, error)
}

// Config is what the edge needs. Everything but Trusted, Log and Now is required.
type Config struct {
	Sync    Syncer
	Enroll  *enroll.Service
	Live    *live.Hub
	Media   *media.Service    // nil for a server that gives no files
	Uploads *upload.Service   // nil for a server that takes none
	Staff   *staff.Service    // nil for a server without desks
	Desk    *desk.Service     // likewise
	People  *people.Service   // likewise
	Privacy *privacy.Service  // likewise
	Answers *answers.Service  // likewise
	Calls   *campaign.Service // likewise
	// Audience keeps what people told and how they are tagged; Reach says how far calls came. Nil for a server without.
	Audience *audience.Service
	Reach    *reach.Service
	// Registrations takes where devices are rung; Planner and PushBoard tell staff of it. Nil for a server without.
	Registrations *notify.Registrations
	Planner       *notify.Planner
	PushBoard     *notify.Board
	Console       http.Handler // the pages of editors and officers; nil for a server without
	Metrics       *metrics.Metrics
	Ready         func(context.Context) error  // nil error: the store can be read and written
	Note          func(context.Context) string // what to tell besides of a server that is ready; nil for nothing
	Version       string
	Trusted       []netip.Prefix // proxies whose X-Forwarded-For is believed
	Log           *slog.Logger   // nil for none
	Now           func() time.Time
}

// API is the HTTP side of one server.
type API struct {
	cfg     Config
	app     *fiber.App
	base    context.Context
	stop    context.CancelFunc
	guesses *enroll.Limiter // failed enrollments
	tokens  *enroll.Limiter // failed tokens
	labels  map[string]string
	// families are the labels of paths with parameters, by what stands before the first.
	families map[string][]string
	stalled  stalled

	consolePages fasthttp.RequestHandler

	mu     sync.Mutex
	lobby  *lobby // of what Serve was given
	closed bool
}

// New builds the API.
func New(cfg Config) *API {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a := &API{
		cfg:     cfg,
		guesses: enroll.NewLimiter(enroll.PerAddress, enroll.InAll, cfg.Now),
		tokens:  enroll.NewLimiter(enroll.PerAddress, enroll.InAll, cfg.Now),
		labels:  map[string]string{}, families: map[string][]string{},
	}
	a.base, a.stop = context.WithCancel(context.Background())
	a.app = fiber.New(fiber.Config{
		DisableStartupMessage:        true,
		ErrorHandler:                 a.refuse,
		CaseSensitive:                true,
		StrictRouting:                true,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true, // the library would spill parts into temporary files for anybody
		BodyLimit:                    syncproto.MaxRequestBytes,
		ReadBufferSize:               headerBytes,
		ReadTimeout:                  headerTimeout,
		IdleTimeout:                  idleTimeout,
		WriteTimeout:                 writeTimeout,
		Concurrency:                  maxConns(),
	})
	a.routes()
	server := a.app.Server()
	server.Handler = a.edge(a.app.Handler())
	server.CloseOnShutdown = true
	server.KeepHijackedConns = true // a live stream then holds no buffers of the library
	server.HeaderReceived = func(*fasthttp.RequestHeader) fasthttp.RequestConfig {
		// One byte: the handler starts, and refuses, before the body is there.
		return fasthttp.RequestConfig{MaxRequestBodySize: 1}
	}
	return a
}

// Serve answers requests on ln until Shutdown, also if that came first.
func (a *API) Serve(ln net.Listener) error {
	l := newLobby(ln)
	a.mu.Lock()
	a.lobby = l
	closed := a.closed
	a.mu.Unlock()
	if closed {
		return ln.Close()
	}
	return a.app.Listener(l)
}

// Handler is what answers each request, for simulations that have no socket.
func (a *API) Handler() fasthttp.RequestHandler { return a.app.Server().Handler }

// Shutdown takes no new requests, turns live phones away and waits for running requests; when ctx ends first, it cuts
// them short.
func (a *API) Shutdown(ctx context.Context) error {
	defer a.stop()
	a.cfg.Live.Close()
	if a.cfg.Uploads != nil {
		a.cfg.Uploads.Stop()
	}
	a.mu.Lock()
	a.closed = true
	l := a.lobby
	a.mu.Unlock()
	if l != nil {
		l.Close() // the library knows a listener only from its first accept on
		l.clear()
	}
	err := a.app.ShutdownWithContext(ctx)
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}

// work gives a service call its deadline.
func (a *API) work() (context.Context, context.CancelFunc) {
	return context.WithTimeout(a.base, workTimeout)
}
