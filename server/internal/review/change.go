package review

import (
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Change is one change of a submission, or of something that hangs under it.
type Change struct {
	// Before is nil for a new record. After may be a tombstone. Neither may be changed.
	Before, After *syncproto.Record
	// Top is the submission at the top as it is now: After itself or the topmost above it.
	Top *syncproto.Record
	// Mutation is nil for what the server does itself.
	Mutation *syncproto.Mutation
	// Person, Device and Grant say who, and by which grant; "" for the server.
	Person, Device, Grant syncproto.ID
	Editor                bool // answers for the unit, now
	Access                *people.Access
	Now                   int64 // server time, Unix ms
}

// Putter is what the server writes records with by itself (syncer.Putter).
type Putter interface {
	// Put stores the next revision of a record and places it and what hangs under it.
	Put(r *syncproto.Record) error
	// Erase puts a tombstone and forgets everything else of the record.
	Erase(tombstone *syncproto.Record) error
}

// Tx is the transaction that changes are followed in.
type Tx = storage.Tx

// own reports whether the mutation is about After itself, and not about a part of it or something under it.
func (c *Change) own() bool { return c.Mutation != nil && c.Mutation.Record == c.After.ID }

// command returns the command of a mutation about After itself, or "".
func (c *Change) command() syncproto.Command {
	if !c.own() {
		return ""
	}
	return c.Mutation.Command
}

// ofTop reports whether the submission itself changed.
func (c *Change) ofTop() bool { return c.After.ID == c.Top.ID }

// was returns the state before, "" of what is new.
func (c *Change) was() syncproto.State {
	if c.Before == nil {
		return ""
	}
	return c.Before.State
}

// moved reports whether the state changed.
func (c *Change) moved() bool { return c.was() != c.After.State }

// becameWhole reports whether what was a part is a submission of its own by this.
func (c *Change) becameWhole() bool { return c.ofTop() && c.Before != nil && c.Before.Parent() != "" }

// approves reports whether the submission is approved or published by this.
func (c *Change) approves() bool {
	command := c.command()
	return c.ofTop() && (command == syncproto.CommandApprove || command == syncproto.CommandPublish)
}

// letsIn reports whether a part becomes public by this, with a whole that is public.
func (c *Change) letsIn() bool {
	r := c.After
	if c.ofTop() || !syncproto.Reviewed(r.Kind) || r.Parent() != c.Top.ID || r.Deleted || !public(c.Top.State) || outside(r.State) {
		return false
	}
	return c.Before == nil || c.Before.Deleted || outside(c.Before.State) || c.Before.Parent() != r.Parent()
}

// withdrawsConsent reports whether a consent was withdrawn.
func (c *Change) withdrawsConsent() bool {
	return c.After.Kind == syncproto.KindConsent && c.After.State == syncproto.StateWithdrawn && c.moved()
}

// seen reports whether the desk sees the submission at the top.
func (c *Change) seen() bool { return syncproto.SeenByDesk(c.Top.State) }
