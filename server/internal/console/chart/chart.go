package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
)

// Kind is how a chart is drawn.
type Kind int

// The kinds.
const (
	Bars    Kind = iota // side by side, over periods
	Stacked             // on each other, over periods
	Lines               // over periods
	Rows                // one bar for each label, which stands above it; the first series alone
)

// MaxSeries is how many series can be told apart.
const MaxSeries = 5

// Series is one line, or one colour of bars. Values stand for the labels of the chart; NaN is drawn as nothing.
type Series struct {
	Name   string
	Values []float64
}

// Chart is what to draw.
type Chart struct {
	ID          string // of the page, unique there
	Kind        Kind
	Title, Desc string
	Labels      []string
	Full        []string // what the label means, for who points at it; nil for the labels themselves
	Series      []Series
	// Texts are what stands at the ends of Rows instead of the values, such as of one that is kept back; nil for the values.
	Texts []string
	// Part says which periods are not whole. They are drawn hatched, and PartName stands in the legend.
	Part     []bool
	PartName string
	// Format writes a value. Nil writes it plainly.
	Format func(v float64) string
	// Axis writes a value of the axis, shorter. Nil is Format.
	Axis func(v float64) string
	// Fine allows fractions on the axis, which then reaches up to Least at least.
	Fine  bool
	Least float64
}

// What a drawing measures, in its own units, which are pixels on a screen at full size.
const (
	wideWidth   = 640.0
	narrowWidth = 340.0
	height      = 260.0
	font        = 12.0
	letter      = 7.2 // wider than a letter is on average, so that what is taken apart stays apart
	line        = 17.0
)

// HTML draws it, wide and narrow.
func (c *Chart) HTML() template.HTML {
	return template.HTML(c.draw(wideWidth, "wide") + c.draw(narrowWidth, "narrow"))
}

func (c *Chart) draw(width float64, class string) string {
	d := &drawing{chart: c, id: c.ID + "-" + class[:1], class: class, width: width}
	if c.Kind == Rows {
		d.rows()
	} else {
		d.periods()
	}
	return d.svg()
}

func (c *Chart) format(v float64) string {
	if c.Format != nil {
		return c.Format(v)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func (c *Chart) axis(v float64) string {
	if c.Axis != nil {
		return c.Axis(v)
	}
	return c.format(v)
}

func (c *Chart) full(i int) string {
	if i < len(c.Full) {
		return c.Full[i]
	}
	return c.Labels[i]
}

func (c *Chart) part(i int) bool { return i < len(c.Part) && c.Part[i] }

// series are those that can be drawn.
func (c *Chart) series() []Series { return c.Series[:min(len(c.Series), MaxSeries)] }

// value is what a series has at a label; ok is false where there is nothing to draw.
func (c *Chart) value(s, i int) (v float64, ok bool) {
	if i >= len(c.Series[s].Values) {
		return 0, false
	}
	v = c.Series[s].Values[i]
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

// highest is the largest value, or sum of values where they are stacked.
func (c *Chart) highest() (most float64) {
	for i := range c.Labels {
		sum := 0.0
		for s := range c.series() {
			v, ok := c.value(s, i)
			if !ok {
				continue
			}
			if c.Kind != Stacked {
				sum = 0
			}
			sum += max(v, 0)
			most = max(most, sum)
		}
	}
	return most
}

// scale are the values at which lines of the grid stand, from 0, and the last is at least the highest value. There are up to six.
func scale(highest float64, fine bool) []float64 {
	if highest <= 0 {
		highest = 1
	}
	step := math.Pow(10, math.Floor(math.Log10(highest/4)))
	for _, times := range []float64{1, 2, 5, 10, 20} {
		if highest/(step*times) <= 5 {
			step *= times
			break
		}
	}
	if !fine {
		step = max(math.Round(step), 1)
	}
	var list []float64
	for n := 0.0; ; n++ {
		list = append(list, n*step)
		if n*step >= highest || len(list) > 8 {
			return list
		}
	}
}

// n writes a length.
func n(v float64) string { return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64) }

// textWidth is at most how wide a text is.
func textWidth(text string) float64 { return letter * float64(len([]rune(text))) }

// fit cuts a text to a width.
func fit(text string, width float64) string {
	runes := []rune(text)
	most := max(int(width/letter), 1)
	if len(runes) <= most {
		return text
	}
	return string(runes[:max(most-1, 0)]) + "…"
}

func attr(name string, v any) string { return fmt.Sprintf(` %s="%s"`, name, esc(fmt.Sprint(v))) }
