package syncer

import (
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Caller is the calls' part in judging: it is asked, inside the transaction, about answers, receipts and preferences
// (S-193 to S-197). Change.Top is nil.
type Caller interface {
	// Admit may refuse what a device brings, and says where it stands: it may change State and Unit of c.After, which is
	// what will be stored. It writes nothing.
	Admit(r storage.Reader, c *Change) (code syncproto.Code, detail string, err error)
	// Follow writes what follows from a change that is stored, and returns records of others that change by it (a place came
	// free); the caller places and stores them.
	Follow(tx storage.Tx, c *Change) (made []*syncproto.Record, err error)
}

// hidden reports whether a record is as if it were not there for whoever writes: what is somebody else's alone. Its id can be worked
// out by all who know a call and a person (S-193), and whether it is there would tell that the person was called, or answered.
func (j *judge) hidden(stored *storage.Stored) bool {
	return j.s.opt.Caller != nil && stored != nil && syncproto.Personal(stored.Record.Kind) && ruled(stored.Record.ID) &&
		stored.Record.Author != j.device.Person
}

// ruled reports whether an id is made by a rule and not drawn: a UUID of version 8.
func ruled(id syncproto.ID) bool { return len(id) == 36 && id[14] == '8' }

// squats reports whether a mutation would take an id that is somebody's by a rule, or hang something under one.
func (j *judge) squats(v *reconcile.Verdict) bool {
	return j.record == nil && ruled(v.Record.ID) && !syncproto.Personal(v.Record.Kind) || j.parent == nil && ruled(v.Record.Parent())
}

// admit asks the Caller, before anything is stored.
func (j *judge) admit(v *reconcile.Verdict) error {
	if j.s.opt.Caller == nil || v.Record == nil {
		return nil
	}
	if j.squats(v) {
		*v = reconcile.Verdict{Result: syncproto.Rejected, Code: syncproto.CodeAnswerID}
	}
	if v.Record == nil || !syncproto.Personal(v.Record.Kind) {
		return nil
	}
	code, detail, err := j.s.opt.Caller.Admit(j.tx, j.personal(v.Record))
	if err == nil && code != "" {
		*v = reconcile.Verdict{Result: syncproto.Rejected, Code: code, Detail: detail}
	}
	return err
}

// reckon tells the Caller what is stored now, and stores what others have by it.
func (j *judge) reckon(v *reconcile.Verdict) error {
	if j.s.opt.Caller == nil || v.Record == nil || !syncproto.Personal(v.Record.Kind) {
		return nil
	}
	made, err := j.s.opt.Caller.Follow(j.tx, j.personal(v.Record))
	if err != nil {
		return err
	}
	for _, r := range made {
		if err := j.put(r); err != nil {
			return err
		}
	}
	return nil
}

// personal describes a change to the Caller.
func (j *judge) personal(after *syncproto.Record) *Change {
	return &Change{
		Before: j.before(), After: after, Mutation: j.m, Person: j.device.Person, Device: j.device.ID,
		Grant: j.standing.Grant, Access: j.access, Now: j.now,
	}
}
