package review

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Acts of the audit log, besides those that are named after the command with ActPrefix before it.
const (
	ActPrefix = "review."
	ActEdit   = ActPrefix + "edit"   // of what another person made
	ActDelete = ActPrefix + "delete" // of what the desk saw
	ActCreate = ActPrefix + "create" // of a note or a consent
)

// audit keeps who did what, by which grant. It holds ids and states, never what somebody wrote.
func audit(tx storage.Tx, c *Change) error {
	if c.Mutation == nil && c.ofTop() && c.moved() && c.After.State == syncproto.StateTakenDown && !c.After.Deleted {
		// The server did it itself, for a consent that was withdrawn: reports count it with the others.
		return tx.AddAudit(&storage.Audit{
			At: c.Now, Unit: c.Top.Unit, Record: c.After.ID, Act: ActPrefix + string(syncproto.CommandTakeDown), Detail: string(c.After.State),
		})
	}
	if !c.own() || !c.seen() && !c.withdrawsConsent() {
		return nil
	}
	m := c.Mutation
	entry := storage.Audit{
		At: c.Now, Person: c.Person, Device: c.Device, Grant: c.Grant, Unit: c.Top.Unit, Record: c.After.ID,
	}
	switch {
	case m.Command != "":
		entry.Act, entry.Detail = ActPrefix+string(m.Command), string(c.After.State)
		if m.To != "" {
			entry.Detail += " " + string(m.To)
		}
		if _, own := c.After.Fields[syncproto.OwnField]; own && m.Command == syncproto.CommandApprove {
			entry.Detail += " own"
		}
	case m.Delete:
		entry.Act = ActDelete
	case c.After.Author != c.Person:
		entry.Act, entry.Detail = ActEdit, string(c.After.State)
	case c.Before == nil && c.Editor && !syncproto.Reviewed(c.After.Kind):
		entry.Act = ActCreate
	default:
		return nil
	}
	return tx.AddAudit(&entry)
}
