package review

import (
	"context"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// ActRebuilt is the entry of the audit log that says that all submissions of a database have rows.
const ActRebuilt = ActPrefix + "rebuilt"

// Rebuild makes the rows of submissions that have none: those of a database from before there were rows. It goes through
// the desks of all units, the oldest changes first, a few in each transaction, so that phones hardly wait; what was made
// is made if it is interrupted. Once it has come to the end it says so in the audit log, and does not look again. It
// returns how many it made.
func (k *Keeper) Rebuild(ctx context.Context) (made int, err error) {
	var mark syncproto.ID
	var units []syncproto.Unit
	done := false
	err = k.store.View(ctx, func(r storage.Reader) error {
		key, err := r.Key()
		if err != nil {
			return err
		}
		mark = derived(key, "rebuilt", "")
		entries, err := r.Audits(mark, 0, 1)
		if done = len(entries) > 0; err != nil || done {
			return err
		}
		units, err = r.Units()
		return err
	})
	if err != nil || done {
		return 0, err
	}
	failed := len(k.stuck)
	for i := range units {
		n, err := k.rebuildDesk(ctx, units[i].ID)
		if made += n; err != nil {
			return made, err
		}
	}
	if len(k.stuck) > failed {
		return made, nil // what failed for a lasting reason is looked for again after the next start
	}
	return made, k.store.Update(ctx, func(tx storage.Tx) error {
		return tx.AddAudit(&storage.Audit{At: k.opt.Now().UnixMilli(), Act: ActRebuilt, Record: mark})
	})
}

// rebuildDesk does it for one desk.
func (k *Keeper) rebuildDesk(ctx context.Context, unit syncproto.ID) (made int, err error) {
	after, more := uint64(0), true
	for more && err == nil {
		var bare []syncproto.ID
		err = k.store.View(ctx, func(r storage.Reader) (err error) {
			bare, more, err = rowless(r, unit, &after)
			return err
		})
		if err == nil && len(bare) > 0 {
			err = k.store.Update(ctx, func(tx storage.Tx) error { return k.makeRows(tx, bare) })
			made += len(bare)
		}
		if ctx.Err() != nil {
			return made, syncproto.E(syncproto.CodeUnavailable, "rebuild the queue", ctx.Err())
		}
	}
	return made, err
}

// rowless returns submissions without a row from the next part of a desk's feed.
func rowless(r storage.Reader, unit syncproto.ID, after *uint64) (bare []syncproto.ID, more bool, err error) {
	heads, err := r.Heads([]syncproto.Scope{syncproto.DeskScope(unit)})
	if err != nil || heads[0].Number == 0 {
		return nil, false, err
	}
	var tops []syncproto.ID
	given := 0
	err = r.Changes(heads[0].Number, *after, keepBatch, func(sequence uint64, c syncproto.Change) bool {
		given, *after = given+1, sequence
		if c.Removed {
			return true
		}
		record, err := syncproto.DecodeRecord(c.Wire)
		if err == nil && !record.Deleted && syncproto.Reviewed(record.Kind) && record.Parent() == "" {
			tops = append(tops, record.ID)
		}
		return true
	})
	for _, id := range tops {
		if err != nil {
			break
		}
		var row *storage.Submission
		if row, err = r.Submission(id); row == nil && syncproto.CodeOf(err) == syncproto.CodeNotFound {
			bare, err = append(bare, id), nil
		}
	}
	return bare, given == keepBatch, err
}

// makeRows makes rows as they would have been made in time: sent and waiting since what the revisions say.
func (k *Keeper) makeRows(tx storage.Tx, ids []syncproto.ID) error {
	access, err := k.people.Known(tx)
	if err == nil && access == nil {
		access, err = access.Within(tx)
	}
	if err != nil {
		return err
	}
	return k.each(tx, ids, k.opt.Now().UnixMilli(), func(id syncproto.ID) error { return makeRow(tx, access, id) })
}

func makeRow(tx storage.Tx, access *people.Access, id syncproto.ID) error {
	stored, err := tx.Record(id)
	if err != nil {
		return orNothing(err)
	}
	top := stored.Record
	if err := Refresh(tx, access, top, top.Changed); err != nil {
		return err
	}
	row, err := tx.Submission(id)
	if err != nil {
		return orNothing(err) // deleted meanwhile
	}
	revisions, err := tx.Revisions(id)
	if err != nil {
		return err
	}
	row.Sent, row.Since = history(revisions)
	return tx.PutSubmission(row, top.Hold)
}

// history says when a submission was first sent, and since when it waits as it does.
func history(revisions []*syncproto.Record) (sent, since int64) {
	last := syncproto.StateDraft
	for _, r := range revisions {
		if !syncproto.SeenByDesk(r.State) {
			last = r.State
			continue
		}
		if sent == 0 {
			sent = r.Changed
		}
		if last != r.State && !(waits(last) && waits(r.State)) {
			since = r.Changed
		}
		last = r.State
	}
	return sent, since
}
