package review

import (
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// What the law gives at most, in ms, where nobody counts working days: an answer within two days, and what was agreed to
// ended within fifteen (Decree 356/2025).
const (
	answerWithin = 2 * 24 * 60 * 60 * 1000
	doneWithin   = 15 * 24 * 60 * 60 * 1000
)

// CaseOf returns the id of the case that the withdrawal of a consent opens. key is the store's.
func CaseOf(key []byte, consent syncproto.ID) syncproto.ID {
	return derived(key, "withdrawal", consent)
}

// withdraw opens the case of a consent that was withdrawn, which is due at once, and takes down what it was about
// (S-183). What only its author sees is in nobody's sight; the case erases it all the same.
func (r *Rules) withdraw(tx storage.Tx, c *Change) (made []*syncproto.Record, err error) {
	key, err := tx.Key()
	if err != nil {
		return nil, err
	}
	subject, err := subjectOf(tx, c)
	if err != nil || subject == nil {
		return nil, err
	}
	opened := &storage.Case{
		ID: CaseOf(key, c.After.ID), Kind: storage.CaseWithdrawal, Record: subject.ID, Consent: c.After.ID, Unit: c.Top.Unit,
		Opened: c.Now, By: c.Person, AnswerBy: c.Now + answerWithin, DoneBy: c.Now + doneWithin, Due: c.Now,
	}
	if r.opt.Clocks != nil {
		opened.AnswerBy, opened.DoneBy = r.opt.Clocks(c.Now, false)
	}
	if err := tx.PutCase(opened); err != nil {
		return nil, err
	}
	if !c.seen() || subject.Deleted || subject.State == syncproto.StateTakenDown || !syncproto.Reviewed(subject.Kind) {
		return nil, nil
	}
	made = append(made, takenDown(subject, c.Now))
	if subject.ID != c.Top.ID && subject.Parent() == c.Top.ID {
		// Whoever is about to approve or publish the whole has not seen it without this part.
		made = append(made, withoutPart(c.Top, c.Now))
	}
	return made, nil
}

// subjectOf returns what a consent is about.
func subjectOf(tx storage.Tx, c *Change) (*syncproto.Record, error) {
	if c.After.Parent() == c.Top.ID {
		return c.Top, nil
	}
	stored, err := tx.Record(c.After.Parent())
	if err != nil && syncproto.CodeOf(err) == syncproto.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return stored.Record, nil
}

// takenDown is the record taken down by the server. What it says of why is said by the consent.
func takenDown(r *syncproto.Record, now int64) *syncproto.Record {
	next := byServer(r, reconcile.StateField, now)
	next.State, next.Claim, next.Hold, next.Reason = syncproto.StateTakenDown, nil, 0, ""
	return next
}

func withoutPart(r *syncproto.Record, now int64) *syncproto.Record {
	return byServer(r, reconcile.PartsField, now)
}

// byServer begins a revision in which the server, and nobody's device, changed something that counts (S-83).
func byServer(r *syncproto.Record, mark string, now int64) *syncproto.Record {
	next := r.Clone()
	next.Revision++
	next.Changed = now
	if next.Marks == nil {
		next.Marks = map[string]int64{}
	}
	next.Marks[mark] = next.Revision
	if next.Writers == nil {
		next.Writers = map[string]syncproto.Writer{}
	}
	next.Writers[mark] = syncproto.Writer{}
	return next
}
