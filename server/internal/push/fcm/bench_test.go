//go:build unix

package fcm_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lantoa/server/internal/push"
	"lantoa/server/internal/push/fcm"
	"lantoa/server/internal/push/standin"
)

const (
	benchParallel = 1000
	benchLatency  = 50 * time.Millisecond
	benchMessages = 20_000
)

// asStandin makes the test binary a stand-in, so that the processor's time is the sender's alone.
const asStandin = "LANTOA_TEST_STANDIN"

func TestMain(m *testing.M) {
	if os.Getenv(asStandin) != "" {
		serveStandin()
		return
	}
	os.Exit(m.Run())
}

// opened is what the child says of itself.
type opened struct {
	Endpoint    string
	Credentials []byte
	PEM         []byte
}

func serveStandin() {
	srv, err := standin.New(standin.Options{Latency: benchLatency})
	if err != nil {
		panic(err)
	}
	defer srv.Close()
	out := json.NewEncoder(os.Stdout)
	out.Encode(opened{srv.Endpoint(), srv.Credentials(), srv.PEM()})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); { // each line asks for the counters
		out.Encode(struct {
			standin.Stats
			CPU time.Duration
		}{srv.Stats(), cpuTime()})
	}
}

// child is a stand-in in a process of its own.
type child struct {
	opened
	ask  func() childStats
	opts fcm.Options
}

type childStats struct {
	standin.Stats
	CPU time.Duration
}

func startChild(b *testing.B) *child {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asStandin+"=1")
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
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	c, read := &child{}, json.NewDecoder(out)
	if err := read.Decode(&c.opened); err != nil {
		b.Fatal(err)
	}
	c.ask = func() (stats childStats) {
		fmt.Fprintln(in)
		if err := read.Decode(&stats); err != nil {
			b.Fatal(err)
		}
		return stats
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(c.PEM)
	c.opts = fcm.Options{Credentials: c.Credentials, Endpoint: c.Endpoint, Roots: roots, Parallel: benchParallel}
	return c
}

// round is what one round of messages cost.
type round struct {
	rate, cpu, other, allocs float64 // a second; µs, µs of the stand-in and allocations for each message
	connections              int64
}

// run sends the messages with benchParallel at once.
func run(b *testing.B, c *child, send func(ctx context.Context, m *push.Message) bool) round {
	b.Helper()
	var next, failed atomic.Int64
	var before, after runtime.MemStats
	runtime.GC()
	then := c.ask()
	runtime.ReadMemStats(&before)
	cpu, began := cpuTime(), time.Now()
	var all sync.WaitGroup
	for range benchParallel {
		all.Go(func() {
			for {
				n := next.Add(1)
				if n > benchMessages {
					return
				}
				m := call("fQ7nB-k2Q0eXw3:APA91bE" + strconv.FormatInt(n, 36) + "-a-registration-token-has-about-160-characters-and-this-one-has-them-too-so-that-the-body-has-its-usual-length-when-it-is-measured-")
				if !send(b.Context(), m) {
					failed.Add(1)
				}
			}
		})
	}
	all.Wait()
	elapsed, spent := time.Since(began), cpuTime()-cpu
	runtime.ReadMemStats(&after)
	now := c.ask()
	if failed.Load() > 0 || now.Accepted-then.Accepted != benchMessages {
		b.Fatalf("%d failed, %d taken, want %d", failed.Load(), now.Accepted-then.Accepted, benchMessages)
	}
	return round{
		rate: benchMessages / elapsed.Seconds(), cpu: micros(spent), other: micros(now.CPU - then.CPU),
		allocs: float64(after.Mallocs-before.Mallocs) / benchMessages, connections: now.Connections - then.Connections,
	}
}

func micros(d time.Duration) float64 { return float64(d.Microseconds()) / benchMessages }

// BenchmarkAgainstBare sends the same messages through a Sender and through a bare loop around the SDK's own call with the
// same transport, by turns, at 1,000 in flight and 50 ms. Trust the processor's time, the allocations and the ratios.
func BenchmarkAgainstBare(b *testing.B) {
	c := startChild(b)
	var sender, bare []round
	for b.Loop() {
		s, err := fcm.New(b.Context(), c.opts)
		if err != nil {
			b.Fatal(err)
		}
		sender = append(sender, run(b, c, func(ctx context.Context, m *push.Message) bool {
			return s.Send(ctx, m).Result == push.Accepted
		}))
		s.Close()
		l, err := fcm.NewBare(b.Context(), c.opts)
		if err != nil {
			b.Fatal(err)
		}
		bare = append(bare, run(b, c, func(ctx context.Context, m *push.Message) bool { return l.Send(ctx, m) == nil }))
		l.Close()
	}
	b.ReportMetric(0, "ns/op")
	for name, rounds := range map[string][]round{"sender": sender, "bare": bare} {
		b.ReportMetric(median(rounds, func(r round) float64 { return r.rate }), name+"-msg/s")
		b.ReportMetric(median(rounds, func(r round) float64 { return r.cpu }), name+"-cpu-µs/msg")
		b.ReportMetric(median(rounds, func(r round) float64 { return r.other }), name+"-standin-cpu-µs/msg")
		b.ReportMetric(median(rounds, func(r round) float64 { return r.allocs }), name+"-allocs/msg")
		b.ReportMetric(median(rounds, func(r round) float64 { return float64(r.connections) }), name+"-conns")
	}
	rate := func(r round) float64 { return r.rate }
	b.ReportMetric(median(sender, rate)/median(bare, rate), "sender/bare")
}

func median(rounds []round, of func(round) float64) float64 {
	values := make([]float64, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
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
