package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/storage"
	"lantoa/syncproto"
)

// finding is one invariant with what broke it.
type finding struct {
	key    string
	broken []string
}

// judge checks the week's invariants against the server's store and the phones, and prints the table.
func (w *week) judge(ctx context.Context, took time.Duration) (bool, *gallery, error) {
	var lost map[int]int
	var findings []finding
	err := w.server.Store().View(ctx, func(r storage.Reader) error {
		var gone []string
		var err error
		lost, gone, err = w.lost(r)
		if err != nil {
			return err
		}
		doubled, err := w.doubled(r)
		if err != nil {
			return err
		}
		taken, err := w.taken(ctx, r)
		findings = []finding{{"demo.check_lost", gone}, {"demo.check_once", doubled}, {"demo.check_author", taken}}
		return err
	})
	if err != nil {
		return false, nil, err
	}
	ended, desk, err := w.desk(ctx)
	if err != nil {
		return false, nil, err
	}
	waiting, differing, leaked, err := w.onPhones(ctx)
	if err != nil {
		return false, nil, err
	}
	findings = append(findings, finding{"demo.check_sent", waiting}, finding{"demo.check_same", differing}, finding{"demo.check_scope", leaked})
	seen, err := w.visit(ctx)
	if err != nil {
		return false, nil, err
	}
	findings = append(append(findings, seen.findings()...), desk...)
	w.table(lost)
	w.files(seen)
	w.endingTable(ended)
	if w.alarm != nil {
		call, err := w.toll(ctx)
		if err == nil {
			err = w.funnel(ctx, call)
		}
		if err != nil {
			return false, nil, err
		}
		findings = append(findings, call.findings...)
	}
	ok := true
	for _, f := range findings {
		mark := "✓"
		if len(f.broken) > 0 {
			mark, ok = "✗", false
		}
		fmt.Fprintf(w.Out, "%s %s\n", mark, w.word(f.key))
		for _, b := range f.broken[:min(len(f.broken), 5)] {
			fmt.Fprintln(w.Out, "    "+b)
		}
	}
	total := 0
	for _, n := range lost {
		total += n
	}
	w.say("demo.end", map[string]string{
		"lost": fmt.Sprint(total), "captured": fmt.Sprint(w.book.captures), "seconds": fmt.Sprintf("%.0f", took.Seconds()),
	})
	return ok, seen, nil
}

// desk checks what became of the submissions, and of what was to follow the units and to leave for good.
func (w *week) desk(ctx context.Context) (ended []*verdict, findings []finding, err error) {
	err = w.server.Store().View(ctx, func(r storage.Reader) error {
		var unequal, astray, stays []string
		var err error
		if ended, unequal, err = w.endings(ctx, r); err != nil {
			return err
		}
		if w.lateItems, astray, err = w.late(r); err != nil {
			return err
		}
		if stays, err = w.parted(ctx, r); err != nil {
			return err
		}
		left, err := w.traces(ctx)
		findings = []finding{
			{"demo.check_ended", unequal},
			{"demo.check_consent", w.unconsented},
			{"demo.check_merged", astray},
			{"demo.check_closed", stays},
			{"demo.check_erased", left},
		}
		return err
	})
	return ended, findings, err
}

// lost looks for every saved value: in the record, in a revision, in a conflict that keeps it, in a dead letter, or in
// the side that a merge kept.
func (w *week) lost(r storage.Reader) (byPhone map[int]int, gone []string, err error) {
	byPhone = map[int]int{}
	dead, err := deadLetters(r)
	if err != nil {
		return nil, nil, err
	}
	found := map[syncproto.ID]map[syncproto.Value]bool{}
	for at, value := range w.book.saved {
		if w.book.erased[at.record] {
			continue
		}
		values := found[at.record]
		if values == nil {
			if values, err = valuesOf(r, at.record); err != nil {
				return nil, nil, err
			}
			found[at.record] = values
		}
		if values[value] || strings.Contains(dead, string(value)) || kept(r, at, value, w) {
			continue
		}
		byPhone[at.phone]++
		gone = append(gone, fmt.Sprintf("%s.%s (%s)", at.record, at.field, w.phones[at.phone].name))
	}
	slices.Sort(gone)
	return byPhone, gone, nil
}

// valuesOf collects every value that the server holds of a record, now or in its history, on either side of a conflict.
func valuesOf(r storage.Reader, id syncproto.ID) (map[syncproto.Value]bool, error) {
	values := map[syncproto.Value]bool{}
	revisions, err := r.Revisions(id)
	if err != nil && syncproto.KindOf(err) != syncproto.NotFound {
		return nil, err
	}
	for _, rev := range revisions {
		for _, v := range rev.Fields {
			values[v] = true
		}
	}
	children, err := r.Children(id, 1000)
	if err != nil {
		return nil, err
	}
	for _, child := range children {
		c, err := r.Record(child)
		if err != nil {
			return nil, err
		}
		if c.Record.Kind != syncproto.KindConflict {
			continue
		}
		for _, side := range []string{"lost", "stays", "base"} {
			v := c.Record.Fields[side]
			values[v] = true
			if members, ok := v.AsObject(); ok { // a whole edit was kept
				for _, m := range members {
					values[m] = true
				}
			}
		}
	}
	return values, nil
}

func kept(r storage.Reader, at spot, value syncproto.Value, w *week) bool {
	st, err := w.phones[at.phone].engine.Status(context.Background())
	if err != nil {
		return false
	}
	side, ok, err := r.Side(at.record, at.field, st.Device)
	return err == nil && ok && side == value
}

func deadLetters(r storage.Reader) (string, error) {
	var all strings.Builder
	for after := syncproto.ID(""); ; {
		devices, err := r.Devices(after, 500)
		if err != nil || len(devices) == 0 {
			return all.String(), err
		}
		for _, d := range devices {
			letters, err := r.DeadLetters(d.ID, 0, 10_000)
			if err != nil {
				return "", err
			}
			for _, l := range letters {
				all.Write(l.Wire)
			}
			after = d.ID
		}
	}
}

// taken finds records whose author is not the person whose phone captured them.
func (w *week) taken(ctx context.Context, r storage.Reader) ([]string, error) {
	people := map[int]syncproto.ID{}
	for i, p := range w.phones {
		st, err := p.engine.Status(ctx)
		if err != nil {
			return nil, err
		}
		if people[i] = st.Person; p.closed != "" {
			people[i] = p.closed
		}
	}
	var wrong []string
	for id, phone := range w.book.makers {
		if w.book.erased[id] {
			continue // also of whose it was
		}
		stored, err := r.Record(id)
		switch {
		case syncproto.KindOf(err) == syncproto.NotFound:
		case err != nil:
			return nil, err
		case stored.Record.Author != people[phone]:
			wrong = append(wrong, fmt.Sprintf("%s (%s)", id, w.phones[phone].name))
		}
	}
	slices.Sort(wrong)
	return wrong, nil
}

// doubled finds records on the server that nobody captured.
func (w *week) doubled(r storage.Reader) ([]string, error) {
	var wrong []string
	heads := map[syncproto.ID]bool{}
	for _, u := range w.units {
		list, err := r.Heads([]syncproto.Scope{syncproto.DeskScope(u.id)})
		if err != nil {
			return nil, err
		}
		if list[0].Number == 0 {
			continue
		}
		err = r.Changes(list[0].Number, 0, 1<<30, func(_ uint64, c syncproto.Change) bool {
			if rec, err := syncproto.DecodeRecord(c.Wire); !c.Removed && err == nil && syncproto.Reviewed(rec.Kind) {
				if heads[rec.ID] || w.book.records[rec.ID] == "" {
					wrong = append(wrong, string(rec.ID))
				}
				heads[rec.ID] = true
			}
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return wrong, nil
}

// onPhones checks what the phones hold: nothing unsent, what the server holds, and nobody else's drafts.
func (w *week) onPhones(ctx context.Context) (waiting, differing, leaked []string, err error) {
	for _, p := range w.phones {
		st, err := p.engine.Status(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		if st.Unsent > 0 || !st.CaughtUp && p.closed == "" {
			waiting = append(waiting, fmt.Sprintf("%s: %d (%s)", p.name, st.Unsent, st.LastError))
		}
		for after := ""; ; {
			list, err := p.engine.List(ctx, mobilesdk.Filter{Limit: 500, After: after})
			if err != nil {
				return nil, nil, nil, err
			}
			for i := range list.Items {
				it := &list.Items[i]
				if draft, err := p.draft(ctx, it); err != nil {
					return nil, nil, nil, err
				} else if draft && !it.Mine {
					leaked = append(leaked, p.name+": "+string(it.ID))
				}
				if same, err := w.sameOnServer(ctx, it); err != nil {
					return nil, nil, nil, err
				} else if !same {
					differing = append(differing, p.name+": "+string(it.ID))
				}
			}
			if after = list.Next; after == "" {
				break
			}
		}
	}
	return waiting, differing, leaked, nil
}

// draft reports whether a record is one that only its author may see. A photo goes with its story, except one that waits
// as unclaimed under somebody else's.
func (p *phone) draft(ctx context.Context, it *mobilesdk.Item) (bool, error) {
	parent, _ := it.Fields["parent"].AsText()
	if it.State != syncproto.StateDraft || it.Kind != syncproto.KindPhoto || parent == "" {
		return it.State == syncproto.StateDraft, nil
	}
	story, err := p.engine.Show(ctx, syncproto.ID(parent))
	if err != nil {
		return false, err
	}
	return story.State == syncproto.StateDraft, nil
}

func (w *week) sameOnServer(ctx context.Context, it *mobilesdk.Item) (same bool, err error) {
	err = w.server.Store().View(ctx, func(r storage.Reader) error {
		stored, err := r.Record(it.ID)
		if syncproto.KindOf(err) == syncproto.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		same = stored.Record.Revision == it.Revision && stored.Record.State == it.State && stored.Record.Deleted == it.Deleted
		for field, v := range stored.Record.Fields {
			same = same && (it.Deleted || it.Fields[field] == v)
		}
		return nil
	})
	return same, err
}
