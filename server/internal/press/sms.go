package press

import (
	"strings"

	"lantoa/syncproto/viet"
)

// MaxSMS is what one SMS holds in the alphabet of GSM. With a single accent it would be 70.
const MaxSMS = 160

// SMS makes a message without accents: title, as much of the beginning as there is room for, and the link.
func (p *Piece) SMS(link string) string {
	room := MaxSMS
	if link = viet.Plain(link); link != "" && len(link) <= MaxSMS/2 {
		room -= len(link) + 1
	} else {
		link = ""
	}
	title := ended(viet.Cut(viet.Plain(p.Title), room-1))
	out := title
	mended := viet.Plain(p.mendedLine())
	for _, more := range append([]string{mended}, sentences(viet.Plain(p.Body))...) {
		if more == "" {
			continue
		}
		if len(out)+1+len(more) > room {
			if left := room - len(out) - 1; left >= 40 && more != mended { // less says nothing
				out += " " + viet.Cut(more, left-3) + "..."
			}
			break
		}
		out += " " + more
	}
	return strings.TrimSpace(strings.TrimSpace(out) + " " + link)
}

// ended ends a text with a mark.
func ended(text string) string {
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?") {
		return text
	}
	return text + "."
}

// sentences cuts plain text behind its marks.
func sentences(text string) (list []string) {
	for len(text) > 0 {
		at := strings.IndexAny(text, ".!?")
		for at >= 0 && at+1 < len(text) && text[at+1] != ' ' {
			next := strings.IndexAny(text[at+1:], ".!?")
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		if at < 0 {
			return append(list, text)
		}
		list = append(list, text[:at+1])
		text = strings.TrimSpace(text[at+1:])
	}
	return list
}
