package press

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Script is what somebody reads at the commune's radio.
type Script struct {
	Text      string
	Syllables int
	Time      time.Duration // read twice, at the pace of loudspeakers
	Spelt     []string      // abbreviations that are read letter by letter
}

// pace is how many syllables a minute people still follow from a loudspeaker in the street; a radio reads 180.
const pace = 140

// Loudspeaker makes the script: a greeting, the text in words, all of it once more, and thanks.
func (p *Piece) Loudspeaker() Script {
	unit := Speak(p.Unit)
	title, body := Speak(p.Title), Speak(p.Body)
	var facts, mended Spoken
	if lines := p.factLines(); len(lines) > 0 {
		facts = Speak(strings.Join(lines, "\n"))
	}
	if p.Mended != "" {
		mended = Speak(p.mendedLine())
	}
	said := capitals(joinBlocks([]string{title.Text, body.Text, facts.Text, mended.Text}, "\n\n"))
	from := strings.TrimSuffix(unit.Text, ".")
	s := Script{Text: joinBlocks([]string{
		"Kính thưa toàn thể bà con!",
		"Sau đây là bản tin của " + from + ".",
		said,
		"Xin mời bà con nghe lại bản tin.",
		said,
		"Bản tin của " + from + " đến đây là hết. Xin trân trọng cảm ơn bà con đã chú ý lắng nghe.",
	}, "\n\n")}
	s.Syllables = len(strings.Fields(s.Text))
	s.Time = time.Duration(s.Syllables) * time.Minute / pace
	for _, one := range []Spoken{unit, title, body, facts, mended} {
		for _, word := range one.Spelt {
			if !strings.Contains(" "+strings.Join(s.Spelt, " ")+" ", " "+word+" ") {
				s.Spelt = append(s.Spelt, word)
			}
		}
	}
	return s
}

// capitals begins every line with a capital: an abbreviation that stood there was written in full.
func capitals(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		first, size := utf8.DecodeRuneInString(line)
		if size > 0 {
			lines[i] = string(unicode.ToUpper(first)) + line[size:]
		}
	}
	return strings.Join(lines, "\n")
}
