package app

import (
	"math"
	"strconv"
	"strings"
)

// byteSize is a flag that takes "500M", "20G" or plain bytes; the units are powers of 1024.
type byteSize int64

// String implements flag.Value.
func (s *byteSize) String() string {
	n := int64(0)
	if s != nil {
		n = int64(*s)
	}
	for _, u := range byteUnits {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

var byteUnits = []struct {
	name  string
	bytes int64
}{{"T", 1 << 40}, {"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}}

// Set implements flag.Value.
func (s *byteSize) Set(text string) error {
	unit := int64(1)
	digits := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(text)), "B"), "I")
	for _, u := range byteUnits {
		if rest, ok := strings.CutSuffix(digits, u.name); ok {
			digits, unit = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return usageError("%q", text)
	}
	*s = byteSize(n * unit)
	return nil
}
