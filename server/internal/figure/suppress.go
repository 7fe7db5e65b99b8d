package figure

import "math"

// Suppress turns a table of numbers into figures, with a last row of totals. From what is told nobody can work out a group of 1 to
// 4: where totals and other parts would narrow it down, more is kept back, the smallest figures first. Zeros are told. cells is
// rows of equal length.
func Suppress(cells [][]int64, columns int) [][]Figure {
	s := &sheet{columns: columns, figures: make([]Figure, (len(cells)+1)*columns)}
	total := s.figures[len(cells)*columns:]
	for r, row := range cells {
		for c, n := range row {
			s.figures[r*columns+c] = Of(n)
			total[c].N += n
		}
	}
	for c := range total {
		total[c] = Of(total[c].N)
	}
	s.equate(len(cells))
	for small := s.tells(); len(small) > 0; small = s.tells() {
		// Of each column one: what is kept back for the first may be enough for the others.
		done := make([]bool, columns)
		for _, at := range small {
			if !done[at%columns] {
				done[at%columns] = true
				s.keepBack(at)
			}
		}
	}
	out := make([][]Figure, len(cells)+1)
	for r := range out {
		out[r] = s.figures[r*columns : (r+1)*columns : (r+1)*columns]
	}
	return out
}

// sheet is a table while it is worked on, row after row.
type sheet struct {
	columns   int
	figures   []Figure
	equations [][]int // places in figures: the first is the sum of the others
	ranges    []between
}

// between is what somebody who thinks can know of a number.
type between struct{ low, high int64 }

func (s *sheet) equate(rows int) {
	for c := range s.columns {
		equation := []int{rows*s.columns + c}
		for r := range rows {
			equation = append(equation, r*s.columns+c)
		}
		s.equations = append(s.equations, equation)
	}
}

// width is how many numbers a group of 1 to 4 must still be able to have.
const width = 2

// passes bounds how long somebody thinks.
const passes = 40

// boundless is more people than there are, and so few that sums of it do not overflow.
const boundless = math.MaxInt32

// tells returns the places of small groups that can be worked out.
func (s *sheet) tells() (small []int) {
	s.ranges = s.ranges[:0]
	for _, f := range s.figures {
		switch f.Kind {
		case Few:
			s.ranges = append(s.ranges, between{1, Least - 1})
		case Quiet:
			s.ranges = append(s.ranges, between{1, boundless})
		default:
			s.ranges = append(s.ranges, between{f.N, f.N})
		}
	}
	for pass, changed := 0, true; changed && pass < passes; pass++ {
		changed = false
		for _, equation := range s.equations {
			changed = s.narrow(equation) || changed
		}
	}
	for i, f := range s.figures {
		if r := s.ranges[i]; f.N < Least && f.Kind != Told && r.high-r.low+1 < width {
			small = append(small, i)
		}
	}
	return small
}

// narrow thinks an equation through.
func (s *sheet) narrow(equation []int) (changed bool) {
	low, high := int64(0), int64(0)
	for _, at := range equation[1:] {
		low, high = low+s.ranges[at].low, high+s.ranges[at].high
	}
	total := &s.ranges[equation[0]]
	changed = total.cut(low, high)
	for _, at := range equation[1:] {
		part := &s.ranges[at]
		was := *part
		if part.cut(total.low-(high-was.high), total.high-(low-was.low)) {
			low, high = low+part.low-was.low, high+part.high-was.high
			changed = true
		}
	}
	return changed
}

func (b *between) cut(low, high int64) (changed bool) {
	if low > b.low {
		b.low, changed = low, true
	}
	if high < b.high {
		b.high, changed = high, true
	}
	return changed
}

// keepBack keeps one more figure of a column back so that its small groups can be less well worked out: the smallest part, or
// else the total, first told as it is and then even as one that is small.
func (s *sheet) keepBack(small int) {
	equation := s.equations[small%s.columns]
	least := -1
	for _, at := range equation[1:] {
		if f := s.figures[at]; f.Kind == Told && f.N > 0 && (least < 0 || f.N < s.figures[least].N) {
			least = at
		}
	}
	if least < 0 {
		least = equation[0]
	}
	s.figures[least].Kind = Quiet
}
