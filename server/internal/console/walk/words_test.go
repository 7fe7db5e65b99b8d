package walk_test

import (
	"encoding/json"
	"maps"
	"os"
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
	flashed       = regexp.MustCompile(`\bFlash\{\s*Key: "([^"]+)"[,}]`)
	askedKey      = regexp.MustCompile(`(?:\.T\(|\bFlash\{\s*Key: )"([^"]+)" ?\+`)
	joined        = regexp.MustCompile(`"([a-z_]+\.[a-z_.]*)" ?\+`)
	inScript      = regexp.MustCompile(`\bt\('([^']+)'`)
	joinedScript  = regexp.MustCompile("\\bt\\((?:'([a-z_.]+)' ?\\+|`([a-z_.]+)\\$\\{)")
	quoted        = regexp.MustCompile(`"([a-z][a-z0-9_]*\.[a-zA-Z0-9_.]+)"`)
	quotedScript  = regexp.MustCompile(`'([a-zA-Z0-9_.]+)'`)
	knownPrefixes = []string{"frame.ago_", "frame.in_"} // are put together in the frame
)

// used are the keys that are asked for in templates, programs and scripts; whatever else looks like one there; the
// beginnings of keys that are asked for; and whatever else may be such a beginning.
func used(t testing.TB) (keys map[string]string, mentioned map[string]bool, prefixes, joins map[string]string) {
	keys, mentioned, prefixes, joins = map[string]string{}, map[string]bool{}, map[string]string{}, map[string]string{}
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
		note(prefixes, s.name, askedKey.FindAllStringSubmatch(s.text, -1), "")
		note(joins, s.name, joined.FindAllStringSubmatch(s.text, -1), "")
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
	maps.Copy(joins, prefixes)
	return keys, mentioned, prefixes, joins
}

// TestWordsAreThere: every key that is asked for has a text, and every beginning of keys has some.
func TestWordsAreThere(t *testing.T) {
	all := texts(t)
	keys, _, prefixes, _ := used(t)
	for key, where := range keys {
		if _, ok := all[key]; !ok && !catalogue.Has(key) {
			t.Errorf("%s: no text for %s", where, key)
		}
	}
	names := slices.AppendSeq(shared(t), maps.Keys(all))
	for prefix, where := range prefixes {
		if !slices.ContainsFunc(names, func(key string) bool { return strings.HasPrefix(key, prefix) }) {
			t.Errorf("%s: no text begins with %s", where, prefix)
		}
	}
}

// shared are the keys of the shared catalogue.
func shared(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile("../../../../syncproto/catalogue/vi.json")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]string{}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	return slices.Collect(maps.Keys(table))
}

// TestWordsAreUsed: no text stands there for nothing.
func TestWordsAreUsed(t *testing.T) {
	keys, mentioned, _, prefixes := used(t)
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
var names = strings.NewReplacer("Lan tỏa", "", "Tiếng Việt", "", "English", "", "Cốc Cốc", "", "/[đĐ]/g", "", "/đ/g", "")

// TestWordsStandInTextsAlone: templates, programs and scripts hold no sentence that people read.
func TestWordsStandInTextsAlone(t *testing.T) {
	visible := regexp.MustCompile(`[A-Za-z]*[a-z][A-Za-z]+`)
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
			text := names.Replace(s.script())
			if at := pattern.FindStringIndex(text); at != nil {
				t.Errorf("%s: words outside texts: %s", s.name, around(text, at))
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
