package storage

import "lantoa/syncproto"

// NoticeKind says what somebody is to be told. The set is closed by package review.
type NoticeKind string

// Notice is the intent to tell somebody something (S-177). To, Kind, Record and Revision are its identity: among those that
// are not dropped there is one of each. It holds ids only; what is shown is read when it is shown.
type Notice struct {
	Number   int64           // 1, 2, 3 … given by the store
	To       syncproto.Scope // person:ID or desk:UNIT
	Kind     NoticeKind
	Record   syncproto.ID
	Revision int64
	Unit     syncproto.ID
	At       int64 // server time, Unix ms
	Due      int64 // not before; a hold may end it unsaid
	Dropped  int64 // when what it would have said was taken back; 0 while it stands
}

// NoticeReader reads notices.
type NoticeReader interface {
	// Notices lists those to a scope, or with "" to anybody, above a number in order, at most limit: also those that are
	// dropped or not due yet.
	Notices(to syncproto.Scope, above int64, limit int) ([]Notice, error)
}

// NoticeWriter makes and drops them.
type NoticeWriter interface {
	// AddNotice gives the notice its number and stores it. One with the same identity that is not dropped stays as it is:
	// added is then false and the number is that one's. Numbers follow each other without a gap, like those of the audit log.
	AddNotice(n *Notice) (added bool, err error)
	// DropNotices drops the notices of a record whose Due lies after a time, at that time. Those that are due stand: they
	// may have been said.
	DropNotices(record syncproto.ID, at int64) error
}
