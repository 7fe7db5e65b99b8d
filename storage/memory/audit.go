package memory

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Audits implements storage.AuditReader.
func (r *reader) Audits(record syncproto.ID, above int64, limit int) ([]storage.Audit, error) {
	return r.auditsWhere(above, limit, func(a *storage.Audit) bool { return record == "" || a.Record == record }), nil
}

// AuditsBy implements storage.PersonReader.
func (r *reader) AuditsBy(person syncproto.ID, above int64, limit int) ([]storage.Audit, error) {
	return r.auditsWhere(above, limit, func(a *storage.Audit) bool { return person != "" && a.Person == person }), nil
}

func (r *reader) auditsWhere(above int64, limit int, wanted func(*storage.Audit) bool) (out []storage.Audit) {
	r.audits.under("", number(uint64(max(above, 0))), func(_ string, a *storage.Audit) bool {
		if len(out) == limit {
			return false
		}
		if wanted(a) {
			out = append(out, *a)
		}
		return true
	})
	return out
}

// AddAudit implements storage.AuditWriter.
func (t *tx) AddAudit(a *storage.Audit) error {
	t.audited++
	a.Number = int64(t.audited)
	c := *a
	t.audits.put(number(t.audited), &c)
	return nil
}
