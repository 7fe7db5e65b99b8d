package reconcile

import (
	"strings"

	"lantoa/syncproto"
)

// judgeCommand takes one step of a state machine (S-80 to S-86).
func judgeCommand(in Input) Verdict {
	r, m := in.Record, in.Mutation
	group := GroupOf(r)
	t, found, known := step(group, r.State, m.Command)
	switch {
	case !concerned(in):
		return refuse(in)
	case !known:
		return reject(syncproto.CodeUnknownCommand, "")
	case r.Deleted:
		return reject(syncproto.CodeWrongState, "")
	case !found && already(in, group):
		return Verdict{Result: done(in)}
	case !found:
		return reject(syncproto.CodeWrongState, string(r.State))
	case !permits(in, t.By):
		return refuse(in)
	case t.NeedsReason && strings.TrimSpace(m.Reason) == "":
		return reject(syncproto.CodeReasonRequired, "")
	case t.By == ByEditor && claimedByAnother(in) && !(t.Command == syncproto.CommandHandOver && in.Actor.Admin):
		return reject(syncproto.CodeClaimed, "")
	case t.Held && in.Now >= r.Hold:
		return reject(syncproto.CodeUndoTooLate, "")
	case t.Command == syncproto.CommandHandOver && !in.ToEditor:
		return reject(syncproto.CodeForbidden, "to")
	case t.NotOwn && author(in) && !in.Actor.OwnAllowed:
		return reject(syncproto.CodeOwnStory, "")
	case t.Exact && othersSince(in):
		return reject(syncproto.CodeStaleRevision, "")
	}
	return take(in, t)
}

// take makes the step.
func take(in Input, t Transition) Verdict {
	r, m := in.Record, in.Mutation
	to := t.To
	if t.Orphan != "" && !in.Actor.Member {
		to = t.Orphan
	}
	next := begin(in)
	moveTo(in, next, to)
	switch t.Command {
	case syncproto.CommandClaim:
		next.Claim = claimAfter(in)
	case syncproto.CommandHandOver:
		next.Claim = &syncproto.Claim{Person: m.To, Until: in.Now + ClaimFor}
	case syncproto.CommandApprove:
		markOwn(in, next)
		next.Hold = holdAfter(in)
	case syncproto.CommandPublish:
		next.Hold = holdAfter(in)
		hidePosition(in, next)
	case syncproto.CommandUndo:
		next.Hold = 0
	}
	if m.Reason != "" || to == syncproto.StatePublished {
		next.Reason = m.Reason // what was said in the review is not for those who read what came of it
	}
	if next.State == r.State && next.Reason == r.Reason && sameClaim(next.Claim, r.Claim) {
		return Verdict{Result: done(in)} // the same step again, or a claim that holds already
	}
	touch(in, next, StateField, false)
	if follows(in, next) && public(in.Parent.State) {
		hideReview(in, next) // it is let in
	}
	v := Verdict{Result: done(in), Record: next}
	if isPart(r) {
		v.Parent = wholeAfter(in)
	}
	return v
}

// holdAfter is until when the step can be taken back.
func holdAfter(in Input) int64 {
	if in.Hold <= 0 {
		return 0
	}
	return in.Now + in.Hold
}

// markOwn makes visible that the author approved their own work, and that somebody else did.
func markOwn(in Input, next *syncproto.Record) {
	own := author(in)
	if _, marked := next.Fields[syncproto.OwnField]; marked == own {
		return
	}
	if own {
		next.Fields[syncproto.OwnField] = syncproto.Bool(true)
	} else {
		delete(next.Fields, syncproto.OwnField)
	}
	if next.Marks == nil {
		next.Marks = make(map[string]int64, 4)
	}
	next.Marks[syncproto.OwnField] = next.Revision
}

// concerned reports whether the record is any business of the actor's, now or once.
func concerned(in Input) bool {
	_, ok := mayWrite(in)
	return ok || parentsAuthor(in)
}

func permits(in Input, by By) bool {
	switch by {
	case ByAuthor:
		return author(in)
	case ByAdmin:
		return in.Actor.Admin
	case ByEditor:
		return editor(in)
	case ByEither:
		return author(in) || parentsAuthor(in) || editor(in)
	}
	return false
}

// already reports whether this device itself brought the record to where the command leads, as when a phone sends
// again under a new number what the server had done.
func already(in Input, group Group) bool {
	r, m := in.Record, in.Mutation
	if r.Marks[StateField] == 0 || !own(in, r.Writer(StateField)) {
		return false
	}
	for i := range transitions {
		t := &transitions[i]
		if t.Group == group && t.Command == m.Command && (t.To == r.State || t.Orphan == r.State) &&
			permits(in, t.By) && (m.Reason == "" || r.Reason == "" || m.Reason == r.Reason) {
			return true
		}
	}
	return false
}

func claimedByAnother(in Input) bool {
	c := in.Record.Claim
	return c != nil && in.Record.State == syncproto.StateInReview && c.Person != in.Actor.Person && in.Now < c.Until
}

// claimAfter gives the record to the actor for ClaimFor from now. A clock that went back does not shorten a claim.
func claimAfter(in Input) *syncproto.Claim {
	claim := &syncproto.Claim{Person: in.Actor.Person, Until: in.Now + ClaimFor}
	if c := in.Record.Claim; c != nil && c.Person == claim.Person {
		claim.Until = max(claim.Until, c.Until)
	}
	return claim
}

func sameClaim(a, b *syncproto.Claim) bool {
	return a == b || a != nil && b != nil && *a == *b
}
