package syncproto_test

import (
	"strings"
	"testing"

	"lantoa/syncproto"
)

// TestTextIsReadToItsEnd puts what matters in a string at every place of strings of every length around the eight bytes
// that are looked at together.
func TestTextIsReadToItsEnd(t *testing.T) {
	for length := range 28 {
		for at := range length + 1 {
			before, after := strings.Repeat("a", at), strings.Repeat("~", length-at)
			for _, c := range []struct {
				in, out string
				code    syncproto.Code
			}{
				{in: "!", out: "!"},
				{in: " ", out: " "},
				{in: "[", out: "["},
				{in: "]", out: "]"},
				{in: "#", out: "#"},
				{in: "\x7f", out: "\x7f"},
				{in: "ệ", out: "ệ"},
				{in: "e\u0302\u0323", out: "ệ"},
				{in: "\u00a2", out: "\u00a2"}, // its last byte is a quote with the highest bit set
				{in: `\"`, out: `\"`},
				{in: `\\`, out: `\\`},
				{in: `\u0041`, out: "A"},
				{in: "\xa2", code: syncproto.CodeNotUTF8},
				{in: "\xdc", code: syncproto.CodeNotUTF8},
				{in: "\x1f", code: syncproto.CodeMalformed},
				{in: "\x00", code: syncproto.CodeMalformed},
				{in: `"x`, code: syncproto.CodeMalformed},
			} {
				in := `"` + before + c.in + after + `"`
				v, err := syncproto.ParseValue([]byte(in))
				if want := syncproto.Value(`"` + before + c.out + after + `"`); c.code == "" && (err != nil || v != want) {
					t.Errorf("%q: got %q, %v", in, v, err)
				}
				if c.code != "" && syncproto.CodeOf(err) != c.code {
					t.Errorf("%q: got %q, %v", in, v, err)
				}
				if _, err := syncproto.ParseValue([]byte(in[:len(in)-1])); syncproto.CodeOf(err) != syncproto.CodeMalformed {
					t.Errorf("%q is cut: got %v", in, err)
				}
			}
		}
	}
}
