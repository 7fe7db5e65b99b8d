package figure_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"lantoa/server/internal/figure"
)

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		f    figure.Figure
		json string
	}{
		{figure.Of(0), "0"}, {figure.Of(1), `"<5"`}, {figure.Of(4), `"<5"`}, {figure.Of(5), "5"}, {figure.Exact(2), "2"}, {figure.None(), "null"},
	} {
		b, err := c.f.MarshalJSON()
		var back figure.Figure
		if string(b) == `"\u003c5"` {
			b = []byte(`"<5"`)
		}
		if err != nil || string(b) != c.json || json.Unmarshal(b, &back) != nil || back.Kind != c.f.Kind {
			t.Errorf("%+v: got %s, %v, %+v", c.f, b, err, back)
		}
	}
}

func show(table [][]figure.Figure) (out [][]string) {
	for _, row := range table {
		var line []string
		for _, f := range row {
			line = append(line, f.String())
		}
		out = append(out, line)
	}
	return out
}

func TestSuppress(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing is small":                   {`[[10],[20]]`, `[["10"],["20"],["30"]]`},
		"one small group hides another":      {`[[3],[10],[20]]`, `[["<5"],["…"],["20"],["33"]]`},
		"two that could be anything":         {`[[2],[3],[20]]`, `[["<5"],["<5"],["20"],["25"]]`},
		"two of which the sum tells all":     {`[[4],[4],[20]]`, `[["<5"],["<5"],["…"],["28"]]`},
		"one unit alone":                     {`[[3]]`, `[["<5"],["<5"]]`},
		"four single ones tell themselves":   {`[[1],[1],[1],[1]]`, `[["<5"],["<5"],["<5"],["<5"],["…"]]`},
		"zeros are told and hide nothing":    {`[[0],[3],[9]]`, `[["0"],["<5"],["…"],["12"]]`},
		"nothing else is left but the total": {`[[4],[4]]`, `[["<5"],["<5"],["…"]]`},
		"an empty table has a total":         {`[]`, `[["0"]]`},
	} {
		var in [][]int64
		if err := json.Unmarshal([]byte(c.in), &in); err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(show(figure.Suppress(in, 1)))
		if !same(t, got, c.want) {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func same(t *testing.T, got []byte, want string) bool {
	var a, b any
	if json.Unmarshal(got, &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		t.Fatal("no JSON")
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// TestNobodyWorksOutASmallGroup tries every table that looks the same: each small group of a random table can be at least two
// numbers.
func TestNobodyWorksOutASmallGroup(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 7))
		in := make([][]int64, 1+r.IntN(4))
		for i := range in {
			in[i] = []int64{r.Int64N(9)}
		}
		table := figure.Suppress(in, 1)
		shown, _ := json.Marshal(show(table))
		for i := range in {
			if table[i][0].Kind == figure.Few && len(possible(in, table, i)) < 2 {
				t.Fatalf("seed %d: %v is shown as %s, which tells %d of row %d", seed, in, shown, in[i][0], i)
			}
		}
	}
}

// possible returns the numbers that a row can have in tables that look as shown, with 0 to 14 in each.
func possible(in [][]int64, shown [][]figure.Figure, row int) map[int64]bool {
	found := map[int64]bool{}
	guess := make([][]int64, len(in))
	var fill func(i int)
	fill = func(i int) {
		if len(found) >= 2 {
			return
		}
		if i == len(in) {
			if fits(guess, shown) {
				found[guess[row][0]] = true
			}
			return
		}
		for n := range int64(15) {
			guess[i] = []int64{n}
			if like(guess[i], shown[i]) {
				fill(i + 1)
			}
		}
	}
	fill(0)
	return found
}

func like(row []int64, shown []figure.Figure) bool {
	for c, f := range shown {
		switch {
		case f.Kind == figure.Told && f.N != row[c], f.Kind == figure.Few && (row[c] < 1 || row[c] > 4):
			return false
		}
	}
	return true
}

func fits(rows [][]int64, shown [][]figure.Figure) bool {
	total := []int64{0}
	for _, row := range rows {
		total[0] += row[0]
	}
	return like(total, shown[len(rows)])
}

// BenchmarkSuppress is the funnel of a country: 1000 units with 16 figures.
func BenchmarkSuppress(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	in := make([][]int64, 1000)
	for i := range in {
		in[i] = make([]int64, 16)
		for c := range in[i] {
			in[i][c] = r.Int64N(40)
		}
	}
	for b.Loop() {
		figure.Suppress(in, 16)
	}
}
