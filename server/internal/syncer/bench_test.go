package syncer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"lantoa/server/internal/wire"
	"lantoa/syncproto"
)

// benchWorld is a world on SQLite.
func benchWorld(b *testing.B) *world { return newWorldOn(b, openSQLite(b)) }

// BenchmarkIdle is a round with nothing new: authenticate, look, answer.
func BenchmarkIdle(b *testing.B) {
	w := benchWorld(b)
	w.fill(1000, 200)
	p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
	p.holds()
	req := p.request()
	b.ReportAllocs()
	for b.Loop() {
		device, err := w.sync.Authenticate(b.Context(), p.token)
		w.check(err)
		_, err = w.sync.Sync(b.Context(), device, req, wire.Zstd)
		w.check(err)
	}
}

// BenchmarkOneAmong100k is a round that finds one change in a large scope.
func BenchmarkOneAmong100k(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := benchWorld(b)
			w.fill(n-1, 100)
			p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
			p.enc, p.max = wire.Zstd, syncproto.MaxPageBytes
			p.holds()
			w.fill(1, 900)
			req := p.request()
			b.ReportAllocs()
			for b.Loop() {
				device, err := w.sync.Authenticate(b.Context(), p.token)
				w.check(err)
				reply, err := w.sync.Sync(b.Context(), device, req, wire.Zstd)
				w.check(err)
				if reply.Changes != 1 {
					b.Fatalf("%d changes", reply.Changes)
				}
			}
		})
	}
}

// BenchmarkPullPage reads full pages of stories of 900 bytes.
func BenchmarkPullPage(b *testing.B) {
	w := benchWorld(b)
	w.fill(5000, 900)
	for _, enc := range []wire.Encoding{wire.Identity, wire.Gzip, wire.Zstd} {
		b.Run("encoding "+enc.String(), func(b *testing.B) {
			p := w.joins("Lan", w.commune, syncproto.RoleVolunteer)
			p.enc, p.max = enc, syncproto.MaxPageBytes
			p.holds()
			records, bytes := 0, 0
			cursor := ""
			b.ReportAllocs()
			for b.Loop() {
				req := p.request()
				req.Cursor = cursor
				reply, err := w.sync.Sync(b.Context(), p.device, req, enc)
				w.check(err)
				records += reply.Changes
				bytes += len(reply.Body)
				if !reply.More {
					cursor = ""
					continue
				}
				body, err := reply.Encoding.AppendDecoded(nil, reply.Body, 8<<20)
				w.check(err)
				cursor = cursorOf(body)
			}
			b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(float64(bytes)/float64(records), "B/record")
		})
	}
}

// cursorOf finds the cursor without decoding the pages, which is the phone's work.
func cursorOf(body []byte) string {
	const name = `"cursor":"`
	for i := 0; i+len(name) < len(body); i++ {
		if string(body[i:i+len(name)]) == name {
			rest := body[i+len(name):]
			for j, c := range rest {
				if c == '"' {
					return string(rest[:j])
				}
			}
		}
	}
	return ""
}

// BenchmarkPush10 is pushes of ten stories of 1 KB by 50 phones at once.
func BenchmarkPush10(b *testing.B) {
	w := benchWorld(b)
	w.sync = syncerWithout(w)
	random := rand.New(rand.NewPCG(1, 2))
	var units []syncproto.ID
	for i := range 20 {
		units = append(units, w.unit(fmt.Sprint("Xã ", i), w.province))
	}
	phones := make(chan *phone, 50)
	for i := range 50 {
		p := w.joins(fmt.Sprint("Người ", i), units[i%len(units)], syncproto.RoleVolunteer)
		p.holds()
		phones <- p
	}
	bodies := make([]syncproto.Value, 64)
	for i := range bodies {
		bodies[i] = syncproto.Text(prose(random, 900))
	}
	var mu sync.Mutex
	var judged atomic.Int64
	before := cpu()
	b.SetParallelism(25)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p := <-phones
			mu.Lock()
			for i := range 10 {
				p.wants(syncproto.Mutation{Record: w.id(), Set: syncproto.Fields{
					"title": syncproto.Text("Tin"), "body": bodies[(int(p.n)+i)%len(bodies)],
				}})
			}
			mu.Unlock()
			decoded, err := syncproto.DecodeSyncRequest(syncproto.AppendSyncRequest(nil, p.request()))
			w.check(err)
			reply, err := w.sync.Sync(context.Background(), p.device, decoded, wire.Zstd)
			w.check(err)
			if reply.Judged != 10 {
				b.Errorf("judged %d: %s", reply.Judged, reply.PushCode)
			}
			judged.Add(int64(reply.Judged))
			p.outbox = p.outbox[:0]
			body, err := reply.Encoding.AppendDecoded(nil, reply.Body, 8<<20)
			w.check(err)
			p.cursor = cursorOf(body)
			phones <- p
		}
	})
	b.ReportMetric(float64(judged.Load())/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric((cpu()-before)*1000/float64(judged.Load()), "cpu-s/1000")
}
