package find

import (
	"strings"

	"lantoa/syncproto/viet"
)

// Search is what somebody looks for.
type Search struct {
	words []string
}

// Parse reads a search as it was typed; nil if it holds no word.
func Parse(text string) *Search {
	words := strings.Fields(viet.Fold(text))
	if len(words) == 0 {
		return nil
	}
	return &Search{words}
}

// Level says how well a text fits: 0 is best; ok is false if it does not.
func (s *Search) Level(text string) (level int, ok bool) {
	folded := viet.Fold(text)
	for _, w := range s.words {
		if !strings.Contains(folded, w) {
			return 0, false
		}
	}
	return 0, true
}
