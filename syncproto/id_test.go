package syncproto

import (
	"strings"
	"testing"
)

const (
	idA ID = "01968c5e-0000-7000-8000-00000000000a"
	idB ID = "01968c5e-0000-7000-8000-00000000000b"
)

func TestIDValid(t *testing.T) {
	for text, want := range map[string]bool{
		string(idA):                            true,
		"00000000-0000-0000-0000-000000000000": true,
		"":                                     false,
		"01968C5E-0000-7000-8000-00000000000A": false,
		"01968c5e00007000800000000000000a":     false,
		"01968c5e-0000-7000-8000-00000000000":  false,
		"01968c5e-0000-7000-8000-00000000000g": false,
		// A dash where a digit belongs must neither pass nor shift the reading past the end.
		"01968c5e-0000-7000-8000--00000000000": false,
		"-0968c5e-0000-7000-8000-00000000000a": false,
		"--968c5e-0000-7000-8000-00000000000a": false,
		strings.Repeat("-", 36):                false,
		"01968c5e-0000-7000-8000-ằ00000000":    false,
	} {
		if got := ID(text).Valid(); got != want {
			t.Errorf("%q: valid is %v", text, got)
		}
	}
}

func TestIDRoundTrip(t *testing.T) {
	id := MakeID(1<<47, [10]byte{255, 254, 253, 252, 251, 250, 249, 248, 247, 246})
	b, ok := id.Bytes()
	if !ok || IDFromBytes(b) != id || b[6]>>4 != 7 || b[8]>>6 != 2 {
		t.Errorf("%s does not survive: %v", id, b)
	}
	if a, b := NewID(), NewID(); a == b || !a.Valid() {
		t.Errorf("fresh ids %s and %s", a, b)
	}
}
