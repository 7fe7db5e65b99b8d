package loadtest

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lantoa/syncproto"
)

// TextBytes is about how long the body of a story is made, so that a record's whole wire form comes to 1 KB.
const TextBytes = 560

// Writer writes stories. The same seed writes the same stories. It is for one goroutine.
//
// Sentences are drawn word by word from parts of speech rather than filled into whole templates: a template that
// repeats would compress far better than what people write. Pages of these stories compress with zstd's fastest
// level to about a third, as the study of the wire found for real text.
type Writer struct{ rng *rand.Rand }

// NewWriter returns a writer of its own sequence of stories.
func NewWriter(seed, sequence uint64) *Writer {
	return &Writer{rng: rand.New(rand.NewPCG(seed, sequence))}
}

// Story returns the fields of one story.
func (w *Writer) Story() syncproto.Fields {
	place := w.of(words.level) + " " + w.of(words.place)
	return syncproto.Fields{
		"title":       syncproto.Text(w.title(place)),
		"body":        syncproto.Text(w.Body(TextBytes)),
		"type":        syncproto.Text(storyTypes[w.rng.IntN(len(storyTypes))]),
		"happened_at": syncproto.Int(firstDay + w.rng.Int64N(300*24*3600)*1000),
		"place":       syncproto.Object(syncproto.Fields{"text": syncproto.Text(place)}),
	}
}

// firstDay is 1 January 2026 in Hanoi, Unix ms.
const firstDay = 1_767_200_400_000

var storyTypes = []string{"guong_tot", "mo_hinh", "hoat_dong", "doi_tac", "cuu_tro"}

// Name returns a person's name.
func (w *Writer) Name() string {
	return w.of(words.family) + " " + w.of(words.middle) + " " + w.of(words.given)
}

// Body returns whole sentences, at least the given number of bytes and at most one sentence more.
func (w *Writer) Body(bytes int) string {
	var b strings.Builder
	for b.Len() < bytes {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		w.sentence(&b)
	}
	return b.String()
}

func (w *Writer) title(place string) string {
	switch w.rng.IntN(3) {
	case 0:
		return w.of(words.opening) + " " + place
	case 1:
		return w.Name() + ": " + w.of(words.act)
	default:
		return w.of(words.opening) + " " + w.of(words.people) + " " + w.of(words.quality)
	}
}

func (w *Writer) of(list []string) string { return list[w.rng.IntN(len(list))] }

// sentence is drawn from patterns: a capital letter is a slot for a part of speech, everything else is copied, and
// the first letter is made a capital.
func (w *Writer) sentence(b *strings.Builder) {
	var line strings.Builder
	for _, r := range patterns[w.rng.IntN(len(patterns))] {
		if list, ok := slots[r]; ok {
			line.WriteString(w.of(*list))
			continue
		}
		switch r {
		case 'W':
			w.talk(&line)
		case 'C':
			line.WriteString(w.Name())
		case 'H':
			line.WriteString(strconv.Itoa(2 + w.rng.IntN(900)))
		case 'D':
			line.WriteString(strconv.Itoa(2 + w.rng.IntN(90)))
		default:
			line.WriteRune(r)
		}
	}
	first, size := utf8.DecodeRuneInString(line.String())
	b.WriteRune(unicode.ToUpper(first))
	b.WriteString(line.String()[size:])
}

// talk is how people go on: a few everyday words, with no order that a compressor could learn. It makes up for what a
// vocabulary of some hundred words lacks against a real one.
func (w *Writer) talk(line *strings.Builder) {
	for i := range 3 + w.rng.IntN(6) {
		if i > 0 {
			line.WriteByte(' ')
		}
		line.WriteString(w.of(words.common))
	}
}

var patterns = split(`W, M W.|C nói: “W, W”.|W; N W.|W V W.|B W, W.|K W.|W Q W.|T W, W.|T, O L P M V N Q.|K, N Q của B L P Q, M V G.|C A vì B Q.|C là người Q, M V N và V B.|H G được V, B L P A.|K, O V N Q, giúp B V N.|` +
	`“T N Q, nhưng B vẫn M V N”, C nói.|T, B A để V G.|N và N ở P Q, M.|K, D B M V H G.|ở L P, N Q hơn, B M V N.|C V N, B V G, còn B A.|` +
	`gần D năm, C M A.|từ N Q, O V D N M.|B Q nhất được V H G và N.|K, C A rồi M V B.`)

var slots = map[rune]*[]string{
	'T': &words.time, 'O': &words.org, 'L': &words.level, 'P': &words.place, 'M': &words.manner, 'V': &words.verb,
	'N': &words.noun, 'Q': &words.quality, 'K': &words.link, 'B': &words.people, 'G': &words.goods, 'A': &words.act,
}
