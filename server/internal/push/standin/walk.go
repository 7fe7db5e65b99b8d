package standin

import (
	"bytes"
	"encoding/json"
)

// kind is what a JSON value has to be.
type kind byte

const (
	isAny    kind = iota
	isObject      // with the fields of the schema and no others
	isTexts       // an object whose values are strings
	isText
	isBool
)

// schema is what one place of a message may hold.
type schema struct {
	kind   kind
	fields map[string]*schema
	each   *schema // of isTexts: what each value may be
	// check looks at a text and at the key that it has.
	check func(w *walker, key, text []byte) bool
}

// walker reads a message in one pass against a schema, without building it: a tenth of what encoding/json takes, which the
// benchmark would pay for beside the sender.
type walker struct {
	b     []byte
	at    int
	depth int
	keys  [][]byte // of the objects that are open, the innermost last
	found message
	count struct{ targets, payload int }
}

// maxDepth is far more than a message has.
const maxDepth = 16

// space skips white space and returns the next byte, or 0 at the end.
func (w *walker) space() byte {
	for w.at < len(w.b) {
		switch c := w.b[w.at]; c {
		case ' ', '\t', '\n', '\r':
			w.at++
		default:
			return c
		}
	}
	return 0
}

// value reads one value. ok is false where it is not what the schema allows; field then names the place.
func (w *walker) value(n *schema, key []byte) (field string, ok bool) {
	if w.depth++; w.depth > maxDepth {
		return "", false
	}
	defer func() { w.depth-- }()
	c := w.space()
	switch n.kind {
	case isObject, isTexts:
		if c != '{' {
			return "", false
		}
		return w.object(n)
	case isText:
		text, ok := w.text()
		return "", ok && (n.check == nil || n.check(w, key, text))
	case isBool:
		before := w.at
		ok := w.literal("true") || w.literal("false")
		return "", ok && (n.check == nil || n.check(w, key, w.b[before:w.at]))
	}
	return "", w.skip(c)
}

// object reads an object whose keys the schema names, each at most once.
func (w *walker) object(n *schema) (field string, ok bool) {
	w.at++
	first := len(w.keys)
	defer func() { w.keys = w.keys[:first] }()
	for {
		c := w.space()
		if c == '}' && len(w.keys) == first {
			w.at++
			return "", true
		}
		key, ok := w.text()
		if !ok || w.space() != ':' {
			return "", false
		}
		w.at++
		for _, other := range w.keys[first:] {
			if bytes.Equal(key, other) {
				return string(key), false
			}
		}
		w.keys = append(w.keys, key)
		child := n.fields[string(key)]
		switch n.kind {
		case isTexts:
			child = n.each
		case isAny:
			child = n
		}
		if child == nil {
			return string(key), false
		}
		if inner, ok := w.value(child, key); !ok {
			if inner != "" {
				return string(key) + "." + inner, false
			}
			return string(key), false
		}
		switch w.space() {
		case ',':
			w.at++
		case '}':
			w.at++
			return "", true
		default:
			return "", false
		}
	}
}

// text reads a string. It is a part of the body, unless something in it is escaped.
func (w *walker) text() ([]byte, bool) {
	if w.space() != '"' {
		return nil, false
	}
	start := w.at
	w.at++
	for {
		n := bytes.IndexByte(w.b[w.at:], '"')
		if n < 0 {
			return nil, false
		}
		w.at += n + 1
		escapes := 0 // the quote ends the string unless an odd number of backslashes is before it
		for i := w.at - 2; i > start && w.b[i] == '\\'; i-- {
			escapes++
		}
		if escapes%2 == 0 {
			break
		}
	}
	raw := w.b[start:w.at]
	if bytes.IndexByte(raw, '\\') >= 0 {
		var out string
		err := json.Unmarshal(raw, &out)
		return []byte(out), err == nil
	}
	for _, c := range raw {
		if c < 0x20 {
			return nil, false
		}
	}
	return raw[1 : len(raw)-1], true
}

func (w *walker) literal(text string) bool {
	if !bytes.HasPrefix(w.b[w.at:], []byte(text)) {
		return false
	}
	w.at += len(text)
	return true
}

// skip reads a value of any kind, which the schema leaves to others.
func (w *walker) skip(c byte) bool {
	switch c {
	case '{':
		_, ok := w.object(free)
		return ok
	case '[':
		return w.array()
	case '"':
		_, ok := w.text()
		return ok
	case 't':
		return w.literal("true")
	case 'f':
		return w.literal("false")
	case 'n':
		return w.literal("null")
	}
	return w.number()
}

func (w *walker) array() bool {
	w.at++
	for first := true; ; first = false {
		if w.space() == ']' && first {
			w.at++
			return true
		}
		if _, ok := w.value(free, nil); !ok {
			return false
		}
		switch w.space() {
		case ',':
			w.at++
		case ']':
			w.at++
			return true
		default:
			return false
		}
	}
}

// number reads one as RFC 8259 §6 has it.
func (w *walker) number() bool {
	if w.at < len(w.b) && w.b[w.at] == '-' {
		w.at++
	}
	if w.at < len(w.b) && w.b[w.at] == '0' {
		w.at++
	} else if !w.digits() {
		return false
	}
	if w.at < len(w.b) && w.b[w.at] == '.' {
		w.at++
		if !w.digits() {
			return false
		}
	}
	if w.at < len(w.b) && w.b[w.at]|0x20 == 'e' {
		w.at++
		if w.at < len(w.b) && (w.b[w.at] == '+' || w.b[w.at] == '-') {
			w.at++
		}
		return w.digits()
	}
	return true
}

// digits reads at least one.
func (w *walker) digits() bool {
	start := w.at
	for w.at < len(w.b) && w.b[w.at] >= '0' && w.b[w.at] <= '9' {
		w.at++
	}
	return w.at > start
}
