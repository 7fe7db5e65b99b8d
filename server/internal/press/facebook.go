package press

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a post. SeeMore is where Facebook folds a post and shows "Xem thêm"; it has moved over the years and is a guide.
const (
	SeeMore     = 477
	maxPost     = 63_206
	maxHashtags = 8
)

// Post is a text for Facebook.
type Post struct {
	Text  string
	Count int  // letters
	Shown int  // letters before "Xem thêm"; Count if all are
	Cut   bool // it was longer than Facebook takes
}

// Facebook makes a post. The title stands in capitals, since Facebook knows no headlines; link may be "".
func (p *Piece) Facebook(link string) Post {
	var marks []string
	for _, tag := range p.Tags {
		if mark := Hashtag(tag); mark != "" && !slices.Contains(marks, mark) && len(marks) < maxHashtags {
			marks = append(marks, mark)
		}
	}
	if link != "" {
		link = "👉 " + link
	}
	tail := joinBlocks([]string{strings.Join(p.factLines(), "\n"), p.mendedLine(), p.credit("social"), link, strings.Join(marks, " ")}, "\n\n")
	head := joinBlocks(append([]string{strings.ToUpper(p.Title)}, paragraphs(p.Body)...), "\n\n")
	post := Post{}
	if over := utf8.RuneCountInString(head) + 2 + utf8.RuneCountInString(tail) - maxPost; over > 0 {
		head, post.Cut = cutRunes(head, max(0, utf8.RuneCountInString(head)-over-1))+"…", true
	}
	post.Text = joinBlocks([]string{head, tail}, "\n\n")
	post.Count = utf8.RuneCountInString(post.Text)
	post.Shown = post.Count
	if post.Count > SeeMore {
		post.Shown = utf8.RuneCountInString(cutRunes(post.Text, SeeMore))
	}
	return post
}

// Parts returns what is shown at once and what is folded away.
func (p Post) Parts() (shown, folded string) {
	letters := []rune(p.Text)
	return string(letters[:p.Shown]), string(letters[p.Shown:])
}

// Hashtag writes a tag as Facebook follows it: "hiến máu" is "#HiếnMáu". A tag of digits alone is none.
func Hashtag(tag string) string {
	var b strings.Builder
	letters := false
	for _, word := range strings.FieldsFunc(tag, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r, size := utf8.DecodeRuneInString(word)
		b.WriteRune(unicode.ToUpper(r))
		b.WriteString(word[size:])
		letters = letters || strings.ContainsFunc(word, unicode.IsLetter)
	}
	if !letters {
		return ""
	}
	return "#" + b.String()
}
