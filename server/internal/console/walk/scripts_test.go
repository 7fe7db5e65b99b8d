package walk_test

import (
	"regexp"
	"strings"
	"testing"

	"lantoa/server/internal/console/rig"
)

// TestEveryModuleLoads: each script is a module that parses and finds what it imports. On a page that it was not written
// for it may miss elements of its own.
func TestEveryModuleLoads(t *testing.T) {
	w := rig.Start(t)
	tab := w.Tab(w.Editor)
	tab.Expect("answer 404")
	tab.Open("/console/no-such-page")
	base := rig.Eval[string](tab, `document.querySelector('script[type=module]').src.replace(/[^/]*$/, '')`)
	for _, s := range embedded(t, "static", ".js") {
		name := strings.TrimPrefix(s.name, "static/")
		if told := rig.Eval[string](tab, `import('`+base+name+`').then(() => '', (e) => String(e))`); told != "" && !strings.Contains(told, "properties of null") {
			t.Errorf("%s: %s", s.name, told)
		}
	}
}

// TestAssetsAreUsed: no style, script or picture is served for nothing.
func TestAssetsAreUsed(t *testing.T) {
	var all strings.Builder
	for _, s := range append(embedded(t, "templates", ".html"), program(t)...) {
		all.WriteString(s.text)
	}
	for _, s := range embedded(t, "static", ".js") {
		all.WriteString(s.script())
	}
	for _, s := range embedded(t, "static", "") {
		name := strings.TrimPrefix(s.name, "static/")
		if regexp.MustCompile(`\.(js|css|svg|png)$`).MatchString(name) && !regexp.MustCompile(`["'/]`+regexp.QuoteMeta(name)+`["']`).MatchString(all.String()) {
			t.Errorf("nothing asks for %s", s.name)
		}
	}
	icons := embedded(t, "static", "icons.svg")[0].text
	for _, m := range regexp.MustCompile(`<symbol id="([^"]+)"`).FindAllStringSubmatch(icons, -1) {
		if !regexp.MustCompile(`["'#]` + regexp.QuoteMeta(m[1]) + `["'` + "`" + `]`).MatchString(all.String()) {
			t.Errorf("no page shows the icon %s", m[1])
		}
	}
	for _, s := range embedded(t, "templates", ".html") {
		for _, m := range regexp.MustCompile(`\bicon "([^"]+)"`).FindAllStringSubmatch(s.bare(), -1) {
			if !strings.Contains(icons, `id="`+m[1]+`"`) {
				t.Errorf("%s: there is no icon %s", s.name, m[1])
			}
		}
	}
}
