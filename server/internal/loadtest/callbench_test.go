//go:build unix

package loadtest_test

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	callPeople  = 50_000
	callLatency = 50 * time.Millisecond
	callRounds  = 5
	// callHomes is to how many communes of a thousand people a call goes that wakes phones: about twenty seconds of the
	// default rate.
	callHomes = 10
)

// callRates are the default and ten times that.
var callRates = []float64{500, 5000}

// serveStandinEnv makes this test program a stand-in of FCM, so that it has a process of its own, as FCM has.
const serveStandinEnv = "LANTOA_LOADTEST_SERVE_STANDIN"

func init() { children[serveStandinEnv] = childStandin }

// opened is what a stand-in says of itself.
type opened struct {
	Endpoint    string
	Credentials []byte
	PEM         []byte
}

// childStandin serves until nobody holds its input any more.
func childStandin() error {
	srv, err := standin.New(standin.Options{Latency: callLatency})
	if err != nil {
		return err
	}
	defer srv.Close()
	if err := json.NewEncoder(os.Stdout).Encode(opened{srv.Endpoint(), srv.Credentials(), srv.PEM()}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// newSender returns the real SDK against a stand-in.
func newSender(b *testing.B) push.Sender {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveStandinEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	var o opened
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&o); err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(o.PEM)
	sender, err := fcm.New(b.Context(), fcm.Options{Credentials: o.Credentials, Endpoint: o.Endpoint, Roots: roots})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = sender.Close() })
	return sender
}

// BenchmarkCall lets 64 phones make and submit stories as fast as they can, by turns alone, in the first seconds of a call to
// 50,000 people, while it is planned and sent, and after that, while it is only sent. Share-first and share-later are how much of
// the mutations alone are left: asked is 0.75 at the default rate. The sender is the real SDK, the stand-in has a process of its
// own on the same processors.
func BenchmarkCall(b *testing.B) {
	c := newCentre(b, callPeople)
	sender := newSender(b)
	for _, rate := range callRates {
		b.Run(fmt.Sprint("rate=", rate), func(b *testing.B) {
			c.b = b
			defer c.ring(sender, rate)()
			c.window(nil) // the first one has caches to fill
			b.ResetTimer()
			for range b.N {
				c.takeTurns(b)
			}
		})
	}
}

func (c *centre) takeTurns(b *testing.B) {
	var alone, first, later, firstShare, laterShare []float64
	for range callRounds {
		one := c.counted()
		call := c.call(c.units[0])
		two := c.counted()
		c.planned()
		three := c.counted()
		c.cancel(call)
		b.Logf("%s; call begins: %s; is sent: %s; %.2f, %.2f", one, two, three, two.judged/one.judged, three.judged/one.judged)
		alone, first, later = append(alone, one.judged), append(first, two.judged), append(later, three.judged)
		firstShare, laterShare = append(firstShare, two.judged/one.judged), append(laterShare, three.judged/one.judged)
	}
	b.ReportMetric(0, "ns/op")
	for name, list := range map[string][]float64{
		"sync/s": alone, "sync-first/s": first, "sync-later/s": later, "share-first": firstShare, "share-later": laterShare,
	} {
		b.ReportMetric(middle(list), name)
	}
}

// counting of a window.
type figures struct {
	judged float64 // mutations a second
	sent   float64 // messages a second
	cpu    float64 // processors
}

func (f figures) String() string {
	return fmt.Sprintf("%.0f mutations/s, %.0f pushes/s, %.2f processors", f.judged, f.sent, f.cpu)
}

func (c *centre) counted() (f figures) {
	sent, cpu, began := c.sent.Load(), cpuTime(), time.Now()
	f.judged = c.window(nil)
	took := time.Since(began).Seconds()
	f.sent, f.cpu = float64(c.sent.Load()-sent)/took, (cpuTime()-cpu).Seconds()/took
	return f
}

func middle(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

// cpuTime is what this process has spent of the processors.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkWoken lets each push wake a phone that syncs at once, the worst case, over the handlers: the call is in the answer. By
// turns the 64 phones push alone and beside those, and then those have the server to themselves. It reports what is left
// of the mutations, and how long the woken phones wait for their answer.
func BenchmarkWoken(b *testing.B) {
	c := newCentre(b, 1000*callHomes)
	phones := c.wakeUp()
	sender := newSender(b)
	for _, rate := range callRates {
		b.Run(fmt.Sprint("rate=", rate), func(b *testing.B) {
			c.b = b
			defer c.ring(sender, rate)()
			c.window(nil)
			b.ResetTimer()
			for range b.N {
				c.stampede(b, phones)
			}
		})
	}
}

// stampede measures all that is said of woken phones.
func (c *centre) stampede(b *testing.B, phones []*sleeper) {
	var alone, beside, share []float64
	var busy, calm []time.Duration
	for range 3 {
		one := c.counted()
		together := c.rouse(phones)
		call := c.call(c.homes[:callHomes]...)
		two := c.counted()
		c.cancel(call)
		most := together.wait()
		quiet := c.rouse(phones)
		call = c.call(c.homes[:callHomes]...)
		sent := c.sent.Load()
		time.Sleep(deskWindow)
		sent = c.sent.Load() - sent
		c.cancel(call)
		least := quiet.wait()
		b.Logf("%s; with woken phones: %s: %.2f; answers %s, at most %d at once; with the server to themselves %.0f pushes/s: answers %s, %d at once",
			one, two, two.judged/one.judged, spread(together.took), most, float64(sent)/deskWindow.Seconds(), spread(quiet.took), least)
		alone, beside, share = append(alone, one.judged), append(beside, two.judged), append(share, two.judged/one.judged)
		busy, calm = append(busy, together.took...), append(calm, quiet.took...)
	}
	slices.Sort(busy)
	slices.Sort(calm)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(middle(alone), "sync/s")
	b.ReportMetric(middle(beside), "sync-with-woken/s")
	b.ReportMetric(middle(share), "share")
	for name, list := range map[string][]time.Duration{"busy": busy, "calm": calm} {
		if len(list) > 0 {
			b.ReportMetric(float64(at(list, 50).Microseconds())/1000, name+"-p50-ms")
			b.ReportMetric(float64(at(list, 95).Microseconds())/1000, name+"-p95-ms")
		}
	}
}

func spread(list []time.Duration) string {
	if len(list) == 0 {
		return "none"
	}
	list = slices.Sorted(slices.Values(list))
	return fmt.Sprintf("p50 %v p95 %v of %d", at(list, 50), at(list, 95), len(list))
}

// sleeper is a phone that syncs when it is rung.
type sleeper struct {
	device *storage.Device
	mu     sync.Mutex
	cursor string
}

// wakeUp lets everybody sync once, as phones have in the morning.
func (c *centre) wakeUp() []*sleeper {
	start, phones := time.Now(), make([]*sleeper, len(c.crowd))
	var next atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for n := int(next.Add(1)); n <= len(phones); n = int(next.Add(1)) {
				phones[n-1] = &sleeper{device: c.crowd[n-1]}
				c.pull(phones[n-1])
			}
		})
	}
	all.Wait()
	c.b.Logf("%d first syncs in %v", len(phones), time.Since(start).Round(time.Millisecond))
	return phones
}

// pull is one round of a phone that has nothing to tell.
func (c *centre) pull(p *sleeper) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body := syncproto.AppendSyncRequest(nil, &syncproto.SyncRequest{
		Protocol: syncproto.ProtocolVersion, App: "bench", Cursor: p.cursor, MaxBytes: syncproto.MaxPageBytes,
	})
	req, err := http.NewRequestWithContext(c.b.Context(), http.MethodPost, "http://phone/v1/sync", bytes.NewReader(body))
	if err != nil {
		c.b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+string(p.device.ID))
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		c.b.Error(err)
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.b.Errorf("sync: %d %s, %v", resp.StatusCode, answer, err)
		return
	}
	p.cursor = cursorOf(answer)
}

// herd is the phones that are being woken.
type herd struct {
	c       *centre
	running sync.WaitGroup
	now     atomic.Int64
	most    atomic.Int64
	mu      sync.Mutex
	took    []time.Duration
}

// rouse lets each push from now on wake its phone.
func (c *centre) rouse(phones []*sleeper) *herd {
	h := &herd{c: c}
	rang := func(address string) {
		place, _, _ := strings.Cut(address, ":")
		n, err := strconv.Atoi(place)
		if err != nil {
			c.b.Error(err)
			return
		}
		h.running.Go(func() { h.sync(phones[n]) })
	}
	c.rang.Store(&rang)
	return h
}

func (h *herd) sync(p *sleeper) {
	now := h.now.Add(1)
	for most := h.most.Load(); now > most && !h.most.CompareAndSwap(most, now); most = h.most.Load() {
	}
	began := time.Now()
	h.c.pull(p)
	took := time.Since(began)
	h.now.Add(-1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.took = append(h.took, took)
}

// wait ends the waking when the last phone has its answer, and returns how many synced at the same time at most.
func (h *herd) wait() (most int64) {
	h.c.rang.Store(nil)
	h.running.Wait()
	return h.most.Load()
}
