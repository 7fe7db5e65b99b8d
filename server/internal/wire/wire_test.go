package wire_test

import (
	"bytes"
	"strings"
	"testing"

	"lantoa/server/internal/wire"
	"lantoa/syncproto"
)

func TestRoundTripAndLimit(t *testing.T) {
	text := []byte(strings.Repeat("tình nguyện viên ", 1000))
	for _, e := range []wire.Encoding{wire.Identity, wire.Gzip, wire.Zstd} {
		packed := e.Append([]byte("head"), text)
		if !bytes.HasPrefix(packed, []byte("head")) {
			t.Fatalf("%v: the prefix is gone", e)
		}
		packed = packed[4:]
		got, err := e.AppendDecoded([]byte("x"), packed, len(text))
		if err != nil || string(got) != "x"+string(text) {
			t.Errorf("%v: got %d bytes, %v", e, len(got), err)
		}
		if _, err := e.AppendDecoded(nil, packed, len(text)-1); syncproto.CodeOf(err) != syncproto.CodeTooLarge {
			t.Errorf("%v beyond the limit: got %v", e, err)
		}
		if e == wire.Identity {
			continue
		}
		if _, err := e.AppendDecoded(nil, packed[:len(packed)-9], len(text)); syncproto.CodeOf(err) != syncproto.CodeBodyIncomplete {
			t.Errorf("%v cut: got %v", e, err)
		}
		if _, err := e.AppendDecoded(nil, text, len(text)); syncproto.CodeOf(err) != syncproto.CodeBadEncoding {
			t.Errorf("%v of noise: got %v", e, err)
		}
		if _, err := e.AppendDecoded(nil, packed, len(text)); err != nil {
			t.Errorf("%v after a fault: got %v", e, err)
		}
	}
}

func TestNegotiate(t *testing.T) {
	for header, want := range map[string]wire.Encoding{
		"": wire.Identity, "gzip": wire.Gzip, "gzip, zstd": wire.Zstd, "zstd;q=0, gzip": wire.Gzip, "br": wire.Identity,
		"gzip;q=1.0, zstd;q=0.5": wire.Gzip, "*": wire.Gzip, "GZIP , br": wire.Gzip, "gzip;q=0": wire.Identity,
		"identity": wire.Identity, ";;q=x,,": wire.Identity,
	} {
		if got := wire.Negotiate(header); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
	if _, ok := wire.Parse("br"); ok {
		t.Error("br is not read")
	}
}
