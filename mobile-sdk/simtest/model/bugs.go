package model

// Bugs are deliberate mistakes. The zero value is a correct server.
type Bugs struct {
	SkipHeadLock    bool // a reader may see sequence n before one below n
	ForgetSavepoint bool // a mutation that failed half-way leaves its first half
	ForgetOutcomes  bool // a replay is judged anew instead of getting its first outcome
	LateCounter     bool // effects commit first, the counter and the outcome in a second transaction
	LeakDrafts      bool // drafts are placed on the desk
	LoseLoser       bool // the losing side of a conflict is not stored
	WrongLoser      bool // the card of a value that was replaced is made out to whoever replaced it
	StaleSum        bool // a tombstone is not taken out of the sum of its scope
	KeepEpoch       bool // a restored database goes on under its old epoch, and nothing notices
	ForgetRemoval   bool // a record that leaves a scope leaves no removal in its feed
	IgnoreOrigin    bool // a mutation that travels under a second identity is judged twice
	SkipPageRest    bool // the cursor moves past what the byte budget cut off
	ForgetDrops     bool // a device is not told of scopes that it lost
	LoseDeadLetter  bool // a rejected mutation's payload is not kept
	StrandChildren  bool // photos and notes are not placed anew when their story moves
	ArriveUnplaced  bool // what the server says of a file is in the record and not in the feeds
	FoundByEdit     bool // an edit of a record that a restored database does not have makes it, with its editor for an author
	BlockOnReject   bool // a rejected mutation stops the batch and does not advance the counter
}
