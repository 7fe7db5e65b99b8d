package loadtest

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Row is one line of the table: a figure of both servers and what the real one is held to.
type Row struct {
	Name   string // fit for testing.B.ReportMetric
	Title  string
	Unit   string
	Real   float64
	Null   float64
	Target string
	// More says that more is better; the ratio is then real/null, else null/real, so that 1 is always the ideal.
	More bool
}

// Ratio is how much of the null server's figure the real one reaches, from 0 to about 1.
func (r *Row) Ratio() float64 {
	if r.More {
		return ratio(r.Real, r.Null)
	}
	return ratio(r.Null, r.Real)
}

// figure is one row before the servers' values are filled in.
type figure struct {
	name, title, unit, target string
	more                      bool
	of                        func(*Figures) float64
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func figures(cfg Config) []figure {
	return []figure{
		{"flush/s", "records flushed a second", "1/s", "≥ 12,000", true, func(f *Figures) float64 { return f.Flush.PerSecond() }},
		{"flush-cpu", "server CPU for 1,000 flushed", "s", "≤ 0.12", false, func(f *Figures) float64 { return f.Flush.CPUPerThousand() }},
		{"flush-up", "bytes up for a flushed record", "B", "", false, func(f *Figures) float64 { return f.Flush.UpPerRecord() }},
		{"flush-down", "bytes down for a flushed record", "B", "", false, func(f *Figures) float64 { return f.Flush.DownPerRecord() }},
		{"flush-p50", "one flush, median", "ms", "", false, func(f *Figures) float64 { return ms(f.Flush.P50) }},
		{"flush-p95", "one flush, 95 of 100", "ms", "", false, func(f *Figures) float64 { return ms(f.Flush.P95) }},
		{"submit/s", "submits a second, pulling with them", "1/s", "", true, func(f *Figures) float64 { return f.Submit.PerSecond() }},
		{"pull/s", "records pulled a second", "1/s", "≥ 40,000", true, func(f *Figures) float64 { return f.Pull.PerSecond() }},
		{"pull-bytes", "bytes down for a pulled record", "B", "≤ 300", false, func(f *Figures) float64 { return f.Pull.DownPerRecord() }},
		{"pull-cpu", "server CPU for 1,000 pulled", "s", "", false, func(f *Figures) float64 { return f.Pull.CPUPerThousand() }},
		{"pull-p50", "one pull, median", "ms", "", false, func(f *Figures) float64 { return ms(f.Pull.P50) }},
		{"pull-p95", "one pull, 95 of 100", "ms", "", false, func(f *Figures) float64 { return ms(f.Pull.P95) }},
		{"first/s", fmt.Sprintf("first sync of %d, records a second", cfg.Big), "1/s", "≥ 35,000", true, func(f *Figures) float64 { return f.First.PerSecond() }},
		{"first-bytes", "bytes down for a record of it", "B", "", false, func(f *Figures) float64 { return f.First.DownPerRecord() }},
		{"first-cpu", "server CPU for 1,000 of it", "s", "", false, func(f *Figures) float64 { return f.First.CPUPerThousand() }},
		{"first-rss", "server memory above before", "MiB", "≤ 64", false, func(f *Figures) float64 { return float64(f.Memory.Peak-f.Memory.Before) / (1 << 20) }},
		{"one-p50", fmt.Sprintf("1 change among %d, median", cfg.Big), "ms", "≤ 0.6", false, func(f *Figures) float64 { return ms(f.One.P50) }},
		{"one-few-p50", fmt.Sprintf("1 change among %d, median", cfg.Small), "ms", "", false, func(f *Figures) float64 { return ms(f.OneFew.P50) }},
		{"one-growth", "… the former over the latter", "", "≤ 1.5", false, func(f *Figures) float64 { return ratio(float64(f.One.P50), float64(f.OneFew.P50)) }},
		{"none-p50", "nothing new, median", "ms", "≤ 0.4", false, func(f *Figures) float64 { return ms(f.None.P50) }},
		{"none-cpu", "server CPU for 1,000 of it", "s", "", false, func(f *Figures) float64 { return f.None.CPUPerThousand() }},
		{"none-up", "bytes up, headers included", "B", "≤ 400", false, func(f *Figures) float64 { return f.None.UpPerRecord() }},
		{"none-down", "bytes down, headers included", "B", "≤ 300", false, func(f *Figures) float64 { return f.None.DownPerRecord() }},
		{"poke-p50", "a change until live phones are poked", "ms", "", false, func(f *Figures) float64 { return ms(f.Poke.P50) }},
		{"heard-p50", "a change until they have it, median", "ms", "≤ 5", false, func(f *Figures) float64 { return ms(f.Heard.P50) }},
		{"heard-p95", "… 95 of 100", "ms", "", false, func(f *Figures) float64 { return ms(f.Heard.P95) }},
		{
			"group/s", fmt.Sprintf("durable mutations/s, %d phones × %d", cfg.GroupPhones, cfg.GroupBatch), "1/s", "½ of bare", true,
			func(f *Figures) float64 { return f.Group.PerSecond() },
		},
		{"group-cpu", "server CPU for 1,000 of them", "s", "", false, func(f *Figures) float64 { return f.Group.CPUPerThousand() }},
		{"live-kib", fmt.Sprintf("memory of an idle live connection, of %d", cfg.Idle), "KiB", "< 20", false, func(f *Figures) float64 {
			return ratio(float64(f.Live.Bytes)/1024, float64(f.Live.Connections))
		}},
		{"freed-ms", "until vanished phones are freed, all", "ms", "", false, func(f *Figures) float64 { return ms(f.Live.FreedAfter) }},
	}
}

// Rows returns the figures of both servers side by side; figures of phases that did not run are left out.
func (r *Report) Rows() []Row {
	var rows []Row
	for _, f := range figures(r.Config) {
		row := Row{Name: f.name, Title: f.title, Unit: f.unit, Target: f.target, More: f.more}
		if r.Real != nil {
			row.Real = f.of(r.Real)
		}
		if r.Null != nil {
			row.Null = f.of(r.Null)
		}
		if row.Real != 0 || row.Null != 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// Write prints the report as a table with what one needs to read it.
func (r *Report) Write(w io.Writer) error {
	c := r.Config
	fmt.Fprintf(w, "Field day: %d phones of %d districts, %d at once, %d stories of about 1 KB each in a push; seed %d.\n", c.Devices, c.Units, c.AtOnce, c.Batch, c.Seed)
	fmt.Fprintf(w, "Server and generator share %d processors. The null server keeps records in memory and promises nothing;\n", cores())
	fmt.Fprint(w, "the ratio is how near the server comes to it (1.00: as good).\n\n")
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tunit\tserver\tnull server\tratio\taim")
	for _, row := range r.Rows() {
		text := ""
		if row.Real != 0 && row.Null != 0 {
			text = fmt.Sprintf("%.2f", row.Ratio())
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", row.Title, row.Unit, number(row.Real), number(row.Null), text, row.Target)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	r.writeNotes(w)
	return nil
}

// writeNotes prints what the table leaves out: how busy the generator was, which bounds what it can show.
func (r *Report) writeNotes(w io.Writer) {
	for _, side := range []struct {
		name string
		f    *Figures
	}{{"server", r.Real}, {"null server", r.Null}} {
		if side.f == nil {
			continue
		}
		for _, p := range []struct {
			name string
			p    *Phase
		}{{"flush", &side.f.Flush}, {"submit", &side.f.Submit}, {"pull", &side.f.Pull}, {"first sync", &side.f.First}, {"group", &side.f.Group}} {
			if p.p.Wall > 0 {
				fmt.Fprintf(w, "%s, %s: %d records in %d requests and %v; CPU: server %v, generator %v\n", side.name, p.name, p.p.Records,
					p.p.Requests, p.p.Wall.Round(time.Millisecond), p.p.CPU, p.p.Client)
			}
		}
		if l := side.f.Live; l.Connections > 0 {
			fmt.Fprintf(w, "%s, live: %d connections, %d vanished, %d freed\n", side.name, l.Connections, l.Vanished, l.Freed)
		}
	}
}

func number(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v >= 1000:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}
