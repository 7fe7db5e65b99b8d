package reconcile

import (
	"unicode"
	"unicode/utf8"
)

// MergeText merges two changes of one text three ways (S-53). Its unit is the syllable, which Vietnamese sets apart by
// spaces: two people who correct different words of a sentence both get their way. It works on NFC text.
//
// The merge is clean when the changes of the two sides do not meet: between any two of them stands at least one
// syllable or punctuation mark that both left alone, or they are the same change. Otherwise merged is current, and
// the caller keeps incoming. A clean merge holds everything that either side inserted.
//
// Time is bounded: the two comparisons together may take mergeBudget steps, about 50 ms of one core of a small server;
// rewritten texts that would need more do not merge cleanly. Memory is proportional to the texts.
func MergeText(base, current, incoming string) (merged string, clean bool) {
	switch {
	case current == incoming || base == incoming:
		return current, true
	case base == current:
		return incoming, true
	}
	in := interner{ids: make(map[string]int32)}
	o, a, b := in.tokens(base), in.tokens(current), in.tokens(incoming)
	budget := mergeBudget
	left, ok := in.changes(o, a, &budget)
	if !ok {
		return current, false
	}
	right, ok := in.changes(o, b, &budget)
	if !ok {
		return current, false
	}
	return in.weave(o, a, b, left, right, current)
}

// mergeBudget bounds the inner steps of the comparison. Two texts of 64 KiB in which every tenth syllable differs need
// about half of it.
const mergeBudget = 1 << 23

// interner gives equal tokens equal numbers, so that comparing texts compares integers.
type interner struct {
	ids   map[string]int32
	texts []string
	blank []bool // the token is white space
}

// tokens cuts a text into runs of letters, marks and digits, runs of white space, and single other characters.
// Joined again they are the text, byte for byte, even if it is not valid UTF-8.
func (in *interner) tokens(text string) []int32 {
	out := make([]int32, 0, len(text)/3+1)
	for len(text) > 0 {
		class, size := classOf(text)
		end := size
		for class != classOther && end < len(text) {
			next, more := classOf(text[end:])
			if next != class {
				break
			}
			end += more
		}
		id, known := in.ids[text[:end]]
		if !known {
			id = int32(len(in.texts))
			in.ids[text[:end]] = id
			in.texts = append(in.texts, text[:end])
			in.blank = append(in.blank, class == classSpace)
		}
		out = append(out, id)
		text = text[end:]
	}
	return out
}

const (
	classOther = iota
	classWord
	classSpace
)

func classOf(text string) (class, size int) {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsNumber(r):
		return classWord, size
	case unicode.IsSpace(r):
		return classSpace, size
	}
	return classOther, size
}

// change says that from[f0:f1] became to[t0:t1].
type change struct{ f0, f1, t0, t1 int }

// changes returns what turned one list of tokens into another, in order. Changes with nothing but white space between
// them are one: the spaces of a rewritten sentence match by accident.
func (in *interner) changes(from, to []int32, budget *int) ([]change, bool) {
	d := differ{from: from, to: to, gone: make([]bool, len(from)), come: make([]bool, len(to)), budget: budget}
	if !d.compare(0, len(from), 0, len(to)) {
		return nil, false
	}
	var out []change
	for i, j := 0, 0; i < len(from) || j < len(to); {
		c := change{f0: i, t0: j}
		for i < len(from) && d.gone[i] {
			i++
		}
		for j < len(to) && d.come[j] {
			j++
		}
		if c.f1, c.t1 = i, j; c.f1 > c.f0 || c.t1 > c.t0 {
			if n := len(out); n > 0 && in.allBlank(from[out[n-1].f1:c.f0]) {
				out[n-1].f1, out[n-1].t1 = c.f1, c.t1
			} else {
				out = append(out, c)
			}
			continue
		}
		i, j = i+1, j+1
	}
	return out, true
}

func (in *interner) allBlank(tokens []int32) bool {
	for _, t := range tokens {
		if !in.blank[t] {
			return false
		}
	}
	return true
}

// weave applies the changes of both sides to the base.
func (in *interner) weave(o, a, b []int32, left, right []change, current string) (string, bool) {
	out := make([]byte, 0, len(current)+len(current)/4)
	at, last := -1, 0 // the base is written up to at; the last change was of side last, 0 for both
	write := func(side int, c change, text []int32) bool {
		if at >= 0 && last != side && in.allBlank(o[at:c.f0]) {
			return false // it meets the other side's change
		}
		out = in.join(out, o[max(at, 0):c.f0])
		out = in.join(out, text[c.t0:c.t1])
		at, last = c.f1, side
		return true
	}
	for len(left) > 0 || len(right) > 0 {
		clean := false
		switch {
		case len(left) > 0 && len(right) > 0 && same(left[0], right[0], a, b):
			clean = write(0, left[0], a)
			left, right = left[1:], right[1:]
		case len(right) == 0 || len(left) > 0 && left[0].f1 <= right[0].f0:
			clean = write(1, left[0], a)
			left = left[1:]
		case len(left) == 0 || right[0].f1 <= left[0].f0:
			clean = write(2, right[0], b)
			right = right[1:]
		}
		if !clean {
			return current, false
		}
	}
	return string(in.join(out, o[max(at, 0):])), true
}

func same(x, y change, a, b []int32) bool {
	if x.f0 != y.f0 || x.f1 != y.f1 || x.t1-x.t0 != y.t1-y.t0 {
		return false
	}
	for i := range x.t1 - x.t0 {
		if a[x.t0+i] != b[y.t0+i] {
			return false
		}
	}
	return true
}

func (in *interner) join(dst []byte, tokens []int32) []byte {
	for _, t := range tokens {
		dst = append(dst, in.texts[t]...)
	}
	return dst
}
