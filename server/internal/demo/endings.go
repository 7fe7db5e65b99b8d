package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// verdict is how far everybody agrees about the submissions that ended in one state.
type verdict struct {
	state                     syncproto.State
	server, author, editor    int // who holds them in this state
	timelines                 int // that are the same for all three
	authors, editors, counted int // of how many
}

// step is what a timeline says, wherever it is read.
type step struct {
	State  syncproto.State `json:"state"`
	At     int64           `json:"at"`
	By     string          `json:"by"`
	Reason string          `json:"reason"`
}

// endings asks server, authors' phones and the province's phone of every submission in which state it ended, and by
// which steps.
func (w *week) endings(ctx context.Context, r storage.Reader) (list []*verdict, broken []string, err error) {
	byState := map[syncproto.State]*verdict{}
	for _, id := range w.book.stories() {
		stored, err := r.Record(id)
		if syncproto.KindOf(err) == syncproto.NotFound || err == nil && (stored.Record.Deleted || stored.Record.State == syncproto.StateDraft) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		e := byState[stored.Record.State]
		if e == nil {
			e = &verdict{state: stored.Record.State}
			byState[e.state] = e
			list = append(list, e)
		}
		wrong, err := w.agree(ctx, r, stored.Record, e)
		if err != nil {
			return nil, nil, err
		}
		if wrong != "" {
			broken = append(broken, string(id)+": "+wrong)
		}
	}
	slices.SortFunc(list, func(a, b *verdict) int { return b.counted - a.counted })
	slices.Sort(broken)
	return list, broken, nil
}

// agree compares one submission in all places and says where it differs.
func (w *week) agree(ctx context.Context, r storage.Reader, record *syncproto.Record, e *verdict) (wrong string, err error) {
	e.counted++
	row, err := r.Submission(record.ID)
	if err != nil {
		return "", err
	}
	if row.State == record.State {
		e.server++
	} else {
		wrong += fmt.Sprintf(" queue %s", row.State)
	}
	steps, err := serverSteps(r, record.ID)
	if err != nil {
		return "", err
	}
	same := true
	look := func(p *phone, into *int) error {
		it, err := p.engine.Show(ctx, record.ID)
		if err == nil && it.State == record.State {
			*into++
		} else {
			wrong += fmt.Sprintf(" %s: state", p.name)
		}
		if err != nil {
			return nil
		}
		its, err := p.engine.Timeline(ctx, record.ID)
		if err != nil {
			return err
		}
		if !slices.Equal(steps, phoneSteps(its)) {
			same, wrong = false, wrong+fmt.Sprintf(" %s: %d steps, server %d", p.name, len(its), len(steps))
		}
		return nil
	}
	if p := w.phones[w.book.makers[record.ID]]; p.closed == "" {
		e.authors++
		if err := look(p, &e.author); err != nil {
			return "", err
		}
	}
	e.editors++
	if err := look(w.phones[0], &e.editor); err != nil {
		return "", err
	}
	if same {
		e.timelines++
	}
	return wrong, nil
}

// serverSteps reads the timeline that the server keeps.
func serverSteps(r storage.Reader, id syncproto.ID) (steps []step, err error) {
	children, err := r.Children(id, 1000)
	if err != nil {
		return nil, err
	}
	for _, child := range children {
		stored, err := r.Record(child)
		if err != nil {
			return nil, err
		}
		if stored.Record.Kind == syncproto.KindTimeline {
			if err := json.Unmarshal([]byte(stored.Record.Fields["steps"]), &steps); err != nil {
				return nil, err
			}
		}
	}
	return steps, nil
}

func phoneSteps(list []mobilesdk.Step) []step {
	out := make([]step, len(list))
	for i, s := range list {
		out[i] = step{State: s.State, At: s.At, By: s.By, Reason: s.Reason}
	}
	return out
}

// endingTable prints how the submissions ended.
func (w *week) endingTable(list []*verdict) {
	fmt.Fprintln(w.Out)
	w.say("demo.endings", nil)
	out := tabwriter.NewWriter(w.Out, 2, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "\t%s\t%s\t%s\t%s\t%s\t%s\t\n", w.word("demo.column_state"), w.word("demo.column_stories"), w.word("demo.column_server"),
		w.word("demo.column_author"), w.word("demo.column_editor"), w.word("demo.column_timelines"))
	var all verdict
	for _, e := range list {
		endingRow(out, w.word("state."+string(e.state)), e)
		all.counted, all.server, all.author, all.editor = all.counted+e.counted, all.server+e.server, all.author+e.author, all.editor+e.editor
		all.authors, all.editors, all.timelines = all.authors+e.authors, all.editors+e.editors, all.timelines+e.timelines
	}
	endingRow(out, w.word("demo.column_sum"), &all)
	out.Flush()
	d := w.done
	w.say("demo.reviewed", map[string]string{
		"returned": fmt.Sprint(d.returned), "fixed": fmt.Sprint(w.book.fixes), "unconsented": fmt.Sprint(d.unconsented),
		"stale": fmt.Sprint(d.stale), "undone": fmt.Sprint(d.undone), "adopted": fmt.Sprint(d.adopted), "late": fmt.Sprint(w.lateItems),
		"followed": fmt.Sprint(d.followed),
	})
}

func endingRow(out *tabwriter.Writer, name string, e *verdict) {
	fmt.Fprintf(out, "\t%s\t%d\t%d\t%s\t%s\t%s\t\n", name, e.counted, e.server, of(e.author, e.authors), of(e.editor, e.editors), of(e.timelines, e.counted))
}

// of writes how many of how many, shortly if it is all.
func of(n, all int) string {
	if n == all {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d/%d", n, all)
}
