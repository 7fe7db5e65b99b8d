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
	// Admin: holds, now, an admin's grant that covers the record's unit. An operator runs the server and is none.
	Admin bool
	// Lapsed: held such an editor's grant once but not now. A phone's clock cannot say when the edit was really
	// made, so the edit is kept for an editor to restore and changes nothing by itself (S-65).
	Lapsed bool
	// OwnAllowed: the unit lets editors approve their own submissions.
	OwnAllowed bool
	// Seat: the device stands for an account that is signed in wherever it likes. What one browser wrote another has not
	// seen, so an edit that says its base counts what the device itself wrote since as somebody else's.
	Seat bool
	// Closed: the person's account is closed. Nobody will ever submit their drafts, so what still comes waits in the
	// inbox of the unit (S-86).
	Closed bool
}

// Input is everything that Apply may look at. It is never changed.
type Input struct {
	Record *syncproto.Record // nil if the server has none under that id
	// Parent is the record that Record hangs under or, if it hangs under none yet, the one that the mutation puts it
	// under; nil if there is none or it is not known.
	Parent   *syncproto.Record
	Mutation *syncproto.Mutation
	Actor    Actor
	// Base holds the fields of the record at Mutation.BaseRevision; nil if unknown. Only NeedsBase fields matter.
	Base syncproto.Fields
	// Sides holds, for fields whose Writer is Actor.Device with Merged set, what that device had sent last.
	Sides syncproto.Fields
	// ForeignBase says that BaseRevision belongs to another epoch and means nothing here (S-121): every field that
	// another device wrote counts as changed since, and a record that is not here may still come.
	ForeignBase bool
	Now         int64 // the server's time, Unix ms; used for claims and stored in the record
	// Hold is how long an approval or a publication can be taken back, in ms; 0 for not at all.
	Hold int64
	// ToEditor says that Mutation.To holds, now, an editor's grant that covers the record's unit.
	ToEditor bool
	// Captured is the server's estimate for a record being created.
	Captured *syncproto.Captured
}

// Kept is one losing side, to be stored and shown as a conflict (S-56), or, with Silent, only stored: the sent text
// of a clean merge, which the device's next mutation needs as its base.
type Kept struct {
	Field string          // "" for a whole record: an undone delete, an edit of a record taken down
	Base  syncproto.Value // the value both sides started from, if known
	Stays syncproto.Value // what the record holds now
	// Lost is what it does not hold: canonical JSON. For Field "" it is the mutation's set as an object, with the
	// lists that its adds and removes would have made; empty when what lost is a delete.
	Lost   syncproto.Value
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
	// Parent is the parent after the mutation when the change of a part (a photo of a story) changes the whole: an
	// approved story goes back to review, one on its way there gets a new revision, so that nobody approves what they
	// have not seen. Nil otherwise.
	Parent *syncproto.Record
	Kept   []Kept
}

// StateField is the name under which Record.Marks and Record.Writers say when and by which device the state of a
// record was last changed: by a command, by a delete, by a restoring edit. No mutation can set it (S-51).
const StateField = "state_"

// PartsField says so of the parts of a whole. It has a name of its own because a claim after a late photo would
// otherwise hide that the photo came.
const PartsField = "parts_"

// Apply judges a mutation. It is deterministic and total, and changes nothing that it is given.
func Apply(in Input) Verdict {
	m := in.Mutation
	if m == nil {
		return reject(syncproto.CodeInvalidMutation, "")
	}
	if m.Void {
		return Verdict{Result: syncproto.Applied}
	}
	edits, deletes, commands := m.Edits(), m.Delete, m.Command != ""
	if edits && (deletes || commands) || deletes && commands || !edits && !deletes && !commands {
		return reject(syncproto.CodeInvalidMutation, "")
	}
	if erased(in.Record) || edits && erased(in.Parent) {
		return reject(syncproto.CodeErased, "")
	}
	if !syncproto.PhoneWrites(m.Kind) && !(commands && m.Kind == syncproto.KindConflict) {
		return reject(syncproto.CodeKindReadOnly, "")
	}
	if in.Record != nil && in.Record.Kind != m.Kind {
		if !concerned(in) {
			return refuse(in) // what one may not see is of no kind
		}
		return reject(syncproto.CodeKindMismatch, "")
	}
	if in.Record == nil && (!edits || m.BaseRevision > 0 && !in.ForeignBase) {
		return reject(syncproto.CodeRecordMissing, "")
	}
	switch {
	case commands:
		return judgeCommand(in)
	case deletes:
		return judgeDelete(in)
	case in.Record == nil && m.BaseRevision > 0 && !derived(in):
		return keepForRecord(in)
	case in.Record == nil:
		return judgeCreate(in)
	}
	return judgeEdit(in)
}

// erased reports whether nothing of a record may come back: neither an edit of it nor what would hang under it (S-184).
// Everybody is told so, for a tombstone says nothing about anybody.
func erased(r *syncproto.Record) bool { return r != nil && r.Deleted && r.Erased }

func reject(code syncproto.Code, detail string) Verdict {
	return Verdict{Result: syncproto.Rejected, Code: code, Detail: detail}
}

// done is the result of what happened as asked.
func done(in Input) syncproto.Result {
	if othersSince(in) {
		return syncproto.Merged
	}
	return syncproto.Applied
}

// newer reports whether something last changed at a revision is newer than what the mutation's author had seen. A
// base above the record's own revision cannot be of this epoch and says as little as a foreign one.
func newer(in Input, mark int64) bool {
	return in.ForeignBase || mark > in.Mutation.BaseRevision || in.Mutation.BaseRevision > in.Record.Revision
}

// own reports whether the writer is the mutation's own device and nobody else's words are in what it wrote.
func own(in Input, w syncproto.Writer) bool { return w.Device == in.Actor.Device && !w.Merged }

// unseen reports whether another device changed the field after the mutation's base.
func unseen(in Input, field string) bool {
	mark := in.Record.Mark(field)
	return mark > 0 && !syncproto.ServerField(in.Record.Kind, field) && newer(in, mark) && !own(in, in.Record.Writer(field))
}

// overlooked reports whether another browser of the same account may have written the field after the mutation's base.
func overlooked(in Input, field string) bool {
	return fromElsewhere(in) && newer(in, in.Record.Mark(field))
}

// fromElsewhere reports whether the device's own words may not be known to who sent the mutation.
func fromElsewhere(in Input) bool { return in.Actor.Seat && in.Mutation.BaseRevision > 0 }

// othersSince reports whether another device changed anything of the record after the mutation's base.
func othersSince(in Input) bool {
	if newer(in, 1) && in.Record.Writers[""].Device != in.Actor.Device {
		return true
	}
	for field := range in.Record.Marks {
		if unseen(in, field) {
			return true
		}
	}
	return false
}

// author reports whether the actor made the record.
func author(in Input) bool {
	return in.Actor.Person != "" && in.Record != nil && in.Record.Author == in.Actor.Person
}

// parentsAuthor reports whether the actor made the record's parent.
func parentsAuthor(in Input) bool {
	return in.Actor.Person != "" && in.Parent != nil && in.Parent.Author == in.Actor.Person
}

// editor reports whether the actor has an editor's rights now. An admin has them all.
func editor(in Input) bool { return in.Actor.Editor || in.Actor.Admin }
