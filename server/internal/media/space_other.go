//go:build !linux && !darwin

package media

// diskRoom knows nothing here.
func diskRoom(string) (free int64, known bool, err error) { return 0, false, nil }
