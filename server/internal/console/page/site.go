package page

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// Root is where the console begins; every pattern stands below it.
const Root = "/console"

// Access says who may open a page.
type Access int

// The kinds of access. Most pages are for Staff.
const (
	Staff Access = iota // whoever is signed in
	Own                 // also who came in by a recovery code and may see their own account only
	Open                // anybody
)

// Handler is one page. ctx ends with the time that a request has; what the handler returns is drawn before that.
type Handler func(ctx context.Context, r *Request) (Answer, error)

// Options are what a site needs. Staff is required.
type Options struct {
	Staff *staff.Service
	// Again draws the page on which somebody proves anew who they are when a session ended or its proof is old (err says
	// which), with what they had sent, so that nothing typed is lost. nil draws the error itself.
	Again func(ctx context.Context, r *Request, err error) (Answer, error)
	Now   func() time.Time // nil for time.Now
	Log   *slog.Logger     // nil for none; it gets codes only
}

// Site is the console: its pages, templates and assets. It is an http.Handler that expects a Door in each request's
// context. Patterns are added before it serves; then it is safe for concurrent use.
type Site struct {
	opt      Options
	mux      *http.ServeMux
	drawings *drawings
	assets   *assets
	patterns []string
	reports  reports
}

// Patterns are those of all pages, in the order in which they were added. Tests ask for it, so that none is forgotten.
func (s *Site) Patterns() []string { return s.patterns }

// New makes a site without pages. A template or a text that is broken cannot leave the tests, so New panics on it.
func New(opt Options) *Site {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{opt: opt, mux: http.NewServeMux(), assets: loadAssets()}
	s.drawings = loadDrawings(s.assets)
	s.mux.Handle("GET "+Root+"/static/", s.assets)
	s.mux.HandleFunc("POST "+Root+"/csp", s.report)
	return s
}

// SetAgain sets Options.Again, for an area that is made after its site.
func (s *Site) SetAgain(again func(ctx context.Context, r *Request, err error) (Answer, error)) {
	s.opt.Again = again
}

// Limit bounds the body of a request to a page.
type Limit int64

// Bounds of what is posted.
const (
	MaxFormBytes Limit = 1 << 20
	MaxFields          = 2000
)

// Handle adds a page under a pattern of http.ServeMux, "GET /console/queue". Besides MaxFormBytes a page may be given
// a Limit of its own.
func (s *Site) Handle(pattern string, access Access, h Handler, limit ...Limit) {
	most := MaxFormBytes
	if len(limit) > 0 {
		most = limit[0]
	}
	s.patterns = append(s.patterns, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, hr *http.Request) { s.serve(w, hr, access, h, most) })
}

// ServeHTTP answers a request to any page.
func (s *Site) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	defer func() {
		if fault := recover(); fault != nil {
			s.opt.Log.Error("panic", "in", "console", "panic", fault, "stack", string(debug.Stack()))
			s.fail(w, s.request(hr), syncproto.E(syncproto.CodeInternal, "draw page", nil))
		}
	}()
	if _, pattern := s.mux.Handler(hr); pattern == "" {
		r := s.request(hr)
		_ = s.identify(hr.Context(), r, Own) // a page that is not there is still drawn for whoever asks
		s.fail(w, r, syncproto.E(syncproto.CodeNotFound, "find page", nil))
		return
	}
	s.mux.ServeHTTP(w, hr)
}

func (s *Site) serve(w http.ResponseWriter, hr *http.Request, access Access, h Handler, most Limit) {
	ctx, r := hr.Context(), s.request(hr)
	answer, err := s.answer(ctx, r, access, h, most)
	if err != nil && s.opt.Again != nil && !r.Fragmentary() {
		switch syncproto.CodeOf(err) {
		case syncproto.CodeSessionEnded, syncproto.CodeConfirm, syncproto.CodeCredential:
			answer, err = s.opt.Again(ctx, r, err)
		}
	}
	if err == nil && answer != nil {
		err = s.draw(ctx, w, r, answer)
	}
	if err != nil {
		s.fail(w, r, err)
	}
}

func (s *Site) answer(ctx context.Context, r *Request, access Access, h Handler, most Limit) (Answer, error) {
	if r.door == nil {
		return nil, syncproto.E(syncproto.CodeInternal, "find door", errors.New("no door in the context"))
	}
	if r.Method == http.MethodPost {
		if err := r.door.Foreign(); err != nil {
			return nil, err
		}
		if err := r.readForm(most); err != nil {
			return nil, err
		}
	}
	r.readSign()
	if err := s.identify(ctx, r, access); err != nil {
		return nil, err
	}
	return h(ctx, r)
}

// identify finds who asks. Of a page for anybody the error is none.
func (s *Site) identify(ctx context.Context, r *Request, access Access) error {
	if r.door == nil || r.door.Token() == "" {
		if access == Open {
			return nil
		}
		return syncproto.E(syncproto.CodeSessionEnded, "identify", nil)
	}
	who, err := s.opt.Staff.Identify(ctx, r.door.Token())
	if err != nil && access != Staff {
		who, err = s.opt.Staff.IdentifyAny(ctx, r.door.Token())
	}
	if err == nil {
		r.Who = who
		r.me, err = s.opt.Staff.Me(ctx, who)
	}
	if access == Open {
		return nil
	}
	if err == nil && r.drawnFor != "" && r.drawnFor != r.Who.Person {
		return syncproto.E(syncproto.CodeSessionEnded, "identify", errOther)
	}
	return err
}
