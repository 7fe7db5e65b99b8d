package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// valve is a network that lets one request of sync through. Everything else waits for the end of the test.
type valve struct {
	url      string
	on       atomic.Bool
	syncs    atomic.Int64
	files    atomic.Int64
	answered chan struct{} // closed when the phone has the answer to its first sync
	release  chan struct{}
}

func newValve(t *testing.T, server string) *valve {
	t.Helper()
	to, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	v := &valve{answered: make(chan struct{}), release: make(chan struct{})}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {} // the phone went away
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !v.on.Load() {
			proxy.ServeHTTP(w, r)
			return
		}
		switch {
		case r.URL.Path != "/v1/sync":
			v.files.Add(1)
		case v.syncs.Add(1) == 1:
			proxy.ServeHTTP(w, r)
			close(v.answered)
			return
		}
		<-v.release
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(front.Close)
	v.url = front.URL
	return v
}

// TestTextGoesFirst is first contact: a phone comes back to the network with fifty originals that wait, and a story that
// was written after them. After one request of sync somebody else reads the story, whatever else the phone sends.
func TestTextGoesFirst(t *testing.T) {
	y := newYard(t)
	server := "http://" + y.s.Addr().String()
	network := newValve(t, server)
	minh := y.phone(server, syncproto.RoleEditor, "Minh")
	minh.sync()
	lan := y.phone(network.url, syncproto.RoleVolunteer, "Lan")
	lan.sync()
	for i := range 50 {
		lan.recording(uint64(i), 200<<10)
	}
	const text = "Nước lên nhanh, bà con cần xuồng và áo phao."
	story, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{
		"title": syncproto.Text("Lũ về trong đêm"), "body": syncproto.Text(text),
	})
	if err == nil {
		err = lan.Command(background, story, syncproto.CommandSubmit, "")
	}
	if err != nil {
		t.Fatal(err)
	}

	network.on.Store(true)
	ctx, cancel := context.WithCancel(background)
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		lan.Watch(ctx, func(*mobilesdk.Summary, error) {})
	}()
	select {
	case <-network.answered:
	case <-time.After(time.Minute):
		t.Fatal("the phone did not sync")
	}
	minh.sync()
	item, err := minh.Show(background, story)
	if err != nil {
		t.Fatalf("after one request of sync the story cannot be read: %v", err)
	}
	wantText(t, item, "body", text)
	if got := y.figures()["lantoa_upload_bytes_total"]; got > 0 {
		t.Errorf("%g bytes of files went first", got)
	}
	t.Logf("%d requests of sync had begun, %d others", network.syncs.Load(), network.files.Load())
	cancel()
	close(network.release)
	<-watching
}
