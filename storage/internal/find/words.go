package find

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"lantoa/syncproto/viet"
)

// Form is one of the two forms in which words are compared.
type Form int

// The forms: as people type in a hurry, and with accents.
const (
	Folded Form = iota
	Accented
)

// longestWord is the size of a word in bytes; what is longer is cut.
const longestWord = 64

// word is a word in both forms.
type word struct {
	forms [2]string
	open  bool // it may go on
}

// wordsOf cuts a text into words.
func wordsOf(text string) (out []word) {
	for _, raw := range strings.FieldsFunc(viet.Lower(text), func(r rune) bool { return !viet.IsWord(r) }) {
		if w := spell(raw); w != nil {
			out = append(out, *w)
		}
	}
	return out
}

// spelled remembers how words are written: a language has some thousands, and to spell one costs more than to find it here.
// What falls on the same place takes it over.
var (
	spelled     [8192]atomic.Pointer[spelling]
	spelledSeed = maphash.MakeSeed()
)

type spelling struct {
	raw  string
	word *word
}

// longestSpelled is the size of words that are remembered, in bytes.
const longestSpelled = 24

// spell returns both forms of a word in lower case; nil for what is no word.
func spell(raw string) *word {
	if len(raw) > longestSpelled {
		return spellAnew(raw)
	}
	place := &spelled[maphash.String(spelledSeed, raw)%uint64(len(spelled))]
	known := place.Load()
	if known == nil || known.raw != raw {
		raw = strings.Clone(raw)
		known = &spelling{raw, spellAnew(raw)}
		place.Store(known)
	}
	return known.word
}

func spellAnew(raw string) *word {
	exact := cut(viet.Syllable(raw))
	folded := cut(viet.Fold(exact))
	if folded == "" || strings.ContainsFunc(folded, func(r rune) bool { return !viet.IsWord(r) }) {
		return nil
	}
	return &word{forms: [2]string{folded, exact}}
}

func cut(s string) string {
	if len(s) <= longestWord {
		return s
	}
	n := longestWord
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// ended reports whether the last word of a part is over.
func ended(part string) bool {
	r, size := utf8.DecodeLastRuneInString(part)
	return size == 0 || !viet.IsWord(r)
}

// Text is the words of a text in both forms, in order.
type Text struct{ words [2][]string }

// NewText cuts a text into words.
func NewText(s string) *Text {
	words := wordsOf(s)
	t := &Text{}
	for form := range t.words {
		t.words[form] = make([]string, len(words))
		for i := range words {
			t.words[form][i] = words[i].forms[form]
		}
	}
	return t
}

// Join returns the words in one form with spaces between them: what an index holds.
func (t *Text) Join(form Form) string { return strings.Join(t.words[form], " ") }

// Version changes when texts are cut otherwise than before, so that an index must be made anew.
func Version() string { return "1 " + unicode.Version }

func (t *Text) all(form Form, clauses []Clause) bool {
	for _, c := range clauses {
		if !t.any(form, c) {
			return false
		}
	}
	return true
}

func (t *Text) any(form Form, c Clause) bool {
	return slices.ContainsFunc(c, func(s Sequence) bool { return s.in(t.words[form]) })
}

// in reports whether a text has the words of the sequence.
func (s *Sequence) in(text []string) bool {
	if !s.Phrase {
		for i := range s.Words {
			if !slices.ContainsFunc(text, func(w string) bool { return s.fits(i, w) }) {
				return false
			}
		}
		return true
	}
	for at := 0; at+len(s.Words) <= len(text); at++ {
		i := 0
		for i < len(s.Words) && s.fits(i, text[at+i]) {
			i++
		}
		if i == len(s.Words) {
			return true
		}
	}
	return false
}

func (s *Sequence) fits(i int, w string) bool {
	return w == s.Words[i] || s.Start && i == len(s.Words)-1 && strings.HasPrefix(w, s.Words[i])
}
