package answers

import (
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// maxLooked bounds how far down the waiting list one change looks for somebody whom a place suffices.
const maxLooked = 500

// follow keeps what an answer says beside the call, and lets others move up.
func follow(tx storage.Tx, c *syncer.Change) ([]*syncproto.Record, error) {
	said := c.After
	if said.Deleted {
		if said = c.Before; said == nil || said.Deleted {
			return nil, nil
		}
	}
	was, err := tx.Recipient(syncproto.ID(said.Fields[syncproto.AnswerCallField].TextOr("")), c.After.Author)
	if err != nil {
		return nil, err
	}
	call, err := tx.Call(was.Call)
	if err != nil {
		return nil, err
	}
	next := *was
	if err := fill(tx, call, &next, c); err != nil {
		return nil, err
	}
	if err := tx.PutRecipient(&next); err != nil {
		return nil, err
	}
	smaller := next.Standing == syncproto.StateWaiting && next.Count < was.Count
	if placesOf(&next) >= placesOf(was) && !smaller {
		return nil, nil // nothing came free, and nobody fits who did not
	}
	return Promote(tx, call, c.Now)
}

// fill brings a recipient to what the answer says now.
func fill(tx storage.Tx, call *storage.Call, next *storage.Recipient, c *syncer.Change) error {
	next.Answered = c.Now
	if next.Received == 0 {
		next.Received = c.Now // who answers has it
	}
	if c.After.Deleted {
		next.Choice, next.Count = "", 0
		if next.Came == 0 {
			next.Standing, next.Arrived = "", 0
		}
		return nil
	}
	said, _, _ := read(call, c.After, c.After)
	next.Choice, next.Count, next.Standing = said.choice, said.count, c.After.State
	switch next.Standing {
	case syncproto.StateRegistered, syncproto.StateWaiting:
		if next.Arrived == 0 {
			last, err := tx.LastArrived(call.ID)
			if err != nil {
				return err
			}
			next.Arrived = last + 1
		}
	case syncproto.StateCame:
		if next.Came == 0 {
			next.Came = c.Now
		}
	default:
		next.Arrived, next.Promoted = 0, 0
	}
	return nil
}

// placesOf is how many places a recipient takes.
func placesOf(r *storage.Recipient) int64 {
	if r.Standing == syncproto.StateRegistered || r.Standing == syncproto.StateCame {
		return r.Count
	}
	return 0
}

// Promote gives the free places of a call to those who wait, in the order in which they came and as far as places
// suffice, and returns their answers as they stand now, for the caller to put. Of a call that is over nobody moves up.
func Promote(tx storage.Tx, call *storage.Call, now int64) (made []*syncproto.Record, err error) {
	if over(call, now) {
		return nil, nil
	}
	taken, err := tx.Places(call.ID)
	if err != nil {
		return nil, err
	}
	waiting, err := tx.WaitingList(call.ID, maxLooked)
	if err != nil {
		return nil, err
	}
	for i := range waiting {
		w := &waiting[i]
		if call.Capacity != 0 && taken >= call.Capacity {
			break
		}
		if !fits(call, taken, w.Count) {
			continue
		}
		taken += w.Count
		r, err := promote(tx, call, w, now)
		if err != nil {
			return nil, err
		}
		made = append(made, r)
	}
	return made, nil
}

func promote(tx storage.Tx, call *storage.Call, w *storage.Recipient, now int64) (*syncproto.Record, error) {
	w.Standing, w.Promoted = syncproto.StateRegistered, now
	if err := tx.PutRecipient(w); err != nil {
		return nil, err
	}
	stored, err := tx.Record(syncproto.AnswerID(call.ID, w.Person))
	if err != nil {
		return nil, err
	}
	next := move(stored.Record, syncproto.StateRegistered, now)
	_, err = tx.AddNotice(&storage.Notice{
		To: syncproto.PersonScope(w.Person), Kind: NoticePromoted, Record: call.ID, Revision: next.Revision,
		Unit: call.Units[0], At: now, Due: now,
	})
	return next, err
}

// move is the next revision of an answer, in another state.
func move(r *syncproto.Record, state syncproto.State, now int64) *syncproto.Record {
	next := r.Clone()
	next.Revision++
	next.Changed, next.State = now, state
	return next
}
