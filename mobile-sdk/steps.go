package mobilesdk

import (
	"context"
	"strings"

	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Submit sends a submission of this person's in: a draft, what was withdrawn, what was not accepted, or what was returned.
// Like every step it is durable when it returns, is sent after everything that was captured before it, and needs no
// network: whether it is possible is answered at once, by the rules that the server will judge by. Submitting what this
// phone has just submitted does nothing. Errors: no_such_record, wrong_state (with the state), unknown_command for a photo
// of a story, which is submitted with it, forbidden for somebody else's.
func (e *Engine) Submit(ctx context.Context, record syncproto.ID) error {
	return e.step(ctx, record, "", syncproto.CommandSubmit, "")
}

// Resubmit sends a returned submission in again, after it was fixed. Error: wrong_state if it was not returned; else as
// Submit.
func (e *Engine) Resubmit(ctx context.Context, record syncproto.ID) error {
	return e.step(ctx, record, "", syncproto.CommandResubmit, "")
}

// Withdraw takes a submission of this person's back while it is on its way. The reason may be empty. Errors as Submit.
func (e *Engine) Withdraw(ctx context.Context, record syncproto.ID, reason string) error {
	return e.step(ctx, record, "", syncproto.CommandWithdraw, reason)
}

// Fix changes a returned submission, or a photo of it, resolves the notes that this deals with and, with resubmit, sends
// the submission in again, as one act: all of it or nothing. The patch and the notes may be empty. Errors as Edit,
// ResolveNote and Resubmit.
func (e *Engine) Fix(ctx context.Context, record syncproto.ID, p Patch, notes []syncproto.ID, resubmit bool) error {
	return e.capture(ctx, func(c *capture) error {
		if _, err := c.live(record); err != nil {
			return err
		}
		if len(p.Set)+len(p.Add)+len(p.Remove) > 0 {
			if err := c.add(&syncproto.Mutation{Record: record, Set: p.Set, Add: p.Add, Remove: p.Remove}); err != nil {
				return err
			}
		}
		for _, note := range notes {
			if err := c.step(note, syncproto.KindNote, syncproto.CommandResolve, ""); err != nil {
				return err
			}
		}
		if !resubmit {
			return nil
		}
		top, err := e.topmost(c.tx, record)
		if err != nil {
			return err
		}
		return c.step(top, "", syncproto.CommandResubmit, "")
	})
}

func (e *Engine) step(ctx context.Context, record syncproto.ID, kind syncproto.Kind, command syncproto.Command, reason string) error {
	return e.capture(ctx, func(c *capture) error { return c.step(record, kind, command, strings.TrimSpace(reason)) })
}

// step captures a command after asking the rules about it. What they refuse by what the phone knows is refused here: the
// person is in front of the screen. kind is what the record must be, "" for anything.
func (c *capture) step(record syncproto.ID, kind syncproto.Kind, command syncproto.Command, reason string) error {
	r, err := c.live(record)
	if err != nil {
		return err
	}
	if kind != "" && r.Kind != kind {
		return syncproto.E(syncproto.CodeKindMismatch, "take step", nil)
	}
	done, err := c.foresee(r, command, reason)
	if err != nil || done {
		return err
	}
	return c.add(&syncproto.Mutation{Record: record, Command: command, Reason: reason})
}

// live returns a record as the person sees it; no_such_record if there is none or it was deleted.
func (c *capture) live(id syncproto.ID) (*syncproto.Record, error) {
	cur, err := c.e.current(c.tx, id)
	if err == nil && (cur.record == nil || cur.record.Deleted) {
		err = syncproto.E(syncproto.CodeNotThere, "find record", nil)
	}
	return cur.record, err
}

// foresee asks the rules about a step. done says that the record is already where the step leads, by this phone's doing.
// A step is never refused for what others did meanwhile: that is for the server to weigh.
func (c *capture) foresee(r *syncproto.Record, command syncproto.Command, reason string) (done bool, err error) {
	m := &syncproto.Mutation{Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision, Command: command, Reason: reason}
	in := reconcile.Input{Record: r, Mutation: m, Actor: c.e.actor(c.state), Now: c.e.now(c.state)}
	if parent := r.Parent(); parent != "" {
		above, err := c.e.current(c.tx, parent)
		if err != nil {
			return false, err
		}
		in.Parent = above.record
	}
	v := reconcile.Apply(in)
	if v.Code == syncproto.CodeWrongState && r.Kind == syncproto.KindNote && r.State == noteAfter[command] {
		return true, nil // whoever did it, it is done
	}
	if v.Code == syncproto.CodeForbidden && r.Author != c.state.Self().Person && !syncproto.Reviewed(r.Kind) {
		if desk, err := c.followsDesk(); desk || err != nil {
			return false, err // a grant that the phone has not heard of by name
		}
	}
	if v.Result == syncproto.Rejected {
		return false, &syncproto.Error{Code: v.Code, Op: "take step", Detail: v.Detail}
	}
	return v.Record == nil, nil
}

// noteAfter is where the steps of a note lead.
var noteAfter = map[syncproto.Command]syncproto.State{
	syncproto.CommandResolve: syncproto.StateResolved, syncproto.CommandReopen: syncproto.StateOpen,
}
