package press

import (
	"slices"
	"strings"

	"lantoa/syncproto/viet"
)

// Where a text names somebody.
const (
	InTitle   = "title"
	InBody    = "body"
	InCaption = "caption"
	InPlace   = "place"
	InTags    = "tags"
	InMended  = "mended"
)

// called are the words before a given name by which children are called.
var called = []string{"be", "chau", "em", "con", "hoc sinh", "nhi", "tre"}

// naming returns where a piece names one of the children in full, or by the given name as one calls a child ("bé Na").
func (p *Piece) naming(children []Child) (where []string) {
	places := []struct{ name, text string }{{InTitle, p.Title}, {InBody, p.Body}, {InPlace, p.Place}, {InTags, strings.Join(p.Tags, "\n")}, {InMended, p.Mended}}
	for i := range p.Photos {
		places = append(places, struct{ name, text string }{InCaption, p.Photos[i].Caption})
	}
	for _, place := range places {
		if text := words(place.text); !slices.Contains(where, place.name) && slices.ContainsFunc(children, func(c Child) bool { return c.in(text) }) {
			where = append(where, place.name)
		}
	}
	return where
}

// in reports whether words name a child.
func (c Child) in(text string) bool {
	name := strings.Fields(words(c.name))
	if len(name) == 0 {
		return false
	}
	if len(name) > 1 && strings.Contains(text, " "+strings.Join(name, " ")+" ") {
		return true
	}
	given := name[len(name)-1]
	return slices.ContainsFunc(called, func(word string) bool { return strings.Contains(text, " "+word+" "+given+" ") })
}

// words folds a text and leaves single spaces between and around its words.
func words(text string) string {
	return " " + strings.Join(strings.FieldsFunc(viet.Fold(text), func(r rune) bool { return !viet.IsWord(r) }), " ") + " "
}
