package storage

import "lantoa/syncproto"

// Flag is something about a submission that an editor looks for. They are bits of Submission.Flags.
type Flag uint32

// The flags. Their names are those of the API, in this order.
const (
	FlagUrgent   Flag = 1 << iota // its author or an editor says that it cannot wait
	FlagChild                     // a consent under it is of a child
	FlagLocation                  // it tells a position
	FlagFirst                     // the first submission of its author
	FlagConflict                  // a conflict under it is open
	FlagConsent                   // something lacks consent (S-181)
	FlagNotes                     // a note under it is open
	FlagMedia                     // files have not come yet
	FlagAlarmed                   // the desk above was told that it waits
)

// FlagNames returns the names of all flags in the order of their bits.
func FlagNames() []string {
	return []string{"urgent", "child", "location", "first", "conflict", "consent_missing", "notes", "media_waiting", "alarmed"}
}

// Submission is the row by which queues and searches find a submission that the desk sees. It is derived from the record
// and what hangs under it, and written in the same transaction.
type Submission struct {
	Record  syncproto.ID
	Kind    syncproto.Kind
	Unit    syncproto.ID
	Author  syncproto.ID
	State   syncproto.State
	Flags   Flag
	Sent    int64 // when it was first submitted, server time, Unix ms
	Since   int64 // since when it waits as it does: of its last submit, or of the step that led to its state
	Changed int64
	Claimer syncproto.ID // while in review
	Until   int64        // of the claim
	Photos  int
	Title   string // for the list, at most 200 bytes
	Text    string // everything that search looks in: title, body, captions, place, tags, names; at most 64 KiB
}

// Order says how a queue is sorted.
type Order string

// The orders.
const (
	OrderWaiting Order = "waiting" // urgent first, then the oldest Since
	OrderNewest  Order = "newest"  // by Changed
	OrderBest    Order = "best"    // of a search: exact accents first, then the better match
)

// Query asks for submissions. Zero fields ask for nothing.
type Query struct {
	Units   []syncproto.ID // nil for all; an empty list finds nothing
	States  []syncproto.State
	Kinds   []syncproto.Kind
	All     Flag // has all of these flags
	None    Flag // has none of these
	Author  syncproto.ID
	NotBy   syncproto.ID // leaves out this author: one's own submissions are for others to approve
	Claimer syncproto.ID // in a claim of this person
	Free    int64        // not in a claim of anybody else than Claimer at this time; 0 asks nothing
	Before  int64        // Since before
	After   int64        // Since at or after
	Text    string       // as typed; "" for no search
	Order   Order
	From    string // the Next of the page before; "" for the first
	Limit   int    // at most 200
}

// Found is one page of a queue.
type Found struct {
	Rows []Submission // without Text
	Next string       // opaque; "" at the end
}

// Tally counts submissions of a unit in a state. It has one row for each flag too, so that counters need no scan.
type Tally struct {
	Unit  syncproto.ID
	State syncproto.State
	Flag  Flag // 0 for all
	Count int
}

// SubmissionReader reads them.
type SubmissionReader interface {
	// Submission returns one row, with its Text; not_found if the desk does not see the record.
	Submission(record syncproto.ID) (*Submission, error)
	// Find answers a query; query_invalid for an order, a page mark or a limit that is none.
	Find(q *Query) (*Found, error)
	// Tallies counts by unit, state and flag, for units (nil for all).
	Tallies(units []syncproto.ID) ([]Tally, error)
	// SubmissionsBy counts the submissions that a person ever made.
	SubmissionsBy(author syncproto.ID) (int, error)
	// Held lists records whose hold has ended at a time, at most limit.
	Held(at int64, limit int) ([]syncproto.ID, error)
}

// SubmissionWriter keeps the rows.
type SubmissionWriter interface {
	// PutSubmission stores a row in place of an older one. Hold is when a hold of the record ends, 0 for none.
	PutSubmission(s *Submission, hold int64) error
	// DropSubmission removes a row, if there is one.
	DropSubmission(record syncproto.ID) error
}
