package find

import "slices"

// shorts are abbreviations that people write for words, and the other way round.
var shorts = func() (out []short) {
	for _, pair := range [][2]string{
		{"CTĐ", "chữ thập đỏ"},
		{"TNV", "tình nguyện viên"},
		{"LĐLĐ", "liên đoàn lao động"},
		{"CĐCS", "công đoàn cơ sở"},
		{"THTTN", "tuyên huấn thanh thiếu niên"},
	} {
		out = append(out, short{wordsOf(pair[0])[0], wordsOf(pair[1])})
	}
	return out
}()

type short struct {
	word word
	long []word
}

// clauses returns the clauses of words that need not stand together. An abbreviation may be written out, and what is
// written out abbreviated.
func clauses(words []word, form Form) (out []Clause) {
	for len(words) > 0 {
		n, c := 1, Clause{}
		for _, s := range shorts {
			if starts(words, s.long, form) {
				n, c = len(s.long), Clause{{Words: []string{s.word.forms[form]}}}
			} else if starts(words, []word{s.word}, form) {
				c = Clause{{Words: plain(s.long, form), Phrase: true}}
			}
		}
		out = append(out, append(Clause{{Words: plain(words[:n], form), Start: words[n-1].open}}, c...))
		words = words[n:]
	}
	return out
}

// maxWays bounds the ways of writing a phrase.
const maxWays = 8

// ways returns the ways of writing words in a row.
func ways(words []word, form Form) Clause {
	tails := make([]Clause, len(words)+1) // the ways of writing what is left
	tails[len(words)] = Clause{{Phrase: true}}
	for i := len(words) - 1; i >= 0; i-- {
		add := func(head []string, tail int, start bool) {
			for _, t := range tails[tail] {
				t.Words = append(slices.Clone(head), t.Words...)
				t.Start = t.Start || start
				tails[i] = append(tails[i], t)
			}
		}
		add(plain(words[i:i+1], form), i+1, words[i].open)
		for _, s := range shorts {
			if starts(words[i:], s.long, form) {
				add([]string{s.word.forms[form]}, i+len(s.long), false)
			} else if starts(words[i:], []word{s.word}, form) {
				add(plain(s.long, form), i+1, false)
			}
		}
		tails[i] = tails[i][:min(len(tails[i]), maxWays)]
	}
	return tails[0]
}

func starts(words, with []word, form Form) bool {
	if len(words) < len(with) {
		return false
	}
	for i := range with {
		if words[i].forms[form] != with[i].forms[form] {
			return false
		}
	}
	return true
}

func plain(words []word, form Form) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.forms[form]
	}
	return out
}
