package httpapi_test

import (
	"context"
	"net"
	"testing"
	"time"
)

// TestAServerThatIsStoppedBeforeItServesEnds is a signal that comes while a server starts.
func TestAServerThatIsStoppedBeforeItServesEnds(t *testing.T) {
	w := newWorld(t)
	if err := w.api.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.api.Serve(ln) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		ln.Close()
		t.Fatal("it serves for ever")
	}
	if conn, err := net.Dial("tcp", ln.Addr().String()); err == nil {
		conn.Close()
		t.Error("the port is still open")
	}
}

// TestASilentConnectionDoesNotHoldTheDoor has one connection that says nothing and one that says half a header.
func TestASilentConnectionDoesNotHoldTheDoor(t *testing.T) {
	w := newWorld(t)
	w.dial()
	half, _ := w.dial()
	if _, err := half.Write([]byte("POST /v1/sync HTTP/1.1\r\nHost: h\r\nX: ")); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := w.do("GET", "/healthz", "", nil, nil); status != 200 { // accepted after both
		t.Fatal(status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := w.api.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
