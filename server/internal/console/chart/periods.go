package chart

import (
	"math"
	"strconv"
	"strings"
)

// periods draws a chart over periods: a grid, labels as many as have room, and the values.
func (d *drawing) periods() {
	c := d.chart
	d.height = height
	top := d.legend(0)
	ticks := scale(max(c.highest(), c.Least), c.Fine)
	wide := 0.0
	for _, tick := range ticks {
		wide = max(wide, textWidth(c.axis(tick)))
	}
	f := &frame{left: min(wide+6, d.width/3), top: top + font, right: d.width - 2, bottom: height - 28, most: ticks[len(ticks)-1]}
	f.slot = (f.right - f.left) / float64(max(len(c.Labels), 1))
	for _, tick := range ticks {
		y := f.y(tick)
		class := "grid"
		if tick == 0 {
			class = "axis"
		}
		d.add(`<path class="`, class, `" d="M`, n(f.left), " ", n(y), "H", n(f.right), `"/>`)
		d.text("tick", f.left-6, y+4, "end", fit(c.axis(tick), f.left))
	}
	d.labels(f)
	if c.Kind == Lines {
		d.lines(f)
		return
	}
	for i := range c.Labels {
		d.bars(f, i)
	}
}

// labels writes those of periods that have room beside each other: every second, third, …
func (d *drawing) labels(f *frame) {
	c := d.chart
	wide := 0.0
	for _, label := range c.Labels {
		wide = max(wide, textWidth(label))
	}
	wide = min(wide, f.right-f.left)
	every := max(int(math.Ceil((wide+8)/f.slot)), 1)
	for i := 0; i < len(c.Labels); i += every {
		x := f.x(i)
		half := textWidth(fit(c.Labels[i], wide)) / 2
		x = max(min(x, d.width-half), half)
		d.text("tick", x, f.bottom+21, "middle", fit(c.Labels[i], wide))
	}
}

// bars draws those of one period, and what they are worth where there is room.
func (d *drawing) bars(f *frame, i int) {
	c := d.chart
	count := len(c.series())
	wide := min(f.slot*0.72, 48)
	start := f.x(i) - wide/2
	sum := 0.0
	for s := range count {
		v, ok := c.value(s, i)
		if !ok || v <= 0 {
			continue
		}
		title := c.full(i) + ": " + c.format(v)
		if count > 1 {
			title = c.full(i) + ", " + c.Series[s].Name + ": " + c.format(v)
		}
		if c.Kind == Stacked {
			y := f.y(sum + v)
			d.bar(s, start, y, wide, max(f.y(sum)-y, 1), c.part(i), title)
			sum += v
			continue
		}
		one := wide / float64(count)
		y := min(f.y(v), f.bottom-1.5)
		d.bar(s, start+one*float64(s), y, one, f.bottom-y, c.part(i), title)
		if text := c.axis(v); textWidth(text)+4 <= f.slot/float64(count) {
			d.text("value", start+one*(float64(s)+0.5), y-4, "middle", text)
		}
	}
	if text := c.axis(sum); c.Kind == Stacked && sum > 0 && textWidth(text)+4 <= f.slot {
		d.text("value", f.x(i), f.y(sum)-4, "middle", text)
	}
}

// lines draws the lines, broken where there is nothing, and a marker for each value where there is room, and always for one that
// stands alone or is not whole.
func (d *drawing) lines(f *frame) {
	c := d.chart
	roomy := f.slot >= 9
	for s := range c.series() {
		var path strings.Builder
		pen, marks := "M", ""
		for i := range c.Labels {
			v, ok := c.value(s, i)
			if !ok {
				pen = "M"
				continue
			}
			path.WriteString(pen + n(f.x(i)) + " " + n(f.y(v)))
			_, before := c.safe(s, i-1)
			_, after := c.safe(s, i+1)
			if roomy || c.part(i) || !before && !after {
				title := c.full(i) + ", " + c.Series[s].Name + ": " + c.format(v)
				marks += d.markerText(s, f.x(i), f.y(v), c.part(i), title)
			}
			pen = "L"
		}
		if path.Len() > 0 {
			d.add(`<path class="line s`, strconv.Itoa(s), `" d="`, path.String(), `"/>`, marks)
		}
	}
}

func (d *drawing) markerText(series int, x, y float64, hollow bool, title string) string {
	m := &drawing{chart: d.chart}
	m.marker(series, x, y, hollow, title)
	return m.body.String()
}

// safe is value for any index.
func (c *Chart) safe(s, i int) (float64, bool) {
	if i < 0 || i >= len(c.Labels) {
		return 0, false
	}
	return c.value(s, i)
}

// rows draws one bar for each label, with the label above it and the value at its end.
func (d *drawing) rows() {
	c := d.chart
	const bar, each = 12.0, 38.0
	most := max(c.highest(), 1e-9)
	y := d.legend(0)
	if len(c.Series) > 0 {
		for i, label := range c.Labels {
			v, ok := c.value(0, i)
			text := ""
			if ok {
				text = c.format(v)
			}
			if i < len(c.Texts) {
				text = c.Texts[i]
			}
			d.text("name", 0, y+font, "start", fit(label, d.width))
			d.add(`<path class="track" d="M0 `, n(y+18+bar), "H", n(d.width), `"/>`)
			wide := 0.0
			if room := d.width - textWidth(text) - 10; ok && v > 0 {
				wide = max(room*v/most, 1.5)
				d.bar(0, 0, y+18, wide, bar, c.part(i), c.full(i)+": "+text)
			}
			d.text("value", wide+6, y+18+bar-1, "start", text)
			y += each
		}
	}
	d.height = max(y, line)
}
