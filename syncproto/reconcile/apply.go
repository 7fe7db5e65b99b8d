package reconcile

import "lantoa/syncproto"

// Actor is who wants the mutation, with the rights that the caller has found for it. The package judges rights
// only by these flags; which grant gave them is the caller's to know and log.
type Actor struct {
	Device syncproto.ID
	Person syncproto.ID
	// Member: holds any grant, now, that covers the record's unit (or one of its ancestors' subtree).
	Member bool
	// Editor: holds, now, an editor's or admin's grant that covers the record's unit.
	Editor bool
	// Admin: holds, now, an admin's or operator's grant that covers the record's unit.
	Admin bool
	// Lapsed: held such an editor's grant once but not now. A phone's clock cannot say when the edit was really
	// made, so the edit is kept for an editor to restore and changes nothing by itself (S-65).
	Lapsed bool
	// OwnAllowed: the unit lets editors approve their own submissions.
	OwnAllowed bool
}

// Input is everything that Apply may look at. It is never changed.
type Input struct {
	Record   *syncproto.Record // nil if the server has none under that id
	Parent   *syncproto.Record // the record's parent (of the record, or of the one being created), if any
	Mutation *syncproto.Mutation
	Actor    Actor
	// Base holds the fields of the record at Mutation.BaseRevision; nil if unknown. Only NeedsBase fields matter.
	Base syncproto.Fields
	// Sides holds, for fields whose Writer is Actor.Device with Merged set, what that device had sent last.
	Sides syncproto.Fields
	// ForeignBase says that BaseRevision belongs to another epoch and means nothing here (S-121): every field that
	// another device wrote counts as changed since.
	ForeignBase bool
	Now         int64 // the server's time, Unix ms; used for claims and stored in the record
	// Captured is the server's estimate for a record being created.
	Captured *syncproto.Captured
}

// Kept is one losing side, to be stored and shown as a conflict (S-56), or, with Silent, only stored: the sent text
// of a clean merge, which the device's next mutation needs as its base.
type Kept struct {
	Field  string          // "" for a whole record: an undone delete, an edit of a record taken down
	Base   syncproto.Value // the value both sides started from, if known
	Stays  syncproto.Value // what the record holds now
	Lost   syncproto.Value // what it does not hold: canonical JSON; for Field "" the mutation's set as an object
	Reason syncproto.Code
	Silent bool
}

// Verdict is what a mutation does.
type Verdict struct {
	Result syncproto.Result
	Code   syncproto.Code
	Detail string
	// Record is the record after the mutation, sharing nothing with the input; nil if nothing changed. Its
	// Revision is one above the old one.
	Record *syncproto.Record
	Kept   []Kept
}
