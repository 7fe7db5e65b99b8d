package syncproto

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// raw returns the bytes of the next string between its quotes, still escaped, and whether it holds escapes or
// any byte above ASCII.
func (s *scanner) raw() (text []byte, escaped, wide bool, err error) {
	if c := s.peek(); c != '"' {
		return nil, false, false, s.mistyped(c)
	}
	start := s.pos + 1
	for i := start; i < len(s.data); i++ {
		for i+8 <= len(s.data) {
			eight := binary.LittleEndian.Uint64(s.data[i:])
			ends := special(eight)
			if ends != 0 {
				n := bits.TrailingZeros64(ends)
				wide = wide || eight&high&(1<<n-1) != 0
				i += n / 8
				break
			}
			wide = wide || eight&high != 0
			i += 8
		}
		if i >= len(s.data) {
			break
		}
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return s.data[start:i], escaped, wide, nil
		case c == '\\':
			escaped = true
			i++
		case c < 0x20:
			return nil, false, false, s.fail(CodeMalformed)
		case c >= 0x80:
			wide = true
		}
	}
	return nil, false, false, s.fail(CodeMalformed)
}

// Eight bytes at once, the first in the lowest bits.
const (
	ones = 0x0101010101010101
	high = 0x8080808080808080
)

// special sets the highest bit of the first byte that is a quote, a backslash or below a space, and of no byte before
// it; what it says of bytes behind that one means nothing.
func special(eight uint64) uint64 {
	quote, slash := eight^'"'*ones, eight^'\\'*ones
	return ((quote-ones)&^quote | (slash-ones)&^slash | (eight-' '*ones)&^eight) & high
}

// str reads a string in NFC.
func (s *scanner) str() (string, error) {
	text, escaped, wide, err := s.raw()
	if err != nil {
		return "", err
	}
	if escaped {
		if text, err = s.unescape(text); err != nil {
			return "", err
		}
		wide = true
	}
	if wide && !plain(text) {
		if !utf8.Valid(text) {
			return "", s.fail(CodeNotUTF8)
		}
		if !norm.NFC.IsNormal(text) {
			return string(norm.NFC.Bytes(text)), nil
		}
	}
	return string(text), nil
}

// word reads a string like str, without new memory for the names that the protocol itself uses.
func (s *scanner) word() (string, error) {
	from := s.pos
	text, escaped, wide, err := s.raw()
	if err != nil {
		return "", err
	}
	if !escaped && !wide {
		if known, ok := words[string(text)]; ok {
			return known, nil
		}
		return string(text), nil
	}
	s.pos = from
	return s.str()
}

// plain reports whether text is surely valid UTF-8 in NFC, because it has only characters below U+0300, between U+1E00
// and U+1EFF, and between U+2010 and U+203F: composed Vietnamese with its punctuation. None of them ever combines with
// another or has another form. It saves the tables of Unicode for nearly all text.
func plain[T string | []byte](text T) bool {
	for i := 0; i < len(text); {
		c := text[i]
		if c < 0x80 {
			i++
			continue
		}
		switch {
		case 0xc2 <= c && c <= 0xcb && i+1 < len(text) && text[i+1]&0xc0 == 0x80:
			i += 2
			continue
		case i+2 >= len(text) || text[i+2]&0xc0 != 0x80:
			return false
		case c == 0xe1 && 0xb8 <= text[i+1] && text[i+1] <= 0xbb:
		case c == 0xe2 && text[i+1] == 0x80 && text[i+2] >= 0x90:
		default:
			return false
		}
		i += 3
	}
	return true
}

func (s *scanner) unescape(text []byte) ([]byte, error) {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		i++
		switch text[i] {
		case '"', '\\', '/':
			out = append(out, text[i])
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := hex4(text[i+1:])
			if !ok {
				return nil, s.fail(CodeMalformed)
			}
			i += 4
			if utf16.IsSurrogate(r) {
				var low rune
				if len(text) > i+2 && text[i+1] == '\\' && text[i+2] == 'u' {
					low, ok = hex4(text[i+3:])
				}
				r = utf16.DecodeRune(r, low)
				if !ok || r == utf8.RuneError {
					return nil, s.fail(CodeNotUTF8) // a lone surrogate is no character
				}
				i += 6
			}
			if r == 0 {
				return nil, s.fail(CodeInvalidValue) // U+0000 ends strings in half of the world's software
			}
			out = utf8.AppendRune(out, r)
		default:
			return nil, s.fail(CodeMalformed)
		}
	}
	return out, nil
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}

// appendStr copies a string that is canonical already, which nearly all are, without a detour.
func (s *scanner) appendStr(dst []byte) ([]byte, error) {
	from := s.pos
	text, escaped, wide, err := s.raw()
	if err != nil {
		return nil, err
	}
	if !escaped && (!wide || plain(text) || utf8.Valid(text) && norm.NFC.IsNormal(text)) {
		dst = append(dst, '"')
		dst = append(dst, text...)
		return append(dst, '"'), nil
	}
	s.pos = from
	plain, err := s.str()
	if err != nil {
		return nil, err
	}
	return appendString(dst, plain), nil
}
