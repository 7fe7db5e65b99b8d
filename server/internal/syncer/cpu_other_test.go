//go:build !unix

package syncer_test

// cpu is not measured here.
func cpu() float64 { return 0 }
