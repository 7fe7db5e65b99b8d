package viet

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Exact returns a text with all its accents in one form: composed letters, lower case, the tone mark where the older
// style puts it (hòa, thủy), quý for quí. What is no Vietnamese syllable keeps its marks where they are.
func Exact(s string) string {
	if plain(s) {
		return oneSpelling(strings.ToLower(s))
	}
	s = lower(norm.NFC.String(s))
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		n := wordLen(s)
		if n == 0 {
			_, n = utf8.DecodeRuneInString(s)
			b.WriteString(s[:n])
		} else {
			b.WriteString(syllable(s[:n]))
		}
		s = s[n:]
	}
	return norm.NFC.String(b.String())
}

// lower is the lower case in NFC: that of some composed letters is not composed.
func lower(s string) string { return norm.NFC.String(strings.ToLower(s)) }

func wordLen(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool { return !isWord(r) })
	if n < 0 {
		return len(s)
	}
	return n
}

func lastRune(s string) (rune, int) { return utf8.DecodeLastRuneInString(s) }

// The five tone marks.
const tones = "\u0300\u0301\u0303\u0309\u0323"

const (
	vowels    = "aăâeêioôơuưy"
	qualified = "ăâêôơư" // they take the tone before others
)

// syllable moves the tone mark of a syllable to its place. The word is composed and in lower case.
func syllable(word string) string {
	if plain(word) {
		return oneSpelling(word)
	}
	letters, tone, ok := parts(word)
	if !ok {
		return word
	}
	from, to, ok := nucleus(letters)
	if !ok {
		return word
	}
	if from == 2 && letters[0] == 'q' && letters[from] == 'i' && shortEnd(string(letters[from+1:])) {
		letters[from] = 'y'
	}
	if tone == 0 {
		return string(letters)
	}
	at := toneAt(letters, from, to)
	return string(letters[:at+1]) + string(tone) + string(letters[at+1:])
}

// parts takes the tone off a word; ok is false if it has two, or other marks that no letter of the alphabet has.
func parts(word string) (letters []rune, tone rune, ok bool) {
	for _, r := range norm.NFD.String(word) {
		if strings.ContainsRune(tones, r) {
			if tone != 0 {
				return nil, 0, false
			}
			tone = r
			continue
		}
		letters = append(letters, r)
	}
	letters = []rune(norm.NFC.String(string(letters)))
	return letters, tone, !slices.ContainsFunc(letters, unicode.IsMark)
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
	if from == 1 && len(letters) > 2 && vowel(letters[2]) {
		if start := string(letters[:2]); start == "qu" || start == "gi" {
			from = 2
		}
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
