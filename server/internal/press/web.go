package press

import (
	"html"
	"strings"

	"lantoa/syncproto"
)

// Web is a piece as a page of the association tells it.
type Web struct {
	Headline string
	Lead     string
	Body     []string // paragraphs
	Facts    []string
	Captions []string // of the photos that may be published
	Credit   string
	Mended   string // the line of a correction
}

// Web makes the text for the web, with the photos of a use.
func (p *Piece) Web(use string) Web {
	w := Web{Headline: p.Title, Facts: p.factLines(), Credit: p.credit(use), Mended: p.mendedLine()}
	if all := paragraphs(p.Body); len(all) > 0 {
		w.Lead, w.Body = all[0], all[1:]
	}
	for i := range p.Photos {
		if photo := &p.Photos[i]; photo.For(use) && photo.Caption != "" && p.Kind != syncproto.KindPhoto {
			w.Captions = append(w.Captions, oneLine(photo.Caption))
		}
	}
	return w
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Text is the whole as plain text.
func (w Web) Text() string {
	blocks := []string{w.Headline, w.Lead}
	blocks = append(blocks, w.Body...)
	blocks = append(blocks, strings.Join(w.Facts, "\n"))
	var captions []string
	for i, c := range w.Captions {
		captions = append(captions, "Ảnh "+itoa(int64(i+1))+": "+c)
	}
	blocks = append(blocks, strings.Join(captions, "\n"), w.Credit, w.Mended)
	return joinBlocks(blocks, "\n\n")
}

// HTML is the whole as paragraphs that may be put into any page: everything that somebody wrote is escaped.
func (w Web) HTML() string {
	var b strings.Builder
	element := func(name, text string) {
		if text != "" {
			b.WriteString("<" + name + ">" + html.EscapeString(text) + "</" + strings.Fields(name)[0] + ">\n")
		}
	}
	element("h1", w.Headline)
	if w.Lead != "" {
		b.WriteString("<p><strong>" + html.EscapeString(w.Lead) + "</strong></p>\n")
	}
	for _, p := range w.Body {
		element("p", p)
	}
	if len(w.Facts) > 0 {
		b.WriteString("<ul>\n")
		for _, f := range w.Facts {
			element("li", f)
		}
		b.WriteString("</ul>\n")
	}
	for i, c := range w.Captions {
		b.WriteString("<p><small>" + html.EscapeString("Ảnh "+itoa(int64(i+1))+": "+c) + "</small></p>\n")
	}
	if w.Credit != "" {
		b.WriteString("<p><em>" + html.EscapeString(w.Credit) + "</em></p>\n")
	}
	if w.Mended != "" {
		b.WriteString("<p><strong>" + html.EscapeString(w.Mended) + "</strong></p>\n")
	}
	return b.String()
}

func joinBlocks(blocks []string, between string) string {
	var kept []string
	for _, b := range blocks {
		if b = strings.TrimSpace(b); b != "" {
			kept = append(kept, b)
		}
	}
	return strings.Join(kept, between)
}
