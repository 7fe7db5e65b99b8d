package find

import (
	"strings"
	"unicode/utf8"
)

// Sequence is words that a text must have, next to each other if it is a phrase.
type Sequence struct {
	Words  []string
	Phrase bool
	Start  bool // the last word may go on
}

// Clause is a part of a search: one of its sequences must be there.
type Clause []Sequence

// Search is what somebody looks for, in both forms. All clauses of Words must be there. Row holds the ways in which all
// words can stand in a row, as they were typed: texts that have one of them fit better. It is empty for a single word.
type Search struct {
	Words [2][]Clause
	Row   [2]Clause
	// Accents says that it was typed with accents, so that texts with the same ones fit better.
	Accents bool
	// Quoted says that something stood between quotes, so that a text with Row may yet lack some of Words: an abbreviation
	// stands for words on both sides of a quote there.
	Quoted bool
}

const (
	// maxWords bounds the words of a search that count.
	maxWords = 24
	// shortestStart is how many letters the last word needs to stand for all that begin with it: most syllables of two
	// letters are words themselves, and too many begin with them.
	shortestStart = 3
)

// Parse reads a search as it was typed; nil if it holds no word. What stands between quotes is a phrase. The last word may
// go on, unless a quote, a space or anything else follows it.
func Parse(typed string) *Search {
	s := &Search{}
	var all []word
	parts := strings.Split(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`).Replace(typed), `"`)
	for i, part := range parts {
		words := wordsOf(part)
		words = words[:min(len(words), maxWords-len(all))]
		if last := len(words) - 1; last >= 0 && i == len(parts)-1 && i%2 == 0 && !ended(part) {
			words[last].open = utf8.RuneCountInString(words[last].forms[Folded]) >= shortestStart
		}
		all = append(all, words...)
		for form := range s.Words {
			if len(words) > 0 && i%2 == 1 {
				s.Quoted = true
				s.Words[form] = append(s.Words[form], ways(words, Form(form)))
			} else {
				s.Words[form] = append(s.Words[form], clauses(words, Form(form))...)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	for _, w := range all {
		s.Accents = s.Accents || w.forms[Folded] != w.forms[Accented]
	}
	if len(all) > 1 {
		s.Row = [2]Clause{ways(all, Folded), ways(all, Accented)}
	}
	return s
}

// Levels is how many levels a search has; the first is the best.
const Levels = 3

// Level says how well a text fits; ok is false if it does not. 0: the words stand in a row, with the accents that were
// typed. 1: they are there. 2: they are there when accents do not count.
func (s *Search) Level(t *Text) (level int, ok bool) {
	form := s.Form()
	switch {
	case t.all(form, s.Words[form]):
		if t.any(form, s.Row[form]) {
			return 0, true
		}
		return 1, true
	case s.Accents && t.all(Folded, s.Words[Folded]):
		return 2, true
	}
	return 0, false
}

// Form is the form in which the best texts fit.
func (s *Search) Form() Form {
	if s.Accents {
		return Accented
	}
	return Folded
}
