package mobilesdk

import (
	"context"
	"time"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// Who took a step.
const (
	ByAuthor = "author"
	ByEditor = "editor"
	ByServer = "server"
)

// Step is one step of a submission on its way.
type Step struct {
	State syncproto.State `json:"state"`
	Name  string          `json:"name"` // the state in words, in the phone's language
	// At is when: the server's time, or, while the step waits on this phone, the phone's clock. Unix ms.
	At      int64             `json:"at"`
	Command syncproto.Command `json:"command,omitempty"` // "" for a change of content that led here
	By      string            `json:"by,omitempty"`      // author, editor or server
	Reason  string            `json:"reason,omitempty"`
	Waiting bool              `json:"waiting,omitempty"` // it is on this phone and has not reached the server
}

// sameStep is how far the server's time of a step may be from the time of the answer that told of it, ms.
const sameStep = int64(2 * time.Minute / time.Millisecond)

// Timeline returns the steps of a submission, oldest first: those that the server wrote down (S-178), and after them what
// waits on this phone, marked as waiting. For a part, a note or a consent it is the timeline of what that hangs under. It
// is empty for a draft that nobody submitted, and never waits for the network. Error: no_such_record.
func (e *Engine) Timeline(ctx context.Context, record syncproto.ID) ([]Step, error) {
	steps := []Step{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		top, err := e.topmost(tx, record)
		if err != nil {
			return err
		}
		o, err := e.overlayOf(tx, state, top)
		if err != nil {
			return err
		}
		if steps, err = e.serverSteps(tx, o.record, top); err != nil {
			return err
		}
		steps, err = o.ownSteps(top, steps)
		return err
	})
	for i := range steps {
		steps[i].Name = e.stateName(steps[i].State)
	}
	return steps, err
}

// maxAbove bounds how far up a chain of parents is followed. The protocol has stories, photos, consents and their
// evidence: four.
const maxAbove = 8

// topmost returns the submission at the top of what a record hangs under, as far as the phone knows it.
func (e *Engine) topmost(tx *phonestore.Tx, id syncproto.ID) (syncproto.ID, error) {
	cur, err := e.current(tx, id)
	if err != nil {
		return "", err
	}
	if cur.record == nil {
		return "", syncproto.E(syncproto.CodeNotThere, "find submission", nil)
	}
	for range maxAbove {
		parent := cur.record.Parent()
		if parent == "" {
			break
		}
		above, err := e.current(tx, parent)
		if err != nil {
			return "", err
		}
		if above.record == nil {
			break
		}
		id, cur = parent, above
	}
	return id, nil
}

// serverSteps reads the timeline that hangs under a submission. A server that writes none still says where it stands.
func (e *Engine) serverSteps(tx *phonestore.Tx, r *syncproto.Record, top syncproto.ID) ([]Step, error) {
	found, err := tx.List(phonestore.Select{Kind: syncproto.KindTimeline, Parent: top, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		return stepsOf(found[0].Record), nil
	}
	if r == nil || r.Deleted || !syncproto.SeenByDesk(r.State) {
		return []Step{}, nil
	}
	return []Step{{State: r.State, At: max(r.Changed, r.Received), Reason: r.Reason}}, nil
}

// stepsOf reads the steps of a timeline. Members that this build does not know are left out.
func stepsOf(r *syncproto.Record) []Step {
	items, _ := r.Fields["steps"].AsList()
	steps := make([]Step, 0, len(items))
	for _, item := range items {
		f, ok := item.AsObject()
		if !ok {
			continue
		}
		at, _ := f["at"].AsInt()
		steps = append(steps, Step{
			State: syncproto.State(f["state"].TextOr("")), At: at, Command: syncproto.Command(f["command"].TextOr("")),
			By: f["by"].TextOr(""), Reason: f["reason"].TextOr(""),
		})
	}
	return steps
}

// ownSteps adds what was done on this phone and the server's timeline does not show yet. A step that was judged while its
// timeline came down already is not told twice.
func (o *overlay) ownSteps(top syncproto.ID, steps []Step) ([]Step, error) {
	all, err := o.doings(top)
	if err != nil {
		return nil, err
	}
	told := len(steps)
	was := syncproto.State("")
	if o.record != nil {
		was = o.record.State
	}
	_, err = o.redo(all, func(d doing, m *syncproto.Mutation) {
		now := o.record.State
		if now == was || was == "" && !syncproto.SeenByDesk(now) {
			was = now
			return
		}
		was = now
		step := Step{State: now, At: d.stored.Captured, Command: m.Command, By: ByAuthor, Reason: m.Reason, Waiting: true}
		if o.record.Author != o.state.Self().Person {
			step.By = ByEditor
		}
		if d.stored.Judged {
			step.At, step.Waiting = d.stored.JudgedAt, false
			for _, s := range steps[:told] {
				if s.State == now && s.Command == m.Command && s.At-step.At <= sameStep && step.At-s.At <= sameStep {
					return
				}
			}
		}
		steps = append(steps, step)
	})
	return steps, err
}

// stateName is a state in words.
func (e *Engine) stateName(state syncproto.State) string {
	if key := "state." + string(state); catalogue.Has(key) {
		return e.text(key, nil)
	}
	return string(state)
}
