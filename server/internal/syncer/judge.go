package syncer

import (
	"slices"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// judge is the work on one mutation inside its savepoint.
type judge struct {
	*batch
	tx       storage.Tx
	device   *storage.Device
	m        *syncproto.Mutation
	foreign  bool
	record   *storage.Stored   // nil if there is none
	parent   *syncproto.Record // as reconcile.Input.Parent
	standing people.Standing
	unit     syncproto.ID // of the record, or of one that is new
	touched  []syncproto.Scope
	rows     []syncproto.ID      // of submissions that the Reviewer heard of
	made     *syncproto.Record   // the record's new revision, if the mutation made one
	cards    []*syncproto.Record // conflicts that were kept
	at       int                 // of the mutation in the batch
	encoded  *storage.Encoded    // of the record's new revision, once there is one
}

func (j *judge) run() (syncproto.Outcome, error) {
	none := syncproto.Outcome{}
	if err := j.load(); err != nil {
		return none, err
	}
	in, err := j.input()
	if err != nil {
		return none, err
	}
	full, err := j.full()
	if err != nil {
		return none, err
	}
	v := j.verdict(in)
	if full && v.Record != nil {
		v = reconcile.Verdict{Result: syncproto.Rejected, Code: syncproto.CodeTooManyRecords, Detail: "parent"}
	}
	if err := j.ask(&v); err != nil {
		return none, err
	}
	if err := j.admit(&v); err != nil {
		return none, err
	}
	outcome := syncproto.Outcome{Number: j.m.Number, Result: v.Result, Code: v.Code, Detail: v.Detail}
	if in.Record != nil {
		outcome.Revision = in.Record.Revision
	}
	if v.Result == syncproto.Rejected {
		if v.Code == syncproto.CodeForbidden {
			outcome.Revision = 0 // it may be nothing that the person can see
		}
		return outcome, nil
	}
	if v.Parent != nil {
		if err := j.put(v.Parent); err != nil {
			return none, err
		}
	}
	if v.Record != nil {
		outcome.Revision, j.made = v.Record.Revision, v.Record
		if err := j.put(v.Record); err != nil {
			return none, err
		}
	}
	if outcome.Conflict, err = j.keep(&v); err != nil {
		return none, err
	}
	if err := j.reckon(&v); err != nil {
		return none, err
	}
	return outcome, j.follow(&v)
}

// load reads the record and what it hangs under.
func (j *judge) load() (err error) {
	if j.record, err = j.read(j.m.Record); err != nil {
		return err
	}
	if j.hidden(j.record) {
		j.record = nil
	}
	var parent syncproto.ID
	if j.record != nil {
		parent = j.record.Record.Parent()
	}
	if parent == "" {
		parent = j.newParent()
	}
	stored, err := j.read(parent)
	if stored != nil && !j.hidden(stored) {
		j.parent = stored.Record
	}
	return err
}

// newParent returns the parent that the mutation sets, or "".
func (j *judge) newParent() syncproto.ID { return syncproto.ID(j.m.Set["parent"].TextOr("")) }

// read returns a record or nil.
func (j *judge) read(id syncproto.ID) (*storage.Stored, error) {
	if !id.Valid() {
		return nil, nil
	}
	stored, err := j.tx.Record(id)
	if err != nil && syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return nil, nil
	}
	return stored, err
}

// input gathers what Apply may look at, and reads history only where a merge needs it.
func (j *judge) input() (reconcile.Input, error) {
	in := reconcile.Input{
		Parent: j.parent, Mutation: j.m, ForeignBase: j.foreign, Now: j.now, Hold: j.s.opt.Hold.Milliseconds(),
	}
	unit, err := j.stand()
	if err != nil {
		return in, err
	}
	j.unit = unit
	if j.record != nil {
		in.Record = j.record.Record
	} else {
		in.Captured = syncproto.EstimateCapture(j.m.Captured, j.req.Clock, j.now)
		if j.m.Unit != unit {
			m := *j.m
			m.Unit = unit
			in.Mutation = &m
		}
	}
	standing := j.standing.AtDesk()
	in.Actor = reconcile.Actor{
		Device: j.device.ID, Person: j.device.Person,
		Member: standing.Member, Editor: standing.Editor, Admin: standing.Admin, Lapsed: standing.Lapsed,
		Closed: j.closed,
	}
	if in.Record == nil {
		return in, nil
	}
	in.Actor.OwnAllowed = j.access.Setting(unit, j.now).OwnAllowed
	if j.m.Command == syncproto.CommandHandOver {
		if in.ToEditor, err = j.editorOf(unit, j.m.To); err != nil {
			return in, err
		}
	}
	device := j.device.ID
	if in.Actor.Seat = j.seated; j.seated {
		device = "" // what it wrote itself may come from another browser
	}
	if reconcile.NeedsBase(in.Record, j.m, device, j.foreign) {
		if in.Base, err = j.base(in.Record); err != nil {
			return in, err
		}
	}
	in.Sides, err = j.sides(in.Record)
	return in, err
}

// editorOf reports whether a person answers for what a unit writes now.
func (j *judge) editorOf(unit, person syncproto.ID) (bool, error) {
	rights, err := j.access.Of(j.tx, person)
	if err != nil {
		return false, err
	}
	return rights.On(unit, j.now).Editor, nil
}

// stand finds what the person is to the record, and the unit of a record that is new. Those who answer for the whole
// answer for what hangs under it; whoever hangs a record elsewhere needs their rights there as well.
func (j *judge) stand() (unit syncproto.ID, err error) {
	var parents []syncproto.ID
	if j.record != nil {
		unit = j.record.Record.Unit
		parents = append(parents, j.record.Record.Parent())
	} else {
		unit = j.homeUnit()
	}
	j.standing = j.rights.On(unit, j.now)
	if !syncproto.ByParent(j.m.Kind) {
		return unit, nil
	}
	if to := j.newParent(); !slices.Contains(parents, to) {
		parents = append(parents, to)
	}
	for i, parent := range parents {
		whole := j.parent
		if whole == nil || whole.ID != parent || whole.Parent() != "" {
			if whole, err = j.top(parent); err != nil {
				return unit, err
			}
		}
		if whole == nil {
			continue
		}
		there := j.rights.On(whole.Unit, j.now)
		if whole.Author != j.device.Person && syncproto.Reviewed(whole.Kind) && !syncproto.SeenByDesk(whole.State) {
			there = people.Standing{Member: there.Member} // a draft is its author's alone, with all that hangs there
		}
		if i > 0 {
			there = there.And(j.standing)
		}
		j.standing = there
		if j.record == nil {
			unit = whole.Unit
		}
	}
	return unit, nil
}

// homeUnit is the unit of a new record: the one for which it was captured, or its successor (S-174). One captured for a
// unit that nobody knows, or for none, belongs to the unit of the device, whose editors then see it: on the desk of an
// unknown unit it would wait for ever.
func (j *judge) homeUnit() syncproto.ID {
	for _, unit := range []syncproto.ID{j.m.Unit, j.device.Unit} {
		if home := j.access.Home(unit, j.rights, j.now); home != "" {
			return home
		}
	}
	return j.device.Unit
}

// base returns the fields as the person saw them. A person who had seen no revision of the server's had seen what the
// device itself wrote last.
func (j *judge) base(r *syncproto.Record) (syncproto.Fields, error) {
	if j.m.BaseRevision > 0 {
		seen, err := j.tx.Revision(r.ID, j.m.BaseRevision)
		if err == nil {
			if saw, err := j.saw(seen); !saw || err != nil {
				return nil, err
			}
			return seen.Fields, nil
		}
		if syncproto.CodeOf(err) == syncproto.CodeNotFound {
			return nil, nil
		}
		return nil, err
	}
	revisions, err := j.tx.Revisions(r.ID)
	if err != nil {
		return nil, err
	}
	base := syncproto.Fields{}
	for name := range j.m.Set {
		for _, old := range revisions {
			if w := old.Writer(name); w.Device == j.device.ID && !w.Merged && old.Fields[name] != "" {
				base[name] = old.Fields[name]
			}
		}
	}
	return base, nil
}

// saw reports whether the person can have seen a revision. A base from the time when the record was its author's draft
// is made up by somebody else, and the card of the conflict would show what the draft said. The same holds for what hung under
// the draft and said something else before the whole was submitted.
func (j *judge) saw(r *syncproto.Record) (bool, error) {
	if r.Author == j.device.Person || r.Parent() == "" {
		return r.Author == j.device.Person || !syncproto.Reviewed(r.Kind) || syncproto.SeenByDesk(r.State), nil
	}
	whole, err := j.top(r.Parent())
	if err != nil || whole == nil || whole.Author == j.device.Person || !syncproto.Reviewed(whole.Kind) {
		return true, err
	}
	after, err := j.tx.Revision(r.ID, r.Revision+1)
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return true, nil // it is how the record is now
	}
	if err != nil {
		return false, err
	}
	history, err := j.tx.Revisions(whole.ID)
	if err != nil {
		return false, err
	}
	for _, shown := range history {
		if syncproto.SeenByDesk(shown.State) {
			return shown.Changed < after.Changed, nil
		}
	}
	return false, nil
}

// sides returns what this device had sent for fields that hold a merge of it.
func (j *judge) sides(r *syncproto.Record) (syncproto.Fields, error) {
	var sides syncproto.Fields
	for name := range j.m.Set {
		if w := r.Writer(name); !w.Merged || w.Device != j.device.ID {
			continue
		}
		v, ok, err := j.tx.Side(r.ID, name, j.device.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			if sides == nil {
				sides = syncproto.Fields{}
			}
			sides[name] = v
		}
	}
	return sides, nil
}
