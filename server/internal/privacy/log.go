package privacy

import (
	"context"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// LogFilter says which entries of the audit log are shown. Zero members ask for nothing.
type LogFilter struct {
	Record syncproto.ID
	Person syncproto.ID // who did it
	Unit   syncproto.ID
	Act    string // one act, or with a point at its end all that begin so: "review."
	From   int64  // Unix ms
	Until  int64  // before this
	Before int64  // entries of smaller numbers only: Next of the page before
	Limit  int    // at most 200; 0 for 50
}

// maxWindow bounds how many entries are read at once while looking back.
const maxWindow = 1 << 14

// Log lists entries of the audit log, the newest first, and the Before of the next page; 0 at the end. Who sees what is as of
// Audits. A page may be short and still have a next one: looking back through what is not theirs has its bounds.
func (s *Service) Log(ctx context.Context, by By, f LogFilter) (list []Entry, next int64, err error) {
	if f.Limit <= 0 || f.Limit > maxAudits {
		f.Limit = 50
	}
	err = s.store.View(ctx, func(r storage.Reader) error {
		list, next = []Entry{}, 0
		st, _, err := s.answering(r, by.Person)
		if err != nil {
			return err
		}
		l := &lookBack{r: r, st: st, f: &f}
		list, next, err = l.page()
		return err
	})
	return list, next, err
}

// lookBack goes through the log from its end, in windows of numbers that grow where little is found.
type lookBack struct {
	r      storage.Reader
	st     *standing
	f      *LogFilter
	looked int
}

func (l *lookBack) page() (list []Entry, next int64, err error) {
	list = []Entry{}
	lowest, high := int64(1), l.f.Before-1
	if l.f.From > 0 {
		if lowest, err = l.firstAt(l.f.From); err != nil {
			return list, 0, err
		}
	}
	if l.f.Before <= 0 {
		until := int64(syncproto.MaxInteger)
		if l.f.Until > 0 {
			until = l.f.Until
		}
		if high, err = l.firstAt(until); err != nil {
			return list, 0, err
		}
		high--
	}
	for window := int64(256); high >= lowest; window = min(2*window, maxWindow) {
		low := max(lowest, high-window+1)
		found, err := l.window(low, high)
		if err != nil {
			return list, 0, err
		}
		for _, a := range slices.Backward(found) {
			list = append(list, entryOf(&a))
			if len(list) == l.f.Limit {
				return list, a.Number, nil
			}
		}
		if high = low - 1; l.looked >= maxLooked {
			return list, low, nil
		}
	}
	return list, 0, nil
}

// window reads what is asked for between two numbers, in order.
func (l *lookBack) window(low, high int64) (found []storage.Audit, err error) {
	for above := low - 1; above < high; {
		var page []storage.Audit
		if l.f.Person != "" {
			page, err = l.r.AuditsBy(l.f.Person, above, maxAudits)
		} else {
			page, err = l.r.Audits(l.f.Record, above, maxAudits)
		}
		if err != nil {
			return nil, err
		}
		for i := range page {
			above = page[i].Number
			if above > high {
				return found, nil
			}
			l.looked++
			if _, ok := l.st.keeps(page[i].Unit); ok && l.f.wants(&page[i]) {
				found = append(found, page[i])
			}
		}
		if len(page) < maxAudits {
			break
		}
	}
	return found, nil
}

func (f *LogFilter) wants(a *storage.Audit) bool {
	return (f.Record == "" || a.Record == f.Record) && (f.Unit == "" || a.Unit == f.Unit) &&
		(f.Act == "" || a.Act == f.Act || strings.HasSuffix(f.Act, ".") && strings.HasPrefix(a.Act, f.Act)) &&
		(f.From == 0 || a.At >= f.From) && (f.Until == 0 || a.At < f.Until)
}

// firstAt returns the number of the first entry at a time or later, one above the last if there is none. Entries are in the
// order of time but for clocks that were set back.
func (l *lookBack) firstAt(at int64) (int64, error) {
	low, high := int64(0), int64(1)
	before := func(number int64) (bool, error) { // the entry above a number is there and is older
		page, err := l.r.Audits("", number, 1)
		return err == nil && len(page) > 0 && page[0].At < at, err
	}
	for {
		older, err := before(high)
		if err != nil {
			return 0, err
		}
		if !older {
			break
		}
		low, high = high, 2*high
	}
	for low < high {
		middle := (low + high) / 2
		older, err := before(middle)
		if err != nil {
			return 0, err
		}
		if older {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low + 1, nil
}
