package viet

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Exact returns a text with all its accents in one form: composed letters, lower case, the tone mark where the older
// style puts it (hòa, thủy), quý for quí. What is no Vietnamese syllable keeps its marks where they are.
func Exact(s string) string {
	s = Lower(s)
	b := make([]byte, 0, len(s))
	for len(s) > 0 {
		n := strings.IndexFunc(s, func(r rune) bool { return !IsWord(r) })
		if n < 0 {
			n = len(s)
		}
		if n > 0 {
			b = appendSyllable(b, s[:n])
			s = s[n:]
			continue
		}
		_, n = utf8.DecodeRuneInString(s)
		b = append(b, s[:n]...)
		s = s[n:]
	}
	return string(b)
}

// Lower is the first half of Exact: composed letters in lower case. The words of what it returns may be given to Syllable
// one by one.
func Lower(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(s))) // the lower case of some letters is not composed
}

// Syllable is the second half, for one word: letters, marks and digits alone.
func Syllable(word string) string { return string(appendSyllable(nil, word)) }

const (
	vowels    = "aăâeêioôơuưy"
	qualified = "ăâêôơư" // they take the tone before others
	longest   = 7        // letters of a syllable: nghiêng
)

// toned is a vowel under a tone mark.
type toned struct {
	vowel rune
	tone  rune
}

// taken and put translate between a composed vowel and its parts.
var taken, put = func() (map[rune]toned, map[toned]rune) {
	taken, put := map[rune]toned{}, map[toned]rune{}
	for _, v := range vowels {
		for _, tone := range "\u0300\u0301\u0303\u0309\u0323" {
			r, _ := utf8.DecodeRuneInString(norm.NFC.String(string(v) + string(tone)))
			taken[r], put[toned{v, tone}] = toned{v, tone}, r
		}
	}
	return taken, put
}()

// appendSyllable moves the tone mark of a syllable to its place. The word is composed and in lower case.
func appendSyllable(b []byte, word string) []byte {
	var room [longest]rune
	letters, tone, ok := parts(room[:0], word)
	if !ok {
		return append(b, word...)
	}
	from, to, ok := nucleus(letters)
	if !ok {
		return append(b, word...)
	}
	if from == 2 && letters[0] == 'q' && letters[1] == 'u' && letters[2] == 'i' && shortEnd(string(letters[3:])) {
		letters[2] = 'y'
	}
	if tone != 0 {
		at := toneAt(letters, from, to)
		letters[at] = put[toned{letters[at], tone}]
	}
	for _, r := range letters {
		b = utf8.AppendRune(b, r)
	}
	return b
}

// parts takes the tone off a word; ok is false if it has two, or letters that the alphabet has not.
func parts(letters []rune, word string) (_ []rune, tone rune, ok bool) {
	for _, r := range word {
		if r >= 0x80 {
			if t, has := taken[r]; has {
				if tone != 0 {
					return nil, 0, false
				}
				r, tone = t.vowel, t.tone
			} else if r != 'đ' && !strings.ContainsRune(qualified, r) {
				return nil, 0, false
			}
		}
		if len(letters) == longest {
			return nil, 0, false
		}
		letters = append(letters, r)
	}
	return letters, tone, true
}

// nucleus returns where the vowels of a syllable stand; ok is false if there are none or others after a consonant. The
// u of qu and the i of gi belong to the consonant when a vowel follows.
func nucleus(letters []rune) (from, to int, ok bool) {
	for from < len(letters) && !vowel(letters[from]) {
		from++
	}
	if from == len(letters) {
		return 0, 0, false
	}
	if from == 1 && len(letters) > 2 && vowel(letters[2]) &&
		(letters[0] == 'q' && letters[1] == 'u' || letters[0] == 'g' && letters[1] == 'i') {
		from = 2
	}
	to = from
	for to < len(letters) && vowel(letters[to]) {
		to++
	}
	if to-from > 3 || slices.ContainsFunc(letters[to:], vowel) {
		return 0, 0, false
	}
	return from, to, true
}

func vowel(r rune) bool { return strings.ContainsRune(vowels, r) }

// toneAt returns the letter that carries the tone.
func toneAt(letters []rune, from, to int) int {
	for i := to - 1; i >= from; i-- {
		if strings.ContainsRune(qualified, letters[i]) {
			return i
		}
	}
	switch {
	case to < len(letters): // hoàn, huýt
		return to - 1
	case to-from == 3: // ngoài, khuỷu
		return from + 1
	}
	return from // hòa, thủy, mía
}
