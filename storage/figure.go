package storage

import "lantoa/syncproto"

// Counters are what happened in one unit itself during one span of time, by name. They are added up from the audit log, so
// they can be made again from it.
type Counters struct {
	Span   int64 // a day, 20260731, or a month, 202607, of UTC+7
	Unit   syncproto.ID
	Counts map[string]int64 // none is 0
}

// CallSum is how far a call had come when it was last added up (Reaches).
type CallSum struct {
	Call    syncproto.ID
	At      int64   // server time, Unix ms
	Reaches []Reach // by unit
}

// Wait counts submissions of a unit that wait for the desk and are equally old.
type Wait struct {
	Unit  syncproto.ID
	State syncproto.State
	Age   int // how many of the edges asked for its Since is before
	Count int
}

// UnitCount is a number of a unit.
type UnitCount struct {
	Unit  syncproto.ID
	Count int
}

// FigureReader reads what reports are made of.
type FigureReader interface {
	// Counted returns the number of the audit entry up to which Counters count; 0 before anything was counted.
	Counted() (int64, error)
	// Counters calls yield for spans from one to another, both included, by span and unit, until it returns false. Counts lives
	// only until yield returns.
	Counters(from, until int64, yield func(c *Counters) bool) error
	// CallSum returns the sums of a call; not_found if it was never added up.
	CallSum(call syncproto.ID) (*CallSum, error)
	// Waits counts what waits for the desk, by unit, state and age.
	Waits(edges []int64) ([]Wait, error)
	// Authors calls yield for each author of what first came to the desk from a time on and before another, once for each unit,
	// by unit and author, until it returns false.
	Authors(from, until int64, yield func(unit, author syncproto.ID) bool) error
	// ActiveDevices counts, by the unit that they were enrolled into, devices that may connect and came at or after a time.
	ActiveDevices(since int64) ([]UnitCount, error)
}

// FigureWriter keeps them.
type FigureWriter interface {
	// Count adds to counters and says up to which audit entry they count now; stale_revision if they counted up to another than
	// after before. What becomes 0 goes.
	Count(after, upTo int64, add []Counters) error
	// Uncount forgets all counters, so that they are made again.
	Uncount() error
	// PutCallSum stores the sums of a call in place of older ones.
	PutCallSum(s *CallSum) error
}
