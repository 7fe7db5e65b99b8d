package simtest

import "fmt"

// Act is what an action does.
type Act string

// The actions. Each names what happens to one phone or to the server.
const (
	ActCapture  Act = "capture"
	ActEdit     Act = "edit"
	ActTag      Act = "tag"
	ActDelete   Act = "delete"
	ActCommand  Act = "command"
	ActConflict Act = "conflict"
	ActTray     Act = "tray"
	ActSync     Act = "sync"
	ActReopen   Act = "reopen"
	ActReboot   Act = "reboot"
	ActClone    Act = "clone"
	ActGrant    Act = "grant"
	ActBackup   Act = "backup"
	ActRestore  Act = "restore"
	ActCompact  Act = "compact"
	ActBundle   Act = "bundle"
	ActLate     Act = "late"
	ActJoin     Act = "join"
	ActReview   Act = "review"
	ActPrefer   Act = "prefer"
	ActWait     Act = "wait"
)

// Action is one step of a run. Everything random in it comes from its own seed, so that leaving out its neighbours
// changes as little as possible: that is what makes shrinking work.
type Action struct {
	Act   Act
	Phone int
	Seed  int64
}

func (a Action) String() string { return fmt.Sprintf("%s phone=%d seed=%d", a.Act, a.Phone, a.Seed) }

// weights says how often each action comes. Syncs are common because nothing can go wrong without them.
var weights = []struct {
	act    Act
	weight int
}{
	{ActCapture, 16},
	{ActEdit, 16},
	{ActTag, 6},
	{ActDelete, 4},
	{ActCommand, 20},
	{ActConflict, 4},
	{ActTray, 2},
	{ActSync, 34},
	{ActReopen, 2},
	{ActReboot, 2},
	{ActClone, 2},
	{ActGrant, 3},
	{ActBackup, 3},
	{ActRestore, 3},
	{ActCompact, 1},
	{ActBundle, 4},
	{ActLate, 3},
	{ActJoin, 1},
	{ActReview, 5},
	{ActPrefer, 3},
	{ActWait, 3},
}

// plan draws the actions of a seed.
func plan(seed int64, phones int) []Action {
	d := newDice(seed, 1)
	total := 0
	for _, w := range weights {
		total += w.weight
	}
	actions := make([]Action, 30+d.IntN(50))
	for i := range actions {
		n := d.IntN(total)
		for _, w := range weights {
			if n -= w.weight; n < 0 {
				actions[i] = Action{Act: w.act, Phone: d.IntN(phones), Seed: d.Int64()}
				break
			}
		}
	}
	return actions
}
