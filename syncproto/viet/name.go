package viet

import (
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// collators are lent, since one serves one caller at a time.
var collators = sync.Pool{New: func() any { return collate.New(language.Vietnamese) }}

// NameKey returns bytes that sort as Vietnamese names do: by the given name, which stands last, then by the middle
// names, then by the family name, each by the Vietnamese alphabet (a ă â b c d đ e ê …), tones last.
func NameKey(name string) []byte {
	words := strings.Fields(norm.NFC.String(name))
	if len(words) == 0 {
		return nil
	}
	last := len(words) - 1
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	var b collate.Buffer
	key := append(append([]byte(nil), c.KeyFromString(&b, words[last])...), 0, 0)
	if last > 0 {
		key = append(append(key, c.KeyFromString(&b, strings.Join(words[1:last], " "))...), 0, 0)
		key = append(key, c.KeyFromString(&b, words[0])...)
	}
	return key
}

// Tail returns the last three digits of a telephone number, by which namesakes are told apart; "" if it has fewer.
func Tail(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	if len(digits) < 3 {
		return ""
	}
	return digits[len(digits)-3:]
}
