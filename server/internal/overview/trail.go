package overview

import (
	"strconv"
	"strings"

	"lantoa/server/internal/review"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Names of what is counted. What came in is counted as NameCame/KIND/TYPE, waiting times as NameClaim and NameDecide with a step.
const (
	nameCame      = "came/"
	nameUnclaimed = "unclaimed"
	nameResent    = "resent"
	nameClaim     = "claim/"
	nameDecide    = "decide/"
	nameReturned  = "returned"
	nameApproved  = "approved"
	nameDeclined  = "declined"
	namePublished = "published"
	nameCorrected = "corrected"
	nameTakenDown = "taken_down"
	nameWithdrawn = "withdrawn"
)

// tick is one thing to count. What an undo takes back counts -1 at the time and in the unit where it had counted.
type tick struct {
	name string
	at   int64
	unit syncproto.ID
	n    int64
}

// trail follows one submission through the audit log.
type trail struct {
	kind string // KIND/TYPE
	came int64  // when it last came in; 0 before it ever did
	// taken and decided are of what came then.
	taken, decided bool
	done           [][]tick // what the decisions that stand counted, for undo
}

// commands are the acts that count by themselves.
var commands = map[string]string{
	review.ActPrefix + string(syncproto.CommandReturn):   nameReturned,
	review.ActPrefix + string(syncproto.CommandApprove):  nameApproved,
	review.ActPrefix + string(syncproto.CommandDecline):  nameDeclined,
	review.ActPrefix + string(syncproto.CommandPublish):  namePublished,
	review.ActPrefix + string(syncproto.CommandCorrect):  nameCorrected,
	review.ActPrefix + string(syncproto.CommandTakeDown): nameTakenDown,
	review.ActPrefix + string(syncproto.CommandWithdraw): nameWithdrawn,
}

const (
	actSubmit   = review.ActPrefix + string(syncproto.CommandSubmit)
	actResubmit = review.ActPrefix + string(syncproto.CommandResubmit)
	actClaim    = review.ActPrefix + string(syncproto.CommandClaim)
	actUndo     = review.ActPrefix + string(syncproto.CommandUndo)
)

// counts reports whether an entry of the log may count.
func counts(act string) bool {
	_, ok := commands[act]
	return ok || act == actSubmit || act == actResubmit || act == actClaim || act == actUndo
}

// next follows one entry and returns what counts by it. What never came in, such as a photo of a story, does not count.
func (t *trail) next(e *storage.Audit) (ticks []tick) {
	one := func(name string) tick { return tick{name, e.At, e.Unit, 1} }
	state, _, _ := strings.Cut(e.Detail, " ")
	switch e.Act {
	case actSubmit, actResubmit:
		first := t.came == 0
		t.came, t.taken, t.decided = max(e.At, 1), false, false
		if !first {
			return []tick{one(nameResent)}
		}
		ticks = []tick{one(nameCame + t.kind)}
		if syncproto.State(state) == syncproto.StateUnclaimed {
			ticks = append(ticks, one(nameUnclaimed))
		}
		return ticks
	}
	if t.came == 0 {
		return nil
	}
	waited := strconv.Itoa(stepOf(e.At - t.came))
	if e.Act == actClaim || decision(e.Act) {
		if !t.taken {
			t.taken = true
			ticks = append(ticks, one(nameClaim+waited))
		}
	}
	switch {
	case e.Act == actUndo:
		return t.undo()
	case decision(e.Act):
		own := []tick{one(commands[e.Act])}
		if !t.decided {
			t.decided = true
			own = append(own, one(nameDecide+waited))
		}
		t.done = append(t.done, own)
		return append(ticks, own...)
	case commands[e.Act] != "":
		own := []tick{one(commands[e.Act])}
		t.done = append(t.done, own)
		return own
	}
	return ticks
}

// decision reports whether an act decides on what came in.
func decision(act string) bool {
	name := commands[act]
	return name == nameReturned || name == nameApproved || name == nameDeclined
}

// undo takes back the last act that stands.
func (t *trail) undo() (ticks []tick) {
	if len(t.done) == 0 {
		return nil
	}
	last := t.done[len(t.done)-1]
	t.done = t.done[:len(t.done)-1]
	for _, k := range last {
		k.n = -1
		ticks = append(ticks, k)
		if strings.HasPrefix(k.name, nameDecide) {
			t.decided = false
		}
	}
	return ticks
}
