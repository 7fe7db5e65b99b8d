package reconcile

import "lantoa/syncproto"

// judgeDelete makes a tombstone (S-57). A delete by somebody who had not seen what others did to the record since is
// undone: whoever deletes a draft must not take a colleague's paragraph along.
func judgeDelete(in Input) Verdict {
	r := in.Record
	if v, ok := mayWrite(in); !ok {
		return v
	}
	if r.Deleted {
		return Verdict{Result: syncproto.Applied}
	}
	if code := barred(in); code != "" {
		return keepWhole(code, syncproto.Object(nil))
	}
	if othersSince(in) && !syncproto.Personal(r.Kind) {
		return keepWhole(syncproto.CodeDeleteUndone, syncproto.Object(nil))
	}
	next := begin(in)
	next.Deleted, next.Claim = true, nil
	touch(in, next, StateField, false)
	v := Verdict{Result: syncproto.Applied, Record: next}
	if follows(in, r) {
		v.Parent = wholeAfter(in)
	}
	return v
}

// keepWhole leaves the record as it is and keeps what was asked.
func keepWhole(code syncproto.Code, lost syncproto.Value) Verdict {
	return Verdict{
		Result: syncproto.Conflicts, Code: code,
		Kept: []Kept{{Lost: lost, Reason: code}},
	}
}
