// Package hook lets the simulator crash a phone at every durable write and re-introduce, one by one, the bugs that
// the engine was built against. Nothing here is reachable from an app: the package is internal to the SDK, and only
// mobilesdk.OpenWithHooks takes it.
package hook

// Hooks is what a simulation switches. The zero value is a phone as it ships.
type Hooks struct {
	// Crash, if set, is called right before ("before:capture") and right after ("after:capture") each durable
	// commit, and before copies of a photo are drawn ("drawing") or freed files removed ("before:remove"). It may panic or end the process; it must not return control to a phone that it means to kill.
	Crash func(point string)
	Bugs
}

// Bugs are deliberate faults, each of which the simulator must find.
type Bugs struct {
	CursorBeforePage bool // the cursor is committed before the pages that it covers
	DropQuarantine   bool // unsent edits of records that leave the phone are thrown away
	ForgetJournal    bool // what was acknowledged is forgotten at once, so nothing can be offered again
	IgnoreFork       bool // device_forked is taken for an acknowledgement: the batch leaves the outbox
	SkipDigest       bool // a sum that differs is believed to be right
	KeepUnconfirmed  bool // a snapshot removes nothing that it did not name
	DropRejected     bool // a rejected mutation leaves no trace in the tray
	ForgetOnSend     bool // what was sent leaves the outbox without waiting for its outcome
}

// At reports a point to the simulation, if there is one.
func (h *Hooks) At(point string) {
	if h != nil && h.Crash != nil {
		h.Crash(point)
	}
}
