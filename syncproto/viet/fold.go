package viet

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns a text as people type who leave accents out: lower case, no marks, d for đ, one spelling for words that
// have two. It is for searching: what folds alike is the same word for somebody in a hurry.
func Fold(s string) string {
	if t, ok := foldLatin(s); ok {
		return oneSpelling(t)
	}
	s = bare(bare(s)) // the lower case of a letter may have a mark that the letter had not
	return oneSpelling(norm.NFC.String(s))
}

// The letters whose folding is a table: Latin with all that Vietnamese needs.
const (
	latinFrom, latinTo = 0x00c0, 0x0250
	vietFrom, vietTo   = 0x1e00, 0x1f00
)

// folded holds what each of them is without marks; 0 where it is not one letter.
var folded = sync.OnceValue(func() (table [latinTo - latinFrom + vietTo - vietFrom]rune) {
	for i := range table {
		r := rune(i) + latinFrom
		if r >= latinTo {
			r += vietFrom - latinTo
		}
		one := []rune(norm.NFC.String(bare(bare(string(r)))))
		if len(one) == 1 {
			table[i] = one[0]
		}
	}
	return table
})

// foldLatin folds what is made of those letters, ASCII and common punctuation; ok is false for anything else.
func foldLatin(s string) (string, bool) {
	table := folded()
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case 'A' <= r && r <= 'Z':
			r += 'a' - 'A'
		case r < 0x80, 0x2010 <= r && r <= 0x2027:
		case latinFrom <= r && r < latinTo:
			r = table[r-latinFrom]
		case vietFrom <= r && r < vietTo:
			r = table[r-vietFrom+latinTo-latinFrom]
		default:
			return "", false
		}
		if r == 0 {
			return "", false
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b), true
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
	r, _ := utf8.DecodeLastRuneInString(s)
	return IsWord(r)
}

// shortEnd reports whether a text goes on with the end of such a syllable.
func shortEnd(s string) bool {
	end := strings.IndexFunc(s, func(r rune) bool { return !IsWord(r) })
	if end < 0 {
		end = len(s)
	}
	switch s[:end] {
	case "", "t", "n", "nh", "c", "ch", "p":
		return true
	}
	return false
}

// IsWord reports whether a rune is part of a word: a letter, a digit, or a mark on one.
func IsWord(r rune) bool {
	switch {
	case r < 0x80: // most texts are made of these, so no tables are asked
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	case latinFrom <= r && r < latinTo:
		return r != '×' && r != '÷'
	case vietFrom <= r && r < vietTo:
		return true
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}
