package item

import (
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Sheet is a submission as its template draws it. Everything is in the language of the request or has a key of its own.
type Sheet struct {
	ID       syncproto.ID
	Kind     syncproto.Kind
	State    syncproto.State
	Revision int64
	Epoch    string
	Now      int64
	Back     string // where a post comes back to

	Title  string
	Body   string
	Fields []Field // what else the author wrote, as it is read
	Reason string  // of the last step that had one
	Flags  []string
	Unit   desk.Ref
	Author desk.Ref
	Own    bool  // of whoever reads
	Others Count // of the author's, under way beside this one
	SeenBy string
	Hold   int64 // until when an approval or a publication can be taken back

	Written  Written
	Claimer  *desk.Ref // of a claim that runs
	Mine     bool      // it is the reader's own
	Until    int64
	Arrival  Arrival
	Photos   []Photo
	Events   []Part
	Threads  []Thread
	Open     int // notes
	Consents []Consent
	Lacks    []Lack
	Cards    []Card
	Steps    []Step
	Place    *Spot // where it was, as far as the desk is shown that
	Acts     []Act
	Compare  int64 // the revision that was returned last, 0 for none: what changed since is one click away
	// Difference is what changed between what was read and what is there, of an act that came too late.
	Difference *Diff
	Typed      string // a note that could not be taken
	Press      bool   // there is something to copy and to download

	record *syncproto.Record
	built  *builder
}

// Field is something that the author wrote besides title and body.
type Field struct {
	Name  string
	Text  string   // as it is read
	At    int64    // of a time
	Items []string // of a set
	Link  string
	Notes []Note // open ones that are pinned to it
}

// Count is a number that may be cut off.
type Count struct {
	N    int
	More bool
}

// Written is when a submission was made and when it came.
type Written struct {
	Device      int64 // what the phone's clock said
	At          int64 // what the server takes for it
	Uncertainty int64 // ± ms
	Received    int64
	Apart       bool // the clock of the phone was wrong by more than a few minutes
	Late        bool // it came long after it was written
}

// Step is something that happened to a submission, as its author reads it too.
type Step struct {
	State   syncproto.State   `json:"state"`
	At      int64             `json:"at"`
	Command syncproto.Command `json:"command"`
	By      string            `json:"by"`
	Reason  string            `json:"reason"`
}

// heading is how a submission is called.
func (s *Sheet) heading(r *page.Request) string {
	if s.Title != "" {
		return page.Clip(s.Title, 120)
	}
	return r.T("frame.untitled")
}

// tones are how states are marked beside their words: nothing is told by colour alone.
var tones = map[syncproto.State]string{
	syncproto.StateSubmitted: "calm", syncproto.StateInReview: "calm", syncproto.StateResubmitted: "calm",
	syncproto.StateNeedsChanges: "warn", syncproto.StateUnclaimed: "warn", syncproto.StateApproved: "good",
	syncproto.StatePublished: "good", syncproto.StateCorrected: "good", syncproto.StateTakenDown: "bad", syncproto.StateDeclined: "bad",
}

// Tone is how the state is marked.
func (s *Sheet) Tone() string { return tones[s.State] }
