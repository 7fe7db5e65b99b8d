//go:build !linux && !darwin

package upload

// diskRoom knows nothing here: the guard is off.
func diskRoom(string) (free, total int64, known bool, err error) { return 0, 0, false, nil }
