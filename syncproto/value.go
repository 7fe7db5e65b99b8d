package syncproto

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Value is one field value as canonical JSON (S-21): compact, keys in byte order, NFC text, shortest numbers.
// Being canonical, two values are the same exactly when their strings are. The zero Value means "no value" and
// is written as null.
type Value string

// Null clears a field when it is set.
const Null Value = "null"

// Fields maps field names to values.
type Fields map[string]Value

// Text makes a string value, normalised to NFC. Invalid UTF-8 and U+0000, which the wire refuses, become U+FFFD.
func Text(s string) Value { return Value(appendString(nil, clean(s))) }

// clean returns text as the wire takes it.
func clean(s string) string {
	if !plain(s) {
		if !utf8.ValidString(s) {
			s = string([]rune(s))
		}
		s = norm.NFC.String(s)
	}
	return strings.ReplaceAll(s, "\x00", "\ufffd")
}

// Int makes a number value. An integer beyond MaxInteger becomes a string (S-23).
func Int(n int64) Value {
	text := strconv.FormatInt(n, 10)
	if n > MaxInteger || n < -MaxInteger {
		return Value(`"` + text + `"`)
	}
	return Value(text)
}

func appendInt(dst []byte, n int64) []byte {
	if n > MaxInteger || n < -MaxInteger {
		return append(dst, Int(n)...)
	}
	return strconv.AppendInt(dst, n, 10)
}

// Bool makes a boolean value.
func Bool(b bool) Value {
	if b {
		return "true"
	}
	return "false"
}

// List makes a list value of canonical values.
func List(items ...Value) Value {
	out := []byte{'['}
	for i, v := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v.orNull()...)
	}
	return Value(append(out, ']'))
}

// Object makes an object value of canonical values.
func Object(members Fields) Value { return Value(appendFields(nil, members)) }

// ParseValue reads any JSON text strictly and returns its canonical form.
func ParseValue(data []byte) (Value, error) {
	s := newScanner(data)
	v, err := s.value()
	if err != nil {
		return "", err
	}
	return v, s.end()
}

// AsText returns the string that the value holds, and whether it holds one.
func (v Value) AsText() (string, bool) {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return "", false
	}
	if strings.IndexByte(string(v), '\\') < 0 {
		return string(v[1 : len(v)-1]), true // canonical, so there is nothing to undo
	}
	s := newScanner([]byte(v))
	t, err := s.str()
	return t, err == nil
}

// TextOr returns the string that the value holds, or the fallback.
func (v Value) TextOr(fallback string) string {
	if t, ok := v.AsText(); ok {
		return t
	}
	return fallback
}

// AsInt returns the integer that the value holds as a number or, beyond MaxInteger, as a string.
func (v Value) AsInt() (int64, bool) {
	text := string(v)
	if t, ok := v.AsText(); ok {
		text = t
	}
	return decimal(text)
}

// AsBool returns the boolean that the value holds, and whether it holds one.
func (v Value) AsBool() (value, ok bool) { return v == "true", v == "true" || v == "false" }

// AsList returns the items of a list value, and whether it is a list.
func (v Value) AsList() ([]Value, bool) {
	if len(v) == 0 || v[0] != '[' {
		return nil, false
	}
	s := newScanner([]byte(v))
	var items []Value
	err := s.array(MaxRequestBytes, func(int) error {
		item, err := s.value()
		items = append(items, item)
		return err
	})
	return items, err == nil
}

// AsObject returns the members of an object value, and whether it is an object.
func (v Value) AsObject() (Fields, bool) {
	if len(v) == 0 || v[0] != '{' {
		return nil, false
	}
	s := newScanner([]byte(v))
	members, err := s.fields()
	return members, err == nil
}

// IsNull reports whether the value is null or absent.
func (v Value) IsNull() bool { return v == "" || v == Null }

// Depth returns how deep lists and objects nest in the value: 0 for a text or a number.
func (v Value) Depth() (deepest int) {
	depth, quoted := 0, false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// Has reports whether a list value contains the item.
func (v Value) Has(item Value) bool {
	items, _ := v.AsList()
	return slices.Contains(items, item)
}

// MarshalJSON returns the canonical text itself.
func (v Value) MarshalJSON() ([]byte, error) { return []byte(v.orNull()), nil }

// UnmarshalJSON reads strictly and keeps the canonical form.
func (v *Value) UnmarshalJSON(data []byte) error {
	parsed, err := ParseValue(data)
	*v = parsed
	return err
}

func (v Value) orNull() Value {
	if v == "" {
		return Null
	}
	return v
}

// Clone returns a copy of the map; values are immutable.
func (f Fields) Clone() Fields { return maps.Clone(f) }

// Names returns the field names in byte order.
func (f Fields) Names() []string { return slices.Sorted(maps.Keys(f)) }

func appendFields(dst []byte, f Fields) []byte { return appendFieldsBut(dst, f, nil) }

// appendFieldsBut leaves out the fields that are keys of without.
func appendFieldsBut(dst []byte, f Fields, without map[string]int64) []byte {
	dst = append(dst, '{')
	var few [16]string
	names := few[:0]
	for name := range f {
		if _, out := without[name]; !out {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, name)
		dst = append(dst, ':')
		dst = append(dst, f[name].orNull()...)
	}
	return append(dst, '}')
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string with the fewest escapes (RFC 8785, 3.2.2.2).
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		start = i + 1
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// appendNumber writes a number as ECMAScript does (RFC 8785, 3.2.2.3).
func appendNumber(dst []byte, f float64) []byte {
	if f == 0 {
		return append(dst, '0') // also for -0
	}
	format := byte('f')
	if abs := math.Abs(f); abs < 1e-6 || abs >= 1e21 {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, f, format, -1, 64)
	if n := len(dst); format == 'e' && n >= 4 && dst[n-4] == 'e' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1] // e-07 -> e-7
		dst = dst[:n-1]
	}
	return dst
}
