package desk

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Batch is one command for many submissions.
type Batch struct {
	Command syncproto.Command
	Reason  string
	Picks   []Pick
}

// Pick is one submission of a batch.
type Pick struct {
	Record   syncproto.ID
	Seen     int64        // when the person saw it in the queue, Unix ms; 0 asks nothing
	Revision int64        // that the batch was tried with (Chance); 0 before
	Act      syncproto.ID // the identity of the act
}

// Chance is what would become of one pick.
type Chance struct {
	Row      Row   // only the record's id if it is not theirs to see
	Revision int64 // to be done with
	Claim    bool  // it is claimed first
	// Code is why it would not be done; "" if it would.
	Code syncproto.Code
	// Alone is why an editor must look at it alone: the flags for which nothing is approved in bulk, or ChangedSince.
	Alone []string
	Lacks []Lack // with consent_missing
	Done  *Done  // what became of it; nil for what was only tried, or left out
	Hold  int64  // until when that can be taken back, Unix ms; 0 for no such time
}

// Fits reports whether the batch would do it.
func (c *Chance) Fits() bool { return c.Code == "" && len(c.Alone) == 0 }

// ChangedSince says that somebody else changed a submission after the person saw it.
const ChangedSince = "changed"

// alone are the flags of what is not approved in bulk: each needs a look of its own.
const alone = storage.FlagChild | storage.FlagLocation | storage.FlagFirst

// Try says what would become of each pick, by the table that judges the act itself, and does nothing. Errors: too_many,
// forbidden for somebody without a desk, unknown_command; everything else is the answer of a pick.
func (s *Service) Try(ctx context.Context, by syncer.Actor, b *Batch) (chances []Chance, err error) {
	const op = "try acts"
	if len(b.Picks) > MaxActs {
		return nil, &syncproto.Error{Code: syncproto.CodeTooMany, Op: op, Detail: "picks"}
	}
	if !slices.ContainsFunc(reconcile.Transitions(), func(t reconcile.Transition) bool { return t.Command == b.Command }) {
		return nil, &syncproto.Error{Code: syncproto.CodeUnknownCommand, Op: op}
	}
	err = s.look(ctx, by, func(v *sight) error {
		if _, err := v.units(""); err != nil {
			return err
		}
		for i := range b.Picks {
			chance, err := v.chance(b.Command, &b.Picks[i])
			if err != nil {
				return err
			}
			chances = append(chances, chance)
		}
		return nil
	})
	return chances, err
}

// Do does what fits, each pick in a transaction of its own, and says what became of each. Done again with the same
// identities it gives the same outcomes, and nothing happens twice. Errors as of Try.
func (s *Service) Do(ctx context.Context, by syncer.Actor, b *Batch) ([]Chance, error) {
	chances, err := s.Try(ctx, by, b)
	if err != nil {
		return nil, err
	}
	for i := range chances {
		c, pick := &chances[i], &b.Picks[i]
		if len(c.Alone) > 0 || c.Row.Kind == "" {
			continue
		}
		done := s.act(ctx, by, &Act{
			ID: pick.Act, Record: pick.Record, Kind: c.Row.Kind, BaseRevision: pick.Revision, Command: b.Command,
			Reason: b.Reason, Claim: true,
		})
		c.Done, c.Code = &done, done.Code
	}
	return chances, s.holds(ctx, by, chances)
}

// holds reads what was done as it is now, and until when it can be taken back.
func (s *Service) holds(ctx context.Context, by syncer.Actor, chances []Chance) error {
	return s.look(ctx, by, func(v *sight) error {
		for i := range chances {
			if c := &chances[i]; c.Done != nil && c.Done.ok() {
				stored, err := v.record(c.Row.Record)
				if err != nil {
					return err
				}
				c.Row.State, c.Hold = stored.Record.State, stored.Record.Hold
			}
		}
		return nil
	})
}

// OK reports whether the act did what was asked.
func (d *Done) OK() bool { return d.ok() }

// chance judges one pick.
func (v *sight) chance(command syncproto.Command, pick *Pick) (c Chance, err error) {
	c = Chance{Row: Row{Record: pick.Record, Flags: []string{}}, Code: syncproto.CodeNotFound}
	top, err := v.whole(pick.Record)
	if isNotFound(err) || err == nil && top.Record.ID != pick.Record {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	row, err := v.r.Submission(pick.Record)
	if isNotFound(err) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if c.Row, err = v.row(row); err != nil {
		return c, err
	}
	c.Revision = top.Record.Revision
	var lacks []syncproto.Lack
	if c.Claim, c.Code, lacks, err = v.try(top.Record, command); err != nil {
		return c, err
	}
	for _, l := range lacks {
		c.Lacks = append(c.Lacks, Lack{Record: l.Record, Code: l.What})
	}
	if c.Code != "" || command != syncproto.CommandApprove {
		return c, nil
	}
	c.Alone = namesOf(row.Flags & alone)
	changed, err := v.changedSince(top.Record.ID, row, pick.Seen)
	if changed {
		c.Alone = append(c.Alone, ChangedSince)
	}
	return c, err
}

// try says what would become of a command on a submission. A step that is for what is claimed is judged as it would be after
// a claim, if that is the person's to make.
func (v *sight) try(r *syncproto.Record, command syncproto.Command) (claim bool, code syncproto.Code, lacks []syncproto.Lack, err error) {
	if claim = afterClaim(r, command); claim {
		m := &syncproto.Mutation{Number: 1, Record: r.ID, Kind: r.Kind, BaseRevision: r.Revision, Command: syncproto.CommandClaim}
		verdict := reconcile.Apply(reconcile.Input{
			Record: r, Mutation: m, Actor: v.actor(r, nil), Base: r.Fields, Now: v.now, ToEditor: true,
		})
		if verdict.Record == nil {
			return claim, verdict.Code, nil, nil
		}
		r = verdict.Record
	}
	code, _ = v.judge(r, nil, &syncproto.Mutation{Command: command, Reason: "…"})
	if code == "" && (command == syncproto.CommandApprove || command == syncproto.CommandPublish) {
		if lacks, err = review.Lacks(v.r, v.access, r, v.now); len(lacks) > 0 {
			code = syncproto.CodeConsentMissing
		}
	}
	return claim, code, lacks, err
}

// afterClaim reports whether a command is for what is claimed only, and a record in its state can be.
func afterClaim(r *syncproto.Record, command syncproto.Command) bool {
	group, direct, claims, later := reconcile.GroupOf(r), false, false, false
	for _, t := range reconcile.Transitions() {
		if t.Group != group {
			continue
		}
		direct = direct || t.From == r.State && t.Command == command
		claims = claims || t.From == r.State && t.Command == syncproto.CommandClaim
		later = later || t.From == syncproto.StateInReview && t.Command == command
	}
	return !direct && claims && later
}

// claimFirst claims a submission for an act that is for what is claimed only, if the act would then be done to what is there:
// what is refused anyway leaves nothing behind. Errors: those of the claim, and why the act would be refused.
func (s *Service) claimFirst(ctx context.Context, by syncer.Actor, a *Act) error {
	var claim *syncproto.Mutation
	err := s.look(ctx, by, func(v *sight) error {
		stored, err := v.record(a.Record)
		if err != nil || stored == nil || !afterClaim(stored.Record, a.Command) {
			return err
		}
		_, code, lacks, err := v.try(stored.Record, a.Command)
		if err != nil {
			return err
		}
		if code != "" {
			return &syncproto.Error{Code: code, Op: "claim first", Detail: review.Detail(lacks)}
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "lantoa claim 1\x00%s\x00%d", a.ID, stored.Record.Revision))
		claim = &syncproto.Mutation{
			Number: 1, ID: derived(sum), Record: a.Record, Kind: a.Kind, BaseRevision: stored.Record.Revision,
			Command: syncproto.CommandClaim,
		}
		return nil
	})
	if err != nil || claim == nil {
		return err
	}
	outcome, err := s.opt.Actor.Act(ctx, by, claim)
	if err == nil && outcome.Result == syncproto.Rejected {
		err = &syncproto.Error{Code: outcome.Code, Op: "claim first", Detail: outcome.Detail}
	}
	return err
}

// changedSince reports whether somebody else changed what a submission says after a time.
func (v *sight) changedSince(id syncproto.ID, row *storage.Submission, seen int64) (bool, error) {
	if seen == 0 || row.Changed <= seen {
		return false, nil
	}
	history, err := v.history(id)
	if err != nil {
		return false, err
	}
	for _, r := range slices.Backward(history) {
		if r.Changed <= seen {
			break
		}
		shown, err := v.revision(r)
		if err != nil {
			return false, err
		}
		if (len(shown.Changed) > 0 || shown.Parts) && (shown.By == nil || shown.By.ID != v.by.Person) {
			return true, nil
		}
	}
	return false, nil
}
