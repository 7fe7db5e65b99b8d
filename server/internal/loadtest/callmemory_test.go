package loadtest_test

import (
	"context"
	"flag"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"sync/atomic"
	"testing"
	"time"

	"lantoa/server/internal/push"
)

// memoryPeople is how many BenchmarkCallMemory calls: everybody of some provinces. Filling the file takes most of its time.
var memoryPeople = flag.Int("call.people", 500_000, "how many people BenchmarkCallMemory calls")

// accepts is a service that takes everything, after a while.
type accepts struct{}

func (accepts) Send(context.Context, *push.Message) push.Verdict {
	time.Sleep(50 * time.Millisecond)
	return push.Verdict{Result: push.Accepted}
}

// BenchmarkCallMemory calls 500,000 people and reports how far the heap, garbage included, grows
// above what the process has idle, while the call is resolved and stored, planned and sent: asked are 64 MiB at most.
func BenchmarkCallMemory(b *testing.B) {
	people := *memoryPeople
	c := newCentre(b, people)
	c.crowd = nil
	defer c.ring(accepts{}, 10_000)()
	for range b.N {
		c.sent.Store(0)
		debug.FreeOSMemory()
		idle := heap()
		peak := watchHeap()
		start := time.Now()
		c.call(c.units[0])
		stored, most := time.Since(start), peak()
		peak = watchHeap()
		c.planned()
		planned := time.Since(start)
		c.until(func() bool { return c.sent.Load() == int64(people) })
		later := peak()
		b.Logf("stored after %v, planned after %v, sent after %v", stored.Round(time.Millisecond), planned.Round(time.Millisecond),
			time.Since(start).Round(time.Millisecond))
		b.ReportMetric(mebibytes(idle), "idle-MiB")
		b.ReportMetric(mebibytes(most-idle), "storing-MiB")
		b.ReportMetric(mebibytes(later-idle), "sending-MiB")
	}
	b.ReportMetric(0, "ns/op")
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }

// heap is what objects take, those included that wait for the collector.
func heap() int64 {
	sample := []runtimemetrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	runtimemetrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// watchHeap looks at the heap until the function that it returns is called, which returns the most that it saw.
func watchHeap() (most func() int64) {
	var peak atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			peak.Store(max(peak.Load(), heap()))
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() int64 {
		close(stop)
		<-done
		return peak.Load()
	}
}
