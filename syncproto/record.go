package syncproto

import (
	"crypto/sha256"
)

// Kind names what a record is. Kinds that this build does not know are kept as they are (S-26).
type Kind string

// Kinds that phones write.
const (
	KindStory   Kind = "story"
	KindPhoto   Kind = "photo" // image, video or audio
	KindEvent   Kind = "event" // an activity
	KindNote    Kind = "note"
	KindAnswer  Kind = "answer"
	KindReceipt Kind = "receipt"
	// KindPreference says what a person wants to be told (S-197). There is one a person.
	KindPreference Kind = "preference"
	KindConsent    Kind = "consent" // hangs under the photo, or the story, that shows or tells of somebody (S-180)
)

// Kinds that phones only read.
const (
	KindCampaign Kind = "campaign"
	KindCall     Kind = "call"
	KindUnit     Kind = "unit"
	KindProfile  Kind = "profile"
	KindConflict Kind = "conflict"
	KindTimeline Kind = "timeline" // the steps of a submission, one record each (S-178)
)

// State is where a record stands in its state machine. Records of kinds without one have the empty state.
type State string

// States of a submission (story, event, photo), of a note, of a conflict, and of a consent, which can be withdrawn too.
const (
	StateDraft        State = "draft"
	StateSubmitted    State = "submitted"
	StateInReview     State = "in_review"
	StateNeedsChanges State = "needs_changes"
	StateResubmitted  State = "resubmitted"
	StateApproved     State = "approved"
	StatePublished    State = "published"
	StateCorrected    State = "corrected"
	StateTakenDown    State = "taken_down"
	StateDeclined     State = "declined"
	StateWithdrawn    State = "withdrawn"
	StateUnclaimed    State = "unclaimed"

	StateOpen      State = "open"
	StateResolved  State = "resolved"
	StateRestored  State = "restored"
	StateDismissed State = "dismissed"
	StateGiven     State = "given"
)

// Record is the server's fact about one thing that people made. Phones change it only through mutations.
type Record struct {
	ID       ID
	Kind     Kind
	Unit     ID    // the unit it belongs to
	Author   ID    // the person who made it; never changes
	Revision int64 // 1, 2, 3 … given by the server to each change of this record
	State    State
	Deleted  bool   // a tombstone: fields are gone from the feed, revisions keep them
	Erased   bool   // a tombstone of which nothing is kept anywhere, files included (S-184)
	Reason   string // the reason of the last command that needed one
	Claim    *Claim // who works on it, while in review
	// Hold is until when an approval or a publication can be taken back, server time, Unix ms. What is published and
	// held is seen by its author and the desk only; the server ends the hold with a revision of its own (S-175).
	Hold   int64
	Fields Fields
	// Marks says at which revision each field last changed. A field without a mark last changed at revision 1.
	Marks map[string]int64
	// Captured is when and how surely the thing was captured (S-110). Nil for server-made records.
	Captured *Captured
	Received int64 // server time of the first revision, Unix ms
	Changed  int64 // server time of this revision, Unix ms
	// Extra holds members that this build does not know, so that they survive a round trip (S-26).
	Extra Fields

	// Writers says which device last wrote each field, "" standing for every field not named. It stays on the
	// server: a phone knows its own writes from its outcomes (S-47).
	Writers map[string]Writer
}

// Writer is who wrote a field last.
type Writer struct {
	Device ID
	// Merged says that the field holds a merge of this device's text with another's, so that the device's next
	// mutation must be merged too, against what the device had sent.
	Merged bool
}

// Claim says that an editor works on a submission until a time of the server's clock, in Unix ms.
type Claim struct {
	Person ID
	Until  int64
}

// Captured is the time of capture as the phone said it and as the server believes it (S-110).
type Captured struct {
	Device      int64 // what the phone's clock said, Unix ms
	Estimate    int64 // the server's estimate, Unix ms, never after the arrival
	Uncertainty int64 // ± ms around the estimate
}

// Mark returns the revision at which a field last changed; 0 if the record never had the field.
func (r *Record) Mark(field string) int64 {
	if m, ok := r.Marks[field]; ok {
		return m
	}
	if _, ok := r.Fields[field]; ok {
		return 1
	}
	return 0
}

// Writer returns who last wrote a field.
func (r *Record) Writer(field string) Writer {
	if w, ok := r.Writers[field]; ok {
		return w
	}
	return r.Writers[""]
}

// Parent returns the record that this one hangs under (a photo's story, a note's subject), or "".
func (r *Record) Parent() ID { return ID(r.Fields["parent"].TextOr("")) }

// Clone returns a record that shares no memory with r.
func (r *Record) Clone() *Record {
	if r == nil {
		return nil
	}
	c := *r
	c.Fields = r.Fields.Clone()
	c.Extra = r.Extra.Clone()
	if r.Marks != nil {
		c.Marks = make(map[string]int64, len(r.Marks)+2)
		for k, v := range r.Marks {
			c.Marks[k] = v
		}
	}
	if r.Writers != nil {
		c.Writers = make(map[string]Writer, len(r.Writers)+2)
		for k, v := range r.Writers {
			c.Writers[k] = v
		}
	}
	if r.Claim != nil {
		claim := *r.Claim
		c.Claim = &claim
	}
	if r.Captured != nil {
		captured := *r.Captured
		c.Captured = &captured
	}
	return &c
}

// Hash is the first 128 bits of the SHA-256 of a record's canonical wire form. It covers the id, the revision
// and the content, and is what scope sums add up (S-100).
type Hash [16]byte

// HashRecord hashes the canonical wire form of a record.
func HashRecord(wire []byte) Hash {
	sum := sha256.Sum256(wire)
	return Hash(sum[:16])
}
