package reconcile

import "lantoa/syncproto"

// isPart reports whether a record is a part of another: reviewed and published with it, not by itself.
func isPart(r *syncproto.Record) bool { return syncproto.Reviewed(r.Kind) && r.Parent() != "" }

// standing is the state that decides who may change a record. A part stands where its whole stands, unless it was
// taken out of it: taken down, declined, or waiting to be let in.
func standing(in Input) syncproto.State {
	if follows(in, in.Record) {
		return in.Parent.State
	}
	return in.Record.State
}

// follows reports whether a record is a part that stands where Input.Parent stands.
func follows(in Input, r *syncproto.Record) bool {
	if !isPart(r) || in.Parent == nil || in.Parent.ID != r.Parent() || !syncproto.Reviewed(in.Parent.Kind) {
		return false
	}
	switch r.State {
	case syncproto.StateTakenDown, syncproto.StateDeclined, syncproto.StateUnclaimed:
		return false
	}
	return true
}

// joining is the state in which a part joins its whole. What comes late to a published story, or to somebody else's,
// waits for an editor of its unit: it would be public otherwise without anybody having looked at it.
func joining(in Input) syncproto.State {
	p := in.Parent
	switch {
	case p == nil || editor(in) && p.State != syncproto.StateTakenDown:
		return syncproto.StateDraft
	case !parentsAuthor(in):
		return syncproto.StateUnclaimed
	}
	switch p.State {
	case syncproto.StatePublished, syncproto.StateCorrected, syncproto.StateTakenDown:
		return syncproto.StateUnclaimed
	}
	return syncproto.StateDraft
}

// othersDraft reports whether Input.Parent is a draft of somebody else: whoever knows its id is still no business of it,
// and its author would find what they hang there. What it is a part of may not be known yet.
func othersDraft(in Input) bool {
	p := in.Parent
	return p != nil && !isPart(p) && syncproto.Reviewed(p.Kind) && !syncproto.SeenByDesk(p.State) && !parentsAuthor(in)
}

// returned is the state that a change of content leads to (S-84): what was approved is reviewed again, what an
// editor changes after publication is a correction. An editor who changes what others approved has it in hand again.
func returned(state syncproto.State, byAuthor bool) syncproto.State {
	switch state {
	case syncproto.StateApproved:
		if byAuthor {
			return syncproto.StateResubmitted
		}
		return syncproto.StateInReview
	case syncproto.StatePublished:
		return syncproto.StateCorrected
	}
	return state
}

// wholeAfter returns the whole after its part in was changed, let in or taken out, or nil if it stays as it is. The
// caller has checked that the actor may do so.
func wholeAfter(in Input) *syncproto.Record {
	p := in.Parent
	if p == nil || p.Deleted || !syncproto.Reviewed(p.Kind) {
		return nil
	}
	switch p.State {
	case syncproto.StateInReview, syncproto.StateApproved, syncproto.StatePublished, syncproto.StateCorrected:
	case syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateUnclaimed:
		// An editor without network may claim and approve in one go, by what was there before this part.
	case syncproto.StateDraft:
		if !in.Actor.Closed || !parentsAuthor(in) || isPart(p) {
			return nil
		}
	default:
		return nil
	}
	next := p.Clone()
	next.Revision++
	next.Changed = in.Now
	touch(in, next, PartsField, false)
	state := returned(p.State, !editor(in) || parentsAuthor(in))
	if p.State == syncproto.StateDraft {
		state = syncproto.StateUnclaimed // nobody else will ever see what has come (S-86)
	}
	if state != p.State {
		moveTo(in, next, state)
		touch(in, next, StateField, false)
	}
	return next
}

// moveTo changes the state of a record under construction. The claim lives as long as the review.
func moveTo(in Input, next *syncproto.Record, state syncproto.State) {
	if state == syncproto.StateInReview && next.State != state {
		next.Claim = &syncproto.Claim{Person: in.Actor.Person, Until: in.Now + ClaimFor}
	}
	if state != syncproto.StateInReview {
		next.Claim = nil
	}
	switch state {
	case syncproto.StateApproved, syncproto.StatePublished, syncproto.StateCorrected:
	default:
		next.Hold = 0
	}
	next.State = state
}
