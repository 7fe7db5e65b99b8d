package storage

import "lantoa/syncproto"

// Class says which deliveries go first.
type Class string

// The classes, in the order in which they go.
const (
	ClassUrgent   Class = "urgent"   // at any hour, before everything
	ClassWorkflow Class = "workflow" // about one's own work; cannot be muted
	ClassRoutine  Class = "routine"  // may be muted, counts for the daily cap
)

// IntentState says how far an intent is.
type IntentState string

// The states of an intent.
const (
	IntentPlanning  IntentState = "planning" // some of its persons have no deliveries yet
	IntentOpen      IntentState = "open"     // all have; some are not over
	IntentPaused    IntentState = "paused"   // too many of its messages were refused: none is leased until somebody resumes it
	IntentDone      IntentState = "done"
	IntentCancelled IntentState = "cancelled" // what was not handed over by then is not sent
)

// Intent is something that persons are to be told by push: a call, or a notice of the desk. It holds ids only.
type Intent struct {
	Number   int64  // 1, 2, 3 … given by the store
	Kind     string // a syncproto.CallKind, a NoticeKind, or one of package notify: digest, promoted …
	Class    Class
	Record   syncproto.ID // the call or the submission; "" for a digest
	Revision int64        // of the record; of a digest the day
	To       syncproto.ID // the person, where there is one only
	Unit     syncproto.ID
	At       int64
	Due      int64 // not before; Unix ms
	Until    int64 // not after: what was not handed over by then expires
	State    IntentState
	Persons  int64 // how many it is for
	Over     int64 // when it was done or cancelled
}

// Share is up to 500 persons of an intent whose deliveries are planned in one transaction.
type Share struct {
	Intent  int64
	Number  int // 0, 1, 2 …
	Persons []syncproto.ID
	Units   []syncproto.ID // in which each was chosen; as long as Persons, or nil
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery. All but the first two are terminal, and nothing leaves them.
const (
	DeliveryDue    DeliveryState = "due"
	DeliveryLeased DeliveryState = "leased" // a process is sending it

	DeliveryAccepted    DeliveryState = "accepted"    // the service took it
	DeliveryUnsure      DeliveryState = "unsure"      // it may have taken it, and time or attempts ran out
	DeliveryGone        DeliveryState = "gone"        // the registration ended
	DeliveryFailed      DeliveryState = "failed"      // refused for good
	DeliveryExpired     DeliveryState = "expired"     // Until passed first
	DeliveryCancelled   DeliveryState = "cancelled"   // its intent was
	DeliveryUnreachable DeliveryState = "unreachable" // the person has no registration: the inbox alone
	DeliveryMuted       DeliveryState = "muted"       // the person wants no push of the kind
	DeliveryFolded      DeliveryState = "folded"      // over the daily cap: the digest tells of it
)

// Over reports whether the state is terminal.
func (s DeliveryState) Over() bool { return s != DeliveryDue && s != DeliveryLeased }

// Delivery is one intent for one device of one person, or for a person without any.
type Delivery struct {
	Number   int64 // given by the store
	Intent   int64
	Person   syncproto.ID
	Device   syncproto.ID // "" for unreachable, muted and folded, which have no attempts
	Class    Class
	State    DeliveryState
	Code     string // of the last attempt, or why it is over
	Attempts int    // attempts whose message the service may have taken
	Due      int64  // not before; Unix ms
	Until    int64  // not after
	Lease    int64  // until when the process that sends it owns it
	Over     int64  // when it came to a terminal state
}

// Attempt is one request to a service.
type Attempt struct {
	Delivery int64
	Number   int    // 1, 2, 3 … within the delivery
	At       int64  // server time at which it began
	Took     int64  // ms; -1 if the process ended first
	Result   string // of package push; "interrupted" if the process ended first
	Code     string
}

// Leased is a delivery that was leased, with where it goes.
type Leased struct {
	Delivery     Delivery
	Registration Registration
	Kind         string
	Record       syncproto.ID
	Revision     int64
}

// Finished is what came of an attempt.
type Finished struct {
	Delivery int64
	Lease    int64         // as it was leased: another owner's delivery is not touched
	State    DeliveryState // terminal, or due for another attempt
	Code     string
	Due      int64 // of the next attempt
	At       int64
	Attempt  Attempt // Number is given by the store; the zero Result for an attempt that sent nothing
	Counts   bool    // the service may have taken the message
}

// Recovered says what a process found that ended before it could write down what it did.
type Recovered struct {
	Leases int64 // deliveries that were under way: each may have been sent, and is sent again
}

// DeliveryReader reads intents, deliveries and attempts.
type DeliveryReader interface {
	// Intent returns one; not_found if there is none. IntentsOf returns those about a record, oldest first; none for "".
	Intent(number int64) (*Intent, error)
	IntentsOf(record syncproto.ID) ([]Intent, error)
	// Intents lists those that are not over, by class and number.
	Intents() ([]Intent, error)
	// Planning lists those of which shares are not planned yet, by class and number, at most limit: paused ones, too, since the
	// inbox does not depend on pushes.
	Planning(limit int) ([]Intent, error)
	// NextShare returns the first share of an intent that is not planned; not_found if none is left.
	NextShare(intent int64) (*Share, error)
	// NoticesDue returns notices that stand, are due and for which no intent was made (NoticeTaken), in order, at most limit.
	NoticesDue(now int64, limit int) ([]Notice, error)
	// Tally counts the deliveries of an intent by state, and persons by the best state (Better) of their deliveries; a person
	// stands in one share. not_found if there is no such intent.
	Tally(intent int64) (deliveries, persons map[DeliveryState]int64, err error)
	// DeliveriesOf lists deliveries of an intent above a number, at most limit; AttemptsOf those of a delivery.
	DeliveriesOf(intent, above int64, limit int) ([]Delivery, error)
	AttemptsOf(delivery int64) ([]Attempt, error)
	// Waiting says how many deliveries of a class are due and since when the oldest is, 0 if none.
	Waiting(class Class, now int64) (n, oldest int64, err error)
	// NextDue returns the earliest Due above now of deliveries that wait, 0 if none.
	NextDue(now int64) (int64, error)
	// Told returns how often each person was sent a push of class routine on a day (Day: since 1970-01-01, UTC+7). Days below
	// zero may count something else.
	Told(day int64, persons []syncproto.ID) (map[syncproto.ID]int64, error)
	// TellingCounts says how many persons were told how often, from a day on and before another: frequency → persons.
	TellingCounts(from, until int64) (map[int64]int64, error)
}

// DeliveryWriter changes them.
type DeliveryWriter interface {
	// AddIntent gives an intent its number and stores it with its shares. The identity of an intent is Kind, Record, Revision
	// and To: one that is there stays as it is, added is false and the number is that one's. It sets State: planning, or done where
	// there are no shares. Errors: those of CheckIntent.
	AddIntent(i *Intent, shares []Share) (added bool, err error)
	// AddShares adds shares after those that an intent in state planning has: lists of hundreds of thousands need not be in
	// memory at once. Errors: not_found; wrong_state for an intent in another state.
	AddShares(intent int64, shares []Share) error
	// PutIntent changes State and Over of one: it pauses it and resumes it. To done or cancelled it is CancelIntent; what is
	// one of these stays so (wrong_state).
	PutIntent(i *Intent) error
	// NoticeTaken marks a notice as taken up by an intent.
	NoticeTaken(number int64) error
	// Plan stores the deliveries of a share, giving them their numbers, intent and class, and marks the share as planned. A
	// share that is planned already, or whose intent was cancelled, stays as it is, and planned is false: whoever planned it
	// did so once. After the last one the intent is open, if it is not paused, or done if nothing of it waits. Errors: those
	// of CheckDeliveries, and not_found for a share that never was.
	Plan(share *Share, deliveries []Delivery) (planned bool, err error)
	// Tell raises what Told answers by one for each person.
	Tell(day int64, persons []syncproto.ID) error
	// Lease takes up to limit deliveries of a class that are due until a time, and returns them with where they go. Intents
	// have turns, also from one call to the next, so that a large one does not delay another; each gives its oldest Due first.
	// Fewer than limit means that no more are due. What goes nowhere any more is gone instead, with what Resting says as its
	// code; what is late ends as by Expire. A lease does not end by itself: whoever holds it finishes it, or Recover does.
	Lease(class Class, now, until int64, limit int) ([]Leased, error)
	// Finish writes down what came of attempts, at most 500 at once. One whose Lease is not the delivery's is passed over.
	// What is due again of an intent that is over is cancelled, or unsure where the service may have taken it. An intent that
	// has nothing left to do is done.
	Finish(done []Finished) error
	// CancelIntent ends an intent: what is due is cancelled, what is under way is not taken back, but not tried again. It
	// returns how many were cancelled, 0 if it was over. It takes the same time for any number of them.
	CancelIntent(number, at int64) (int64, error)
	// Expire ends deliveries that are due and whose Until, or their intent's, has come, at most limit: as unsure if the
	// service may have taken one, as expired otherwise.
	Expire(now int64, limit int) (int64, error)
	// Recover makes every leased delivery due again, with an attempt that was interrupted; those of a cancelled intent end as
	// unsure. It is called once, before a process leases anything.
	Recover(now int64) (Recovered, error)
	// PruneDeliveries removes at most limit deliveries, with their attempts, of intents that were over before a time, keeping
	// what Tally answers of them, and what Told answers of the days before. It returns how many deliveries: 0 when none is left.
	PruneDeliveries(before int64, limit int) (int64, error)
}
