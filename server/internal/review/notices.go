package review

import (
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// What somebody is told (S-177). The text of it is made when it is shown: a notice holds ids only.
const (
	NoticeSubmitted        storage.NoticeKind = "submitted"         // to the desk
	NoticeResubmitted      storage.NoticeKind = "resubmitted"       // to the desk
	NoticeUnclaimed        storage.NoticeKind = "unclaimed"         // to the desk: it waits for somebody to adopt it
	NoticeWithdrawn        storage.NoticeKind = "withdrawn"         // to the desk: its author took it back
	NoticeOverdue          storage.NoticeKind = "overdue"           // to the desk above
	NoticeAdopted          storage.NoticeKind = "adopted"           // from here on, to the author
	NoticeNeedsChanges     storage.NoticeKind = "needs_changes"     // with a reason, and notes
	NoticeApproved         storage.NoticeKind = "approved"          // when its hold is over
	NoticePublished        storage.NoticeKind = "published"         // likewise
	NoticeCorrected        storage.NoticeKind = "corrected"         //
	NoticeDeclined         storage.NoticeKind = "declined"          // also of a part
	NoticeTakenDown        storage.NoticeKind = "taken_down"        // also of a part
	NoticeNote             storage.NoticeKind = "note"              // somebody else's, under what is theirs
	NoticeEdited           storage.NoticeKind = "edited"            // by somebody else; once for each who does it between two steps
	NoticeConflict         storage.NoticeKind = "conflict"          // to whoever lost
	NoticeConsentWithdrawn storage.NoticeKind = "consent_withdrawn" // and to the desk
)

// NoticeKinds returns all of them.
func NoticeKinds() []storage.NoticeKind {
	return []storage.NoticeKind{
		NoticeSubmitted, NoticeResubmitted, NoticeUnclaimed, NoticeWithdrawn, NoticeOverdue, NoticeAdopted, NoticeNeedsChanges,
		NoticeApproved, NoticePublished, NoticeCorrected, NoticeDeclined, NoticeTakenDown, NoticeNote, NoticeEdited, NoticeConflict,
		NoticeConsentWithdrawn,
	}
}

// tell adds the notices of a change, and drops those that it takes back.
func tell(tx storage.Tx, c *Change) error {
	switch {
	case c.withdrawsConsent():
		if err := toAuthor(tx, c, NoticeConsentWithdrawn); err != nil || !c.seen() {
			return err
		}
		return toDesk(tx, c, NoticeConsentWithdrawn)
	case c.After.Kind == syncproto.KindConflict && c.Before == nil:
		if c.After.Author == c.Person {
			return nil // their phone says so itself
		}
		return add(tx, c, syncproto.PersonScope(c.After.Author), NoticeConflict, c.Now)
	case c.After.Kind == syncproto.KindNote && c.Before == nil:
		return toAuthor(tx, c, NoticeNote)
	case c.After.Deleted && c.ofTop():
		return unsay(tx, c)
	case !syncproto.Reviewed(c.After.Kind) || c.After.Deleted:
		return nil
	case c.ofTop():
		if err := tellOfStep(tx, c); err != nil {
			return err
		}
		return tellOfEdit(tx, c)
	case c.Before != nil && c.Before.Parent() == "":
		if err := unsay(tx, c); err != nil { // it has become a part
			return err
		}
	}
	if err := tellOfPart(tx, c); err != nil {
		return err
	}
	return tellOfEdit(tx, c)
}

// tellOfEdit tells whoever made it that somebody else changed what it says. An editor saves many times while they read: of
// a submission that is said once between two of its steps.
func tellOfEdit(tx storage.Tx, c *Change) error {
	if c.Before == nil || !c.own() || !c.Mutation.Edits() || c.moved() && c.After.State == syncproto.StateCorrected {
		return nil
	}
	for field, mark := range c.Before.Marks {
		if c.ofTop() && !c.moved() && field != reconcile.StateField && field != reconcile.PartsField &&
			mark > c.Before.Mark(reconcile.StateField) && c.Before.Writer(field).Device == c.Device {
			return nil
		}
	}
	return toAuthor(tx, c, NoticeEdited)
}

// tellOfStep is tell for a step of the submission itself.
func tellOfStep(tx storage.Tx, c *Change) error {
	again := c.command() == syncproto.CommandCorrect
	if !c.moved() && !again && !c.becameWhole() {
		return nil
	}
	if !public(c.After.State) || c.command() == syncproto.CommandUndo {
		if err := unsay(tx, c); err != nil {
			return err
		}
	}
	switch c.After.State {
	case syncproto.StateSubmitted:
		switch c.command() {
		case syncproto.CommandSubmit:
			return toDesk(tx, c, NoticeSubmitted)
		case syncproto.CommandAdopt:
			return toAuthor(tx, c, NoticeAdopted)
		}
	case syncproto.StateResubmitted:
		return toDesk(tx, c, NoticeResubmitted)
	case syncproto.StateUnclaimed:
		return toDesk(tx, c, NoticeUnclaimed)
	case syncproto.StateWithdrawn:
		return toDesk(tx, c, NoticeWithdrawn)
	case syncproto.StateNeedsChanges:
		return toAuthor(tx, c, NoticeNeedsChanges)
	case syncproto.StateApproved:
		if said, err := approvalSaid(tx, c); err != nil || said {
			return err
		}
		return toAuthor(tx, c, NoticeApproved)
	case syncproto.StatePublished:
		return toAuthor(tx, c, NoticePublished)
	case syncproto.StateCorrected:
		return toAuthor(tx, c, NoticeCorrected)
	case syncproto.StateDeclined:
		return toAuthor(tx, c, NoticeDeclined)
	case syncproto.StateTakenDown:
		if c.Mutation == nil {
			return nil // it follows from something that is told itself
		}
		return toAuthor(tx, c, NoticeTakenDown)
	}
	return nil
}

// approvalSaid reports whether this only takes a publication back, and the author has been told of the approval before it.
func approvalSaid(tx storage.Tx, c *Change) (bool, error) {
	if c.command() != syncproto.CommandUndo {
		return false, nil
	}
	revisions, err := tx.Revisions(c.After.ID)
	for i := len(revisions) - 1; i >= 0 && err == nil; i-- {
		if r := revisions[i]; r.Revision < c.After.Revision && r.State == syncproto.StateApproved {
			return r.Hold <= c.Now, nil
		}
	}
	return false, err
}

// unsay drops what was to be said when the hold ends, and is not true any more.
func unsay(tx storage.Tx, c *Change) error {
	if c.Before == nil || c.Before.Hold <= c.Now {
		return nil // it was said, or there was nothing to say
	}
	return tx.DropNotices(c.After.ID, c.Now)
}

// tellOfPart is tell for a part. It stands where its whole stands, so there is little to say of it alone.
func tellOfPart(tx storage.Tx, c *Change) error {
	if !c.moved() || c.Mutation == nil {
		return nil
	}
	switch c.After.State {
	case syncproto.StateUnclaimed:
		return toDesk(tx, c, NoticeUnclaimed)
	case syncproto.StateDeclined:
		return toAuthor(tx, c, NoticeDeclined)
	case syncproto.StateTakenDown:
		return toAuthor(tx, c, NoticeTakenDown)
	}
	return nil
}

// toAuthor tells whoever made it, or what it is about, but not of their own step. Of what is held they are told when the hold is over.
func toAuthor(tx storage.Tx, c *Change, kind storage.NoticeKind) error {
	author := c.After.Author
	if kind := c.After.Kind; kind == syncproto.KindConsent || kind == syncproto.KindNote {
		author = c.Top.Author
	}
	if author == "" || author == c.Person {
		return nil
	}
	return add(tx, c, syncproto.PersonScope(author), kind, max(c.Now, c.After.Hold))
}

func toDesk(tx storage.Tx, c *Change, kind storage.NoticeKind) error {
	if c.Top.Unit == "" {
		return nil // of no desk
	}
	return add(tx, c, syncproto.DeskScope(c.Top.Unit), kind, c.Now)
}

func add(tx storage.Tx, c *Change, to syncproto.Scope, kind storage.NoticeKind, due int64) error {
	_, err := tx.AddNotice(&storage.Notice{
		To: to, Kind: kind, Record: c.After.ID, Revision: c.After.Revision, Unit: c.Top.Unit, At: c.Now, Due: due,
	})
	return err
}
