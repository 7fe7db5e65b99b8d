package press

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"lantoa/syncproto/viet"
)

//go:embed abbreviations.txt
var abbreviationList string

// abbreviations are the entries of the list. dotted are those that end in a point or hold other signs: they are looked for
// as they stand.
var abbreviations = sync.OnceValues(func() (words map[string]string, dotted []dottedShort) {
	words = map[string]string{}
	for line := range strings.SplitSeq(abbreviationList, "\n") {
		short, long, ok := strings.Cut(line, " = ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		words[short] = long
		if strings.IndexFunc(short, func(r rune) bool { return !unicode.IsLetter(r) }) >= 0 {
			dotted = append(dotted, dottedShort{short, regexp.MustCompile(regexp.QuoteMeta(short))})
		}
	}
	slices.SortFunc(dotted, func(a, b dottedShort) int { return len(b.text) - len(a.text) })
	return words, dotted
})

// dottedShort is an abbreviation with signs in it.
type dottedShort struct {
	text string
	re   *regexp.Regexp
}

var wordRE = regexp.MustCompile(`[\p{L}]+`)

// expand writes abbreviations in full and spells those that it does not know.
func expand(text string) (string, []string) {
	words, dotted := abbreviations()
	for _, d := range dotted {
		short := d.text
		text = rule{d.re, func(m match) (string, bool) {
			before, _ := utf8.DecodeLastRuneInString(m.before)
			if isWord(before) || before == '.' || !strings.HasSuffix(short, ".") && !m.ends() {
				return "", false
			}
			if strings.HasSuffix(short, ".") && short != "v.v." {
				if m.next() == "" && !strings.HasPrefix(strings.TrimLeft(m.after, " "), `"`) {
					return "", false // the end of a sentence
				}
				return words[short] + " ", true
			}
			return words[short], true
		}}.apply(text)
	}
	var spelt []string
	var out strings.Builder
	for line := range strings.SplitAfterSeq(text, "\n") {
		shouting := strings.ToUpper(line) == line // a headline in capitals: its words are words
		out.WriteString(rule{wordRE, func(m match) (string, bool) {
			word := m.group[0]
			if long, ok := words[word]; ok {
				return long, true
			}
			if !abbreviated(word) || shouting && utf8.RuneCountInString(word) > 4 {
				return word, true
			}
			if !slices.Contains(spelt, word) && len(spelt) < maxSpelt {
				spelt = append(spelt, word)
			}
			return spell(word), true
		}}.apply(line))
	}
	return out.String(), spelt
}

// maxSpelt bounds how many unknown abbreviations somebody is told of.
const maxSpelt = 20

// abbreviated reports whether a word in capitals cannot be read as a syllable.
func abbreviated(word string) bool {
	n := utf8.RuneCountInString(word)
	if n < 2 || n > 8 || strings.ToUpper(word) != word {
		return false
	}
	return !syllable.MatchString(viet.Fold(word))
}

// syllable is what a Vietnamese syllable looks like without its marks.
var syllable = regexp.MustCompile(`^(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?$`)

// letterNames are how letters are called.
var letterNames = map[rune]string{
	'A': "a", 'Ă': "á", 'Â': "ớ", 'B': "bê", 'C': "xê", 'D': "dê", 'Đ': "đê", 'E': "e", 'Ê': "ê", 'F': "ép", 'G': "gờ", 'H': "hát", 'I': "i",
	'J': "gi", 'K': "ca", 'L': "lờ", 'M': "mờ", 'N': "nờ", 'O': "o", 'Ô': "ô", 'Ơ': "ơ", 'P': "pê", 'Q': "quy", 'R': "rờ", 'S': "sờ",
	'T': "tê", 'U': "u", 'Ư': "ư", 'V': "vê", 'W': "vê kép", 'X': "ích", 'Y': "y dài", 'Z': "dét",
}

func spell(word string) string {
	var names []string
	for _, r := range word {
		name, ok := letterNames[r]
		if !ok {
			name = string(r)
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}
