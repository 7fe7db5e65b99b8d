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

// Order says how a queue is sorted. Without one, a search comes best first and everything else as it waits.
type Order string

// The orders.
const (
	OrderWaiting Order = "waiting" // urgent first, then the oldest Since
	OrderNewest  Order = "newest"  // by Changed
	// OrderBest is of a search. If it was typed with accents, those come first that have the same, the words in a row
	// before the words anywhere, and then those that have the words with other accents. If it was typed without, the words in
	// a row come before the words anywhere. What came to the desk last stands first among its like.
	OrderBest Order = "best"
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
	Claimer syncproto.ID // in a claim of this person; with Free, only as that says
	Free    int64        // not in a claim of anybody else than Claimer at this time; 0 asks nothing
	Before  int64        // Since before
	After   int64        // Since at or after
	// Text is a search as it was typed; "" for none. A text must have all words, those between quotes in a row; the first 24
	// count. Capitals, accents, composition, the place of tone marks and i or y in quí and its like make no difference. The
	// last word stands for all that begin with it, if it has three letters and nothing follows it. Common abbreviations (CTĐ,
	// TNV, LĐLĐ, CĐCS, THTTN) find what they stand for, and the other way round. Without any word nothing is found.
	Text  string
	Order Order
	From  string // the Next of the page before; "" for the first
	Limit int    // 1 to 200
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
	// Tallies counts by unit, state and flag, in that order, for units (nil for all). What counts nothing has no row.
	Tallies(units []syncproto.ID) ([]Tally, error)
	// SubmissionsBy counts the submissions that a person ever made, those aside that were dropped.
	SubmissionsBy(author syncproto.ID) (int, error)
	// Held lists records whose hold has ended at a time, by when it ended, at most limit.
	Held(at int64, limit int) ([]syncproto.ID, error)
}

// SubmissionWriter keeps the rows.
type SubmissionWriter interface {
	// PutSubmission stores a row in place of an older one. Hold is when a hold of the record ends, 0 for none. A row that is
	// stored already costs a look, and one whose Text has the same words as before leaves the index of words alone.
	PutSubmission(s *Submission, hold int64) error
	// DropSubmission removes a row, if there is one.
	DropSubmission(record syncproto.ID) error
}
