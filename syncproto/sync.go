package syncproto

// ProtocolVersion is sent with every request. A server answers every version it ever released (S-2).
const ProtocolVersion = 1

// SyncRequest is what a phone sends up in one round (S-10).
type SyncRequest struct {
	Protocol     int
	App          string // the app's version, for the operator's board
	Cursor       string
	MaxBytes     int   // page budget after compression; 0 for the server's default
	Acknowledged int64 // every outcome up to this number is stored on the phone
	Clock        *Clock
	Unsent       int64 // mutations that wait on the phone, for the board of stuck phones
	Failed       int64 // items in the phone's tray, and files that are parked
	// Oldest is how long the oldest item has waited on the phone, in ms of its own running clock; 0 if nothing waits.
	Oldest int64
	// Troubles are the items that do not go, the worst first, at most MaxTroubles (S-187).
	Troubles  []Trouble
	Refer     bool // changes may refer to the mutations of this request instead of repeating them (S-77)
	Mutations []PushedMutation
	Digests   []Scope      // scopes whose digest the phone wants, after a mismatch (S-101)
	Leaves    []LeafWanted // leaves that it wants again
}

// Trouble is one item that a phone cannot get rid of by itself: for the board of stuck phones, so it holds no text.
type Trouble struct {
	Record ID
	Lane   Lane  // of a file; "" of a mutation
	Code   Code  // why
	Age    int64 // ms since it was captured
}

// PushedMutation is one member of a batch. Err is set when it is well-formed JSON but no valid mutation: it is then
// rejected alone, and Wire is kept as a dead letter. A batch never fails for one of its members (S-42).
type PushedMutation struct {
	Mutation
	Wire []byte // aliases the request
	Err  error

	unread bool // Mutation holds nothing but the number
}

// Hash is the fingerprint of a pushed mutation (S-43). One that could be read has the same hash whether this build
// finds it valid or not: a server that has learnt more since must still know what it judged.
func (p *PushedMutation) Hash() Hash {
	if p.unread {
		return HashRecord(p.Wire)
	}
	return HashMutation(&p.Mutation)
}

// Clock is the phone's knowledge of time when it sends (S-111).
type Clock struct {
	Wall    int64    // Unix ms
	Boot    string   // id of the boot
	Uptime  int64    // ms since the boot
	Anchors []Anchor // for captures under earlier boots: the server's time as seen then
}

// Anchor ties a moment of one boot to the server's time.
type Anchor struct {
	Boot        string
	Uptime      int64 // ms since that boot
	Server      int64 // the server's Unix ms at that moment
	Uncertainty int64 // ± ms: half the round trip
}

// SyncResponse is what comes down (S-11).
type SyncResponse struct {
	ServerTime int64
	Epoch      string
	Accepted   int64 // the device's highest judged number
	Durable    int64 // numbers up to this are covered by a backup
	// PushCode says why the batch, or its rest, was not judged: out_of_order, device_forked, unavailable. Pages
	// come all the same: pulling never waits for pushing.
	PushCode Code
	Outcomes []Outcome
	Drops    []Scope // scopes that the device no longer follows
	Pages    []Page
	More     bool // another round has more pages
	// Ended says that the device has no access any more: the server takes what it still holds, for the inbox of its
	// unit, and gives it nothing (S-188).
	Ended   bool
	Cursor  string // absent when it did not change
	Digests []ScopeDigest
	Leaves  []LeafPage
}
