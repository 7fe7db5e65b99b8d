package page

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"lantoa/server/internal/people"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Request is one request to a page: who asks, in which language, and what they sent (Input).
type Request struct {
	*http.Request
	Input
	Who  *staff.Identity // nil for a stranger
	Lang catalogue.Language
	Now  time.Time

	site *Site
	door Door
	me   *staff.Me
	look Look

	drawnFor syncproto.ID
}

func (s *Site) request(hr *http.Request) *Request {
	look := readLook(hr)
	lang := look.Lang
	if lang == "" {
		lang = catalogue.Match(hr.Header.Get("Accept-Language"))
	}
	return &Request{
		Request: hr, Input: Input{values: hr.URL.Query()}, Lang: lang, Now: s.opt.Now(), site: s,
		door: doorOf(hr.Context()), look: look,
	}
}

// Door returns how the browser came in.
func (r *Request) Door() Door { return r.door }

// Me returns what whoever is signed in may know of themselves; nil for a stranger.
func (r *Request) Me() *staff.Me { return r.me }

// People is who asks, for changes of units and people, and for calls.
func (r *Request) People() people.Actor {
	return people.Actor{Person: r.Who.Person, Device: r.Who.Device}
}

// Desk is who asks at the review desk.
func (r *Request) Desk() syncer.Actor {
	return syncer.Actor{Person: r.Who.Person, Device: r.Who.Device}
}

// Privacy is who asks about personal data.
func (r *Request) Privacy() privacy.By {
	return privacy.By{Person: r.Who.Person, Device: r.Who.Device, Proved: r.Who.Proved}
}

// Has reports whether whoever asks holds one of these roles anywhere now. It decides what is offered, never what is
// allowed: that is done by the services.
func (r *Request) Has(roles ...syncproto.Role) bool {
	return r.me != nil && slices.ContainsFunc(r.me.Grants, func(g staff.GrantView) bool { return slices.Contains(roles, g.Role) })
}

// PathID returns the id that a path names, {id}; not_found for what is none.
func (r *Request) PathID(name string) (syncproto.ID, error) {
	id := syncproto.ID(r.PathValue(name))
	if !id.Valid() {
		return "", syncproto.E(syncproto.CodeNotFound, "read path", nil)
	}
	return id, nil
}

// Fragment is the part of the page that a script asks for alone, "" for the whole page. It names a template of the
// view; a view without it is drawn without the frame.
func (r *Request) Fragment() string { return r.Header.Get("X-Fragment") }

// Fragmentary reports whether a script asks, and not a browser on its way to a page.
func (r *Request) Fragmentary() bool { return r.Fragment() != "" }

// told names the fragment, of any view, that tells what was done just before: for scripts that posted a form.
const told = "told"

func (r *Request) tells() bool { return !r.Fragmentary() || r.Fragment() == told }

// T is the text of a key in the language of the request. Arguments are pairs of a name and a value.
func (r *Request) T(key string, args ...any) string {
	return r.site.drawings.words.text(r.Lang, key, args...)
}

// Sentence is what somebody is told of an error: what happened and what to do.
func (r *Request) Sentence(err error) string {
	return r.site.drawings.words.sentence(r.Lang, string(syncproto.CodeOf(err)))
}

// Here is the path and query of the page, for forms and links that come back to it.
func (r *Request) Here() string { return r.URL.RequestURI() }

// With is the address of the same page with one parameter set, or with "" taken off.
func (r *Request) With(name, value string) string { return At(r.Here(), name, value) }

// Back returns where a form said to go afterwards, in its field "to": a path of the console, else the given one.
func (r *Request) Back(otherwise string) string { return Local(r.Text("to"), otherwise) }

// At is a path with parameters set beside those it has: pairs of a name and a value. One without a value is taken off.
func At(path string, pairs ...string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			q.Del(pairs[i])
			continue
		}
		q.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Local returns to if it is a path of the console, and otherwise else: nobody is sent to another site.
func Local(to, otherwise string) string {
	if (to == Root || strings.HasPrefix(to, Root+"/") || strings.HasPrefix(to, Root+"?")) && !strings.ContainsAny(to, "\\\r\n") {
		return to
	}
	return otherwise
}
