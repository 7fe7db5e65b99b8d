package syncer

import (
	"fmt"
	"maps"
	"slices"

	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Reviewer is the desk's part in judging. It is asked inside the transaction, about submissions and what hangs under
// them only when the desk sees (or saw) them.
type Reviewer interface {
	// Refuse may refuse what the state machine allows (S-181). c.After is what would be stored.
	Refuse(r storage.Reader, c *Change) (code syncproto.Code, detail string, err error)
	// Follow writes what follows from a change (audit, notices) and returns records that the server makes itself (the
	// timeline); the caller places and stores them.
	Follow(tx storage.Tx, c *Change) (made []*syncproto.Record, err error)
	// Row writes the row by which queues find a submission. It is asked once at the end of the transaction, for each
	// submission of which Follow heard: a phone may bring hundreds of changes of one, and a row is made of all that hangs
	// under it.
	Row(tx storage.Tx, access *people.Access, top *syncproto.Record, now int64) error
}

// Change is what a Reviewer hears of.
type Change = review.Change

// maxFollowed bounds how far one change is followed by others: a consent that is withdrawn, the photo that it takes
// down, the story of that photo.
const maxFollowed = 4

// ask asks the Reviewer, before anything is stored. What is refused is rejected, but for a new part: nothing that was
// captured is lost, so it waits to be let in.
func (j *judge) ask(v *reconcile.Verdict) error {
	reviewer := j.s.opt.Reviewer
	if reviewer == nil || v.Record == nil {
		return nil
	}
	c, err := j.change(j.before(), v.Record, v)
	if err != nil || c == nil {
		return err
	}
	code, detail, err := reviewer.Refuse(j.tx, c)
	switch {
	case err != nil || code == "":
		return err
	case v.Record.Revision == 1 && v.Record.Parent() != "" && syncproto.Reviewed(v.Record.Kind):
		v.Record.State, v.Parent = syncproto.StateUnclaimed, nil
	default:
		*v = reconcile.Verdict{Result: syncproto.Rejected, Code: code, Detail: detail}
	}
	return nil
}

// before returns the record as the mutation found it.
func (j *judge) before() *syncproto.Record {
	if j.record == nil {
		return nil
	}
	return j.record.Record
}

// follow tells the Reviewer what the mutation did, when all of it is stored.
func (j *judge) follow(v *reconcile.Verdict) error {
	if j.s.opt.Reviewer == nil {
		return nil
	}
	if v.Parent != nil {
		if err := j.hear(j.parent, v.Parent, v, 0); err != nil {
			return err
		}
	}
	if v.Record != nil {
		if err := j.hear(j.before(), v.Record, v, 0); err != nil {
			return err
		}
	}
	for _, card := range j.cards {
		if err := j.hear(nil, card, v, 0); err != nil {
			return err
		}
	}
	return nil
}

// hear tells the Reviewer of one change, stores what it makes of it, and tells it of that.
func (j *judge) hear(before, after *syncproto.Record, v *reconcile.Verdict, depth int) error {
	if err := j.depart(before, after, v); err != nil {
		return err
	}
	c, err := j.change(before, after, v)
	if err != nil || c == nil {
		return err
	}
	made, err := j.s.opt.Reviewer.Follow(j.tx, c)
	if err != nil {
		return err
	}
	j.rows = append(j.rows, c.Top.ID)
	for _, r := range made {
		old, err := j.read(r.ID)
		if err != nil {
			return err
		}
		if err := j.put(r); err != nil {
			return err
		}
		if !syncproto.Reviewed(r.Kind) || depth >= maxFollowed {
			continue
		}
		var was *syncproto.Record
		if old != nil {
			was = old.Record
		}
		server := judge{batch: j.batch, tx: j.tx}
		if err := server.hear(was, r, nil, depth+1); err != nil {
			return err
		}
		j.touched, j.rows = append(j.touched, server.touched...), append(j.rows, server.rows...)
	}
	return nil
}

// depart notes the row that a record leaves behind when it moves: its own, or that of the submission that it hung under.
// Where it goes may be nobody's business yet.
func (j *judge) depart(before, after *syncproto.Record, v *reconcile.Verdict) error {
	if before == nil || after.Deleted || !syncproto.ByParent(after.Kind) || before.Parent() == after.Parent() {
		return nil
	}
	top, err := j.topOf(before, v)
	if err != nil || top == nil || !syncproto.Reviewed(top.Kind) || !syncproto.SeenByDesk(top.State) {
		return err
	}
	j.rows = append(j.rows, top.ID)
	return nil
}

// change describes a change to the Reviewer; nil if the desk neither sees nor saw the submission at its top.
func (j *judge) change(before, after *syncproto.Record, v *reconcile.Verdict) (*Change, error) {
	top, err := j.watched(before, after, v)
	if err != nil || top == nil {
		return nil, err
	}
	c := &Change{Before: before, After: after, Top: top, Access: j.access, Now: j.now}
	if j.m != nil {
		c.Mutation, c.Person, c.Device = j.m, j.device.Person, j.device.ID
		c.Grant, c.Editor = j.standing.Grant, j.standing.Editor
	}
	return c, nil
}

// watched returns the submission at the top of a change if the desk sees or saw it. Of a draft nobody is asked, and
// nothing is read for it. A consent that is withdrawn concerns the association, whoever sees what it is about.
func (j *judge) watched(before, after *syncproto.Record, v *reconcile.Verdict) (*syncproto.Record, error) {
	placed := after
	if after.Erased && before != nil {
		placed = before // the tombstone does not tell any more where it hung
	}
	switch {
	case !syncproto.ByParent(after.Kind):
		return nil, nil
	case placed.Parent() == "":
		if !syncproto.Reviewed(after.Kind) || !syncproto.SeenByDesk(after.State) && (before == nil || !syncproto.SeenByDesk(before.State)) {
			return nil, nil
		}
		return after, nil
	}
	top, err := j.topOf(placed, v)
	if err != nil || top == nil || !syncproto.Reviewed(top.Kind) || top.Parent() != "" {
		return nil, err
	}
	told := after.Kind == syncproto.KindConsent && after.State == syncproto.StateWithdrawn
	if top.Deleted && !told || !syncproto.SeenByDesk(top.State) && !told {
		return nil, nil
	}
	return top, nil
}

// topOf returns the topmost record above one as the mutation leaves it, nil if it is not known. What the mutation has in
// hand is not read again.
func (j *judge) topOf(r *syncproto.Record, v *reconcile.Verdict) (*syncproto.Record, error) {
	for range maxHeight {
		id := r.Parent()
		if id == "" {
			return r, nil
		}
		var above *syncproto.Record
		switch {
		case v != nil && v.Record != nil && v.Record.ID == id:
			above = v.Record
		case v != nil && v.Parent != nil && v.Parent.ID == id:
			above = v.Parent
		case j.parent != nil && j.parent.ID == id:
			above = j.parent
		default:
			stored, err := j.read(id)
			if err != nil || stored == nil {
				return nil, err
			}
			above = stored.Record
		}
		r = above
	}
	return r, nil
}

// took notes what a judged mutation touched, now that its savepoint stands.
func (b *batch) took(j *judge) {
	for _, scope := range j.touched {
		b.changed[scope] = struct{}{}
	}
	if b.rows == nil && len(j.rows) > 0 {
		b.rows = make(map[syncproto.ID]struct{}, 1)
	}
	for _, id := range j.rows {
		b.rows[id] = struct{}{}
	}
}

// writeRows writes the rows of all submissions that the transaction concerns. A fault of ours must not stop the phone that
// brought them for ever: the row stays as it was, and is right again after the next change.
func (b *batch) writeRows(tx storage.Tx) error {
	for _, id := range slices.Sorted(maps.Keys(b.rows)) {
		err := tx.Savepoint(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = syncproto.E(syncproto.CodeInternal, "write row", fmt.Errorf("panic: %v", p))
				}
			}()
			stored, err := tx.Record(id)
			if err != nil {
				return err
			}
			return b.s.opt.Reviewer.Row(tx, b.access, stored.Record, b.now)
		})
		switch {
		case err == nil:
		case syncproto.CodeOf(err) == syncproto.CodeInternal:
			b.s.log.Error("row of the queue not written", "record", id, "error", err)
		default:
			return err
		}
	}
	return nil
}
