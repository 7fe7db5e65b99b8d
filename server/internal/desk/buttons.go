package desk

import (
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Button is an act that somebody may take on a record, or would if it were not for Code.
type Button struct {
	Command  string         `json:"command"` // of the table of S-81, or "edit"
	Code     syncproto.Code `json:"code,omitempty"`
	Sentence string         `json:"sentence,omitempty"` // of the code, for whoever reads
	Reason   bool           `json:"reason,omitempty"`   // a reason must be given
	Exact    bool           `json:"exact,omitempty"`    // base_revision must be the revision that was read
	To       bool           `json:"to,omitempty"`       // a person must be named
}

// editButton stands for changing fields, which is no command.
const editButton = "edit"

// buttons returns what the person may do with a record now, by asking the function that will judge the act. What is never
// theirs to do is left out; what only something of the moment forbids (a claim of another, a consent that is missing)
// comes with its code.
func (v *sight) buttons(r, parent *syncproto.Record, lacks bool) []Button {
	out := []Button{}
	group := reconcile.GroupOf(r)
	for _, t := range reconcile.Transitions() {
		if t.Group != group || t.From != r.State {
			continue
		}
		m := &syncproto.Mutation{Command: t.Command}
		if t.NeedsReason {
			m.Reason = "…"
		}
		code, ok := v.judge(r, parent, m)
		if !ok {
			continue
		}
		if code == "" && lacks && (t.Command == syncproto.CommandApprove || t.Command == syncproto.CommandPublish) {
			code = syncproto.CodeConsentMissing
		}
		out = append(out, Button{
			Command: string(t.Command), Code: code, Reason: t.NeedsReason, Exact: t.Exact, To: t.Command == syncproto.CommandHandOver,
		})
	}
	if group == reconcile.GroupConflict || group == "" {
		return out
	}
	edit := &syncproto.Mutation{Set: syncproto.Fields{"position": syncproto.Int(positionOf(r) + 1)}}
	if code, ok := v.judge(r, parent, edit); ok {
		out = append(out, Button{Command: editButton, Code: code})
	}
	return out
}

// judge says what would become of an act: ok is false if it is not this person's to take, else code is why it would be
// refused, or kept beside the record instead of applied, now.
func (v *sight) judge(r, parent *syncproto.Record, m *syncproto.Mutation) (code syncproto.Code, ok bool) {
	m.Number, m.Record, m.Kind, m.BaseRevision = 1, r.ID, r.Kind, r.Revision
	verdict := reconcile.Apply(reconcile.Input{
		Record: r, Parent: parent, Mutation: m, Actor: v.actor(r, parent), Base: r.Fields, Now: v.now, ToEditor: true,
	})
	switch {
	case verdict.Code == syncproto.CodeForbidden, verdict.Code == syncproto.CodeLateGrant:
		return verdict.Code, false
	case verdict.Result == syncproto.Rejected, verdict.Result == syncproto.Conflicts:
		return verdict.Code, true
	}
	return "", true
}

// actor is what the person is to a record, as the syncer finds it: by the unit of the whole.
func (v *sight) actor(r, parent *syncproto.Record) reconcile.Actor {
	unit := r.Unit
	if parent != nil && syncproto.ByParent(r.Kind) {
		unit = parent.Unit
	}
	standing := v.rights.On(unit, v.now).AtDesk()
	return reconcile.Actor{
		Device: v.by.Device, Person: v.by.Person,
		Member: standing.Member, Editor: standing.Editor, Admin: standing.Admin, Lapsed: standing.Lapsed,
		OwnAllowed: v.access.Setting(unit, v.now).OwnAllowed,
	}
}
