package storage

import (
	"errors"

	"lantoa/syncproto"
)

// Eraser forgets what must not be kept.
type Eraser interface {
	// EraseRecord puts a tombstone like PutRecord (Deleted and Erased set, no fields) and removes everything else of the
	// record: its revisions, the sides of its merges, dead letters of mutations that name it, its row of submissions.
	// Feeds keep the tombstone for as long as any. Backups made before keep what they have.
	EraseRecord(tombstone *syncproto.Record) error
	// EraseDeadLetters removes the payloads of a person's dead letters; their codes stay.
	EraseDeadLetters(person syncproto.ID) error
}

// CheckErased reports what EraseRecord refuses: invalid_id, and internal for what is no tombstone or still tells something.
func CheckErased(tombstone *syncproto.Record) error {
	const op = "erase record"
	if !tombstone.ID.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	if !tombstone.Deleted || !tombstone.Erased || len(tombstone.Fields) > 0 {
		return syncproto.E(syncproto.CodeInternal, op, errors.New("the tombstone still tells something"))
	}
	return nil
}
