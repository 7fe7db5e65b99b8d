package httpapi_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

// stream opens a live stream and reads its head.
func (w *world) stream(token string) (net.Conn, *bufio.Reader) {
	w.t.Helper()
	conn, r := w.dial()
	fmt.Fprintf(conn, "GET /v1/live HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n", token)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("got %d %v", resp.StatusCode, resp.Header)
	}
	return conn, r
}

// poke reads one event of a stream.
func poke(r *bufio.Reader) error {
	for _, want := range []string{"event: poke\n", "data: {}\n", "\n"} {
		if got, err := r.ReadString('\n'); err != nil || got != want {
			return fmt.Errorf("read %q, %v; want %q", got, err, want)
		}
	}
	return nil
}

// until waits for a condition that another goroutine brings about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick, end := time.NewTicker(time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestAChangeByOnePhoneReachesAnother(t *testing.T) {
	w := newWorld(t)
	editor, editorToken := w.join(syncproto.RoleEditor)
	_ = editor
	conn, r := w.stream(editorToken)
	if err := poke(r); err != nil {
		t.Fatalf("on opening: %v", err)
	}
	record := syncproto.NewID()
	resp := w.round(syncBody(
		fmt.Sprintf(`{"id":"%s","kind":"story","n":1,"record":"%s","set":{"title":"Áo ấm"},"unit":"%s"}`, syncproto.NewID(), record, w.root.ID),
		fmt.Sprintf(`{"base_revision":0,"command":"submit","id":"%s","kind":"story","n":2,"record":"%s"}`, syncproto.NewID(), record)))
	if n := len(resp.Outcomes); n != 2 || resp.Outcomes[1].Result != syncproto.Applied {
		t.Fatalf("got %+v", resp.Outcomes)
	}
	if err := poke(r); err != nil {
		t.Fatalf("after the submission: %v", err)
	}
	if n := w.hub.Count(); n != 1 {
		t.Errorf("%d streams are open, want 1", n)
	}
	conn.Close()
	until(t, "the vanished phone is noticed", func() bool { return w.hub.Count() == 0 })
}

func TestARevokedDeviceLosesItsStream(t *testing.T) {
	w := newWorld(t)
	_, r := w.stream(w.token)
	if err := poke(r); err != nil {
		t.Fatal(err)
	}
	if err := w.people.RevokeDevice(t.Context(), w.device); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); err != nil || strings.Contains(string(rest), "HTTP") {
		t.Errorf("the stream ended with %q, %v", rest, err)
	}
}

// Environment of the harness for many connections; see TestIdleStreamsAreSmall.
const (
	envStreams = "LANTOA_TEST_STREAMS" // how many; 10000 for the figure in OPERATING.md
	envDial    = "LANTOA_TEST_DIAL"    // set in the child process that plays the phones
)

// TestIdleStreamsAreSmall opens many idle streams from another process and prints what each costs the server. The
// small default keeps the harness alive; run it with LANTOA_TEST_STREAMS=10000 for the real figure.
func TestIdleStreamsAreSmall(t *testing.T) {
	if address := os.Getenv(envDial); address != "" {
		playPhones(t, address)
		return
	}
	n := 200
	if text := os.Getenv(envStreams); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	w := newWorld(t)
	tokens := w.crowd(n)
	before := held()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestIdleStreamsAreSmall$")
	child.Env = append(os.Environ(), envDial+"="+w.address)
	child.Stdin, child.Stderr = strings.NewReader(strings.Join(tokens, "\n")), os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "open" {
		t.Fatalf("the phones said %q", lines.Text())
	}
	if got := w.hub.Count(); got != n {
		t.Errorf("%d streams are open, want %d", got, n)
	}
	after := held()
	each := float64(after-before) / float64(n) / 1024
	t.Logf("%d idle streams: %.1f KiB each (heap and stacks %d -> %d KiB, resident %d KiB)", n, each, before>>10, after>>10, resident()>>10)
	if n >= 1000 && each > 20 {
		t.Errorf("an idle stream costs %.1f KiB, want at most 20", each)
	}
	start := time.Now()
	w.round(syncBody(fmt.Sprintf(`{"id":"%s","kind":"story","n":1,"record":"%s","set":{"title":"a"},"unit":"%s"}`, syncproto.NewID(), syncproto.NewID(), w.root.ID)))
	if err := w.people.RenameUnit(t.Context(), w.root.ID, "Hội Chữ thập đỏ tỉnh"); err != nil {
		t.Fatal(err)
	}
	w.hub.Changed([]syncproto.Scope{syncproto.UnitScope(w.root.ID)}, "")
	if !lines.Scan() || lines.Text() != "poked" {
		t.Fatalf("the phones said %q", lines.Text())
	}
	t.Logf("one change heard by all after %v", time.Since(start))
	_ = child.Process.Kill()
	_ = child.Wait()
	until(t, "all vanished phones are noticed", func() bool { return w.hub.Count() == 0 })
}

// crowd makes devices without going through enrollment.
func (w *world) crowd(n int) (tokens []string) {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), func(tx storage.Tx) error {
		mine, err := tx.Device(w.device)
		if err != nil {
			return err
		}
		tokens = tokens[:0]
		for range n {
			token := strings.ReplaceAll(string(syncproto.NewID()), "-", "")[5:]
			tokens = append(tokens, token)
			person := storage.Person{ID: syncproto.NewID(), Name: "Người " + token[:4], Created: 1}
			if err := tx.PutPerson(&person); err != nil {
				return err
			}
			g := syncproto.Grant{ID: syncproto.NewID(), Person: person.ID, Unit: mine.Unit, Role: syncproto.RoleVolunteer, From: 1}
			if err := tx.PutGrant(&g); err != nil {
				return err
			}
			d := storage.Device{ID: syncproto.NewID(), Person: person.ID, Unit: mine.Unit, TokenHash: sha(token), Created: 1}
			if err := tx.PutDevice(&d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return tokens
}

// playPhones opens one stream for each token on standard input, says so, waits until each was poked again, says so,
// and stays until it is killed.
func playPhones(t *testing.T, address string) {
	in, err := io.ReadAll(os.Stdin)
	if err != nil {
		t.Fatal(err)
	}
	var streams []*bufio.Reader
	for _, token := range strings.Fields(string(in)) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /v1/live HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer %s\r\n\r\n", token)
		r := bufio.NewReaderSize(conn, 512)
		resp, err := http.ReadResponse(r, nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%v %v", resp, err)
		}
		if err := poke(r); err != nil {
			t.Fatal(err)
		}
		streams = append(streams, r)
	}
	fmt.Println("open")
	for _, r := range streams {
		if err := poke(r); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("poked")
	for _, r := range streams {
		_ = poke(r) // until the parent ends this process
	}
}

// held is what the process holds for its goroutines and their data.
func held() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// resident is the process's resident set, where the system says so.
func resident() uint64 {
	b, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(b)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseUint(string(fields[1]), 10, 64)
	return pages * uint64(os.Getpagesize())
}
