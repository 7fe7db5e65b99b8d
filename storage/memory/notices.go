package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// noticeKey is what makes two notices the same. An id has one length; the kind ends with a zero byte.
func noticeKey(n *storage.Notice) string {
	return string(n.Record) + "\x00" + string(n.Kind) + "\x00" + number(uint64(n.Revision)) + string(n.To)
}

// Notices implements storage.NoticeReader.
func (r *reader) Notices(to syncproto.Scope, above int64, limit int) (out []storage.Notice, err error) {
	r.notices.under("", number(uint64(max(above, 0))), func(_ string, n *storage.Notice) bool {
		if len(out) == limit {
			return false
		}
		if to == "" || n.To == to {
			out = append(out, *n)
		}
		return true
	})
	return out, nil
}

// AddNotice implements storage.NoticeWriter.
func (t *tx) AddNotice(n *storage.Notice) (added bool, err error) {
	key := noticeKey(n)
	if same, ok := t.noticed.get(key); ok {
		n.Number = int64(same)
		return false, nil
	}
	t.notified++
	n.Number = int64(t.notified)
	c := *n
	t.notices.put(number(t.notified), &c)
	if n.Dropped == 0 {
		t.noticed.put(key, t.notified)
		t.untaken.put(number(t.notified), struct{}{})
	}
	return true, nil
}

// DropNotices implements storage.NoticeWriter.
func (t *tx) DropNotices(record syncproto.ID, at int64) error {
	t.noticed.under(string(record)+"\x00", "", func(rest string, n uint64) bool {
		old, _ := t.notices.get(number(n))
		if old.Due <= at {
			return true
		}
		c := *old
		c.Dropped = max(at, 1)
		t.notices.put(number(n), &c)
		t.untaken.drop(number(n))
		t.noticed.drop(string(record) + "\x00" + rest)
		return true
	})
	return nil
}
