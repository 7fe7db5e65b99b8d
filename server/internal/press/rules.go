package press

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rule says how something written is read. Rules run one after the other over the whole text; what one of them wrote holds no
// digits, so that the next leaves it alone.
type rule struct {
	re  *regexp.Regexp
	say func(m match) (words string, ok bool)
}

// match is one place where a rule may hold.
type match struct {
	group  []string
	before string // what was read so far
	after  string // what is still to come
}

// apply runs a rule. It sees what stands before and behind a match, which expressions of this library cannot.
func (r rule) apply(text string) string {
	var out strings.Builder
	for len(text) > 0 {
		at := r.re.FindStringSubmatchIndex(text)
		if at == nil {
			break
		}
		out.WriteString(text[:at[0]])
		m := match{before: out.String(), after: text[at[1]:], group: make([]string, len(at)/2)}
		for i := range m.group {
			if at[2*i] >= 0 {
				m.group[i] = text[at[2*i]:at[2*i+1]]
			}
		}
		words, ok := "", false
		if at[1] > at[0] {
			words, ok = r.say(m)
		}
		if !ok {
			skip := at[0] + refused(text[at[0]:])
			out.WriteString(text[at[0]:skip])
			text = text[skip:]
			continue
		}
		out.WriteString(spaced(m.before, words, m.after))
		text = text[at[1]:]
	}
	out.WriteString(text)
	return out.String()
}

// refused is how much of a text is passed over where a rule does not hold: a whole number, since no part of one is read for
// itself, and going through a long one digit by digit would take the square of its length.
func refused(text string) int {
	n := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if n == 0 {
		_, n = utf8.DecodeRuneInString(text)
		return n
	}
	for n+1 < len(text) && (text[n] == '.' || text[n] == ',') && text[n+1] >= '0' && text[n+1] <= '9' {
		n++
		n += len(text[n:]) - len(strings.TrimLeft(text[n:], "0123456789"))
	}
	return n
}

// spaced keeps words apart from letters on both sides.
func spaced(before, words, after string) string {
	if r, _ := utf8.DecodeLastRuneInString(before); isWord(r) {
		words = " " + words
	}
	if r, _ := utf8.DecodeRuneInString(after); isWord(r) {
		words += " "
	}
	return words
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// alone reports whether no letter or digit touches a match.
func (m match) alone() bool {
	before, _ := utf8.DecodeLastRuneInString(m.before)
	return !isWord(before) && m.ends()
}

// ends reports whether the match is not the beginning of a longer word or number.
func (m match) ends() bool {
	after, _ := utf8.DecodeRuneInString(m.after)
	return !isWord(after)
}

// numeric reports whether the match is a number of its own: no digits, and no mark of thousands, before it.
func (m match) numeric() bool {
	before, size := utf8.DecodeLastRuneInString(m.before)
	if before == '.' || before == ',' || before == '/' || before == '-' {
		earlier, _ := utf8.DecodeLastRuneInString(m.before[:len(m.before)-size])
		return !unicode.IsDigit(earlier)
	}
	return !isWord(before)
}

// last returns the word before a match, in lower case.
func (m match) last() string {
	text := strings.TrimRightFunc(m.before[max(0, len(m.before)-64):], unicode.IsSpace)
	at := strings.LastIndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) })
	if at < 0 {
		return strings.ToLower(text)
	}
	_, size := utf8.DecodeRuneInString(text[at:])
	return strings.ToLower(text[at+size:])
}

// next returns the word behind a match, in lower case.
func (m match) next() string {
	text := strings.TrimLeftFunc(m.after[:min(len(m.after), 64)], unicode.IsSpace)
	at := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '%' })
	if at < 0 {
		at = len(text)
	}
	return strings.ToLower(text[:at])
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// atoi reads digits; what does not fit is beyond every bound that is asked.
func atoi(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return maxRead + 1
	}
	return n
}

// written is a number as people write it, with points between thousands and a comma before decimals, or the other way round.
const written = `\d+(?:[.,]\d+)*`

// read reads it. next is the word behind it: "2,125 tỷ" is a decimal, "2,125 phần quà" are thousands.
func read(text, next string) string {
	groups := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == ',' })
	marks := strings.Map(func(r rune) rune {
		if r == '.' || r == ',' {
			return r
		}
		return -1
	}, text)
	thousands := func(groups []string) bool {
		for _, group := range groups[1:] {
			if len(group) != 3 {
				return false
			}
		}
		return len(groups[0]) <= 3 && groups[0][0] != '0'
	}
	switch n := len(marks); {
	case n == 0:
		return readWhole(text)
	case n == 1 && marks == "," && (next == "triệu" || next == "tỷ" || next == "tỉ" || next == "%"):
		return decimal(atoi(groups[0]), groups[1])
	case strings.Count(marks, marks[:1]) == n && thousands(groups):
		return readWhole(strings.Join(groups, ""))
	case n == 1:
		return readDecimal(groups[0], groups[1])
	case marks[n-1] != marks[0] && strings.Count(marks, marks[:1]) == n-1 && thousands(groups[:n]):
		return readDecimal(strings.Join(groups[:n], ""), groups[n])
	}
	for i := range groups {
		groups[i] = readWhole(groups[i])
	}
	return strings.Join(groups, " chấm ")
}

func readDecimal(whole, behind string) string {
	if len(whole) > 15 {
		return Digits(whole) + " phẩy " + Digits(behind)
	}
	return decimal(atoi(whole), behind)
}

// readWhole reads digits as a number: 05 is five, 007 and what is too long are codes.
func readWhole(text string) string {
	if len(text) > 15 || len(text) > 2 && text[0] == '0' {
		return Digits(text)
	}
	return Number(atoi(text))
}
