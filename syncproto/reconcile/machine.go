package reconcile

import (
	"slices"

	"lantoa/syncproto"
)

// ClaimFor is how long an editor's claim holds, in ms: long enough to work through a story with photos, short enough
// that a story whose editor went home is not stuck until tomorrow.
const ClaimFor = 30 * 60 * 1000

// Group names a state machine.
type Group string

// The state machines (S-80). A part is a reviewed record that hangs under another: it follows its whole, and can only
// be let in, declined, or taken out of it.
const (
	GroupSubmission Group = "submission"
	GroupPart       Group = "part"
	GroupNote       Group = "note"
	GroupConflict   Group = "conflict"
	GroupConsent    Group = "consent"
)

// By says whose step a transition is.
type By string

// Who may take a step.
const (
	ByAuthor By = "author"
	ByEditor By = "editor"
	ByAdmin  By = "admin"
	ByEither By = "either" // the author, the author of the record it hangs under, or an editor
)

// Transition is one step of a state machine.
type Transition struct {
	Group   Group
	From    syncproto.State
	Command syncproto.Command
	By      By
	To      syncproto.State
	// Orphan is the target instead of To for an author without a grant: the work waits in the unit's inbox.
	Orphan syncproto.State
	// NeedsReason: the author is told why, so there must be a why.
	NeedsReason bool
	// Exact: nobody else may have changed the record since the revision that the actor saw.
	Exact bool
	// NotOwn: not for one's own submission, unless the unit allows it.
	NotOwn bool
	// Held: only while the record is held (S-175).
	Held bool
}

// Short names keep the table readable as a table.
const (
	draft        = syncproto.StateDraft
	submitted    = syncproto.StateSubmitted
	inReview     = syncproto.StateInReview
	needsChanges = syncproto.StateNeedsChanges
	resubmitted  = syncproto.StateResubmitted
	approved     = syncproto.StateApproved
	published    = syncproto.StatePublished
	corrected    = syncproto.StateCorrected
	takenDown    = syncproto.StateTakenDown
	declined     = syncproto.StateDeclined
	withdrawn    = syncproto.StateWithdrawn
	unclaimed    = syncproto.StateUnclaimed
)

var transitions = []Transition{
	{Group: GroupSubmission, From: draft, Command: syncproto.CommandSubmit, By: ByAuthor, To: submitted, Orphan: unclaimed},

	{Group: GroupSubmission, From: submitted, Command: syncproto.CommandClaim, By: ByEditor, To: inReview},
	{Group: GroupSubmission, From: submitted, Command: syncproto.CommandReturn, By: ByEditor, To: needsChanges, NeedsReason: true},
	{Group: GroupSubmission, From: submitted, Command: syncproto.CommandDecline, By: ByEditor, To: declined, NeedsReason: true},
	{Group: GroupSubmission, From: submitted, Command: syncproto.CommandWithdraw, By: ByAuthor, To: withdrawn},

	{Group: GroupSubmission, From: resubmitted, Command: syncproto.CommandClaim, By: ByEditor, To: inReview},
	{Group: GroupSubmission, From: resubmitted, Command: syncproto.CommandReturn, By: ByEditor, To: needsChanges, NeedsReason: true},
	{Group: GroupSubmission, From: resubmitted, Command: syncproto.CommandDecline, By: ByEditor, To: declined, NeedsReason: true},
	{Group: GroupSubmission, From: resubmitted, Command: syncproto.CommandWithdraw, By: ByAuthor, To: withdrawn},

	{Group: GroupSubmission, From: inReview, Command: syncproto.CommandClaim, By: ByEditor, To: inReview},
	{Group: GroupSubmission, From: inReview, Command: syncproto.CommandRelease, By: ByEditor, To: submitted},
	{Group: GroupSubmission, From: inReview, Command: syncproto.CommandHandOver, By: ByEditor, To: inReview},
	{Group: GroupSubmission, From: inReview, Command: syncproto.CommandReturn, By: ByEditor, To: needsChanges, NeedsReason: true},
	{Group: GroupSubmission, From: inReview, Command: syncproto.CommandApprove, By: ByEditor, To: approved, Exact: true, NotOwn: true},
	{Group: GroupSubmission, From: inReview, Command: syncproto.CommandDecline, By: ByEditor, To: declined, NeedsReason: true},
	{Group: GroupSubmission, From: inReview, Command: syncproto.CommandWithdraw, By: ByAuthor, To: withdrawn},

	{Group: GroupSubmission, From: needsChanges, Command: syncproto.CommandSubmit, By: ByAuthor, To: resubmitted, Orphan: unclaimed},
	{Group: GroupSubmission, From: needsChanges, Command: syncproto.CommandResubmit, By: ByAuthor, To: resubmitted, Orphan: unclaimed},
	{Group: GroupSubmission, From: needsChanges, Command: syncproto.CommandWithdraw, By: ByAuthor, To: withdrawn},

	{Group: GroupSubmission, From: approved, Command: syncproto.CommandPublish, By: ByEditor, To: published, Exact: true},
	{Group: GroupSubmission, From: approved, Command: syncproto.CommandUndo, By: ByEditor, To: inReview, Held: true},
	{Group: GroupSubmission, From: approved, Command: syncproto.CommandReturn, By: ByEditor, To: needsChanges, NeedsReason: true},
	{Group: GroupSubmission, From: approved, Command: syncproto.CommandTakeDown, By: ByEditor, To: takenDown, NeedsReason: true},

	{Group: GroupSubmission, From: published, Command: syncproto.CommandUndo, By: ByEditor, To: approved, Held: true},
	{Group: GroupSubmission, From: published, Command: syncproto.CommandCorrect, By: ByEditor, To: corrected, NeedsReason: true, NotOwn: true},
	{Group: GroupSubmission, From: published, Command: syncproto.CommandTakeDown, By: ByEditor, To: takenDown, NeedsReason: true},
	{Group: GroupSubmission, From: corrected, Command: syncproto.CommandCorrect, By: ByEditor, To: corrected, NeedsReason: true, NotOwn: true},
	{Group: GroupSubmission, From: corrected, Command: syncproto.CommandTakeDown, By: ByEditor, To: takenDown, NeedsReason: true},
	{Group: GroupSubmission, From: takenDown, Command: syncproto.CommandReinstate, By: ByAdmin, To: approved, NeedsReason: true},

	{Group: GroupSubmission, From: declined, Command: syncproto.CommandSubmit, By: ByAuthor, To: resubmitted, Orphan: unclaimed},
	{Group: GroupSubmission, From: declined, Command: syncproto.CommandWithdraw, By: ByAuthor, To: withdrawn},
	{Group: GroupSubmission, From: withdrawn, Command: syncproto.CommandSubmit, By: ByAuthor, To: submitted, Orphan: unclaimed},
	{Group: GroupSubmission, From: unclaimed, Command: syncproto.CommandAdopt, By: ByEditor, To: submitted},
	{Group: GroupSubmission, From: unclaimed, Command: syncproto.CommandDecline, By: ByEditor, To: declined, NeedsReason: true},
	{Group: GroupSubmission, From: unclaimed, Command: syncproto.CommandSubmit, By: ByAuthor, To: submitted, Orphan: unclaimed},
	{Group: GroupSubmission, From: unclaimed, Command: syncproto.CommandWithdraw, By: ByAuthor, To: withdrawn},

	{Group: GroupPart, From: draft, Command: syncproto.CommandTakeDown, By: ByEditor, To: takenDown, NeedsReason: true},
	{Group: GroupPart, From: unclaimed, Command: syncproto.CommandAdopt, By: ByEditor, To: draft},
	{Group: GroupPart, From: unclaimed, Command: syncproto.CommandDecline, By: ByEditor, To: declined, NeedsReason: true},
	{Group: GroupPart, From: declined, Command: syncproto.CommandAdopt, By: ByEditor, To: draft},
	{Group: GroupPart, From: takenDown, Command: syncproto.CommandReinstate, By: ByAdmin, To: draft, NeedsReason: true},

	{Group: GroupNote, From: syncproto.StateOpen, Command: syncproto.CommandResolve, By: ByEither, To: syncproto.StateResolved},
	{Group: GroupNote, From: syncproto.StateResolved, Command: syncproto.CommandReopen, By: ByEither, To: syncproto.StateOpen},

	{Group: GroupConflict, From: syncproto.StateOpen, Command: syncproto.CommandRestore, By: ByEither, To: syncproto.StateRestored},
	{Group: GroupConflict, From: syncproto.StateOpen, Command: syncproto.CommandDismiss, By: ByEither, To: syncproto.StateDismissed},

	{Group: GroupConsent, From: syncproto.StateGiven, Command: syncproto.CommandWithdraw, By: ByEither, To: withdrawn, NeedsReason: true},
}

// Transitions returns a copy of the whole table, from which the SPEC's table and the review's buttons are made.
func Transitions() []Transition { return slices.Clone(transitions) }

// GroupOf returns the state machine of a record, or "" if it has none.
func GroupOf(r *syncproto.Record) Group {
	switch {
	case isPart(r):
		return GroupPart
	case syncproto.Reviewed(r.Kind):
		return GroupSubmission
	case r.Kind == syncproto.KindNote:
		return GroupNote
	case r.Kind == syncproto.KindConflict:
		return GroupConflict
	case r.Kind == syncproto.KindConsent:
		return GroupConsent
	}
	return ""
}

// step finds the transition of a command from a state. known reports whether the machine has the command at all.
func step(group Group, from syncproto.State, command syncproto.Command) (t Transition, found, known bool) {
	for i := range transitions {
		row := &transitions[i]
		if row.Group != group || row.Command != command {
			continue
		}
		if known = true; row.From == from {
			return *row, true, true
		}
	}
	return Transition{}, false, known
}
