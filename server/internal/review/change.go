package review

import (
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Change is one change of a submission, or of something that hangs under it.
type Change struct {
	// Before is nil for a new record. After may be a tombstone. Neither may be changed.
	Before, After *syncproto.Record
	// Top is the submission at the top as it is now: After itself or the topmost above it.
	Top *syncproto.Record
	// Mutation is nil for what the server does itself.
	Mutation *syncproto.Mutation
	// Person, Device and Grant say who, and by which grant; "" for the server.
	Person, Device, Grant syncproto.ID
	Editor                bool // answers for the unit, now
	Access                *people.Access
	Now                   int64 // server time, Unix ms
}

// Putter is what the server writes records with by itself (syncer.Putter).
type Putter interface {
	// Put stores the next revision of a record and places it and what hangs under it.
	Put(r *syncproto.Record) error
	// Erase puts a tombstone and forgets everything else of the record.
	Erase(tombstone *syncproto.Record) error
}

// Tx is the transaction that changes are followed in.
type Tx = storage.Tx
