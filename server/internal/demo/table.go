package demo

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"text/tabwriter"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func newRandom(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

func (w *week) word(key string) string { return catalogue.Text(w.Language, key, nil) }

// table prints what became of everything, a line a phone.
func (w *week) table(lost map[int]int) {
	out := tabwriter.NewWriter(w.Out, 2, 0, 2, ' ', tabwriter.AlignRight)
	columns := []string{"phone", "captured", "received", "merged", "conflicts", "rejected", "resent", "up", "down", "lost"}
	for i, c := range columns {
		columns[i] = w.word("demo.column_" + c)
	}
	fmt.Fprintln(out, "\t"+strings.Join(columns, "\t")+"\t  "+w.word("demo.column_fate"))
	var sum totals
	var all traffic
	for _, p := range w.phones {
		t := p.link.total()
		w.row(out, p.name, p.totals, t, lost[p.number], p.fate)
		sum.captured += p.totals.captured
		sum.applied += p.totals.applied
		sum.merged += p.totals.merged
		sum.conflicts += p.totals.conflicts
		sum.rejected += p.totals.rejected
		sum.duplicate += p.totals.duplicate
		all.up, all.down, all.resent = all.up+t.up, all.down+t.down, all.resent+t.resent
	}
	total := 0
	for _, n := range lost {
		total += n
	}
	w.row(out, w.word("demo.column_sum"), sum, all, total, "")
	out.Flush()
	w.say("demo.note_received", nil)
}

func (w *week) row(out *tabwriter.Writer, name string, t totals, n traffic, lost int, fate string) {
	if fate != "" {
		fate = w.word(fate)
	}
	judged := t.applied + t.merged + t.conflicts + t.rejected + t.duplicate
	if fate != "" {
		fate = "  " + fate
	}
	fmt.Fprintf(out, "\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t%s\n",
		name, t.captured, judged, t.merged, t.conflicts, t.rejected, n.resent, size(n.up), size(n.down), lost, fate)
}

func size(n int64) string {
	if n < 10<<10 {
		return fmt.Sprintf("%d B", n)
	}
	if n < 10<<20 {
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

// files prints what became of the photos, films and recordings.
func (w *week) files(g *gallery) {
	shots := len(w.book.shots)
	ratio := 0.0
	if g.worth > 0 {
		ratio = float64(g.sent-w.voided) / float64(g.worth)
	}
	w.say("demo.files", map[string]string{
		"captured": fmt.Sprint(shots), "received": fmt.Sprint(g.originals), "missing": fmt.Sprint(g.waiting),
		"thumbnails": fmt.Sprint(g.copies[syncproto.LaneThumbnail]), "displays": fmt.Sprint(g.copies[syncproto.LaneDisplay]),
		"sent": size(g.sent), "voided": size(w.voided), "worth": size(g.worth), "ratio": fmt.Sprintf("%.3f", ratio),
		"distinct": fmt.Sprint(g.distinct), "stored": size(g.stored),
		"positions": fmt.Sprint(len(g.telling)), "looked": fmt.Sprint(g.copies[syncproto.LaneThumbnail] + g.copies[syncproto.LaneDisplay]), "corners": fmt.Sprint(g.corners),
	})
	for _, code := range slices.Sorted(maps.Keys(g.parked)) {
		w.note("demo.parked", map[string]string{"files": fmt.Sprint(g.parked[code]), "reason": w.reason(code)})
	}
	for _, code := range w.book.turnedAway {
		w.note("demo.turned_away", map[string]string{"reason": w.reason(code)})
	}
}

func (w *week) reason(code syncproto.Code) string {
	return string(code) + ": " + catalogue.Sentence(w.Language, code)
}
