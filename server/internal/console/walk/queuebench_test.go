package walk_test

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/console/rig"
	"lantoa/storage"
	"lantoa/syncproto"
)

var queueRows = flag.Int("queue-rows", 200_000, "submissions behind the queue that BenchmarkQueue opens")

// years fills a store with the rows of what a province's units sent in years: most of it long settled.
func years(tb testing.TB, w *rig.World, n int) {
	tb.Helper()
	r := rand.New(rand.NewPCG(6, 2))
	units := []syncproto.ID{w.Commune, w.Other}
	for i := range 100 {
		units = append(units, w.Unit(fmt.Sprintf("Xã số %d", i+1), "Xã", w.Province))
	}
	now := w.Now().UnixMilli()
	states := []syncproto.State{syncproto.StatePublished, syncproto.StatePublished, syncproto.StateDeclined, syncproto.StateTakenDown}
	for at := 0; at < n; at += 2000 {
		err := w.Server.Store().Update(tb.Context(), func(tx storage.Tx) error {
			for i := at; i < min(n, at+2000); i++ {
				since := now - int64(r.IntN(5*365*24))*time.Hour.Milliseconds()
				s := &storage.Submission{
					Record: syncproto.NewID(), Kind: syncproto.KindStory, Unit: units[r.IntN(len(units))], Author: w.Editor.ID,
					State: states[r.IntN(len(states))], Sent: since, Since: since, Changed: since, Photos: r.IntN(4),
					Title: fmt.Sprintf("Chuyện thứ %d của những năm trước", i),
				}
				if i%40 == 0 {
					s.State, s.Author, s.Since = syncproto.StateSubmitted, w.Second.ID, now-int64(r.IntN(200))*time.Hour.Milliseconds()
					s.Flags = storage.Flag(1<<r.IntN(9))&^(storage.FlagUrgent|storage.FlagMedia) | storage.FlagAlarmed // whose desk was told: rows have no records here
				}
				s.Text = s.Title
				if err := tx.PutSubmission(s, 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkQueue is the queue with 200,000 submissions behind it: what the server needs for the page, when a browser on a
// processor of a quarter of this machine's speed first paints it, and how long the next submission takes after its key.
func BenchmarkQueue(b *testing.B) {
	w := rig.Start(b)
	years(b, w, *queueRows)
	lan := w.Phone("Lê Thị Lan", w.Commune)
	for i := range 12 {
		id := lan.Text(fmt.Sprintf("Chuyện gấp số %d", i+1), "Sáng nay bà con cùng nhau dọn kênh, chiều đến thăm các cụ già neo đơn.")
		if err := lan.Edit(b.Context(), id, mobilesdk.Patch{Set: syncproto.Fields{"urgent": syncproto.Bool(true)}}); err != nil {
			b.Fatal(err)
		}
		lan.Hand(id)
	}
	lan.Send()
	var server, paint, key []float64
	weight := 0
	client := &http.Client{}
	token := w.Editor.SignIn()
	tab := w.Tab(w.Editor)
	tab.CPU(4)
	for b.Loop() {
		request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, w.URL+"/console/queue", nil)
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Cookie", "lantoa_session="+token)
		request.Header.Set("Accept-Encoding", "gzip")
		start := time.Now()
		answer, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			b.Fatal(answer.Status, err)
		}
		server, weight = append(server, float64(time.Since(start).Microseconds())/1000), len(body)
		tab.Open("/console/queue")
		paint = append(paint, rig.Eval[float64](tab, `performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0`))
		tab.Press("j")
		tab.Wait(`document.querySelector("#queue-pane [data-sheet]")`)
		for range 3 {
			key = append(key, next(tab))
		}
	}
	for name, all := range map[string][]float64{"server": server, "paint": paint, "key": key} {
		slices.Sort(all)
		b.ReportMetric(all[len(all)/2], name+"-p50-ms")
		b.ReportMetric(all[len(all)*95/100], name+"-p95-ms")
	}
	b.ReportMetric(float64(weight)/1000, "page-kB")
	b.ReportMetric(0, "ns/op")
}

// next presses j as soon as what comes next was fetched ahead, and measures until it is painted.
func next(tab *rig.Tab) float64 {
	tab.Wait(`performance.getEntriesByType("resource").filter(e => e.name.includes("/console/queue/")).every(e => e.responseEnd > 0)`)
	return rig.Eval[float64](tab, `new Promise((done) => setTimeout(() => {
		const before = document.querySelector("[data-sheet]").dataset.sheet;
		const start = performance.now();
		document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true, cancelable: true }));
		const look = () => document.querySelector("[data-sheet]")?.dataset.sheet !== before ? done(performance.now() - start) : requestAnimationFrame(look);
		requestAnimationFrame(() => requestAnimationFrame(look));
	}, 400))`)
}
