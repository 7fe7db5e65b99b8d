package desk

import (
	"context"

	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// MaxActs bounds the acts of one request.
const MaxActs = 200

// Act is one thing that somebody at a desk wants: an edit, a delete or a command. Its ID is its identity: sent again, it
// gets its first outcome and nothing happens. An act on a record that is not there makes it: a note, a consent, or a file
// under one, hung under something on the person's desks.
type Act struct {
	ID           syncproto.ID                 `json:"id"`
	Record       syncproto.ID                 `json:"record"`
	Kind         syncproto.Kind               `json:"kind"`
	BaseRevision int64                        `json:"base_revision"` // that the person saw
	BaseEpoch    string                       `json:"base_epoch"`    // of Story.Epoch with it: after a restore the revision means nothing
	Set          syncproto.Fields             `json:"set"`
	Add          map[string][]syncproto.Value `json:"add"`
	Remove       map[string][]syncproto.Value `json:"remove"`
	Delete       bool                         `json:"delete"`
	Command      syncproto.Command            `json:"command"`
	Reason       string                       `json:"reason"`
	To           syncproto.ID                 `json:"to"`
	// Claim claims the submission first where the command is for what is claimed only. A command that would be refused
	// claims nothing.
	Claim bool `json:"-"`
}

// Failed is the result of an act that was not judged: a passing fault. Sending it again is safe and right.
const Failed syncproto.Result = "failed"

// Done is what became of one act.
type Done struct {
	ID       syncproto.ID     `json:"id"`
	Record   syncproto.ID     `json:"record"`
	Result   syncproto.Result `json:"result"`
	Code     syncproto.Code   `json:"code,omitempty"`
	Sentence string           `json:"sentence,omitempty"`
	Detail   string           `json:"detail,omitempty"`
	Revision int64            `json:"revision,omitempty"`
	Conflict syncproto.ID     `json:"conflict,omitempty"` // the card that keeps the losing side
	// Difference is what changed since base_revision, with stale_revision.
	Difference *Comparison `json:"difference,omitempty"`
}

// ok reports whether the act did what was asked.
func (d *Done) ok() bool {
	return d.Result == syncproto.Applied || d.Result == syncproto.Merged || d.Result == syncproto.Duplicate
}

// Act takes acts, one after the other, each in a transaction of its own: one that is refused stops none of the others.
// Errors: too_many, forbidden for somebody without a desk; everything else is the answer of an item.
func (s *Service) Act(ctx context.Context, by syncer.Actor, acts []Act) ([]Done, error) {
	if len(acts) > MaxActs {
		return nil, &syncproto.Error{Code: syncproto.CodeTooMany, Op: "act", Detail: "acts"}
	}
	err := s.look(ctx, by, func(v *sight) error {
		_, err := v.units("")
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Done, len(acts))
	for i := range acts {
		out[i] = s.act(ctx, by, &acts[i])
	}
	return out, nil
}

// act takes one act.
func (s *Service) act(ctx context.Context, by syncer.Actor, a *Act) Done {
	m := a.mutation()
	err := s.check(ctx, by, m)
	if err == nil && a.Command == syncproto.CommandUndo && a.BaseRevision != 0 {
		err = s.sameStep(ctx, by, a)
	}
	if err == nil && a.Claim {
		err = s.claimFirst(ctx, by, a)
	}
	if err != nil {
		return a.refused(err)
	}
	outcome, err := s.opt.Actor.Act(ctx, by, m)
	if err != nil {
		return a.refused(err)
	}
	done := Done{
		ID: a.ID, Record: a.Record, Result: outcome.Result, Code: outcome.Code, Detail: outcome.Detail,
		Revision: outcome.Revision, Conflict: outcome.Conflict,
	}
	if done.Code == syncproto.CodeStaleRevision {
		done.Difference = s.difference(ctx, by, a)
	}
	return done
}

func (a *Act) mutation() *syncproto.Mutation {
	return &syncproto.Mutation{
		Number: 1, ID: a.ID, Record: a.Record, Kind: a.Kind, BaseRevision: a.BaseRevision, BaseEpoch: a.BaseEpoch, Set: a.Set, Add: a.Add,
		Remove: a.Remove, Delete: a.Delete, Command: a.Command, Reason: a.Reason, To: a.To,
	}
}

// refused answers with an error: of the act, or, for a passing fault, of the moment.
func (a *Act) refused(err error) Done {
	done := Done{ID: a.ID, Record: a.Record, Result: syncproto.Rejected, Code: syncproto.CodeOf(err)}
	if e := errorOf(err); e != nil {
		done.Detail = e.Detail
	}
	switch syncproto.KindOfCode(done.Code) {
	case syncproto.Unavailable, syncproto.Internal, syncproto.Exhausted:
		done.Result = Failed
	}
	return done
}

// sameStep refuses to take back another step than the one that somebody saw: between an approval and its undo somebody else may
// have published. What is not held any more is for the judge, who knows an undo that was sent before.
func (s *Service) sameStep(ctx context.Context, by syncer.Actor, a *Act) error {
	return s.look(ctx, by, func(v *sight) error {
		stored, err := v.record(a.Record)
		if err != nil || stored == nil || stored.Record.Hold <= v.now {
			return err
		}
		history, err := v.history(a.Record)
		if err != nil {
			return err
		}
		for _, seen := range history {
			if seen.Revision == a.BaseRevision && (seen.State != stored.Record.State || seen.Hold != stored.Record.Hold) {
				return syncproto.E(syncproto.CodeStaleRevision, "take back", nil)
			}
		}
		return nil
	})
}

// exact are the commands that say what was read.
var exact = func() map[syncproto.Command]bool {
	out := map[syncproto.Command]bool{}
	for _, t := range reconcile.Transitions() {
		if t.Exact {
			out[t.Command] = true
		}
	}
	return out
}()

// check refuses what is wrong in itself, and what is about something that the person does not see: the judge would say
// forbidden of the one and record_missing of the other, and so tell that a draft is there.
func (s *Service) check(ctx context.Context, by syncer.Actor, m *syncproto.Mutation) error {
	const op = "check act"
	if err := m.Validate(); err != nil {
		return err
	}
	if exact[m.Command] && m.BaseRevision == 0 {
		return &syncproto.Error{Code: syncproto.CodeMissingMember, Op: op, Detail: "base_revision"}
	}
	return s.look(ctx, by, func(v *sight) error {
		stored, err := v.record(m.Record)
		if err != nil {
			return err
		}
		var about []syncproto.ID
		switch under := syncproto.ID(m.Set["parent"].TextOr("")); {
		case stored == nil && under == "":
			return hidden(op)
		case stored == nil:
			about = []syncproto.ID{under}
		case under != "" && under != stored.Record.Parent():
			about = []syncproto.ID{m.Record, under}
		default:
			about = []syncproto.ID{m.Record}
		}
		for _, id := range about {
			if err := v.reaches(id); err != nil {
				return err
			}
		}
		return nil
	})
}

// reaches reports with not_found that a record, deleted or not, is nothing that the person sees at a desk.
func (v *sight) reaches(id syncproto.ID) error {
	stored, err := v.record(id)
	if err != nil {
		return err
	}
	if stored == nil {
		return hidden("find record")
	}
	top, err := v.top(stored)
	if err != nil {
		return err
	}
	if !v.visible(top.Record) {
		return hidden("find record")
	}
	return nil
}

// difference is what changed since the revision that the act was based on; nil if that cannot be told any more.
func (s *Service) difference(ctx context.Context, by syncer.Actor, a *Act) *Comparison {
	var out *Comparison
	err := s.look(ctx, by, func(v *sight) error {
		top, err := v.whole(a.Record)
		if err != nil {
			return err
		}
		out, err = v.compare(top.Record.ID, a.BaseRevision, 0)
		return err
	})
	if err != nil {
		return nil
	}
	return out
}
