package syncer

import (
	"context"

	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Reviewer is the desk's part in judging. It is asked inside the transaction, about submissions and what hangs under
// them only when the desk sees (or saw) them.
type Reviewer interface {
	// Refuse may refuse what the state machine allows (S-181). c.After is what would be stored.
	Refuse(r storage.Reader, c *Change) (code syncproto.Code, detail string, err error)
	// Follow writes what follows from a change (audit, notices, the row of the queue) and returns records that the server
	// makes itself (the timeline); the caller places and stores them.
	Follow(tx storage.Tx, c *Change) (made []*syncproto.Record, err error)
}

// Change is what a Reviewer hears of.
type Change = review.Change

// Actor is somebody at a desk.
type Actor struct{ Person, Device syncproto.ID }

// Act takes one act at a desk. It is judged like a phone's mutation, under the account's device, in a transaction of its
// own; its number is given inside. It is idempotent by the mutation's ID within the device: a repeated ID gets the first
// outcome.
func (s *Service) Act(ctx context.Context, by Actor, m *syncproto.Mutation) (syncproto.Outcome, error) {
	return syncproto.Outcome{}, syncproto.E(syncproto.CodeInternal, "act", nil)
}

// Change is for what the server itself does to records: settle holds, erase, strip. Scopes are poked after the commit.
func (s *Service) Change(ctx context.Context, fn func(tx storage.Tx, p *Putter) error) error {
	return syncproto.E(syncproto.CodeInternal, "change", nil)
}

// Putter puts records for the server itself.
type Putter struct{ j *judge }

// Put stores the next revision of a record, places it and what hangs under it, and follows the change.
func (p *Putter) Put(r *syncproto.Record) error { return p.j.put(r) }

// Erase puts a tombstone and forgets everything else of the record.
func (p *Putter) Erase(tombstone *syncproto.Record) error { return p.j.put(tombstone) }
