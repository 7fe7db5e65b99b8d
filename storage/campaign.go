package storage

import "lantoa/syncproto"

// Campaign is what several calls belong to: a blood drive, relief after a flood.
type Campaign struct {
	ID      syncproto.ID
	Title   string // Vietnamese; at most 300 bytes
	TitleEN string
	About   string
	Units   []syncproto.ID // whose it is; the first leads
	From    int64          // Unix ms; 0 for no beginning
	Until   int64          // Unix ms; 0 for no end
	By      syncproto.ID   // who made it
	Created int64
	Changed int64
	Closed  int64 // 0 while calls may be added
}

// CallState is where a call stands at the desk. Phones know fewer states (S-192).
type CallState string

// The states of a call.
const (
	CallDraft     CallState = "draft"
	CallProposed  CallState = "proposed"  // waits for the yes of a second officer
	CallScheduled CallState = "scheduled" // goes out by itself at Due
	CallSending   CallState = "sending"   // the list is made; not everybody was handed over yet
	CallSent      CallState = "sent"      // everybody was handed over or explained
	CallClosed    CallState = "closed"
	CallCancelled CallState = "cancelled"
)

// Choice is one answer that a call offers.
type Choice struct {
	Name  string `json:"name"`
	VI    string `json:"vi,omitempty"` // "" where the catalogue has words: yes, no, maybe
	EN    string `json:"en,omitempty"`
	Takes bool   `json:"takes,omitempty"` // takes places
}

// Call is what an officer asks of people.
type Call struct {
	ID       syncproto.ID // of the record that phones read, too
	Campaign syncproto.ID // "" for none
	Units    []syncproto.ID
	Kind     syncproto.CallKind
	State    CallState
	Revision int64 // 1, 2, 3 … of each change by a person; what a second officer says yes to

	Title, Body     string // Vietnamese
	TitleEN, BodyEN string
	SMS             string          // for those who are not reached; "" for one made of the title
	Place           syncproto.Value // as of a record; "" for none
	Starts, Ends    int64           // Unix ms; 0 for none
	Deadline        int64           // Unix ms; 0 for Ends
	Capacity        int64           // 0 for any number
	Choices         []Choice
	Link            string
	About           syncproto.ID // the call that a reminder or a result is about
	Attachments     []syncproto.ID
	Code            string // with which those who come check themselves in; "" for none
	Audience        []byte // the predicate, canonical JSON of package audience

	Due       int64 // when it goes out, server time; 0 for at once
	By        syncproto.ID
	Created   int64
	Changed   int64
	Proposed  syncproto.ID // who stands for it: asked for a second officer's yes, or sent or scheduled it without one
	Second    syncproto.ID // who gave it
	SecondAt  int64
	Sent      int64 // when the list was made
	Over      int64 // when it was closed or cancelled
	OverBy    syncproto.ID
	Recipient int64 // how many are on the list
	Gone      int64 // until when the call is in the inbox of its recipients (S-190)
	// Reason is why a schedule came to nothing, on a call that is a draft again for it; "" otherwise.
	Reason syncproto.Code
}

// CallQuery chooses calls. The zero value chooses all, newest first.
type CallQuery struct {
	Units    []syncproto.ID // of which one is among the call's; nil for all
	Campaign syncproto.ID
	States   []CallState
	Before   syncproto.ID // ids below this one
	Limit    int          // 0 for no limit
}

// Recipient is one person on the list of a call, and what is known of them.
type Recipient struct {
	Call   syncproto.ID
	Person syncproto.ID
	Unit   syncproto.ID // in which the person was chosen; figures are counted here
	Gone   int64        // as of the call: the audience is followed until then

	Received, Shown, Opened int64 // server times at which a receipt said so; 0 for never

	Choice   string
	Standing syncproto.State // of the answer; "" for none
	Count    int64           // of people that the answer speaks for
	Arrived  int64           // 1, 2, 3 … in which the answers that take places came, within the call; 0 for none
	Answered int64           // server time of the newest answer
	Promoted int64           // server time at which a place came free for it; 0 for never
	Came     int64           // server time of the check-in
}

// Reach is one row of a funnel: how many of a unit's recipients got how far. Each counts persons, but for Places and
// CamePeople, which count those whom the answers speak for.
type Reach struct {
	Unit       syncproto.ID
	Eligible   int64 // on the list
	Registered int64 // of them with a registration when the call was handed over: a delivery that is not unreachable
	Accepted   int64 // of them handed to a service that took it, or perhaps took it: accepted or unsure on one device
	Arrived    int64 // received, shown or opened, by receipt
	Opened     int64
	Answered   int64            // of whom a choice stands, late or not
	Choices    map[string]int64 // answers by choice
	Places     int64            // taken
	Waiting    int64
	Late       int64
	Came       int64
	CamePeople int64 // at least one for each who came
}

// CallReader reads campaigns, calls and recipients.
type CallReader interface {
	// Campaign returns one; not_found if there is none. Campaigns lists them newest first below an id, at most limit.
	Campaign(id syncproto.ID) (*Campaign, error)
	Campaigns(before syncproto.ID, limit int) ([]Campaign, error)
	// Call returns one; not_found if there is none.
	Call(id syncproto.ID) (*Call, error)
	Calls(q CallQuery) ([]Call, error)
	// CallsDue returns scheduled calls whose Due has come, oldest first.
	CallsDue(now int64, limit int) ([]Call, error)
	// Recipient returns one; not_found if the person is not on the list. Recipients lists those of a call in order of
	// persons after one, at most limit.
	Recipient(call, person syncproto.ID) (*Recipient, error)
	Recipients(call, after syncproto.ID, limit int) ([]Recipient, error)
	// Audiences returns the calls on whose list a person is and whose Gone lies after now, newest call first, at most limit.
	// It is asked at every sync.
	Audiences(person syncproto.ID, now int64, limit int) ([]syncproto.ID, error)
	// Places returns how many places of a call are taken: the counts of those registered or come.
	Places(call syncproto.ID) (int64, error)
	// LastArrived returns the highest Arrived that a recipient of a call ever had.
	LastArrived(call syncproto.ID) (int64, error)
	// WaitingList lists those who wait, in order of Arrived, at most limit.
	WaitingList(call syncproto.ID, limit int) ([]Recipient, error)
	// Reaches adds up a call by unit, in order of units.
	Reaches(call syncproto.ID) ([]Reach, error)
	// Unreached lists recipients after a person of whom no receipt came and no answer, in order of persons, at most limit.
	Unreached(call, after syncproto.ID, limit int) ([]Recipient, error)
}

// CallWriter changes them.
type CallWriter interface {
	// PutCampaign and PutCall store one in place of an older one; errors: CheckCampaign, CheckCall.
	PutCampaign(c *Campaign) error
	PutCall(c *Call) error
	// AddRecipients adds those who are not on the list yet and leaves the others as they are, also one who comes twice in
	// recipients. It is cheapest in order of persons; errors: CheckRecipient, before anybody is added.
	AddRecipients(recipients []Recipient) error
	// PutRecipient changes one who is on the list; not_found for anybody else.
	PutRecipient(r *Recipient) error
	// DropPerson removes what calls and pushes keep of a person: facts, tags, registrations, preferences, and from lists
	// everything but that the person stood there.
	DropPerson(person syncproto.ID) error
}
