package storage

import "lantoa/syncproto"

// Eraser forgets what must not be kept.
type Eraser interface {
	// EraseRecord puts a tombstone like PutRecord (Deleted and Erased set, no fields) and removes everything else of the
	// record: its revisions, the sides of its merges, dead letters of mutations that name it, its row of submissions.
	// Feeds keep the tombstone for as long as any.
	EraseRecord(tombstone *syncproto.Record) error
	// EraseDeadLetters removes the payloads of a person's dead letters; their codes stay.
	EraseDeadLetters(person syncproto.ID) error
}
