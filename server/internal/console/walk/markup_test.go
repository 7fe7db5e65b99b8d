package walk_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMarkupIsPlain: nothing that runs and no style stands inline, which the security policy forbids anyway; every button
// and form is what a browser without scripts can use.
func TestMarkupIsPlain(t *testing.T) {
	forbidden := map[string]*regexp.Regexp{
		"a style attribute":            regexp.MustCompile(`(?i)<[^>]*\sstyle=`),
		"a style element":              regexp.MustCompile(`(?i)<style[\s>]`),
		"an inline handler":            regexp.MustCompile(`(?i)<[^>]*\son[a-z]+=`),
		"an address that runs":         regexp.MustCompile(`(?i)javascript:`),
		"a file of another server":     regexp.MustCompile(`(?i)(src|href)="(https?:)?//`),
		"a link that acts":             regexp.MustCompile(`(?i)href="#"`),
		"a positive tabindex":          regexp.MustCompile(`(?i)tabindex="[1-9]`),
		"an image without alt":         regexp.MustCompile(`(?i)<img(?:[^>a]|a[^l]|al[^t])*>`),
		"a field that takes the focus": regexp.MustCompile(`(?i)\sautofocus`),
	}
	script := regexp.MustCompile(`(?is)<script([^>]*)>(.*?)</script>`)
	for _, s := range embedded(t, "templates", ".html") {
		text := s.bare()
		for _, m := range script.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(m[1], "src=") && !strings.Contains(m[1], `type="application/json"`) || strings.Contains(m[1], "src=") && strings.TrimSpace(m[2]) != "" {
				t.Errorf("%s: an inline script: %.80s", s.name, m[0])
			}
		}
		flat := action.ReplaceAllStringFunc(text, func(a string) string { return strings.Repeat("·", min(len(a), 3)) })
		for what, pattern := range forbidden {
			if at := pattern.FindStringIndex(flat); at != nil {
				t.Errorf("%s: %s: %s", s.name, what, around(flat, at))
			}
		}
	}
}

// TestMarkupComesByOneWay: text from anywhere becomes a part of a page in fragment.js alone, and nothing makes code of
// text.
func TestMarkupComesByOneWay(t *testing.T) {
	sinks := regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|DOMParser|createContextualFragment|setHTMLUnsafe|parseHTMLUnsafe|srcdoc|createPolicy)\b|document\.write|\beval\(|new Function\b|set(Timeout|Interval)\(\s*['"` + "`" + `]`)
	for _, s := range embedded(t, "static", ".js") {
		if found := sinks.FindString(s.script()); found != "" && s.name != "static/fragment.js" {
			t.Errorf("%s: %s", s.name, found)
		}
	}
	for _, s := range embedded(t, "static", ".css") {
		if at := regexp.MustCompile(`(?i)@import|url\(\s*['"]?(https?:)?//`).FindStringIndex(s.text); at != nil {
			t.Errorf("%s: %s", s.name, around(s.text, at))
		}
	}
	// What Go calls safe markup is made where numbers and escaped words are all that goes in.
	makers := []string{"../page/", "../chart/"}
	for _, s := range program(t) {
		if at := regexp.MustCompile(`template\.(HTML|JS|CSS|URL|HTMLAttr|Srcset)\(`).FindStringIndex(s.text); at != nil &&
			!slices.ContainsFunc(makers, func(folder string) bool { return strings.HasPrefix(s.name, folder) }) {
			t.Errorf("%s: %s", s.name, around(s.text, at))
		}
	}
}
