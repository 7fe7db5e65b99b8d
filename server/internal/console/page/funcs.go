package page

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"lantoa/syncproto/catalogue"
)

// Zone is the time of Vietnam, in which everything is shown and typed.
var Zone = time.FixedZone("UTC+7", 7*60*60)

// funcs are what templates of a language may call.
func (d *drawings) funcs(lang catalogue.Language, assets *assets) template.FuncMap {
	t := func(key any, args ...any) string { return d.words.text(lang, fmt.Sprint(key), args...) }
	return template.FuncMap{
		"t":        t,
		"tk":       func(prefix string, key any, args ...any) string { return d.known(t, prefix, fmt.Sprint(key), args) },
		"sentence": func(code any) string { return d.words.sentence(lang, fmt.Sprint(code)) },
		"asset":    assets.path,
		"icon":     func(name string) template.HTML { return icon(assets, name) },
		"number":   func(n any) string { return Number(lang, toInt(n)) },
		"bytes":    func(n any) string { return Bytes(lang, toInt(n)) },
		"date":     func(ms int64) string { return Date(lang, ms) },
		"moment":   func(ms int64) string { return Moment(lang, ms) },
		"typed":    Typed,
		"when":     func(ms, now int64) template.HTML { return when(lang, d.words, ms, now) },
		"dict":     dict,
		"list":     func(items ...any) []any { return items },
		"join":     strings.Join,
		"add":      func(a, b any) int64 { return toInt(a) + toInt(b) },
		"sub":      func(a, b any) int64 { return toInt(a) - toInt(b) },
		"str":      func(v any) string { return fmt.Sprint(v) },
		"tail":     func(id any) string { text := fmt.Sprint(id); return text[max(0, len(text)-8):] },
		"paras":    func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") },
	}
}

// known is the text of a key that ends in a word of the protocol, and that word itself where a newer phone sent one that has
// no text here.
func (d *drawings) known(t func(any, ...any) string, prefix, key string, args []any) string {
	if !d.words.has(prefix+key) && !catalogue.Has(prefix+key) {
		return key
	}
	return t(prefix+key, args...)
}

// dict makes a map of pairs, for templates that take several arguments.
func dict(pairs ...any) (map[string]any, error) {
	out := make(map[string]any, len(pairs)/2)
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d arguments", len(pairs))
	}
	for i := 0; i < len(pairs); i += 2 {
		out[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return out, nil
}

func toInt(v any) int64 {
	switch n := v.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	case float64:
		return int64(n)
	}
	n, _ := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	return n
}

// icon draws a picture of icons.svg. It says nothing to a screen reader: words beside it do.
func icon(assets *assets, name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` +
		template.HTMLEscapeString(assets.path("icons.svg")+"#"+name) + `"></use></svg>`)
}

// Number writes a number with its thousands apart, "12.500" in Vietnamese and "12,500" in English.
func Number(lang catalogue.Language, n int64) string {
	digits, point := strconv.FormatInt(n, 10), "."
	if lang == catalogue.English {
		point = ","
	}
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + point + digits[at:]
	}
	return sign + digits
}

// Bytes writes a size, "2,1 MB".
func Bytes(lang catalogue.Language, n int64) string {
	size, unit := float64(n), "B"
	for _, next := range []string{"KB", "MB", "GB", "TB"} {
		if size < 1000 {
			break
		}
		size, unit = size/1000, next
	}
	text := strconv.FormatFloat(size, 'f', 1, 64)
	if size >= 100 || unit == "B" {
		text = strconv.FormatFloat(size, 'f', 0, 64)
	}
	if lang != catalogue.English {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text + " " + unit
}

// Clip shortens a text to a number of letters, for titles and lists.
func Clip(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return strings.TrimRight(string(letters[:most]), " ") + "…"
}

// Date writes the day of a moment (Unix ms), "" for 0.
func Date(lang catalogue.Language, ms int64) string {
	if ms == 0 {
		return ""
	}
	if lang == catalogue.English {
		return time.UnixMilli(ms).In(Zone).Format("2 Jan 2006")
	}
	return time.UnixMilli(ms).In(Zone).Format("02/01/2006")
}

// Moment writes a moment to the minute, "" for 0.
func Moment(lang catalogue.Language, ms int64) string {
	if ms == 0 {
		return ""
	}
	if lang == catalogue.English {
		return time.UnixMilli(ms).In(Zone).Format("2 Jan 2006, 15:04")
	}
	return time.UnixMilli(ms).In(Zone).Format("15:04 02/01/2006")
}

// Typed writes a moment as a field of type datetime-local wants it, "" for 0.
func Typed(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(Zone).Format("2006-01-02T15:04")
}

// when tells how long ago a moment was, or in how long it will be, and the moment itself to whoever points at it.
func when(lang catalogue.Language, words *words, ms, now int64) template.HTML {
	if ms == 0 {
		return ""
	}
	exact := Moment(lang, ms)
	text := exact
	key, away := "frame.ago_", now-ms
	if away < 0 {
		key, away = "frame.in_", -away
	}
	switch minutes := away / 60_000; {
	case minutes < 1:
		text = words.text(lang, "frame.now")
	case minutes < 60:
		text = words.text(lang, key+"minutes", "n", minutes)
	case minutes < 24*60:
		text = words.text(lang, key+"hours", "n", minutes/60)
	case minutes < 14*24*60:
		text = words.text(lang, key+"days", "n", minutes/(24*60))
	default:
		text = Date(lang, ms)
	}
	return template.HTML(fmt.Sprintf(`<time datetime="%s" title="%s">%s</time>`,
		time.UnixMilli(ms).UTC().Format(time.RFC3339), template.HTMLEscapeString(exact), template.HTMLEscapeString(text)))
}
