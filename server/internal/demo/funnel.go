package demo

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"lantoa/server/internal/reach"
)

// vietnam is the one time zone of the product.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

// funnelSteps are the columns of the table, in order.
var funnelSteps = []string{"eligible", "registered", "accepted", "arrived", "opened", "answered", "places", "waiting", "came"}

// funnel prints how far the call came, as the officer reads it, and what the kill cost.
func (w *week) funnel(ctx context.Context, t *tolled) error {
	a := w.alarm
	var f reach.Funnel
	if err := a.officers[0].send(ctx, http.MethodGet, a.path("reach"), nil, &f); err != nil {
		return err
	}
	fmt.Fprintln(w.Out)
	w.say("demo.funnel", map[string]string{"title": callTitle, "as_of": time.UnixMilli(f.AsOf).In(vietnam).Format("15:04:05 02/01/2006")})
	out := tabwriter.NewWriter(w.Out, 2, 0, 2, ' ', tabwriter.AlignRight)
	head := []string{w.word("reach.short_unit")}
	for _, step := range funnelSteps {
		head = append(head, w.word("reach.short_"+step))
	}
	fmt.Fprintln(out, "\t"+strings.Join(head, "\t")+"\t")
	for i := range f.Units {
		funnelRow(out, f.Units[i].Name, &f.Units[i])
	}
	funnelRow(out, w.word("reach.short_total"), &f.Total)
	out.Flush()
	w.say("demo.funnel_note", map[string]string{
		"twice": fmt.Sprint(t.twice), "bound": fmt.Sprint(t.recovered), "flying": fmt.Sprint(a.flying), "gone": fmt.Sprint(t.gone), "inbox": fmt.Sprint(t.unreachable),
		"messages": fmt.Sprint(t.messages),
	})
	return nil
}

func funnelRow(out *tabwriter.Writer, name string, r *reach.Row) {
	cells := []string{name}
	for _, f := range []fmt.Stringer{r.Eligible, r.Registered, r.Accepted, r.Arrived, r.Opened, r.Answered, r.Places, r.Waiting, r.Came} {
		cells = append(cells, f.String())
	}
	fmt.Fprintln(out, "\t"+strings.Join(cells, "\t")+"\t")
}
