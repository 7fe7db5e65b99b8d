package chart

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// drawing is a chart while it is drawn, in one width.
type drawing struct {
	chart         *Chart
	id, class     string
	width, height float64
	body          strings.Builder
	hatched       bool
}

// esc writes a text into XML; what XML cannot hold is replaced.
func esc(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // into memory
	return b.String()
}

func (d *drawing) add(parts ...string) {
	for _, part := range parts {
		d.body.WriteString(part)
	}
}

// svg is the whole drawing.
func (d *drawing) svg() string {
	c := d.chart
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" class="chart ` + d.class + `" role="img"` + attr("aria-labelledby", d.id+"-t "+d.id+"-d") +
		` viewBox="0 0 ` + n(d.width) + ` ` + n(d.height) + `" width="` + n(d.width) + `" height="` + n(d.height) + `">`)
	b.WriteString(`<title id="` + esc(d.id) + `-t">` + esc(c.Title) + `</title><desc id="` + esc(d.id) + `-d">` + esc(c.Desc) + `</desc>`)
	b.WriteString(d.patterns())
	b.WriteString(d.body.String())
	b.WriteString(`</svg>`)
	return b.String()
}

// lines of patterns by series: paths in a tile of eight.
var tiles = []string{"", "M0 8L8 0", "M0 0L8 8", "M0 4H8", "M4 0V8"}

// patterns defines what series after the first are hatched with, and periods that are not whole.
func (d *drawing) patterns() string {
	if d.chart.Kind == Lines {
		return ""
	}
	var b strings.Builder
	tile := func(name, path, class string) {
		b.WriteString(`<pattern id="` + esc(d.id) + "-" + name + `" width="8" height="8" patternUnits="userSpaceOnUse"><path class="` + class + `" d="` +
			path + `"/></pattern>`)
	}
	for s := 1; s < len(d.chart.series()); s++ {
		tile("p"+strconv.Itoa(s), tiles[s], "hatch")
	}
	if d.hatched {
		tile("part", "M-2 6L2 10M-2 2L6 10M0 0L8 8M2 -2L10 6M6 -2L10 2", "hatch")
	}
	if b.Len() == 0 {
		return ""
	}
	return "<defs>" + b.String() + "</defs>"
}

// text writes one. anchor is start, middle or end.
func (d *drawing) text(class string, x, y float64, anchor, text string) {
	d.add(`<text class="`, class, `" x="`, n(x), `" y="`, n(y), `"`)
	if anchor != "start" {
		d.add(` text-anchor="`, anchor, `"`)
	}
	d.add(`>`, esc(text), `</text>`)
}

// bar draws a bar of a series, with what it is for who points at it.
func (d *drawing) bar(series int, x, y, w, h float64, part bool, title string) {
	if h <= 0 || w <= 0 {
		return
	}
	place := `x="` + n(x) + `" y="` + n(y) + `" width="` + n(w) + `" height="` + n(h) + `"`
	d.add(`<g><title>`, esc(title), `</title><rect class="s`, strconv.Itoa(series), `" `, place, `/>`)
	if series > 0 {
		d.add(`<rect fill="url(#`, esc(d.id), "-p", strconv.Itoa(series), `)" `, place, `/>`)
	}
	if part {
		d.hatched = true
		d.add(`<rect class="part" fill="url(#`, esc(d.id), `-part)" `, place, `/>`)
	}
	d.add(`</g>`)
}

// legend writes the names of series, where there are several, and what is not whole, in lines. It returns where it ends.
func (d *drawing) legend(top float64) float64 {
	c := d.chart
	type entry struct {
		name   string
		series int
	}
	var entries []entry
	if len(c.series()) > 1 {
		for s := range c.series() {
			entries = append(entries, entry{c.Series[s].Name, s})
		}
	}
	if c.PartName != "" && c.anyPart() {
		entries = append(entries, entry{c.PartName, -1})
	}
	x, y := 0.0, top
	for i, e := range entries {
		name := fit(e.name, d.width-40)
		wide := 18 + textWidth(name) + 14
		if i > 0 && x+wide > d.width {
			x, y = 0, y+line
		}
		d.swatch(e.series, x, y)
		d.text("name", x+18, y+font-1, "start", name)
		x += wide
	}
	if len(entries) > 0 {
		y += line + 4
	}
	return y
}

// anyPart reports whether anything that is drawn is not whole.
func (c *Chart) anyPart() bool {
	for i := range c.Labels {
		for s := range c.series() {
			if v, ok := c.value(s, i); ok && c.part(i) && (v > 0 || c.Kind == Lines) {
				return true
			}
		}
	}
	return false
}

func (d *drawing) swatch(series int, x, y float64) {
	switch {
	case d.chart.Kind == Lines && series >= 0:
		d.add(`<path class="line s`, strconv.Itoa(series), `" d="M`, n(x), " ", n(y+6), "h12", `"/>`)
		d.marker(series, x+6, y+6, false, "")
	case d.chart.Kind == Lines:
		d.marker(0, x+6, y+6, true, "")
	case series >= 0:
		d.bar(series, x, y, 12, 12, false, d.chart.Series[series].Name)
	default:
		d.bar(0, x, y, 12, 12, true, d.chart.PartName)
	}
}

// marker draws a point of a line: each series has its shape; one that is not whole is hollow.
func (d *drawing) marker(series int, x, y float64, hollow bool, title string) {
	class := "mark s" + strconv.Itoa(series)
	if hollow {
		class += " hollow"
	}
	d.add(`<path class="`, class, `" d="`, shape(series, x, y), `">`)
	if title != "" {
		d.add(`<title>`, esc(title), `</title>`)
	}
	d.add(`</path>`)
}

func shape(series int, x, y float64) string {
	at := func(dx, dy float64) string { return n(x+dx) + " " + n(y+dy) }
	switch series {
	case 0: // a circle
		return "M" + at(-3.5, 0) + "a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z"
	case 1: // a square
		return "M" + at(-3.2, -3.2) + "h6.4v6.4h-6.4Z"
	case 2: // a triangle
		return "M" + at(0, -4) + "L" + at(4, 3.2) + "L" + at(-4, 3.2) + "Z"
	case 3: // a diamond
		return "M" + at(0, -4.4) + "L" + at(4.4, 0) + "L" + at(0, 4.4) + "L" + at(-4.4, 0) + "Z"
	}
	return "M" + at(-4, 0) + "h8M" + at(0, -4) + "v8" // a cross
}

// frame is where values stand in a chart over periods.
type frame struct {
	left, top, right, bottom float64
	most                     float64
	slot                     float64 // the width of one period
}

func (f *frame) y(v float64) float64 {
	return f.bottom - (f.bottom-f.top)*math.Max(0, math.Min(v/f.most, 1))
}

// x is the middle of a period.
func (f *frame) x(i int) float64 { return f.left + f.slot*(float64(i)+0.5) }
