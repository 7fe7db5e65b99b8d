package walk_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lantoa/server/internal/console"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/console/rig"
)

// screen is one page in one state. Its path may depend on what is in the town.
type screen struct {
	name  string // of its pictures, "queue/list"
	path  string
	who   *rig.Person        // nil for a stranger
	do    func(tab *rig.Tab) // what somebody does there to see it so
	fault string             // that belongs to it, "answer 404"
}

// maxWeight is what a page may weigh with all that it loads, compressed, without photos.
const maxWeight = 150_000

// TestScreens opens every screen: it breaks no rule of accessibility in the light and the dark, in both languages, as large
// and as small as browsers get; it scrolls in one direction; its window has a title of its own; it weighs little; and
// nothing is told on the browser's console.
func TestScreens(t *testing.T) {
	rig.Need(t)
	w := newTown(t)
	list := screens(w)
	tabs := map[*rig.Person]*rig.Tab{}
	titles := map[string]string{}
	for i, s := range list {
		tab := tabs[s.who]
		if tab == nil {
			tab = w.Stranger()
			tabs[s.who] = tab
		}
		t.Run(s.name, func(t *testing.T) {
			tab.In(t)
			if s.fault != "" {
				tab.Expect(s.fault)
			}
			s.inVietnamese(t, tab, titles)
			s.inStates(t, tab, titles, i)
		})
	}
}

func (s *screen) open(tab *rig.Tab) {
	if s.who != nil { // anew, since a screen may be what is seen when a session ended
		tab.SignIn(s.who)
	}
	tab.Open(s.path)
	if s.do != nil {
		s.do(tab)
	}
}

// inVietnamese looks at a screen in the design size, then, without loading it again, in the dark and very narrow.
func (s *screen) inVietnamese(t *testing.T, tab *rig.Tab, titles map[string]string) {
	tab.Language("vi")
	s.open(tab)
	if faults := tab.Faults(); len(faults) > 0 { // there is nothing to look at closely
		t.Fatal(strings.Join(faults, "\n"))
	}
	tab.Axe()
	tab.Sound()
	tab.NoHorizontalScroll()
	tab.TargetSizes(24)
	if weight := tab.Weight(); weight > maxWeight {
		t.Errorf("%s weighs %d bytes", s.path, weight)
	}
	s.title(t, tab, titles)
	tab.Screenshot(s.name + "-1366")
	tab.Dark(true)
	tab.Contrast()
	tab.Screenshot(s.name + "-dark")
	tab.Dark(false)
	tab.Size(320, 640)
	tab.NoHorizontalScroll()
	tab.Size(1366, 768)
}

// states are how a screen is looked at besides.
var states = []struct {
	name string
	set  func(tab *rig.Tab)
}{
	{"phone", func(tab *rig.Tab) { tab.Phone() }},
	{"large", func(tab *rig.Tab) { tab.TextZoom(200) }},
	{"narrow-large", func(tab *rig.Tab) { tab.Size(320, 640); tab.TextZoom(200) }},
	{"phone-dark", func(tab *rig.Tab) { tab.Phone(); tab.Dark(true) }},
	{"4k", func(tab *rig.Tab) { tab.Size(3840, 2160) }},
}

// inStates looks at a screen in English in one of the states, in turn; with -matrix in all of them, in both languages.
func (s *screen) inStates(t *testing.T, tab *rig.Tab, titles map[string]string, turn int) {
	langs, some := []string{"en"}, states[turn%len(states):][:1]
	if *matrix {
		langs, some = []string{"en", "vi"}, states
	}
	if os.Getenv("LANTOA_SCREENSHOTS") != "" { // a picture of each size, whatever is looked at closely
		s.pictures(tab)
	}
	for _, lang := range langs {
		tab.Language(lang)
		for _, state := range some {
			t.Run(lang+"-"+state.name, func(t *testing.T) {
				tab.In(t)
				if s.fault != "" {
					tab.Expect(s.fault)
				}
				state.set(tab)
				s.open(tab)
				tab.Axe()
				tab.NoHorizontalScroll()
				if lang == "en" {
					s.title(t, tab, titles)
				}
				tab.Size(1366, 768)
				tab.Dark(false)
				tab.TextZoom(100)
			})
		}
	}
}

func (s *screen) pictures(tab *rig.Tab) {
	tab.Phone()
	s.open(tab)
	tab.Screenshot(s.name + "-360")
	tab.Language("en")
	tab.Size(1366, 768)
	s.open(tab)
	tab.Screenshot(s.name + "-en")
}

// title compares the title of a window with those of other screens.
func (s *screen) title(t *testing.T, tab *rig.Tab, titles map[string]string) {
	title, page := tab.Title(), strings.Split(tab.Path(), "?")[0]
	page = strings.Replace(page, "/console/queue/", "/console/items/", 1) // the same, beside the list or alone
	if strings.HasPrefix(title, "·") || !strings.Contains(title, "·") {
		t.Errorf("%s has the title %q", s.path, title)
	}
	if other := titles[title]; other != "" && other != page {
		t.Errorf("%s has the title of %s, %q", page, other, title)
	}
	titles[title] = page
}

// TestEveryPageIsAScreen: whatever the console answers a GET with is in the table of screens, or says here why not.
func TestEveryPageIsAScreen(t *testing.T) {
	elsewhere := map[string]string{
		"/console":                               "leads to where work begins",
		"/console/{$}":                           "likewise",
		"/console/live":                          "a stream of pokes",
		"/console/items/{id}/press-kit.zip":      "a download",
		"/console/cases/{id}/export.zip":         "a download",
		"/console/overview.csv":                  "a download",
		"/console/overview.xlsx":                 "a download",
		"/console/account/passkeys/{key}/remove": "needs a passkey, which browsers make for names of servers only",
	}
	var shown []string
	for _, s := range screens(&town{World: &rig.World{}}) {
		shown = append(shown, strings.Split(s.path, "?")[0])
	}
	for _, route := range console.New(console.Options{}).(*page.Site).Patterns() {
		path, get := strings.CutPrefix(route, "GET ")
		if _, ok := elsewhere[path]; ok || !get {
			continue
		}
		pattern := regexp.MustCompile("^" + regexp.MustCompile(`\{[a-z_]+\}`).ReplaceAllString(path, "[^/]*") + "$")
		if !slices.ContainsFunc(shown, pattern.MatchString) {
			t.Errorf("no screen shows %s", path)
		}
	}
}
