package storage

import "lantoa/syncproto"

// CaseKind is what somebody asked for, whom the association's data is about.
type CaseKind string

// The kinds of cases (Law 91/2025/QH15; Decree 356/2025).
const (
	CaseWithdrawal CaseKind = "withdrawal" // of a consent
	CaseAccess     CaseKind = "access"     // see and take along
	CaseCorrection CaseKind = "correction"
	CaseErasure    CaseKind = "erasure"
)

// Case is one request of a data subject, with its clocks. Times are server time, Unix ms; 0 for not yet.
type Case struct {
	ID       syncproto.ID
	Kind     CaseKind
	Person   syncproto.ID // whom it is about, if they are known to the association
	Who      string       // or else how they are called; personal, so cleared when the case has been closed for a year
	Record   syncproto.ID // of a withdrawal: what was about them
	Consent  syncproto.ID // of a withdrawal
	Unit     syncproto.ID // that answers
	Opened   int64
	By       syncproto.ID // who took it down
	AnswerBy int64        // until when it must be answered: two working days
	DoneBy   int64        // until when it must be done
	Extended int64        // when DoneBy was moved, which is allowed once
	Answered int64
	Closed   int64
	Result   string // done, refused, partly; with Note
	Note     string
	// Steps is what was done, as JSON that package privacy keeps: counts and ids, never texts.
	Steps []byte
	Due   int64 // when the server works on it next; 0 if it has nothing to do
}

// CaseReader reads cases.
type CaseReader interface {
	Case(id syncproto.ID) (*Case, error)
	// Cases lists cases of units (nil for all, also those of no unit; an empty list finds nothing), the open ones only or
	// all, by DoneBy and id, after a given one ("" for the first; not_found if there is no such case), at most limit.
	Cases(units []syncproto.ID, open bool, after syncproto.ID, limit int) ([]Case, error)
	// CasesDue lists cases to work on at a time, the longest due first, at most limit.
	CasesDue(at int64, limit int) ([]Case, error)
}

// CaseWriter stores them.
type CaseWriter interface {
	PutCase(c *Case) error
}
