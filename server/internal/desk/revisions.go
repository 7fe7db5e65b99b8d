package desk

import (
	"context"
	"slices"

	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Revision is one change of a submission.
type Revision struct {
	Revision int64           `json:"revision"`
	At       int64           `json:"at"`
	State    syncproto.State `json:"state"`
	By       *Ref            `json:"by,omitempty"` // nobody for what the server did itself
	Changed  []string        `json:"changed"`      // fields; nothing for a step that left them alone
	Parts    bool            `json:"parts,omitempty"`
	Reason   string          `json:"reason,omitempty"`
}

// maxRevisions bounds a list of revisions: the newest.
const maxRevisions = 200

// Revisions lists the revisions of a submission that a desk may see, newest first: from the first that its author
// submitted on. What a draft said before is its author's alone. Errors: not_found.
func (s *Service) Revisions(ctx context.Context, by syncer.Actor, id syncproto.ID) (list []Revision, err error) {
	err = s.look(ctx, by, func(v *sight) error {
		top, err := v.whole(id)
		if err != nil {
			return err
		}
		history, err := v.history(top.Record.ID)
		if err != nil {
			return err
		}
		list = []Revision{}
		for _, r := range slices.Backward(history) {
			if len(list) == maxRevisions {
				break
			}
			shown, err := v.revision(r)
			if err != nil {
				return err
			}
			list = append(list, shown)
		}
		return nil
	})
	return list, err
}

// history returns the revisions that a desk may see, oldest first.
func (v *sight) history(id syncproto.ID) ([]*syncproto.Record, error) {
	all, err := v.r.Revisions(id)
	if err != nil {
		return nil, err
	}
	first := slices.IndexFunc(all, func(r *syncproto.Record) bool { return syncproto.SeenByDesk(r.State) })
	if first < 0 {
		return nil, hidden("read revisions")
	}
	return all[first:], nil
}

func (v *sight) revision(r *syncproto.Record) (Revision, error) {
	out := Revision{Revision: r.Revision, At: r.Changed, State: r.State, Changed: []string{}}
	writer := syncproto.Writer{}
	for _, name := range append(r.Fields.Names(), gone(r)...) {
		if r.Mark(name) == r.Revision {
			out.Changed = append(out.Changed, name)
			writer = r.Writer(name)
		}
	}
	slices.Sort(out.Changed)
	out.Parts = r.Marks[reconcile.PartsField] == r.Revision
	if out.Parts {
		writer = r.Writer(reconcile.PartsField)
	}
	if r.Revision == 1 || r.Marks[reconcile.StateField] == r.Revision {
		writer = r.Writer(reconcile.StateField)
		out.Reason = r.Reason
	}
	var err error
	out.By, err = v.writer(writer)
	return out, err
}

// gone returns the fields that were cleared: they keep a mark and nothing else.
func gone(r *syncproto.Record) (names []string) {
	for name := range r.Marks {
		if _, has := r.Fields[name]; !has && name != reconcile.StateField && name != reconcile.PartsField {
			names = append(names, name)
		}
	}
	return names
}

// writer returns the person of a device.
func (v *sight) writer(w syncproto.Writer) (*Ref, error) {
	if w.Device == "" {
		return nil, nil
	}
	device, err := v.r.Device(w.Device)
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return v.person(device.Person)
}
