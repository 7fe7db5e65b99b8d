package staff

import (
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// NIST SP 800-63B asks for length and a list of what everybody uses, and for no rules of composition. Ten characters
// after NFC: what is guessed over a network is slowed down besides.
const (
	MinPassword = 10  // characters
	maxPassword = 512 // bytes
)

//go:embed common.txt
var commonText string

// common are passwords and their beginnings that everybody uses, folded: without accents, in small letters.
var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			set[line] = true
		}
	}
	return set
})

// CheckPassword refuses with password_too_weak what is short, common, or made of the login or the name of its owner. The
// detail says which.
func CheckPassword(password string, own ...string) error {
	const op = "check password"
	weak := func(why string) error {
		return &syncproto.Error{Code: syncproto.CodeWeakPassword, Op: op, Detail: why}
	}
	if len(password) > maxPassword || !utf8.ValidString(password) {
		return invalid(op, "password")
	}
	password = norm.NFC.String(password)
	if utf8.RuneCountInString(password) < MinPassword {
		return weak("short")
	}
	plain := squeeze(password)
	if isCommon(plain) || isCommon(squeeze(unleet(trimEnds(password)))) || monotonous(plain) {
		return weak("common")
	}
	rest := plain
	for _, part := range partsOf(own) {
		rest = strings.ReplaceAll(rest, part, "")
	}
	if rest != plain && (utf8.RuneCountInString(rest) < MinPassword/2 || isCommon(rest) || monotonous(rest)) {
		return weak("own")
	}
	return nil
}

// partsOf returns the words of texts, folded, from three letters on, the longest first; each text as a whole is one, too.
func partsOf(texts []string) (parts []string) {
	for _, text := range texts {
		words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
		for _, word := range append(words, text) {
			if word = squeeze(word); utf8.RuneCountInString(word) >= 3 {
				parts = append(parts, word)
			}
		}
	}
	slices.SortFunc(parts, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return parts
}

// trimEnds takes away what is no letter at both ends: a year, 123, an exclamation mark.
func trimEnds(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
}

// squeeze leaves the folded letters and digits of a text.
func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, viet.Fold(text))
}

// unleet writes letters for what people write in their place.
func unleet(text string) string {
	return strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t").Replace(text)
}

// isCommon reports whether a folded text is in the list: itself, or without the digits at its ends, which are a year or 123,
// or twice one that is.
func isCommon(text string) bool {
	words := common()
	core := strings.TrimFunc(text, unicode.IsDigit)
	half := text[:len(text)/2]
	return words[text] || core != "" && words[core] || half != "" && text == half+half && (words[half] || len(half) <= 6)
}

// monotonous reports whether a text has at most three different characters, or goes up or down the alphabet one by one.
func monotonous(text string) bool {
	seen := map[rune]bool{}
	up, down := true, true
	var last rune
	for i, r := range []rune(text) {
		seen[r] = true
		if i > 0 {
			up = up && (r == last+1 || last == '9' && r == '0')
			down = down && (r == last-1 || last == '0' && r == '9')
		}
		last = r
	}
	return len(seen) <= 3 || up || down
}
