package e2e

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/app"
	"lantoa/server/internal/enroll"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

// office is a yard with desks: its server's clock is moved by hand, and its people sign in at terminals.
type office struct {
	*yard
	off     atomic.Int64 // how far the server's clock is ahead
	links   *staff.Service
	said    log
	secrets []string // what nobody may read in the log or the figures, names besides
}

func newOffice(t testing.TB, change ...func(*app.Config)) *office {
	t.Helper()
	o := &office{secrets: []string{deskPassword}}
	t.Cleanup(func() { o.keptSecrets(o.said.String(), "log") }) // after the server's end
	say := slog.New(slog.NewTextHandler(&o.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.yard = newYard(t, append(change, func(cfg *app.Config) { cfg.Now, cfg.Log = o.now, say })...)
	links, err := staff.New(o.s.Store(), staff.Options{Now: o.now})
	if err != nil {
		t.Fatal(err)
	}
	o.links = links
	return o
}

// log is what the server says, at its most talkative.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// keptSecrets looks for what is personal. Names, titles and notes of these tests are Vietnamese, so that no letter of the
// server's own English is one of theirs.
func (o *office) keptSecrets(text, where string) {
	o.t.Helper()
	for line := range strings.Lines(text) {
		if at := strings.IndexFunc(line, func(r rune) bool { return r > unicode.MaxASCII && r != 'µ' }); at >= 0 {
			o.t.Errorf("the %s says %q", where, line)
		}
	}
	for _, secret := range o.secrets {
		if strings.Contains(text, secret) {
			o.t.Errorf("the %s tells a secret", where)
		}
	}
}

// noFaults is that of the yard, and looks at the figures for what is personal.
func (o *office) noFaults() {
	o.t.Helper()
	o.yard.noFaults()
	_, figures := (&seat{o: o}).send(http.MethodGet, "/metrics", nil)
	o.keptSecrets(string(figures), "metrics")
}

// settling is how long the server may take to write what a date changes: it looks every five seconds.
const settling = time.Minute

func (o *office) now() time.Time       { return time.Now().Add(time.Duration(o.off.Load())) }
func (o *office) move(d time.Duration) { o.off.Add(int64(d)) }

// moveTo moves the clock to just after a moment.
func (o *office) moveTo(at time.Time) { o.move(at.Sub(o.now()) + time.Second) }

// unit adds a unit; parent "" stands for the root.
func (o *office) unit(name, level string, parent syncproto.ID) syncproto.ID {
	o.t.Helper()
	if parent == "" {
		parent = o.s.Root().ID
	}
	u, err := o.s.People().CreateUnit(background, syncproto.Unit{Name: name, Level: level, Parent: parent})
	if err != nil {
		o.t.Fatal(err)
	}
	return u.ID
}

// phone enrolls a new person's phone in a unit.
func (o *office) phone(name string, unit syncproto.ID, role syncproto.Role, change ...func(*mobilesdk.Config)) *handset {
	o.t.Helper()
	issued, err := o.s.Enroll().Issue(background, enroll.Invitation{Unit: unit, Role: role, Name: name})
	if err != nil {
		o.t.Fatal(err)
	}
	return o.phoneWith(issued.Code, change...)
}

// phoneWith enrolls a phone with a code.
func (o *office) phoneWith(code string, change ...func(*mobilesdk.Config)) *handset {
	o.t.Helper()
	h := &handset{t: o.t, dir: o.t.TempDir()}
	cfg := mobilesdk.Config{Path: filepath.Join(h.dir, "phone.db"), Transport: mobilesdk.NewHTTPTransport()}
	for _, c := range change {
		c(&cfg)
	}
	e, err := mobilesdk.Open(background, cfg)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { e.Close() })
	h.Engine = e
	if err := e.Enroll(background, "http://"+o.s.Addr().String(), code); err != nil {
		o.t.Fatal(err)
	}
	if err := e.SetNetwork(mobilesdk.NetworkWifi); err != nil {
		o.t.Fatal(err)
	}
	return h
}

// wire is the connection of a phone that carries files, too. It can be pulled out.
type wire struct {
	link
	files mobilesdk.FileTransport
}

func (w *wire) File(ctx context.Context, r *mobilesdk.FileRequest) (*mobilesdk.FileResponse, error) {
	if w.down.Load() {
		return nil, errLink
	}
	return w.files.File(ctx, r)
}

// cable is a wire, and plugs it into a phone.
func cable() (*wire, func(*mobilesdk.Config)) {
	t := mobilesdk.NewHTTPTransport()
	w := &wire{link: link{Transport: t}, files: t}
	return w, func(cfg *mobilesdk.Config) { cfg.Transport = w }
}

// record returns a record as the server has it.
func (o *office) record(id syncproto.ID) (out *syncproto.Record) {
	o.t.Helper()
	o.view(func(r storage.Reader) error {
		stored, err := r.Record(id)
		if err == nil {
			out = stored.Record
		}
		return err
	})
	return out
}
