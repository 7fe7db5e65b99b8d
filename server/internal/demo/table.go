package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"text/tabwriter"

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
	return fmt.Sprintf("%d KB", n>>10)
}
