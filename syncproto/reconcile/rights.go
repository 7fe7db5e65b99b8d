package reconcile

import "lantoa/syncproto"

// mayWrite reports whether the actor may write the record at all, or may have been allowed to once; if not, the verdict
// says why.
func mayWrite(in Input) (Verdict, bool) {
	if author(in) {
		return Verdict{}, true
	}
	if hidden(in) || !editor(in) && !in.Actor.Lapsed {
		return reject(syncproto.CodeForbidden, ""), false
	}
	return Verdict{}, true
}

// hidden reports whether the record is a draft of somebody else: drafts are their author's alone.
func hidden(in Input) bool {
	return !author(in) && syncproto.Reviewed(in.Record.Kind) && !syncproto.SeenByDesk(standing(in))
}

// barred returns why a change of content is kept instead of applied, or "". The actor has passed mayWrite.
func barred(in Input) syncproto.Code {
	state := standing(in)
	switch {
	case state == syncproto.StateTakenDown:
		return syncproto.CodeTakenDown
	case in.Record.Kind == syncproto.KindConsent && in.Record.State == withdrawn:
		return syncproto.CodeTakenDown
	case ownSubmission(in) && public(state) && !in.Actor.OwnAllowed:
		return syncproto.CodePublishedEdit
	case editor(in):
		return ""
	case !author(in):
		return syncproto.CodeLateGrant
	case public(state):
		return syncproto.CodePublishedEdit
	}
	return ""
}

// ownSubmission reports whether the actor made what is reviewed: the record, or the whole that it is a part of.
func ownSubmission(in Input) bool {
	if follows(in, in.Record) {
		return parentsAuthor(in)
	}
	return author(in)
}

// refuse rejects an actor without the rights that are needed now.
func refuse(in Input) Verdict {
	if in.Actor.Lapsed {
		return reject(syncproto.CodeLateGrant, "")
	}
	return reject(syncproto.CodeForbidden, "")
}

// mayPin reports whether the actor may hang a note under Input.Parent: notes are between its author and the editors.
// What it hangs under may not be known yet.
func mayPin(in Input) bool { return in.Parent == nil || parentsAuthor(in) || editor(in) }

// mayMove reports whether the actor may hang the record elsewhere. Its author may take a part out of their own draft;
// whatever others have seen hangs where it hangs until an editor moves it.
func mayMove(in Input, to syncproto.Value) bool {
	r := in.Record
	if r.Kind == syncproto.KindNote && r.Parent() == "" {
		return mayPin(in)
	}
	if r.Parent() == "" && syncproto.Reviewed(r.Kind) && othersDraft(in) {
		return false
	}
	if r.Parent() == "" || editor(in) || !syncproto.Reviewed(r.Kind) && !syncproto.ByParent(r.Kind) {
		return true
	}
	return to == syncproto.Null && isPart(r) && !syncproto.SeenByDesk(standing(in))
}
