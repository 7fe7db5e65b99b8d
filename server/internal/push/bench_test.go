//go:build unix

package push_test

import (
	"bufio"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
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
	"lantoa/storage/sqlite"
)

const (
	benchParallel = 1000
	benchLatency  = 50 * time.Millisecond
)

// benchSize is a number of deliveries, fewer of them in a short run.
func benchSize(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

func init() {
	modes["standin"] = serveStandin
	modes["memory"] = showMemory
}

// opened is what a stand-in in a process of its own says of itself.
type opened struct {
	Endpoint    string
	Credentials []byte
	PEM         []byte
}

func serveStandin() error {
	srv, err := standin.New(standin.Options{Latency: benchLatency})
	if err != nil {
		return err
	}
	defer srv.Close()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(opened{srv.Endpoint(), srv.Credentials(), srv.PEM()}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); { // each line asks for the counters
		if err := out.Encode(srv.Stats()); err != nil {
			return err
		}
	}
	return nil
}

// startStandin returns what a Sender needs, and what asks for the counters.
func startStandin(b *testing.B) (fcm.Options, func() standin.Stats) {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"=standin")
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
	b.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	var c opened
	read := json.NewDecoder(out)
	if err := read.Decode(&c); err != nil {
		b.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.PEM)
	ask := func() (stats standin.Stats) {
		fmt.Fprintln(in)
		if err := read.Decode(&stats); err != nil {
			b.Fatal(err)
		}
		return stats
	}
	return fcm.Options{Credentials: c.Credentials, Endpoint: c.Endpoint, Roots: roots, Parallel: benchParallel}, ask
}

// template makes a database with an intent of class routine for so many persons, once for each number.
var template = func() func(b *testing.B, persons int) string {
	made := map[int]string{}
	return func(b *testing.B, persons int) string {
		b.Helper()
		if made[persons] == "" {
			dir, err := os.MkdirTemp("", "lantoa-push-bench-")
			if err != nil {
				b.Fatal(err)
			}
			madeDirs = append(madeDirs, dir)
			path := filepath.Join(dir, "lantoa.db")
			store, err := sqlite.Open(b.Context(), path, sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			w := &world{TB: b, store: store}
			for left := persons; left > 0; left -= 50_000 {
				w.intent(storage.ClassRoutine, min(left, 50_000), nil)
			}
			if err := store.Close(); err != nil {
				b.Fatal(err)
			}
			made[persons] = path
		}
		return made[persons]
	}
}()

// copyOf returns a copy of a database that is closed.
func copyOf(b *testing.B, path string) string {
	b.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	path = filepath.Join(b.TempDir(), "lantoa.db")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// benchRound is what one round cost.
type benchRound struct {
	rate, cpu, allocs float64 // a second; µs and allocations for each message
	connections       int64
}

// measured runs what sends so many messages.
func measured(b *testing.B, messages int, ask func() standin.Stats, send func()) benchRound {
	b.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	then := ask()
	runtime.ReadMemStats(&before)
	cpu, began := cpuTime(), time.Now()
	send()
	elapsed, spent := time.Since(began), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	now := ask()
	if now.Accepted-then.Accepted != int64(messages) {
		b.Fatalf("%d were taken, want %d", now.Accepted-then.Accepted, messages)
	}
	n := float64(messages)
	return benchRound{
		n / elapsed.Seconds(), float64(spent.Microseconds()) / n, float64(after.Mallocs-before.Mallocs) / n,
		now.Connections - then.Connections,
	}
}

// BenchmarkAgainstBare sends 100,000 deliveries of a database through the engine and the real Firebase SDK, bookkeeping
// included, and by turns as many messages with a bare loop around the SDK's own call, which keeps no books. Both have the same
// transport and 1,000 messages at once; the stand-in has a process of its own and takes 50 ms. Trust ratios.
func BenchmarkAgainstBare(b *testing.B) {
	messages := benchSize(100_000)
	path := template(b, messages)
	options, ask := startStandin(b)
	var engine, bare []benchRound
	for b.Loop() {
		engine = append(engine, engineRound(b, copyOf(b, path), messages, options, ask))
		bare = append(bare, bareRound(b, messages, options, ask))
	}
	b.ReportMetric(0, "ns/op")
	for name, rounds := range map[string][]benchRound{"engine": engine, "bare": bare} {
		b.ReportMetric(median(rounds, func(r benchRound) float64 { return r.rate }), name+"-msg/s")
		b.ReportMetric(median(rounds, func(r benchRound) float64 { return r.cpu }), name+"-cpu-µs/msg")
		b.ReportMetric(median(rounds, func(r benchRound) float64 { return r.allocs }), name+"-allocs/msg")
		b.ReportMetric(median(rounds, func(r benchRound) float64 { return float64(r.connections) }), name+"-conns")
	}
	ratios := make([]benchRound, len(engine))
	for n := range engine {
		ratios[n].rate = engine[n].rate / bare[n].rate
	}
	b.ReportMetric(median(ratios, func(r benchRound) float64 { return r.rate }), "engine/bare")
}

func engineRound(b *testing.B, path string, messages int, options fcm.Options, ask func() standin.Stats) benchRound {
	b.Helper()
	store, err := sqlite.Open(b.Context(), path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	sender, err := fcm.New(b.Context(), options)
	if err != nil {
		b.Fatal(err)
	}
	defer sender.Close()
	s := &closing{Sender: sender, over: make(chan struct{})}
	s.left.Store(int64(messages))
	e := push.New(push.Options{
		Store: store, Senders: only(s), Render: render, Rate: 10_000, Ramp: -1, InFlight: benchParallel,
	})
	e.Unpace()
	return measured(b, messages, ask, func() {
		ctx, cancel := context.WithCancel(b.Context())
		go func() {
			<-s.over
			cancel()
		}()
		if err := e.Run(ctx); err != nil {
			b.Fatal(err)
		}
	})
}

func bareRound(b *testing.B, messages int, options fcm.Options, ask func() standin.Stats) benchRound {
	b.Helper()
	bare, err := fcm.NewBare(b.Context(), options)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	l := storage.Leased{Kind: "call", Record: idOf(1)}
	l.Registration = phone{Service: "fcm", Kind: "token", Platform: "android"}
	return measured(b, messages, ask, func() {
		var next atomic.Int64
		var all sync.WaitGroup
		for range benchParallel {
			all.Go(func() {
				for n := next.Add(1); n <= int64(messages); n = next.Add(1) {
					own := l
					own.Delivery.Person = idOf(uint64(n))
					own.Registration.Address = "secret-" + strconv.FormatInt(n, 10) + "-" + string(own.Delivery.Person)
					m := render(&own)
					if err := bare.Send(b.Context(), &m); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	})
}

func median(rounds []benchRound, of func(benchRound) float64) float64 {
	values := make([]float64, len(rounds))
	for n, r := range rounds {
		values[n] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// cpuTime is what this process has spent of the processor.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkUrgentBehindRoutine measures how long an urgent call waits that comes while 100,000 routine deliveries are being
// sent: from the commit that makes it due to its first message.
func BenchmarkUrgentBehindRoutine(b *testing.B) {
	path := template(b, benchSize(100_000))
	for _, rate := range []float64{500, 10_000} {
		b.Run(fmt.Sprint(rate, "/s"), func(b *testing.B) {
			store, err := sqlite.Open(b.Context(), copyOf(b, path), sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			w := &world{TB: b, store: store, ids: 1 << 30}
			s := &firstUrgent{seen: make(chan time.Time, 1)}
			e := push.New(push.Options{Store: store, Senders: only(s), Render: render, Rate: rate, Ramp: -1})
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error)
			go func() { done <- e.Run(ctx) }()
			var waits []benchRound
			for b.Loop() {
				time.Sleep(200 * time.Millisecond) // the mass call goes on
				if int(s.count.Load()) >= benchSize(100_000) {
					b.Skip("the routine deliveries are over")
				}
				s.armed.Store(true)
				w.intent(storage.ClassUrgent, 100, nil)
				committed := time.Now()
				e.Wake()
				waits = append(waits, benchRound{rate: float64((<-s.seen).Sub(committed).Microseconds()) / 1000})
			}
			cancel()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(waits, func(r benchRound) float64 { return r.rate }), "ms-median")
			b.ReportMetric(slices.MaxFunc(waits, func(x, y benchRound) int { return cmp.Compare(x.rate, y.rate) }).rate, "ms-most")
		})
	}
}

// firstUrgent notes when the first urgent message comes after it was armed.
type firstUrgent struct {
	armed atomic.Bool
	count atomic.Int64
	seen  chan time.Time
}

func (f *firstUrgent) Send(_ context.Context, m *push.Message) push.Verdict {
	f.count.Add(1)
	if m.Urgent && f.armed.CompareAndSwap(true, false) {
		f.seen <- time.Now()
	}
	time.Sleep(benchLatency)
	return push.Verdict{Result: push.Accepted}
}

// BenchmarkMemory measures how far the memory of a process that has 500,000 deliveries to send grows above what it has idle.
func BenchmarkMemory(b *testing.B) {
	path := template(b, benchSize(500_000))
	for b.Loop() {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childMode+"=memory", childPath+"="+copyOf(b, path))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		var m memoryShown
		if err := json.Unmarshal(out, &m); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(m.Idle)/1024, "idle-MiB")
		b.ReportMetric(float64(m.Most-m.Idle)/1024, "above-MiB")
		b.ReportMetric(m.Rate, "msg/s")
	}
	b.ReportMetric(0, "ns/op")
}

type memoryShown struct {
	Idle, Most int64 // KiB
	Rate       float64
}

// showMemory sends all of a database and prints how much memory that took.
func showMemory() error {
	store, err := sqlite.Open(context.Background(), os.Getenv(childPath), sqlite.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	var count atomic.Int64
	slow := &counter{count: &count}
	e := push.New(push.Options{Store: store, Senders: only(slow), Render: render, Rate: 10_000, Ramp: -1, InFlight: benchParallel})
	shown := memoryShown{Idle: resident()}
	ctx, cancel := context.WithCancel(context.Background())
	done, began := make(chan error, 1), time.Now()
	go func() { done <- e.Run(ctx) }()
	for last := int64(-1); ; {
		time.Sleep(200 * time.Millisecond)
		shown.Most = max(shown.Most, resident())
		now := count.Load()
		if now > 0 && now == last && e.Status().Leased == 0 {
			break
		}
		last = now
	}
	shown.Rate = float64(count.Load()) / time.Since(began).Seconds()
	cancel()
	if err := <-done; err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(shown)
}

type counter struct{ count *atomic.Int64 }

func (c *counter) Send(context.Context, *push.Message) push.Verdict {
	time.Sleep(benchLatency)
	c.count.Add(1)
	return push.Verdict{Result: push.Accepted}
}

// resident is how much memory the process has, in KiB.
func resident() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}
