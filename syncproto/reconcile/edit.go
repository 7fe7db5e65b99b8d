package reconcile

import "lantoa/syncproto"

// judgeCreate makes a record of its first edit without a base (S-48). Whoever the device belongs to, it is taken: nothing
// captured is lost, and what a person without a grant submits waits in the unit's inbox. Nothing else makes a record,
// because only the device that captured it has such an edit, and the person of that device is its author.
func judgeCreate(in Input) Verdict {
	m := in.Mutation
	r := &syncproto.Record{
		ID: m.Record, Kind: m.Kind, Unit: m.Unit, Author: in.Actor.Person, Revision: 1,
		Fields:   make(syncproto.Fields, len(m.Set)+len(m.Add)),
		Received: in.Now, Changed: in.Now,
		Writers: map[string]syncproto.Writer{"": {Device: in.Actor.Device}},
	}
	if in.Captured != nil {
		captured := *in.Captured
		r.Captured = &captured
	}
	for name, value := range m.Set {
		if reserved(m.Kind, name) {
			return reject(syncproto.CodeInvalidField, name)
		}
		if !value.IsNull() {
			r.Fields[name] = value
		}
	}
	for name, add := range m.Add {
		after, _, ok := changeSet(r.Fields[name], add, nil)
		if !ok || reserved(m.Kind, name) {
			return reject(syncproto.CodeInvalidField, name)
		}
		if !after.IsNull() {
			r.Fields[name] = after
		}
	}
	v := Verdict{Result: syncproto.Applied, Record: r}
	switch {
	case syncproto.Reviewed(r.Kind):
		r.State = ownDraft(in)
		if isPart(r) {
			if othersDraft(in) {
				return refuse(in)
			}
			if r.State = joining(in); r.State == syncproto.StateDraft {
				v.Parent = wholeAfter(in)
			}
		}
	case r.Kind == syncproto.KindNote, r.Kind == syncproto.KindConsent:
		r.State = syncproto.StateOpen
		if r.Kind == syncproto.KindConsent {
			r.State = syncproto.StateGiven
		}
		if !mayPin(in) {
			return refuse(in)
		}
	}
	if in.Parent != nil && syncproto.ByParent(r.Kind) {
		r.Unit = in.Parent.Unit // the unit whose editors answer for the whole, whatever the phone thought
	}
	if follows(in, r) && public(in.Parent.State) {
		dropPosition(r)
	}
	if code, detail := tooBig(nil, r); code != "" {
		return reject(code, detail)
	}
	return v
}

// derived reports whether the record is one that every device of the actor's makes under the same id (S-193): whoever edits it
// is its author, so there is nobody to wait for.
func derived(in Input) bool {
	m, person := in.Mutation, in.Actor.Person
	call := syncproto.ID(m.Set[syncproto.AnswerCallField].TextOr(""))
	switch m.Kind {
	case syncproto.KindAnswer:
		return call != "" && m.Record == syncproto.AnswerID(call, person)
	case syncproto.KindReceipt:
		return call != "" && m.Record == syncproto.ReceiptID(call, person)
	case syncproto.KindPreference:
		return m.Record == syncproto.PreferenceID(person)
	}
	return false
}

// keepForRecord keeps an edit of a record that a restored server does not have any more (S-121). Its author's device still
// offers the creation, and may come later than whoever edited; a record made of the edit would have the wrong author.
func keepForRecord(in Input) Verdict {
	m := in.Mutation
	in.Record = &syncproto.Record{ID: m.Record, Kind: m.Kind}
	lost := make(syncproto.Fields, len(m.Set)+len(m.Add)+len(m.Remove))
	if _, bad := wanted(in, lost); bad != "" {
		return reject(syncproto.CodeInvalidField, bad)
	}
	return keepWhole(syncproto.CodeRecordAwaited, syncproto.Object(lost))
}

// judgeEdit merges an edit field by field (S-50 to S-58).
func judgeEdit(in Input) Verdict {
	r, m := in.Record, in.Mutation
	if v, ok := mayWrite(in); !ok {
		return v
	}
	lost := make(syncproto.Fields, len(m.Set)+len(m.Add)+len(m.Remove))
	differs, bad := wanted(in, lost)
	if bad != "" {
		return reject(syncproto.CodeInvalidField, bad)
	}
	if !differs && !r.Deleted {
		return Verdict{Result: done(in)}
	}
	if code := barred(in); code != "" {
		return keepWhole(code, syncproto.Object(lost))
	}
	e := edit{in: in, next: begin(in)}
	if r.Deleted {
		e.restore()
	}
	for _, name := range m.Fields() {
		e.field(name, lost[name])
	}
	return e.verdict()
}

// wanted fills in what each field would be if nobody else had written, and reports whether any differs from what the
// record holds. bad names a field that cannot be written so.
func wanted(in Input, want syncproto.Fields) (differs bool, bad string) {
	r, m := in.Record, in.Mutation
	for _, name := range m.Fields() {
		if reserved(r.Kind, name) {
			return false, name
		}
		current := orNull(r.Fields[name])
		value, set := m.Set[name]
		value = orNull(value)
		if !set {
			after, _, ok := changeSet(current, m.Add[name], m.Remove[name])
			if !ok {
				return false, name
			}
			value = after
		}
		want[name] = value
		differs = differs || value != current
	}
	return differs, ""
}

// edit is a record on its way to its next revision.
type edit struct {
	in      Input
	next    *syncproto.Record
	changed bool
	merged  bool
	kept    []Kept
	code    syncproto.Code
	detail  string
}

// restore brings a tombstone back (S-58): an edit says that somebody still needs the record. It does so silently when
// its author knew of the delete.
func (e *edit) restore() {
	in := e.in
	e.next.Deleted, e.changed = false, true
	if unseen(in, StateField) && !syncproto.Personal(in.Record.Kind) {
		e.code = syncproto.CodeEditRestored
		e.kept = append(e.kept, Kept{Lost: syncproto.Object(nil), Reason: e.code})
	}
	touch(in, e.next, StateField, false)
}

// field merges one field.
func (e *edit) field(name string, value syncproto.Value) {
	current := orNull(e.in.Record.Fields[name])
	if value == current || !current.IsNull() && PolicyOf(e.in.Record.Kind, name) == PolicyFirst {
		return
	}
	_, set := e.in.Mutation.Set[name]
	strange := unseen(e.in, name) || set && overlooked(e.in, name)
	switch {
	case set && name == "parent" && !mayMove(e.in, value):
		e.lose(name, current, value, syncproto.CodeForbidden)
	case !strange:
		e.put(name, value, false)
	case !set:
		// A set that holds another's items too: a later set of the whole list by this device has not seen them.
		e.put(name, value, true)
	default:
		e.collide(name, current, value)
	}
}

// collide settles two different values by the policy of the field.
func (e *edit) collide(name string, current, value syncproto.Value) {
	switch PolicyOf(e.in.Record.Kind, name) {
	case PolicyLatest:
		e.put(name, value, false)
		return
	case PolicyIncoming:
		e.put(name, value, false)
		e.keep(Kept{Field: name, Stays: value, Lost: current, Reason: syncproto.CodeFieldConflict})
		return
	case PolicyText:
		if merged, clean := e.mergeProse(name, current, value); clean {
			if merged != current {
				e.put(name, merged, true)
			}
			e.merged = true
			e.kept = append(e.kept, Kept{Field: name, Base: e.base(name), Stays: merged, Lost: value, Silent: true})
			return
		}
	}
	e.lose(name, current, value, syncproto.CodeFieldConflict)
}

// mergeProse merges three ways from what both sides started from: what this device sent last, if the record holds a
// merge of that, or else the base revision.
func (e *edit) mergeProse(name string, current, value syncproto.Value) (syncproto.Value, bool) {
	base := e.base(name)
	switch base {
	case "":
		return current, false
	case value:
		return current, true
	case current:
		return value, true
	}
	started, ok := base.AsText()
	if !ok && !base.IsNull() {
		return current, false
	}
	here, ok1 := current.AsText()
	there, ok2 := value.AsText()
	if !ok1 || !ok2 {
		return current, false // one side cleared what the other went on writing
	}
	text, clean := MergeText(started, here, there)
	if !clean {
		return current, false
	}
	merged := syncproto.Text(text)
	if syncproto.CheckField(e.in.Record.Kind, name, merged) != nil || len(merged) > syncproto.MaxFieldBytes {
		return current, false
	}
	return merged, true
}

// base returns what the incoming value of a field started from, or "" if that is not known.
func (e *edit) base(name string) syncproto.Value {
	if w := e.in.Record.Writer(name); w.Merged && w.Device == e.in.Actor.Device && !fromElsewhere(e.in) {
		return e.in.Sides[name]
	}
	if e.in.Base == nil {
		return ""
	}
	return orNull(e.in.Base[name])
}

func (e *edit) put(name string, value syncproto.Value, merged bool) {
	if value == syncproto.Null {
		delete(e.next.Fields, name)
	} else {
		if e.next.Fields == nil {
			e.next.Fields = syncproto.Fields{}
		}
		e.next.Fields[name] = value
	}
	touch(e.in, e.next, name, merged)
	e.changed = true
}

func (e *edit) lose(name string, current, value syncproto.Value, reason syncproto.Code) {
	e.keep(Kept{Field: name, Stays: current, Lost: value, Reason: reason})
}

func (e *edit) keep(k Kept) {
	k.Base = e.base(k.Field)
	e.kept = append(e.kept, k)
	if e.code == "" {
		e.code, e.detail = k.Reason, k.Field
	}
}

// verdict closes the revision: limits, state, result.
func (e *edit) verdict() Verdict {
	v := Verdict{Result: done(e.in), Kept: e.kept}
	switch {
	case e.code != "":
		v.Result, v.Code, v.Detail = syncproto.Conflicts, e.code, e.detail
	case e.merged:
		v.Result = syncproto.Merged
	}
	if !e.changed {
		return v
	}
	if public(standing(e.in)) {
		hidePosition(e.in, e.next)
	}
	if code, detail := tooBig(e.in.Record, e.next); code != "" {
		return reject(code, detail)
	}
	if state := e.stateAfter(); state != e.next.State {
		moveTo(e.in, e.next, state)
		touch(e.in, e.next, StateField, false)
	}
	if follows(e.in, e.next) && public(e.in.Parent.State) {
		hideReview(e.in, e.next) // it may have come in by this very edit
	}
	v.Record = e.next
	if follows(e.in, e.in.Record) || follows(e.in, e.next) {
		v.Parent = wholeAfter(e.in)
	}
	return v
}

func (e *edit) stateAfter() syncproto.State {
	r := e.in.Record
	switch was, is := r.Parent(), e.next.Parent(); {
	case !syncproto.Reviewed(r.Kind) || was == is && isPart(r):
		return r.State
	case was == is && r.State == syncproto.StateDraft:
		return ownDraft(e.in)
	case was == is:
		return returned(r.State, author(e.in))
	case was == "":
		return joining(e.in)
	case is == "" && !syncproto.SeenByDesk(standing(e.in)):
		return syncproto.StateDraft
	}
	return syncproto.StateUnclaimed
}
