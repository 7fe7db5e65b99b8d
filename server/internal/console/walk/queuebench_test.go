package walk_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

var queueRows = flag.Int("queue-rows", 200_000, "submissions behind the queue that BenchmarkQueue opens")

// BenchmarkQueue is the queue with 200,000 submissions behind it, in a window of 1366×768: what the server needs for the
// page, for the list alone and for a submission, when a browser first paints the page, and how long the next submission
// takes from its key until it is painted. What ends with 4x is measured with a processor of a quarter of the speed.
func BenchmarkQueue(b *testing.B) {
	w := rig.Start(b)
	start := time.Now()
	w.Fill(*queueRows)
	b.Logf("%d rows in %v", *queueRows, time.Since(start).Round(time.Second))
	urgent(b, w, 12)
	token := w.Editor.SignIn()
	tab := w.Tab(w.Editor)
	waits := idsOf(b, w)
	all := map[string][]float64{}
	note := func(name string, ms float64) { all[name] = append(all[name], ms) }
	weight := 0
	for b.Loop() {
		var ms float64
		ms, weight = served(b, w, token, "/console/queue", "")
		note("page", ms)
		ms, _ = served(b, w, token, "/console/queue", "list")
		note("list", ms)
		ms, _ = served(b, w, token, "/console/queue/"+string(waits[0]), "item")
		note("item", ms)
		for _, speed := range []struct {
			name   string
			factor float64
		}{{"", 1}, {"-4x", 4}} {
			tab.CPU(speed.factor)
			tab.Open("/console/queue")
			tab.Wait(`performance.getEntriesByName("first-contentful-paint").length`)
			note("paint"+speed.name, rig.Eval[float64](tab, `performance.getEntriesByName("first-contentful-paint")[0].startTime`))
			tab.Press("j")
			tab.Wait(`document.querySelector("#queue-pane [data-sheet]")`)
			for range 4 {
				note("key"+speed.name, next(tab))
			}
		}
	}
	for name, list := range all {
		slices.Sort(list)
		b.ReportMetric(list[len(list)/2], name+"-p50-ms")
		b.ReportMetric(list[len(list)*95/100], name+"-p95-ms")
	}
	b.ReportMetric(float64(weight)/1000, "page-kB")
	b.ReportMetric(0, "ns/op")
}

// urgent sends stories with photos that cannot wait, so that they stand before everything else.
func urgent(b *testing.B, w *rig.World, n int) {
	lan := w.Phone("Lê Thị Lan", w.Commune)
	for i := range n {
		id := lan.Text(fmt.Sprintf("Chuyện gấp số %d", i+1), strings.Repeat("Sáng nay bà con cùng nhau dọn kênh, chiều đến thăm các cụ già neo đơn.\n", 8))
		if err := lan.Edit(b.Context(), id, mobilesdk.Patch{Set: syncproto.Fields{"urgent": syncproto.Bool(true)}}); err != nil {
			b.Fatal(err)
		}
		lan.Photo(id, "Bà con dọn kênh")
		lan.Hand(id)
	}
	lan.SendAll()
}

// served measures a request for a page or a part of one, and says how heavy the answer is.
func served(b *testing.B, w *rig.World, token, path, fragment string) (ms float64, weight int) {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, w.URL+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Cookie", "lantoa_session="+token)
	request.Header.Set("Accept-Encoding", "gzip")
	request.Header.Set("X-Fragment", fragment)
	start := time.Now()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatal(answer.Status, err)
	}
	return float64(time.Since(start).Microseconds()) / 1000, len(body)
}

// next presses j when what comes next was fetched ahead, as it is for somebody who looks at what they judge, and measures
// from the time of the key until the second frame after another submission was put in place.
func next(tab *rig.Tab) float64 {
	rig.Eval[bool](tab, `new Promise((done) => setTimeout(() => done(true), 600))`)
	tab.Run(`globalThis.painted = new Promise((done) => {
		let key = 0;
		addEventListener("keydown", (event) => { key = event.timeStamp; }, { capture: true, once: true });
		const before = document.querySelector("[data-sheet]").dataset.sheet;
		const watch = new MutationObserver(() => {
			const sheet = document.querySelector("[data-sheet]");
			if (!sheet || sheet.dataset.sheet === before) return;
			watch.disconnect();
			requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - key)));
		});
		watch.observe(document.getElementById("queue-pane"), { childList: true });
	}), undefined`)
	tab.Press("j")
	return rig.Eval[float64](tab, `globalThis.painted`)
}
