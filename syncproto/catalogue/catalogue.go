package catalogue

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"

	"lantoa/syncproto"
)

// Language is a language of the catalogue, as a BCP 47 primary tag.
type Language string

// The languages. Vietnamese is what everybody gets who did not ask for another.
const (
	Vietnamese Language = "vi"
	English    Language = "en"
)

// Languages lists every language of the catalogue, the default first.
func Languages() []Language { return []Language{Vietnamese, English} }

//go:embed vi.json
var vietnamese []byte

//go:embed en.json
var english []byte

var texts = map[Language]map[string]string{Vietnamese: load(vietnamese), English: load(english)}

// load reads an embedded file. A broken one cannot leave the tests, so there is nobody to return an error to.
func load(data []byte) map[string]string {
	out := map[string]string{}
	if err := json.Unmarshal(data, &out); err != nil {
		panic("catalogue: " + err.Error())
	}
	return out
}

// Match picks the language that an Accept-Language header asks for most, by its q values; at equal weight the one
// named first. Whatever the header holds, the answer is a language of the catalogue, Vietnamese if nothing fits.
func Match(acceptLanguage string) Language {
	best, weight := Vietnamese, 0.0
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, params, _ := strings.Cut(part, ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if _, known := texts[Language(primary)]; !known {
			continue
		}
		if q := quality(params); q > weight {
			best, weight = Language(primary), q
		}
	}
	return best
}

// quality reads the q parameter of one language range; 1 if there is none, 0 if it is nonsense.
func quality(params string) float64 {
	for param := range strings.SplitSeq(params, ";") {
		name, value, found := strings.Cut(strings.TrimSpace(param), "=")
		if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}

// Sentence returns what a person is told about a code. A code that this build does not know, from a newer server,
// gets the sentence of an internal fault rather than a bare name.
func Sentence(lang Language, code syncproto.Code) string {
	if s, ok := find(lang, "code."+string(code)); ok {
		return s
	}
	s, _ := find(lang, "code."+string(syncproto.CodeInternal))
	return s
}

// Text returns the text of a key with each {name} replaced by args[name]. A key that is missing is returned as it
// is, so that a mistake is seen and nothing breaks.
func Text(lang Language, key string, args map[string]string) string {
	text, ok := find(lang, key)
	if !ok {
		return key
	}
	return Expand(text, args)
}

// Has reports whether the catalogue has a key.
func Has(key string) bool {
	_, ok := texts[Vietnamese][key]
	return ok
}

func find(lang Language, key string) (string, bool) {
	table, ok := texts[lang]
	if !ok {
		table = texts[Vietnamese]
	}
	text, ok := table[key]
	return text, ok
}

// Expand replaces each {name} by args[name] in one pass, so that an argument holding braces is never expanded again.
func Expand(text string, args map[string]string) string {
	if len(args) == 0 || !strings.Contains(text, "{") {
		return text
	}
	var out strings.Builder
	for {
		open := strings.IndexByte(text, '{')
		end := -1
		if open >= 0 {
			end = strings.IndexByte(text[open:], '}')
		}
		if end < 0 {
			out.WriteString(text)
			return out.String()
		}
		name := text[open+1 : open+end]
		out.WriteString(text[:open])
		if value, ok := args[name]; ok {
			out.WriteString(value)
		} else {
			out.WriteString(text[open : open+end+1])
		}
		text = text[open+end+1:]
	}
}
