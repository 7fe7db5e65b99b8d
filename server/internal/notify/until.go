package notify

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// How long pushes are worth sending, in ms. After it nobody is rung, and the inbox still has it.
const (
	workflowLife = 3 * dayMillis
	deskLife     = dayMillis / 2 // a later window rings for the same work: days without a push service are not rung one by one
	digestLife   = dayMillis
	urgentLife   = dayMillis
	routineLife  = 2 * dayMillis
)

// Until returns until when it makes sense to ring for a call, in Unix ms: its deadline, or else its end, or else a day after
// a time for an urgent one and two for others. What it returns may have passed: then nobody is rung.
func Until(c *storage.Call, now int64) int64 {
	switch {
	case c.Deadline != 0:
		return c.Deadline
	case c.Ends != 0:
		return c.Ends
	case c.Kind == syncproto.CallUrgent:
		return now + urgentLife
	}
	return now + routineLife
}

// ClassOf returns the class of a call's pushes.
func ClassOf(kind syncproto.CallKind) storage.Class {
	if kind == syncproto.CallUrgent {
		return storage.ClassUrgent
	}
	return storage.ClassRoutine
}
