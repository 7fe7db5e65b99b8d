package mobilesdk

import (
	"context"
	"time"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/syncproto"
)

const maxList = 500

type (
	Engine    struct{}
	Directory struct{}
	watcher   struct{}
)

// Patch is an edit: what to set (Null clears), and for set fields what to add and remove.
type Patch struct {
	Set    syncproto.Fields
	Add    map[string][]syncproto.Value
	Remove map[string][]syncproto.Value
}

var errStub = syncproto.E(syncproto.CodeInternal, "not built yet", nil)

func (w *watcher) start(e *Engine, l Listener)       {}
func (w *watcher) stop()                             {}
func sentence(c syncproto.Code) string               { return string(c) }
func asError(err error) *syncproto.Error             { return syncproto.E(syncproto.CodeOf(err), "", err) }
func parseFields(b []byte) (syncproto.Fields, error) { return nil, errStub }
func parsePatch(a, b, c []byte) (Patch, error)       { return Patch{}, errStub }

func OpenDirectory(dir string) (*Directory, error)   { return nil, errStub }
func (d *Directory) SetApp(version, language string) {}
func (d *Directory) List(ctx context.Context) ([]ProfileInfo, error) { return nil, errStub }

func (d *Directory) Create(ctx context.Context, name, pin string) error { return errStub }

func (d *Directory) Open(ctx context.Context, name, pin string) (*Engine, error) { return nil, errStub }

func (d *Directory) Remove(ctx context.Context, name string, force bool) error { return errStub }

func Open(ctx context.Context, cfg Config) (*Engine, error) { return nil, errStub }

func OpenWithHooks(ctx context.Context, cfg Config, h hook.Hooks) (*Engine, error) {
	return nil, errStub
}

func (e *Engine) Enroll(ctx context.Context, server, code string) error { return errStub }

func (e *Engine) Create(ctx context.Context, kind syncproto.Kind, parent syncproto.ID, set syncproto.Fields) (syncproto.ID, error) {
	return "", errStub
}
func (e *Engine) Edit(ctx context.Context, record syncproto.ID, p Patch) error { return errStub }
func (e *Engine) Delete(ctx context.Context, record syncproto.ID) error        { return errStub }
func (e *Engine) Command(ctx context.Context, record syncproto.ID, c syncproto.Command, reason string) error {
	return errStub
}
func (e *Engine) RestoreConflict(ctx context.Context, id syncproto.ID) error { return errStub }
func (e *Engine) DismissConflict(ctx context.Context, id syncproto.ID) error { return errStub }
func (e *Engine) List(ctx context.Context, f Filter) (*Listing, error)       { return nil, errStub }
func (e *Engine) Show(ctx context.Context, id syncproto.ID) (*Item, error)   { return nil, errStub }
func (e *Engine) Outbox(ctx context.Context, after int64, limit int) ([]Waiting, error) {
	return nil, errStub
}
func (e *Engine) Tray(ctx context.Context) ([]Waiting, error)             { return nil, errStub }
func (e *Engine) RetryTray(ctx context.Context, n int64) error            { return errStub }
func (e *Engine) DismissTray(ctx context.Context, n int64) error          { return errStub }
func (e *Engine) ExportTray(ctx context.Context, n int64) ([]byte, error) { return nil, errStub }
func (e *Engine) Conflicts(ctx context.Context) ([]ConflictView, error)   { return nil, errStub }
func (e *Engine) Status(ctx context.Context) (*Status, error)             { return nil, errStub }
func (e *Engine) Export(ctx context.Context, path string) (*BundleSummary, error) {
	return nil, errStub
}

func (e *Engine) Import(ctx context.Context, path string, progress func(done int64)) (*BundleSummary, error) {
	return nil, errStub
}
func (e *Engine) Round(ctx context.Context) (*Summary, error)        { return nil, errStub }
func (e *Engine) Sync(ctx context.Context) (*Summary, error)         { return nil, errStub }
func (e *Engine) SyncRetrying(ctx context.Context) (*Summary, error) { return nil, errStub }
func (e *Engine) Close() error                                       { return nil }

type sysClock struct{}

func SystemClock() Clock               { return sysClock{} }
func (sysClock) Wall() time.Time       { return time.Now() }
func (sysClock) Boot() string          { return "" }
func (sysClock) Uptime() time.Duration { return 0 }

type HTTPTransport struct{}

func NewHTTPTransport() *HTTPTransport { return &HTTPTransport{} }

func (t *HTTPTransport) Do(ctx context.Context, r *Request) (*Response, error)   { return nil, errStub }
func (t *HTTPTransport) Live(ctx context.Context, r *Request, poke func()) error { return errStub }
