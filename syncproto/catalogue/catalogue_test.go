package catalogue

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto"
)

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

func TestLanguagesAgree(t *testing.T) {
	vi, en := texts[Vietnamese], texts[English]
	for key, text := range vi {
		other, ok := en[key]
		if !ok {
			t.Errorf("%s: not in English", key)
			continue
		}
		a, b := placeholder.FindAllString(text, -1), placeholder.FindAllString(other, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
			t.Errorf("%s: placeholders %v in Vietnamese, %v in English", key, a, b)
		}
		if strings.Count(text, "{") != len(placeholder.FindAllString(text, -1)) {
			t.Errorf("%s: a brace that is no placeholder", key)
		}
	}
	for key := range en {
		if _, ok := vi[key]; !ok {
			t.Errorf("%s: not in Vietnamese", key)
		}
	}
}

func TestEveryCodeHasASentence(t *testing.T) {
	codes := syncproto.Codes()
	for code := range codes {
		for _, lang := range Languages() {
			text, ok := find(lang, "code."+string(code))
			if !ok {
				t.Errorf("%s has no sentence in %s", code, lang)
				continue
			}
			checkSentence(t, lang, string(code), text)
		}
	}
	for key := range texts[Vietnamese] {
		if code, isCode := strings.CutPrefix(key, "code."); isCode {
			if _, known := codes[syncproto.Code(code)]; !known {
				t.Errorf("%s: no such code", key)
			}
		}
	}
}

// checkSentence holds a sentence to its form: what happened, and then what to do, which the imperative shows.
func checkSentence(t *testing.T, lang Language, code, text string) {
	t.Helper()
	asks := map[Language][]string{
		Vietnamese: {"hãy ", "Hãy ", "chỉ cần "},
		English:    {"please ", "Please "},
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == ';' })
	if len(parts) < 2 {
		t.Errorf("%s %s: says what happened or what to do, not both: %q", lang, code, text)
	}
	if !slices.ContainsFunc(asks[lang], func(ask string) bool { return strings.Contains(text, ask) }) {
		t.Errorf("%s %s: does not say what to do: %q", lang, code, text)
	}
	if !strings.HasSuffix(text, ".") {
		t.Errorf("%s %s: no full stop: %q", lang, code, text)
	}
}

func TestTextIsNFC(t *testing.T) {
	for lang, table := range texts {
		for key, text := range table {
			if text == "" || !norm.NFC.IsNormalString(text) || strings.TrimSpace(text) != text {
				t.Errorf("%s %s: empty, padded or not NFC: %q", lang, key, text)
			}
		}
	}
}

// TestKeysAreSorted keeps the files easy to merge when several people add to them.
func TestKeysAreSorted(t *testing.T) {
	for lang, data := range map[Language][]byte{Vietnamese: vietnamese, English: english} {
		var keys []string
		d := json.NewDecoder(bytes.NewReader(data))
		for depth := 0; ; {
			token, err := d.Token()
			if err != nil {
				break
			}
			if delim, ok := token.(json.Delim); ok {
				depth += map[json.Delim]int{'{': 1, '}': -1}[delim]
				continue
			}
			keys = append(keys, token.(string))
			if _, err := d.Token(); err != nil {
				t.Fatal(err)
			}
		}
		want := slices.Sorted(maps.Keys(texts[lang]))
		if !slices.Equal(keys, want) {
			t.Errorf("%s.json: keys are not sorted, or one occurs twice", lang)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]Language{
		"": Vietnamese, "vi": Vietnamese, "en": English, "EN-us": English, "fr": Vietnamese, "*": Vietnamese,
		"en;q=0.8, vi;q=0.9": Vietnamese, "fr, en;q=0.5": English, "vi-VN,vi;q=0.9,en;q=0.8": Vietnamese,
		"en, vi": English, "en;q=0": Vietnamese, "en;q=x": Vietnamese, "en;q=NaN, vi;q=0.1": Vietnamese, ";;,,q=": Vietnamese,
		"en ; q = 0.7 , vi;q=0.3": English,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
}

func TestText(t *testing.T) {
	if got := Text(English, "sync.unsent", map[string]string{"count": "{count}"}); got != "{count} changes not sent yet" {
		t.Errorf("an argument was expanded again: %q", got)
	}
	if got := Text(Vietnamese, "sync.unsent", map[string]string{"count": "3"}); got != "Còn 3 thay đổi chưa gửi" {
		t.Errorf("got %q", got)
	}
	if got := Text(English, "no.such.key", nil); got != "no.such.key" {
		t.Errorf("got %q", got)
	}
	if got := Expand("{a} {b {c}", map[string]string{"a": "1"}); got != "1 {b {c}" {
		t.Errorf("got %q", got)
	}
	if Sentence("fr", "offline") != Sentence(Vietnamese, "offline") {
		t.Error("an unknown language is not Vietnamese")
	}
	if Sentence(English, "from_the_future") != Sentence(English, syncproto.CodeInternal) {
		t.Error("an unknown code has no fallback")
	}
}
