package page

import (
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"lantoa/server/web/console"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// drawings are the templates of all views, once for each language: what a template calls t then needs no argument for it.
type drawings struct {
	words *words
	views map[catalogue.Language]map[string]*template.Template
}

// loadDrawings parses everything. What is broken cannot leave the tests, so it panics.
func loadDrawings(assets *assets) *drawings {
	d := &drawings{words: loadWords(), views: map[catalogue.Language]map[string]*template.Template{}}
	names, err := fs.Glob(console.Files, "templates/*/*.html")
	if err != nil {
		panic(err)
	}
	names = append(names, "templates/error.html")
	for _, lang := range catalogue.Languages() {
		base := template.Must(template.New("base").Funcs(d.funcs(lang, assets)).
			ParseFS(console.Files, "templates/layout.html", "templates/parts.html"))
		if shared, _ := fs.Glob(console.Files, "templates/*/_*.html"); len(shared) > 0 { // pieces that several views draw
			template.Must(base.ParseFS(console.Files, shared...))
		}
		d.views[lang] = map[string]*template.Template{}
		for _, name := range names {
			if strings.HasPrefix(path.Base(name), "_") {
				continue
			}
			view := template.Must(template.Must(base.Clone()).ParseFS(console.Files, name))
			d.views[lang][strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")] = view
		}
	}
	return d
}

// Frame is what templates draw: the page around, and the view's own Data.
type Frame struct {
	*View
	Lang    catalogue.Language
	Theme   string
	Keys    bool
	Me      *Person // nil for a stranger
	Menu    []Entry
	Told    *Told // what was done just before; nil for nothing
	Here    string
	Now     int64
	Words   map[string]string // what scripts say
	Scripts []string
	Proved  bool
}

// Person is whoever is signed in, as the frame shows them.
type Person struct {
	ID   syncproto.ID
	Name string
}

// Told is a Flash in words.
type Told struct {
	Text    string
	Bad     bool
	Undo    string
	Fields  map[string][]string
	Seconds int64 // in which it can be taken back
}

func (d *drawings) draw(w io.Writer, s *Site, r *Request, v *View) error {
	view := d.views[r.Lang][v.Name]
	if view == nil {
		return syncproto.E(syncproto.CodeInternal, "draw page", fmt.Errorf("no view %q", v.Name))
	}
	f := &Frame{
		View: v, Lang: r.Lang, Theme: r.look.Theme, Keys: r.look.Keys, Here: s.here(r), Now: r.Now.UnixMilli(),
		Words: d.words.ofScripts(r.Lang), Menu: menu(r, v.Area),
	}
	if r.me != nil {
		f.Me = &Person{ID: r.me.Person, Name: r.me.Name}
	}
	name := "layout"
	if r.Fragmentary() {
		name = "main"
		if r.Fragment() == told {
			name = told
		}
		if fragment := r.Fragment(); view.Lookup("fragment-"+fragment) != nil {
			name = "fragment-" + fragment
		}
	}
	if r.tells() {
		f.Told = d.tell(r)
	}
	if err := view.ExecuteTemplate(w, name, f); err != nil {
		return syncproto.E(syncproto.CodeInternal, "draw page", err)
	}
	return nil
}

// here is where somebody comes back to who only changes how the page looks: a form that was refused stands at an address that
// may take forms alone, and then it is the page on which it was filled in.
func (s *Site) here(r *Request) string {
	if r.Method != http.MethodPost {
		return r.Here()
	}
	from, err := url.Parse(r.Referer())
	if err == nil && from.Host == r.Host && s.shows(from.Path) {
		return Local(from.RequestURI(), Root+"/")
	}
	if s.shows(r.URL.Path) {
		return r.Here()
	}
	return Root + "/"
}

// shows reports whether there is a page to look at under a path.
func (s *Site) shows(path string) bool {
	_, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	return strings.HasPrefix(path, Root) && strings.HasPrefix(pattern, http.MethodGet+" ")
}

func (d *drawings) tell(r *Request) *Told {
	flash := r.flash()
	if flash == nil || !d.words.has(flash.Key) && !catalogue.Has(flash.Key) {
		return nil
	}
	args := make([]any, len(flash.Args))
	for i, arg := range flash.Args {
		args[i] = arg
	}
	told := &Told{Text: r.T(flash.Key, args...), Bad: flash.Bad, Undo: flash.Undo, Fields: flash.Fields}
	if flash.Until > 0 {
		told.Seconds = max(0, (flash.Until-r.Now.UnixMilli())/1000)
		if told.Seconds == 0 {
			told.Undo = ""
		}
	}
	return told
}
