package webpush_test

import (
	"testing"

	"lantoa/server/internal/push"
)

// BenchmarkSend is dominated by what the library does for each message: a key pair, an exchange and a signature.
func BenchmarkSend(b *testing.B) {
	srv, sender, public := world(b)
	m := call(srv.Subscribe(public))
	b.ReportAllocs()
	for b.Loop() {
		if got := sender.Send(b.Context(), m); got.Result != push.Accepted {
			b.Fatalf("%+v", got)
		}
	}
}
