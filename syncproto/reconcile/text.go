package reconcile

// MergeText is being filled in.
func MergeText(base, current, incoming string) (merged string, clean bool) {
	switch {
	case current == incoming || base == incoming:
		return current, true
	case base == current:
		return incoming, true
	}
	return current, false
}
