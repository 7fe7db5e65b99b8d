package viet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Fold returns a text as people type who leave accents out: lower case, no marks, d for đ, one spelling for words that
// have two. It is for searching: what folds alike is the same word for somebody in a hurry.
func Fold(s string) string {
	if plain(s) {
		return oneSpelling(strings.ToLower(s))
	}
	s = bare(bare(s)) // the lower case of a letter may have a mark that the letter had not
	return oneSpelling(norm.NFC.String(s))
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// bare takes marks and capitals off.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == 'đ' || r == 'Đ':
			return 'd'
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
}

// oneSpelling writes y for i in the syllables qui, quit, quinh and their like, which dictionaries spell in both ways.
func oneSpelling(s string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], "qui")
		if i < 0 {
			return s
		}
		at := from + i + len("qu")
		from = at + 1
		if !letterBefore(s[:at-2]) && shortEnd(s[from:]) {
			s = s[:at] + "y" + s[from:]
		}
	}
}

func letterBefore(s string) bool {
	r, _ := lastRune(s)
	return isWord(r)
}

// shortEnd reports whether a text goes on with the end of such a syllable.
func shortEnd(s string) bool {
	end := strings.IndexFunc(s, func(r rune) bool { return !isWord(r) })
	if end < 0 {
		end = len(s)
	}
	switch s[:end] {
	case "", "t", "n", "nh", "c", "ch", "p":
		return true
	}
	return false
}

// isWord reports whether a rune is part of a word.
func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) }
