package storage

// CheckShares reports what AddShares refuses: invalid_id, and invalid_value for shares that are empty, too large or not as long
// as their units.
func CheckShares(shares []Share) error {
	return CheckIntent(&Intent{Kind: "any", Class: ClassRoutine}, shares)
}
