package httpapi_test

import (
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
)

// scarce is a listener of a system that has no files left for a while.
type scarce struct {
	net.Listener
	left atomic.Int64
}

func (s *scarce) Accept() (net.Conn, error) {
	if s.left.Add(-1) >= 0 {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return s.Listener.Accept()
}

// TestTooManyConnectionsDoNotEndTheServer has the system out of files when somebody comes.
func TestTooManyConnectionsDoNotEndTheServer(t *testing.T) {
	w := newWorld(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	short := &scarce{Listener: ln}
	short.left.Store(3)
	ended := make(chan error, 1)
	go func() { ended <- w.api.Serve(short) }()
	answered := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + ln.Addr().String() + "/healthz")
		if err == nil {
			err = resp.Body.Close()
		}
		answered <- err
	}()
	select {
	case err := <-ended:
		ln.Close()
		t.Fatalf("the server ended: %v", err)
	case err := <-answered:
		if err != nil {
			t.Error(err)
		}
	}
}
