package chart_test

import (
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lantoa/server/internal/console/chart"
)

var updateGolden = flag.Bool("update", false, "rewrite the golden drawings")

func months(count int) (labels []string) {
	for i := range count {
		labels = append(labels, fmt.Sprintf("T%d/%02d", i%12+1, 25+i/12))
	}
	return labels
}

func samples() map[string]*chart.Chart {
	part := make([]bool, 12)
	part[11] = true
	return map[string]*chart.Chart{
		"bars": {
			ID: "came", Title: "Bài gửi về", Desc: "12 tháng", Labels: months(12), Part: part, PartName: "Kỳ chưa trọn",
			Series: []chart.Series{{Name: "Bài", Values: []float64{0, 3, 12, 7, 9, 15, 22, 18, 4, 0, 31, 9}}},
		},
		"stacked": {
			ID: "kinds", Kind: chart.Stacked, Title: "Theo loại", Desc: "Ba loại", Labels: months(3),
			Series: []chart.Series{{Name: "Câu chuyện", Values: []float64{5, 0, 2}}, {Name: "Hoạt động", Values: []float64{1, 0, 9}}, {Name: "Ảnh", Values: []float64{4, 0, 1}}},
		},
		"lines": {
			ID: "took", Kind: chart.Lines, Title: "Thời gian chờ", Desc: "Trung vị", Labels: months(6), Fine: true, Part: []bool{false, false, false, false, false, true}, PartName: "Kỳ chưa trọn",
			Series: []chart.Series{{Name: "Một nửa", Values: []float64{1, 2, math.NaN(), 0.5, 3, 2}}, {Name: "Chín phần mười", Values: []float64{4, 8, math.NaN(), 3, 5, 6}}},
		},
		"rows": {
			ID: "units", Kind: chart.Rows, Title: "Theo đơn vị", Desc: "Ba đơn vị", Labels: []string{"Xã Ea Kao", strings.Repeat("Liên đoàn Lao động ", 9), "Xã <b>&"},
			Series: []chart.Series{{Name: "Bài", Values: []float64{12, 3, 0}}},
		},
	}
}

func TestGolden(t *testing.T) {
	for name, c := range samples() {
		path := filepath.Join("testdata", name+".svg.html")
		got := strings.ReplaceAll(string(c.HTML()), "><", ">\n<") + "\n"
		if *updateGolden {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v, got\n%s", name, err, got)
		}
	}
}

// box is where a text stands at most.
type box struct{ left, right, top, bottom float64 }

// read checks that a drawing is valid XML with all that it must have, and returns where its texts stand by class.
func read(t *testing.T, what, svg string) map[string][]box {
	t.Helper()
	texts := map[string][]box{}
	ids := map[string]bool{}
	dec := xml.NewDecoder(strings.NewReader("<x>" + svg + "</x>"))
	var at struct {
		class, anchor string
		x, y          float64
		in            bool
		text          string
	}
	var wide float64
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v in\n%s", what, err, svg)
		}
		switch e := token.(type) {
		case xml.StartElement:
			a := map[string]string{}
			for _, one := range e.Attr {
				a[one.Name.Local] = one.Value
				if strings.Contains(one.Value, "NaN") || strings.Contains(one.Value, "Inf") || one.Name.Local == "style" {
					t.Fatalf("%s: %s=%q", what, one.Name.Local, one.Value)
				}
			}
			if id := a["id"]; id != "" {
				if ids[id] {
					t.Errorf("%s: %s is there twice", what, id)
				}
				ids[id] = true
			}
			switch e.Name.Local {
			case "svg":
				wide, _ = strconv.ParseFloat(a["width"], 64)
				if a["role"] != "img" || a["aria-labelledby"] == "" {
					t.Errorf("%s: no name", what)
				}
			case "rect":
				for _, name := range []string{"width", "height"} {
					if v, err := strconv.ParseFloat(a[name], 64); err != nil || v < 0 || v > 5000 {
						t.Errorf("%s: a bar with %s %q", what, name, a[name])
					}
				}
			case "text":
				at.in, at.text, at.class, at.anchor = true, "", a["class"], a["text-anchor"]
				at.x, _ = strconv.ParseFloat(a["x"], 64)
				at.y, _ = strconv.ParseFloat(a["y"], 64)
			}
		case xml.CharData:
			if at.in {
				at.text += string(e)
			}
		case xml.EndElement:
			if e.Name.Local != "text" {
				continue
			}
			at.in = false
			w := 6.6 * float64(len([]rune(at.text)))
			b := box{at.x, at.x + w, at.y - 10, at.y + 3}
			switch at.anchor {
			case "middle":
				b.left, b.right = at.x-w/2, at.x+w/2
			case "end":
				b.left, b.right = at.x-w, at.x
			}
			if b.left < -1 || b.right > wide+1 {
				t.Errorf("%s: %q stands from %v to %v of %v", what, at.text, b.left, b.right, wide)
			}
			texts[at.class] = append(texts[at.class], b)
		}
	}
	return texts
}

func apart(t *testing.T, what string, boxes []box) {
	t.Helper()
	for i, a := range boxes {
		for _, b := range boxes[i+1:] {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Errorf("%s: texts lie on each other: %+v, %+v", what, a, b)
				return
			}
		}
	}
}

// TestAnythingCanBeDrawn draws charts of random figures, in both widths: valid, within their bounds, no label on another.
func TestAnythingCanBeDrawn(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 4))
		c := &chart.Chart{ID: "c", Kind: chart.Kind(r.IntN(4)), Title: "<T>", Desc: "a & b", Fine: r.IntN(2) == 0, PartName: "Kỳ chưa trọn vẹn"}
		points := []int{1, 2, 7, 12, 31, 60}[r.IntN(6)]
		top := math.Pow(10, float64(r.IntN(14)))
		for i := range points {
			c.Labels = append(c.Labels, []string{"T1", "29/12–04/01/2026", "Xã " + strings.Repeat("Ea Súp ", r.IntN(30)), "🩸 أهلا ", "\x00<&"}[r.IntN(5)])
			c.Part = append(c.Part, i == points-1)
		}
		for s := range 1 + r.IntN(6) {
			one := chart.Series{Name: strings.Repeat("Tên dài ", 1+r.IntN(20)) + strconv.Itoa(s)}
			for range points - r.IntN(2) {
				one.Values = append(one.Values, []float64{0, math.Floor(r.Float64() * top), 1, math.NaN(), -3, math.Inf(1)}[r.IntN(6)])
			}
			c.Series = append(c.Series, one)
		}
		what := fmt.Sprintf("seed %d", seed)
		html := string(c.HTML())
		wide, narrow, ok := strings.Cut(html, "</svg>")
		if !ok {
			t.Fatal(what)
		}
		for _, svg := range []string{wide + "</svg>", narrow} {
			texts := read(t, what, svg)
			apart(t, what, texts["tick"])
			apart(t, what, texts["name"])
			apart(t, what, texts["value"])
		}
		read(t, what, html)
	}
}

func TestAnEmptyChart(t *testing.T) {
	for kind := range chart.Rows + 1 {
		c := &chart.Chart{ID: "none", Kind: kind, Title: "Không có gì"}
		read(t, fmt.Sprint(kind), string(c.HTML()))
	}
}
