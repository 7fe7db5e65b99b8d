package walk_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto/catalogue"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// TestWords: both languages have the same keys and placeholders, written cleanly, and no key twice.
func TestWords(t *testing.T) {
	for key, w := range texts(t) {
		if catalogue.Has(key) {
			t.Errorf("%s: %s is in the shared catalogue already", w.file, key)
		}
		for _, text := range []string{w.vi, w.en} {
			if strings.TrimSpace(text) != text || !norm.NFC.IsNormalString(text) || strings.Contains(text, "  ") {
				t.Errorf("%s: %s is not trimmed, not in NFC or has two spaces: %q", w.file, key, text)
			}
		}
		vi, en := slices.Sorted(slices.Values(placeholder.FindAllString(w.vi, -1))), slices.Sorted(slices.Values(placeholder.FindAllString(w.en, -1)))
		if !slices.Equal(slices.Compact(vi), slices.Compact(en)) {
			t.Errorf("%s: %s has %v in Vietnamese and %v in English", w.file, key, vi, en)
		}
	}
}

var (
	inTemplate    = regexp.MustCompile(`\bt "([^"]+)"`)
	prefixed      = regexp.MustCompile(`\btk "([^"]+)"`)
	inGo          = regexp.MustCompile(`\.T\("([^"]+)"[,)]`)
	flashed       = regexp.MustCompile(`\bFlash\{\s*Key: "([^"]+)"`)
	joined        = regexp.MustCompile(`"([a-z_]+\.[a-z_.]*)" ?\+`)
	inScript      = regexp.MustCompile(`\bt\('([^']+)'`)
	joinedScript  = regexp.MustCompile("\\bt\\((?:'([a-z_.]+)' ?\\+|`([a-z_.]+)\\$\\{)")
	quoted        = regexp.MustCompile(`"([a-z][a-z0-9_]*\.[a-zA-Z0-9_.]+)"`)
	quotedScript  = regexp.MustCompile(`'([a-zA-Z0-9_.]+)'`)
	knownPrefixes = []string{"frame.ago_", "frame.in_"} // are put together in the frame
)

// used are the keys and the beginnings of keys that stand in templates, programs and scripts.
func used(t testing.TB) (keys map[string]string, mentioned map[string]bool, prefixes map[string]string) {
	keys, mentioned, prefixes = map[string]string{}, map[string]bool{}, map[string]string{}
	note := func(into map[string]string, where string, found [][]string, before string) {
		for _, f := range found {
			key := f[1]
			if key == "" && len(f) > 2 {
				key = f[2]
			}
			into[before+key] = where
		}
	}
	for _, s := range embedded(t, "templates", ".html") {
		note(keys, s.name, inTemplate.FindAllStringSubmatch(s.bare(), -1), "")
		note(prefixes, s.name, prefixed.FindAllStringSubmatch(s.bare(), -1), "")
		for _, f := range quoted.FindAllStringSubmatch(s.bare(), -1) {
			mentioned[f[1]] = true
		}
	}
	for _, s := range program(t) {
		note(keys, s.name, inGo.FindAllStringSubmatch(s.text, -1), "")
		note(keys, s.name, flashed.FindAllStringSubmatch(s.text, -1), "")
		note(prefixes, s.name, joined.FindAllStringSubmatch(s.text, -1), "")
		for _, f := range quoted.FindAllStringSubmatch(s.text, -1) {
			mentioned[f[1]] = true
		}
	}
	for _, s := range embedded(t, "static", ".js") {
		note(keys, s.name, inScript.FindAllStringSubmatch(s.script(), -1), "js.")
		note(prefixes, s.name, joinedScript.FindAllStringSubmatch(s.script(), -1), "js.")
		for _, f := range quotedScript.FindAllStringSubmatch(s.script(), -1) {
			mentioned["js."+f[1]] = true
		}
	}
	for _, p := range knownPrefixes {
		prefixes[p] = "the frame"
	}
	return keys, mentioned, prefixes
}

// TestWordsAreThere: every key that is asked for has a text, and every beginning of keys has some.
func TestWordsAreThere(t *testing.T) {
	all := texts(t)
	keys, _, prefixes := used(t)
	for key, where := range keys {
		if _, ok := all[key]; !ok && !catalogue.Has(key) {
			t.Errorf("%s: no text for %s", where, key)
		}
	}
	names := slices.Collect(maps.Keys(all))
	for prefix, where := range prefixes {
		shared := regexp.MustCompile(`^(code|state|call|reason|kind|role|fact|command|field|consent|media|phone|note|push|sync|notice|trouble|lack|answer|unit|staff|audit|case|desk|server)\.`).MatchString(prefix)
		if !shared && !slices.ContainsFunc(names, func(key string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("%s: no text begins with %s", where, prefix)
		}
	}
}

// TestWordsAreUsed: no text stands there for nothing.
func TestWordsAreUsed(t *testing.T) {
	keys, mentioned, prefixes := used(t)
	for key, w := range texts(t) {
		name := strings.TrimSuffix(key, ".one")
		_, ok := keys[name]
		for prefix := range prefixes {
			ok = ok || strings.HasPrefix(key, prefix)
		}
		if !ok && !mentioned[name] && !mentioned[key] {
			t.Errorf("%s: nothing asks for %s", w.file, key)
		}
	}
}

// vietnamese are letters that no English word has.
var vietnamese = regexp.MustCompile(`[ăâđêôơưĂÂĐÊÔƠƯàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵÀẢÃÁẠẰẲẴẮẶẦẨẪẤẬÈẺẼÉẸỀỂỄẾỆÌỈĨÍỊÒỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙỦŨÚỤỪỬỮỨỰỲỶỸÝỴ]`)

// names stand in templates as they are in every language.
var names = strings.NewReplacer("Lan tỏa", "", "Tiếng Việt", "", "English", "")

// TestWordsStandInTextsAlone: templates, programs and scripts hold no sentence that people read.
func TestWordsStandInTextsAlone(t *testing.T) {
	visible := regexp.MustCompile(`[A-Za-z]{2,}`)
	tag := regexp.MustCompile(`(?s)<[^>]*>`)
	spoken := regexp.MustCompile(`\b(?:alt|title|placeholder|aria-label|label)="([^"]*)"`)
	keyCap := regexp.MustCompile(`<(kbd|code)>[^<]*</(kbd|code)>`)
	for _, s := range embedded(t, "templates", ".html") {
		text := names.Replace(s.bare())
		if found := vietnamese.FindString(text); found != "" {
			t.Errorf("%s: Vietnamese outside texts: %s", s.name, around(text, vietnamese.FindStringIndex(text)))
		}
		flat := action.ReplaceAllString(text, "\x00")
		for _, f := range spoken.FindAllStringSubmatch(flat, -1) {
			if visible.MatchString(f[1]) {
				t.Errorf("%s: words outside texts: %s", s.name, f[0])
			}
		}
		flat = tag.ReplaceAllString(keyCap.ReplaceAllString(strings.ReplaceAll(flat, "<!doctype html>", ""), ""), " ")
		if at := visible.FindStringIndex(flat); at != nil {
			t.Errorf("%s: words outside texts: %s", s.name, around(flat, at))
		}
	}
	sentence := regexp.MustCompile(`'[A-Z][a-z]+ [^']{4,}'|"[A-Z][a-z]+ [^"]{4,}"|` + "`[A-Z][a-z]+ [^`]{4,}`")
	for _, s := range embedded(t, "static", ".js") {
		for _, pattern := range []*regexp.Regexp{vietnamese, sentence} {
			if at := pattern.FindStringIndex(s.script()); at != nil {
				t.Errorf("%s: words outside texts: %s", s.name, around(s.script(), at))
			}
		}
	}
	for _, s := range program(t) {
		if at := vietnamese.FindStringIndex(names.Replace(s.text)); at != nil {
			t.Errorf("%s: words outside texts: %s", s.name, around(names.Replace(s.text), at))
		}
	}
}

func around(text string, at []int) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(text[max(0, at[0]-40):min(len(text), at[1]+40)], "")), " ")
}
