package press

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Spoken is a text as it is read aloud.
type Spoken struct {
	Text string
	// Spelt are abbreviations that nobody taught the table; they are read letter by letter, and somebody should look.
	Spelt []string
}

// maxSpoken bounds what is read aloud, in letters: half an hour. Whoever wants more reads from the text itself.
const maxSpoken = 20_000

// Speak writes a text as it is read aloud: numbers, dates, times, money, units and abbreviations in words, without what a
// voice cannot say. It holds no digits.
func Speak(text string) Spoken {
	text = cleaned(cutRunes(text, maxSpoken))
	for _, r := range spokenRules {
		text = r.apply(text)
	}
	text, spelt := expand(text)
	return Spoken{Text: tidy(text), Spelt: spelt}
}

var (
	address = regexp.MustCompile(`(?i)(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.-]+`)
	hashtag = regexp.MustCompile(`#[\p{L}\p{N}_]+`)
	parts   = strings.NewReplacer("½", " một phần hai ", "¼", " một phần tư ", "¾", " ba phần tư ", "m²", "m2", "m³", "m3", "º", "°",
		"–", "-", "—", "-", "−", "-", "‑", "-", "×", " nhân ", "&", " và ", "…", ", ", "”", `"`, "“", `"`, "₫", "đ")
)

// cleaned takes out what nobody reads aloud, before anything is looked at.
func cleaned(text string) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, " "))
	text = address.ReplaceAllString(text, " ")
	text = hashtag.ReplaceAllString(text, " ")
	text = parts.Replace(text)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r >= ' ' && r < 0x7f:
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Nd, r):
			return '0' + digitOf(r)
		case unicode.IsLetter(r) || r == '°':
			return r
		case unicode.IsMark(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
			return -1
		}
		return ' '
	}, text)
}

// digitOf is the value of a digit of any script: they stand ten by ten.
func digitOf(r rune) rune {
	for _, block := range unicode.Nd.R16 {
		if uint32(block.Lo) <= uint32(r) && uint32(r) <= uint32(block.Hi) {
			return (r - rune(block.Lo)) % 10
		}
	}
	for _, block := range unicode.Nd.R32 {
		if block.Lo <= uint32(r) && uint32(r) <= block.Hi {
			return (r - rune(block.Lo)) % 10
		}
	}
	return 0
}

// tidy sets the marks at which a voice rests and leaves one space between words.
func tidy(text string) string {
	text = strings.NewReplacer("(", ", ", ")", ", ", "[", ", ", "]", ", ", "{", ", ", "}", ", ", "/", ", ", `\`, ", ", "|", ", ",
		" - ", ", ", "-", " ", "_", " ", "*", " ", "#", " ", "~", " ", "^", " ", "`", " ", `"`, " ", "'", " ", "+", " cộng ", "=", " bằng ",
		"<", " ", ">", " ", "@", " ", "%", " phần trăm ", "$", " đô la ", "°", " độ ").Replace(text)
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		line = looseMarks.ReplaceAllString(line, "$1")
		line = manyMarks.ReplaceAllStringFunc(line, strongest)
		line = strings.TrimLeft(line, ",;:.!? ")
		if line = strings.TrimRight(line, ",;: "); line == "" {
			continue
		}
		if end := line[len(line)-1]; end != '.' && end != '!' && end != '?' {
			line += "."
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

var (
	looseMarks = regexp.MustCompile(` +([,;:.!?])`)
	manyMarks  = regexp.MustCompile(`[,;:.!?](?: *[,;:.!?])+`)
)

// strongest is the mark that counts of several.
func strongest(marks string) string {
	for _, mark := range []string{"!", "?", ".", ";", ":"} {
		if strings.Contains(marks, mark) {
			return mark
		}
	}
	return ","
}
