package simtest

// Shrink leaves out actions for as long as the same invariant stays broken, within a number of tries, and returns the
// smallest run found. It is the delta debugging of Zeller with a bound.
func Shrink(r *Result, o Options, tries int) *Result {
	best := r
	for size := max(len(r.Actions)/2, 1); size >= 1 && tries > 0; {
		shorter := false
		for at := 0; at < len(best.Actions) && tries > 0; {
			actions := append([]Action(nil), best.Actions[:at]...)
			actions = append(actions, best.Actions[min(at+size, len(best.Actions)):]...)
			tries--
			got, err := Play(r.Seed, actions, o)
			if err == nil && got.Failed() && got.Violations[0].Invariant == r.Violations[0].Invariant {
				best, shorter = got, true
				continue
			}
			at += size
		}
		if size == 1 && !shorter {
			break
		}
		size = max(size/2, 1)
	}
	return best
}
