package storage

import "lantoa/syncproto"

// NoticeKind says what somebody is to be told. The set is closed by package review.
type NoticeKind string

// Notice is the intent to tell somebody something (S-177). To, Kind, Record and Revision are its identity. It holds ids
// only; what is shown is read when it is shown.
type Notice struct {
	Number   int64           // 1, 2, 3 … given by the store
	To       syncproto.Scope // person:ID or desk:UNIT
	Kind     NoticeKind
	Record   syncproto.ID
	Revision int64
	Unit     syncproto.ID
	At       int64 // server time, Unix ms
	Due      int64 // not before; a hold may end it unsaid
	Dropped  int64 // what it would have said was taken back
}

// NoticeReader reads notices.
type NoticeReader interface {
	// Notices lists those to a scope, or with "" to anybody, above a number in order, at most limit.
	Notices(to syncproto.Scope, above int64, limit int) ([]Notice, error)
}

// NoticeWriter makes and drops them.
type NoticeWriter interface {
	// AddNotice gives the notice its number and stores it. One with the same identity that is not dropped stays as it is,
	// and added is false.
	AddNotice(n *Notice) (added bool, err error)
	// DropNotices drops the notices of a record that are not due yet at a time.
	DropNotices(record syncproto.ID, at int64) error
}
