package reconcile

import "lantoa/syncproto"

// public reports whether what is in a state is seen by the members of a unit.
func public(state syncproto.State) bool {
	return state == syncproto.StatePublished || state == syncproto.StateCorrected
}

// ownDraft is the state of a submission that its author has not submitted. What still comes from a closed account would
// be seen by nobody as a draft.
func ownDraft(in Input) syncproto.State {
	if in.Actor.Closed && (in.Record == nil || author(in)) {
		return syncproto.StateUnclaimed
	}
	return syncproto.StateDraft
}

// placeField is where a record says where it was.
const placeField = "place"

// dropPosition takes the coordinates out of a record's place and leaves its words. Members read where a story happened,
// not at whose door; earlier revisions keep the position for the desk (S-176).
func dropPosition(r *syncproto.Record) bool {
	place, ok := r.Fields[placeField].AsObject()
	if !ok {
		return false
	}
	_, lat := place["lat"]
	_, lon := place["lon"]
	if !lat && !lon {
		return false
	}
	delete(place, "lat")
	delete(place, "lon")
	if len(place) == 0 {
		delete(r.Fields, placeField)
	} else {
		r.Fields[placeField] = syncproto.Object(place)
	}
	return true
}

func hidePosition(in Input, next *syncproto.Record) {
	if dropPosition(next) {
		touch(in, next, placeField, false)
	}
}

// hideReview takes out of a part that becomes public what members are not to read: where it was, and why it was once
// declined or taken out.
func hideReview(in Input, next *syncproto.Record) {
	hidePosition(in, next)
	next.Reason = ""
}

// Publishable returns the next revision of a part that becomes public with its whole, without its position and the reason
// for which it was once declined or taken out; nil if it tells neither. Everything else of it stays as it is.
func Publishable(r *syncproto.Record, now int64) *syncproto.Record {
	next := r.Clone()
	moved := dropPosition(next)
	if !moved && r.Reason == "" {
		return nil
	}
	next.Revision++
	next.Changed, next.Reason = now, ""
	if !moved {
		return next
	}
	if next.Marks == nil {
		next.Marks = make(map[string]int64, 4)
	}
	next.Marks[placeField] = next.Revision
	return next
}

// Settle returns the next revision of a record whose hold is over, nil if it is not held (S-175).
func Settle(r *syncproto.Record, now int64) *syncproto.Record {
	if r.Hold == 0 || now < r.Hold || r.Deleted {
		return nil
	}
	next := r.Clone()
	next.Revision++
	next.Changed, next.Hold = now, 0
	return next
}
