package deskcli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// vietnam is the one time zone of the product: UTC+7, without summer time.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

func (s *session) say(key string, args map[string]string) string {
	all := map[string]string{"run": s.Program + " desk"}
	for name, value := range args {
		all[name] = value
	}
	return catalogue.Text(s.lang, key, all)
}

func (s *session) line(key string, args map[string]string) { s.printf("%s\n", s.say(key, args)) }

// printf prints for people: without the control characters by which a stranger's text could move the cursor, retitle the
// window or hide a line.
func (s *session) printf(format string, args ...any) {
	fmt.Fprint(s.Out, clean(fmt.Sprintf(format, args...)))
}

func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || 0x80 <= r && r < 0xa0 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, text)
}

// print prints JSON, whole.
func (s *session) print(v any) error {
	enc := json.NewEncoder(s.Out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func codeOf(err error) syncproto.Code {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.Code
	}
	return syncproto.CodeOf(err)
}

func fallback(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// known is the word of the catalogue for a name, or the name.
func (s *session) known(prefix, name string) string {
	if key := prefix + name; catalogue.Has(key) {
		return s.say(key, nil)
	}
	return name
}

func (s *session) state(state syncproto.State) string {
	if state == "" {
		return "–"
	}
	return s.known("state.", string(state))
}

func (s *session) kind(kind syncproto.Kind) string { return s.known("kind.", string(kind)) }

func (s *session) flagsLine(flags []string) string {
	words := make([]string, len(flags))
	for i, flag := range flags {
		words[i] = s.known("flag.", flag)
	}
	return strings.Join(words, ", ")
}

// short shows the random end of an id: ids made in the same second begin alike.
func short(id syncproto.ID) string {
	if len(id) < 8 {
		return string(id)
	}
	return string(id[len(id)-8:])
}

func cut(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

func when(unixMilli int64) string {
	return time.UnixMilli(unixMilli).In(vietnam).Format("02/01/2006 15:04")
}

// age says how long something has waited, roughly: 5 min, 3 h, 2 d.
func (s *session) age(ms int64) string {
	minutes := max(0, ms) / 60_000
	switch {
	case minutes < 60:
		return fmt.Sprint(minutes) + " " + s.say("desk.minutes", nil)
	case minutes < 48*60:
		return fmt.Sprint(minutes/60) + " " + s.say("desk.hours", nil)
	}
	return fmt.Sprint(minutes/(24*60)) + " " + s.say("desk.days", nil)
}

// readable writes a value for people.
func readable(field string, v syncproto.Value) string {
	if v.IsNull() {
		return "–"
	}
	if n, ok := v.AsInt(); ok && (strings.HasSuffix(field, "_at") || field == "start" || field == "end") {
		return when(n)
	}
	if text, ok := v.AsText(); ok {
		return text
	}
	if items, ok := v.AsList(); ok {
		words := make([]string, len(items))
		for i, item := range items {
			words[i] = item.TextOr(string(item))
		}
		return strings.Join(words, ", ")
	}
	if place, ok := v.AsObject(); ok && place["text"] != "" {
		return place["text"].TextOr("")
	}
	return string(v)
}
