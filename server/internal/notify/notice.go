package notify

import (
	"context"

	"lantoa/server/internal/people"
	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// planNotices takes up some of the notices that are due, in one transaction: intents, deliveries and the mark that a notice
// was taken up are one. more says that others may be due.
func (p *Planner) planNotices(ctx context.Context) (more bool, err error) {
	now := p.millis()
	due, err := p.anyNotice(ctx, now)
	if err != nil || !due {
		return false, err
	}
	var rung []syncproto.ID
	err = p.store.Update(ctx, func(tx storage.Tx) error {
		rung = nil
		list, err := tx.NoticesDue(now, noticesAtOnce)
		if err != nil {
			return err
		}
		for i := range list {
			persons, err := p.takeNotice(ctx, tx, &list[i], now)
			if err != nil {
				return err
			}
			rung = append(rung, persons...)
		}
		more = len(list) == noticesAtOnce
		return nil
	})
	if err != nil {
		return false, err
	}
	if len(rung) > 0 {
		p.opt.Wake()
	}
	return more, nil
}

// anyNotice reports whether a notice is due, so that looks that find none cost no transaction. It reads units and grants
// into the cache, before others wait for one.
func (p *Planner) anyNotice(ctx context.Context, now int64) (due bool, err error) {
	err = p.store.View(ctx, func(r storage.Reader) error {
		list, err := r.NoticesDue(now, 1)
		if due = len(list) > 0; err != nil || !due {
			return err
		}
		_, err = p.access.Read(r)
		return err
	})
	return due, err
}

// takeNotice is planNotice for one of many: one that cannot be planned for a reason that lasts is logged and marked as taken,
// and stops none of the others. What may pass is an error, and all are tried again.
func (p *Planner) takeNotice(ctx context.Context, tx storage.Tx, n *storage.Notice, now int64) (persons []syncproto.ID, err error) {
	err = tx.Savepoint(func() (err error) {
		persons, err = p.planNotice(tx, n, now)
		return err
	})
	if err == nil {
		return persons, nil
	}
	switch syncproto.KindOf(err) {
	case syncproto.Internal, syncproto.Invalid, syncproto.TooLarge, syncproto.NotFound:
	default:
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, err
	}
	p.opt.Log.Error("notice not planned", "notice", n.Number, "kind", n.Kind, "code", syncproto.CodeOf(err), "err", err)
	return nil, tx.NoticeTaken(n.Number)
}

// planNotice makes the intents of one notice, with their deliveries, and returns whom they are for.
func (p *Planner) planNotice(tx storage.Tx, n *storage.Notice, now int64) (persons []syncproto.ID, err error) {
	rule := ruleOf(n.Kind)
	kind, owner := n.To.Split()
	stale := n.Due+workflowLife <= now // of a server that was off for days, or has had no pushes so far
	switch {
	case stale:
	case kind == "person" && rule.person != "":
		persons, err = p.ringPerson(tx, n, rule.person, owner, now)
	case kind == "desk" && rule.desk != "":
		persons, err = p.ringDesk(tx, n, rule.desk, owner, now)
	}
	if err != nil {
		return nil, err
	}
	return persons, tx.NoticeTaken(n.Number)
}

// ringPerson makes the intent for whom a notice is about.
func (p *Planner) ringPerson(tx storage.Tx, n *storage.Notice, kind string, person syncproto.ID, now int64) ([]syncproto.ID, error) {
	i := &storage.Intent{
		Kind: kind, Class: storage.ClassWorkflow, Record: n.Record, Revision: n.Revision, To: person, Unit: n.Unit,
		At: now, Due: n.Due, Until: n.Due + workflowLife,
	}
	var err error
	switch n.Kind {
	case KindPromoted, KindSecond, KindReturned:
		err = fitCall(tx, i, now)
	case review.NoticeNote:
		err = p.gatherNotes(tx, i, now)
	}
	if err != nil {
		return nil, err
	}
	return p.ringOne(tx, i, now)
}

// gatherNotes lets the notes under one thing ring once: an editor writes several in a row. What opens is what they are
// pinned to.
func (p *Planner) gatherNotes(tx storage.Tx, i *storage.Intent, now int64) error {
	note, err := tx.Record(i.Record)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if parent := note.Record.Parent(); parent != "" {
		i.Record = parent
	}
	i.Due = windowEnd(now, p.opt.DeskEvery)
	i.Revision, i.Until = i.Due, i.Due+workflowLife
	return nil
}

// fitCall makes what is told about a call as urgent as it: a place among donors at 02:00 is not told of at 06:00, a second
// officer is woken for it, and nobody is rung for one when all is over.
func fitCall(tx storage.Tx, i *storage.Intent, now int64) error {
	call, err := tx.Call(i.Record)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if call.Kind == syncproto.CallUrgent {
		i.Class = storage.ClassUrgent
	}
	if end := max(call.Ends, call.Deadline); end != 0 && i.Kind != string(KindReturned) {
		i.Until = min(i.Until, end)
	}
	return nil
}

// ringDesk makes an intent for each of the nearest editors of a desk. Their record is the desk's unit and their revision the
// end of the time window: whatever else comes to the desk in it finds that editor's intent there, and the bell rings once,
// when the window is over.
func (p *Planner) ringDesk(tx storage.Tx, n *storage.Notice, kind string, unit syncproto.ID, now int64) (rung []syncproto.ID, err error) {
	cause, err := causeOf(tx, n)
	if err != nil {
		return nil, err
	}
	access, err := p.access.Within(tx)
	if err != nil {
		return nil, err
	}
	editors, err := nearestEditors(tx, access, unit, cause, now)
	if err != nil {
		return nil, err
	}
	due := windowEnd(now, p.opt.DeskEvery)
	for _, editor := range editors {
		persons, err := p.ringOne(tx, &storage.Intent{
			Kind: kind, Class: storage.ClassWorkflow, Record: unit, Revision: due, To: editor, Unit: unit,
			At: now, Due: due, Until: due + deskLife,
		}, now)
		if err != nil {
			return nil, err
		}
		rung = append(rung, persons...)
	}
	return rung, nil
}

// ringOne adds an intent for its To and plans it. Of one that is there nothing changes.
func (p *Planner) ringOne(tx storage.Tx, i *storage.Intent, now int64) ([]syncproto.ID, error) {
	i.State, i.Persons = storage.IntentPlanning, 1
	share := storage.Share{Persons: []syncproto.ID{i.To}}
	added, err := tx.AddIntent(i, []storage.Share{share})
	if err != nil || !added {
		return nil, err
	}
	share.Intent = i.Number
	if _, err := p.plan(tx, i, &share, now); err != nil {
		return nil, err
	}
	return share.Persons, nil
}

// causeOf returns who caused a notice to a desk, as far as that is known: whoever wrote the submission sent it. Nobody in
// particular makes time pass.
func causeOf(r storage.Reader, n *storage.Notice) (syncproto.ID, error) {
	if n.Kind == review.NoticeOverdue {
		return "", nil
	}
	record, err := r.Record(n.Record)
	if isNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return record.Record.Author, nil
}

// nearestEditors returns who works at a desk: the editors and admins of the nearest unit, from the desk's own upwards, that
// has any besides whoever caused what they are told of. A province's editors are not rung for what a commune's own do, and
// whose own story it is cannot judge it.
func nearestEditors(r storage.Reader, access *people.Access, unit, cause syncproto.ID, now int64) ([]syncproto.ID, error) {
	for _, id := range access.Tree(now).Ancestors(unit) {
		grants, err := r.Members(id)
		if err != nil {
			return nil, err
		}
		var found []syncproto.ID
		for i := range grants {
			g := &grants[i]
			if g.Role != syncproto.RoleEditor && g.Role != syncproto.RoleAdmin || !g.Holds(now) || g.Person == cause ||
				len(found) > 0 && found[len(found)-1] == g.Person {
				continue
			}
			code, err := resting(r, g.Person)
			if err != nil {
				return nil, err
			}
			if code == "" {
				found = append(found, g.Person)
			}
		}
		if len(found) > 0 {
			return found[:min(len(found), mostEditors)], nil
		}
	}
	return nil, nil
}

// mostEditors bounds who is rung for one desk: no desk has so many.
const mostEditors = 100
