package reconcile

// differ compares two lists of tokens by Myers' algorithm in linear space (An O(ND) Difference Algorithm and Its
// Variations, 1986, section 4b), marking what is gone from the one and what has come in the other. The quadratic
// table of a plain LCS would need gigabytes for two bodies of the permitted size.
type differ struct {
	from, to   []int32
	gone, come []bool
	budget     *int
	fwd, bwd   []int // furthest reach on each diagonal, reused by every level
}

// compare marks the differences of from[f0:f1] and to[t0:t1]; false means that the budget is used up.
func (d *differ) compare(f0, f1, t0, t1 int) bool {
	for {
		for f0 < f1 && t0 < t1 && d.from[f0] == d.to[t0] {
			f0, t0 = f0+1, t0+1
		}
		for f0 < f1 && t0 < t1 && d.from[f1-1] == d.to[t1-1] {
			f1, t1 = f1-1, t1-1
		}
		if *d.budget -= f1 - f0 + t1 - t0; *d.budget < 0 {
			return false
		}
		if f0 == f1 || t0 == t1 {
			mark(d.gone[f0:f1])
			mark(d.come[t0:t1])
			return true
		}
		x, y, ok := d.split(f0, f1, t0, t1)
		if !ok {
			return false
		}
		// The shorter half by recursion, the other by the loop, so that the stack stays shallow.
		if x-f0+y-t0 < f1-x+t1-y {
			if !d.compare(f0, x, t0, y) {
				return false
			}
			f0, t0 = x, y
		} else {
			if !d.compare(x, f1, y, t1) {
				return false
			}
			f1, t1 = x, y
		}
	}
}

func mark(flags []bool) {
	for i := range flags {
		flags[i] = true
	}
}

// split finds a point on a shortest path from (f0,t0) to (f1,t1), walking from both ends until the walks meet. Neither
// end is ever returned: both sides are nonempty and differ in their first and last token, so each half is smaller.
func (d *differ) split(f0, f1, t0, t1 int) (x, y int, ok bool) {
	n, m := f1-f0, t1-t0
	delta, odd, most := n-m, (n-m)&1 != 0, (n+m+1)/2
	size := 2*most + 3
	if cap(d.fwd) < size {
		d.fwd, d.bwd = make([]int, size), make([]int, size)
	}
	fwd, bwd, mid := d.fwd[:size], d.bwd[:size], most+1
	fwd[mid+1], bwd[mid+1] = 0, 0
	for D := 0; D <= most; D++ {
		if *d.budget -= 2*D + 2; *d.budget < 0 {
			return 0, 0, false
		}
		for k := -D; k <= D; k += 2 {
			x := reach(fwd, mid, k, D, n, m)
			start := x
			for x >= 0 && x < n && x-k < m && d.from[f0+x] == d.to[t0+x-k] {
				x++
			}
			*d.budget -= x - start
			fwd[mid+k] = x
			if back := delta - k; odd && x >= 0 && -D < back && back < D && bwd[mid+back] >= n-x {
				return f0 + x, t0 + x - k, true
			}
		}
		for k := -D; k <= D; k += 2 {
			x := reach(bwd, mid, k, D, n, m)
			start := x
			for x >= 0 && x < n && x-k < m && d.from[f1-1-x] == d.to[t1-1-x+k] {
				x++
			}
			*d.budget -= x - start
			bwd[mid+k] = x
			if ahead := delta - k; !odd && x >= 0 && -D <= ahead && ahead <= D && fwd[mid+ahead] >= n-x {
				return f1 - x, t1 - x + k, true
			}
		}
	}
	return 0, 0, false // not reached: the walks meet after most steps at the latest
}

// reach is the furthest point on diagonal k that D steps lead to before any tokens match, or -1 if it lies outside.
func reach(v []int, mid, k, D, n, m int) int {
	x := -1
	if k < D || D == 0 { // down from the diagonal above
		if above := v[mid+k+1]; above >= 0 && above-k <= m {
			x = above
		}
	}
	if k > -D { // right from the diagonal below
		if below := v[mid+k-1]; below >= x && below >= 0 && below < n {
			x = below + 1
		}
	}
	return x
}
