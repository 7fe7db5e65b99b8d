package page

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"lantoa/server/internal/wire"
	"lantoa/syncproto"
)

// Answer is what a page answers: a View, a Redirect, a File, a Repeat or a Done.
type Answer interface{ isAnswer() }

// View is a page drawn by the template of its name.
type View struct {
	Name   string // "queue/list"
	Title  string // of the window, in the language of the request
	Area   string // the entry of the menu that is marked, "queue"
	Status int    // 0 for 200
	Data   any    // what the template draws, .Data there
	// Problem is told above the form that was refused; the template fills the form with what was sent.
	Problem *Problem
	Bare    bool // without menu: for who is not signed in, and for what is printed
}

// Redirect is the answer after something was done (303).
type Redirect struct {
	To    string
	Flash *Flash // told on the next page, once; nil for nothing
	Look  *Look  // how this browser shows the console from now on; nil for as before
}

// File is a download. Write writes it while it is sent, so an error there can only cut it short.
type File struct {
	Name  string // "hoi-xa.csv"
	Type  string
	Write func(ctx context.Context, w io.Writer) error
}

// Repeat answers as the site answers another request: what was posted before somebody had to prove anew who they are.
type Repeat struct{ Request *http.Request }

// Done is an answer for a script without anything to draw (204).
type Done struct{}

func (View) isAnswer()     {}
func (Redirect) isAnswer() {}
func (File) isAnswer()     {}
func (Repeat) isAnswer()   {}
func (Done) isAnswer()     {}

// Problem is why something was not done, for whoever asked for it.
type Problem struct {
	Code     syncproto.Code
	Sentence string // what happened and what to do
	Field    string // that it is about, "" for none
	Lines    []Line // of a table: everything that is wrong with it
}

// Line is what is wrong with one line of a table.
type Line struct {
	Number   int
	Column   string
	Sentence string
}

// Problem is what to tell of an error above a form. It is nil for an error that is not about what was sent, such as a
// session that ended: that is to be returned.
func (r *Request) Problem(err error) *Problem {
	code := syncproto.CodeOf(err)
	switch syncproto.KindOf(err) {
	case syncproto.Invalid, syncproto.Conflict, syncproto.TooLarge, syncproto.Exhausted, syncproto.Expired, syncproto.Forbidden, syncproto.NotFound:
	default:
		return nil
	}
	if code == syncproto.CodeConfirm || code == syncproto.CodeCredential || code == syncproto.CodeForeignOrigin {
		return nil
	}
	p := &Problem{Code: code, Sentence: r.Sentence(err)}
	if own, ok := errors.AsType[*syncproto.Error](err); ok {
		p.Field = own.Detail
	}
	p.Lines = r.faults(err)
	return p
}

// Status is how a page answers that draws a form again: 0, which is 200, where nothing was refused.
func (p *Problem) Status() int {
	if p == nil {
		return 0
	}
	return wire.Status(syncproto.KindOfCode(p.Code))
}

// draw writes an answer.
func (s *Site) draw(ctx context.Context, w http.ResponseWriter, r *Request, answer Answer) error {
	guard(w.Header())
	switch a := answer.(type) {
	case View:
		return s.drawView(w, r, &a)
	case *View:
		return s.drawView(w, r, a)
	case Redirect:
		s.redirect(w, r, a)
	case File:
		return s.sendFile(ctx, w, r, a)
	case Repeat:
		s.ServeHTTP(w, a.Request)
	case Done:
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

// guard says what a page may do: nothing but load its own assets and talk to its own server. It is stored nowhere, since
// the next person at an office's computer must not find it with the back button.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; " +
	"connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types console; report-uri " + Root + "/csp"

func (s *Site) drawView(w http.ResponseWriter, r *Request, v *View) error {
	var out bytes.Buffer
	if err := s.drawings.draw(&out, s, r, v); err != nil {
		return err
	}
	if r.Fragmentary() {
		w.Header().Set("X-Title", mime.QEncoding.Encode("utf-8", v.Title))
	}
	if r.tells() {
		s.endFlash(w, r)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(r.Lang))
	w.Header().Add("Vary", "Accept-Encoding, Accept-Language, Cookie, X-Fragment")
	page := out.Bytes()
	if r.me != nil {
		page = sign(page, string(r.me.Person))
	}
	return s.write(w, r, v.Status, page)
}

// compressFrom is the size from which a page gains by compression. Pages hold no secrets that a guess could be compared
// with: what guards a form is the origin of its request.
const compressFrom = 1 << 10

func (s *Site) write(w http.ResponseWriter, r *Request, status int, body []byte) error {
	if len(body) >= compressFrom && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		var packed bytes.Buffer
		zip, _ := gzip.NewWriterLevel(&packed, 5)
		_, _ = zip.Write(body) // into memory
		_ = zip.Close()
		body = packed.Bytes()
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if status != 0 {
		w.WriteHeader(status)
	}
	_, err := w.Write(body)
	return err
}

func (s *Site) redirect(w http.ResponseWriter, r *Request, a Redirect) {
	if a.Flash != nil {
		s.setFlash(w, r, a.Flash)
	}
	if a.Look != nil {
		r.setLook(w.Header(), *a.Look)
	}
	w.Header().Set("Location", a.To)
	if r.Fragmentary() { // a script follows by itself: fetch would hide where it was sent
		w.Header().Set("X-Location", a.To)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.WriteHeader(http.StatusSeeOther)
}

// sendFile sends a download while it is made.
func (s *Site) sendFile(ctx context.Context, w http.ResponseWriter, r *Request, f File) error {
	w.Header().Set("Content-Type", f.Type)
	w.Header().Set("Content-Disposition", disposition(f.Name))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if door, ok := r.door.(Streamer); ok {
		door.Stream(f.Write)
		return nil
	}
	return f.Write(ctx, w)
}

// disposition names a file for browsers of any age (RFC 6266).
func disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// fail draws an error as a page of its own, or for a script as the sentence alone.
func (s *Site) fail(w http.ResponseWriter, r *Request, err error) {
	code := syncproto.CodeOf(err)
	level := s.opt.Log.Debug
	if syncproto.KindOf(err) == syncproto.Internal {
		level = s.opt.Log.Error
	}
	level("page refused", "path", r.Pattern, "code", code, "err", err)
	view := &View{Name: "error", Status: wire.Status(syncproto.KindOfCode(code)), Data: errorPage{Code: code, Sentence: r.Sentence(err)}, Bare: r.me == nil}
	view.Title = r.T("error.title")
	if r.Fragmentary() {
		w.Header().Set("X-Code", string(code))
	}
	guard(w.Header())
	if drawErr := s.drawView(w, r, view); drawErr != nil {
		s.opt.Log.Error("draw error page", "err", drawErr)
		http.Error(w, r.Sentence(err), http.StatusInternalServerError)
	}
}

type errorPage struct {
	Code     syncproto.Code
	Sentence string
}
