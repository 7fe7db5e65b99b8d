package mobilesdk

import "lantoa/syncproto"

// Sending says how far what a person did with a record has come.
type Sending string

// The sending states, in the order in which a list should warn about them.
const (
	SendingRejected Sending = "rejected" // the server refused something; it is in the tray
	SendingConflict Sending = "conflict" // something collided; the losing side waits to be restored or dismissed
	SendingWaiting  Sending = "waiting"  // something is still in the outbox
	SendingMerged   Sending = "merged"   // sent; others had changed the record meanwhile
	SendingSent     Sending = "sent"     // sent, nothing special
	SendingNone     Sending = ""         // nothing was written on this phone
)

// Item is a record as the person sees it: the server's fact with everything unsent replayed over it.
type Item struct {
	ID       syncproto.ID        `json:"id"`
	Kind     syncproto.Kind      `json:"kind"`
	State    syncproto.State     `json:"state,omitempty"`
	Unit     syncproto.ID        `json:"unit,omitempty"`
	Author   syncproto.ID        `json:"author,omitempty"`
	Mine     bool                `json:"mine,omitempty"`
	Revision int64               `json:"revision"` // the server's; 0 while it has not given one
	Deleted  bool                `json:"deleted,omitempty"`
	Reason   string              `json:"reason,omitempty"`
	Claim    *ClaimView          `json:"claim,omitempty"`
	At       int64               `json:"at"` // when it was captured, Unix ms, as well as is known
	Fields   syncproto.Fields    `json:"fields"`
	Sending  Sending             `json:"sending,omitempty"`
	Unsent   int                 `json:"unsent,omitempty"` // mutations of it in the outbox
	Gone     bool                `json:"gone,omitempty"`   // the server no longer shows it to this phone
	History  []Attempt           `json:"history,omitempty"`
	Captured *syncproto.Captured `json:"-"`
}

// ClaimView says who works on a submission until when.
type ClaimView struct {
	Person syncproto.ID `json:"person"`
	Until  int64        `json:"until"`
}

// Attempt is one thing that was done to a record on this phone, and what became of it.
type Attempt struct {
	Number   int64            `json:"n"`
	At       int64            `json:"at"`  // the phone's clock, Unix ms
	Act      string           `json:"act"` // create, edit, delete, or the command's name
	Fields   []string         `json:"fields,omitempty"`
	Result   syncproto.Result `json:"result,omitempty"` // "" while it waits
	Code     syncproto.Code   `json:"code,omitempty"`
	Sentence string           `json:"sentence,omitempty"`
	Detail   string           `json:"detail,omitempty"`
	Conflict syncproto.ID     `json:"conflict,omitempty"`
	Judged   int64            `json:"judged,omitempty"` // the server's time of the outcome
}

// Listing is a part of a list, newest first.
type Listing struct {
	Items []Item `json:"items"`
	Next  string `json:"next,omitempty"` // pass as Filter.After for what follows; "" at the end
}

// Filter picks what List returns. The zero value lists every kind.
type Filter struct {
	Kind   syncproto.Kind
	State  syncproto.State
	Parent syncproto.ID
	// Mine leaves out what others made. Returned picks the person's submissions that came back to be fixed, whatever Kind and
	// State say.
	Mine, Returned bool

	Limit int // 0 for 50; at most 500
	After string
}

// Waiting is one mutation in the outbox or in the tray.
type Waiting struct {
	Number      int64            `json:"n"`
	Record      syncproto.ID     `json:"record"`
	Kind        syncproto.Kind   `json:"kind"`
	Act         string           `json:"act"`
	Title       string           `json:"title,omitempty"` // what a person recognises it by
	At          int64            `json:"at"`
	Bytes       int              `json:"bytes"`
	Set         syncproto.Fields `json:"set,omitempty"`
	Reason      string           `json:"reason,omitempty"` // of a command
	Quarantined bool             `json:"quarantined,omitempty"`
	Exported    bool             `json:"exported,omitempty"`
	Code        syncproto.Code   `json:"code,omitempty"` // in the tray: why it was refused
	Sentence    string           `json:"sentence,omitempty"`
	Detail      string           `json:"detail,omitempty"`
}

// ConflictView is one losing side that is kept, with what a person needs to decide.
type ConflictView struct {
	ID       syncproto.ID    `json:"id"`
	Record   syncproto.ID    `json:"record"`
	Title    string          `json:"title,omitempty"`
	Field    string          `json:"field"` // "" for a whole record
	Base     syncproto.Value `json:"base,omitempty"`
	Stays    syncproto.Value `json:"stays"`
	Lost     syncproto.Value `json:"lost"`
	Code     syncproto.Code  `json:"code"`
	Sentence string          `json:"sentence"`
	State    syncproto.State `json:"state"`
	At       int64           `json:"at"`
	Mine     bool            `json:"mine,omitempty"`
}

// Status is what a person or a helper wants to know about a phone.
type Status struct {
	Profile  string `json:"profile"`
	Enrolled bool   `json:"enrolled"`
	Revoked  bool   `json:"revoked,omitempty"` // the server no longer accepts this phone; everything is kept
	// Ended: the access ended (S-188). Left is how many items, files included, are still to be sent; then the data leaves the
	// phone, and Removed is true. EndedSentence says so in words. Export works until then.
	Ended         bool   `json:"ended,omitempty"`
	Left          int64  `json:"left,omitempty"`
	Removed       bool   `json:"removed,omitempty"`
	EndedSentence string `json:"ended_sentence,omitempty"`

	Server      string         `json:"server,omitempty"`
	Device      syncproto.ID   `json:"device,omitempty"`
	Person      syncproto.ID   `json:"person,omitempty"`
	Name        string         `json:"name,omitempty"`
	Unit        syncproto.ID   `json:"unit,omitempty"`
	UnitName    string         `json:"unit_name,omitempty"`
	Role        syncproto.Role `json:"role,omitempty"`
	Unsent      int64          `json:"unsent"`
	Rejected    int64          `json:"rejected"`
	Quarantined int64          `json:"quarantined"`
	Conflicts   int64          `json:"conflicts"`
	// States counts the person's own submissions by state: needs_changes are those that came back to be fixed.
	States       map[syncproto.State]int64 `json:"states,omitempty"`
	Records      int64                     `json:"records"`
	Unexported   int64                     `json:"unexported"` // unsent or rejected, and in no exported file
	LastSync     int64                     `json:"last_sync,omitempty"`
	LastError    syncproto.Code            `json:"last_error,omitempty"`
	LastSentence string                    `json:"last_sentence,omitempty"`
	CaughtUp     bool                      `json:"caught_up"`
	ClockOff     int64                     `json:"clock_off,omitempty"` // ms by which the phone's clock is ahead
	ClockWarning bool                      `json:"clock_warning,omitempty"`
	Repairs      int64                     `json:"repairs,omitempty"` // sums that differed and were repaired
	Forks        int64                     `json:"forks,omitempty"`   // times the phone had to take another identity
	Epoch        string                    `json:"epoch,omitempty"`
	BytesUp      int64                     `json:"bytes_up"`
	BytesDown    int64                     `json:"bytes_down"`
	FilesUnsent  int64                     `json:"files_unsent"`           // files that the server does not have, each lane counted
	FilesParked  int64                     `json:"files_parked,omitempty"` // of them, those that wait for a person; see Media
	FilesOnly    int64                     `json:"files_only,omitempty"`   // originals that are in this profile and nowhere else
	FilesSealed  bool                      `json:"files_sealed"`           // files in this profile are sealed under its PIN
}

// Summary says what a sync did.
type Summary struct {
	Rounds    int   `json:"rounds"`
	Sent      int   `json:"sent"`
	Applied   int   `json:"applied"`
	Merged    int   `json:"merged"`
	Conflicts int   `json:"conflicts"`
	Rejected  int   `json:"rejected"`
	Duplicate int   `json:"duplicate"`
	Received  int   `json:"received"`          // changes
	Dropped   int   `json:"dropped,omitempty"` // scopes
	Repaired  int   `json:"repaired,omitempty"`
	Reoffered int   `json:"reoffered,omitempty"`
	Forked    bool  `json:"forked,omitempty"`
	NewEpoch  bool  `json:"new_epoch,omitempty"`
	Rejoined  bool  `json:"rejoined,omitempty"` // the server had forgotten the phone and knows it again
	Ended     bool  `json:"ended,omitempty"`    // the phone has no access any more; what it holds is still taken
	Removed   bool  `json:"removed,omitempty"`  // and now that all of it was received, it was taken off the phone
	Unsent    int64 `json:"unsent"`             // what still waits
	More      bool  `json:"more,omitempty"`
	BytesUp   int64 `json:"bytes_up"`
	BytesDown int64 `json:"bytes_down"`
	Millis    int64 `json:"millis"`

	held  bool // a photo waits for its copies
	voids int  // numbers without a mutation that were judged
}

// BundleSummary says what an export or import did.
type BundleSummary struct {
	Path    string       `json:"path"`
	Person  syncproto.ID `json:"person"`
	Device  syncproto.ID `json:"device"`
	Count   int64        `json:"count"`           // items in the file
	Added   int64        `json:"added"`           // imported: new in the outbox
	Known   int64        `json:"known,omitempty"` // imported: already here
	Created int64        `json:"created"`
	// Files says how many photos, videos and recordings are on the exporting phone alone, and FileBytes their size. They
	// are not in the file.
	Files     int64 `json:"files"`
	FileBytes int64 `json:"file_bytes"`
}

// ProfileInfo is one profile of a phone.
type ProfileInfo struct {
	Name    string `json:"name"`
	Pin     bool   `json:"pin"`
	Created int64  `json:"created"`
	Unsent  int64  `json:"unsent"` // -1 if its store cannot be read
	Files   int64  `json:"files"`  // originals that are nowhere else
}
