package storage

import "lantoa/syncproto"

// Audit is one entry of the audit log: who did or read what, by which right. It holds ids, never texts.
type Audit struct {
	Number int64 // 1, 2, 3 … given by the store
	At     int64 // server time, Unix ms
	Act    string
	Person syncproto.ID
	Device syncproto.ID
	Grant  syncproto.ID // the grant that allowed it; "" for what needs none
	Unit   syncproto.ID
	Record syncproto.ID
	Detail string // what the act needs besides: a lane, a hash; at most 200 bytes
}

// AuditReader reads the audit log.
type AuditReader interface {
	// Audits lists entries above a number in order, at most limit; with a record, only those of it.
	Audits(record syncproto.ID, above int64, limit int) ([]Audit, error)
}

// AuditWriter adds to the audit log, which nothing changes or removes.
type AuditWriter interface {
	// AddAudit gives the entry its Number and stores it. Numbers follow each other without a gap in the order of commits:
	// what a savepoint or an update that failed took is given again.
	AddAudit(a *Audit) error
}
