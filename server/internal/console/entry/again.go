package entry

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/staff"
	"lantoa/syncproto"
)

// A post that meets a session that is over is kept in the page that asks who is there: its address and fields go back and
// forth through the browser, and are done as soon as the same person is there again. The server keeps nothing.
const (
	keptPrefix = "was." // of fields, so that they are not taken for those of the page itself
	maxKept    = int(page.MaxFormBytes)
	maxAgain   = page.MaxFormBytes + page.Limit(page.MaxFields*16) + maxSignIn
	mostKept   = page.MaxFields - 16 // beside the fields of the page itself
	longText   = 24                  // characters from which a text is shown to be copied
	mostShown  = 40
)

// secrets are fields that are never kept: they would stand in a page in the open.
var secrets = []string{"password", "code", "fresh"}

// againPage is what the page draws that asks who is there.
type againPage struct {
	Why    syncproto.Code // session_ended, confirm_identity or credential_required
	Other  string         // the name of somebody else who is signed in now; "" for nobody
	Login  string         // of whoever is asked to confirm
	Person syncproto.ID
	Path   string
	Kept   []keptField
	Texts  []string // that were typed, to be copied
	Files  bool     // files were sent, which cannot be kept
	Lost   bool     // it was too much to keep
	Wait   int
	Keyed  bool // there can be passkeys at this address
	Least  int
	To     string // where to go for what is not done again
}

// keptField is one field of what was posted.
type keptField struct{ Name, Value string }

// again asks who is there when a session ended, when its proof is old, or after a recovery code.
func (a *area) again(_ context.Context, r *page.Request, err error) (page.Answer, error) {
	code := syncproto.CodeOf(err)
	if r.Method != http.MethodPost {
		if code == syncproto.CodeCredential {
			return page.Redirect{To: page.At(accountPath+"/renew", "to", r.Here())}, nil
		}
		return page.Redirect{To: page.At(signInPath, "why", string(code), "to", page.Local(r.Here(), ""))}, nil
	}
	data := &againPage{Why: code, Person: r.DrawnFor(), Path: r.URL.RequestURI(), To: cameFrom(r)}
	if me := r.Me(); me != nil {
		if data.Person == "" {
			data.Person = me.Person
		}
		if data.Person != me.Person {
			data.Other = me.Name
		} else {
			data.Login = me.Login
		}
	}
	data.keep(r.Values(), r.URL.Query())
	data.Files = strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/")
	return a.drawAgain(r, data, nil), nil
}

// cameFrom is the page of ours on which the form stood.
func cameFrom(r *page.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return page.Root + "/"
	}
	return page.Local(u.RequestURI(), page.Root+"/")
}

// keep takes over what was posted. What stands in the address stays there.
func (p *againPage) keep(values, address url.Values) {
	size := len(p.Path)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for i, value := range values[name] {
			if i < len(address[name]) && address[name][i] == value {
				continue
			}
			if slices.Contains(secrets, name) {
				p.Path = "" // without it the post is worth nothing: its form is shown again instead
				continue
			}
			size += len(url.QueryEscape(name)) + len(url.QueryEscape(value)) + 2
			p.Kept = append(p.Kept, keptField{name, value})
			if utf8.RuneCountInString(value) >= longText && !syncproto.ID(value).Valid() && page.Local(value, "") == "" && len(p.Texts) < mostShown {
				p.Texts = append(p.Texts, value)
			}
		}
	}
	if size > maxKept || len(p.Kept) > mostKept {
		p.Kept, p.Path, p.Lost = nil, "", true
	}
}

func (a *area) drawAgain(r *page.Request, data *againPage, p *page.Problem) page.View {
	data.Least, data.Keyed = staff.MinPassword, a.Staff.Keyed(r.Door().Visit())
	status := http.StatusUnauthorized
	if p != nil {
		status = statusFor(p)
	}
	return page.View{
		Name: "entry/again", Title: r.T("entry.again_" + string(data.Why)), Bare: true, Data: data, Problem: p, Status: status,
	}
}
