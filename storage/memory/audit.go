package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Audits implements storage.AuditReader.
func (r *reader) Audits(record syncproto.ID, above int64, limit int) (out []storage.Audit, err error) {
	r.audits.under("", number(uint64(max(above, 0))), func(_ string, a *storage.Audit) bool {
		if len(out) == limit {
			return false
		}
		if record == "" || a.Record == record {
			out = append(out, *a)
		}
		return true
	})
	return out, nil
}

// AddAudit implements storage.AuditWriter.
func (t *tx) AddAudit(a *storage.Audit) error {
	t.audited++
	a.Number = int64(t.audited)
	c := *a
	t.audits.put(number(t.audited), &c)
	return nil
}
