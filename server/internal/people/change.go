package people

import "lantoa/syncproto"

// Act is what a change does to units.
type Act string

// The acts. Every unit that ends names who takes over, or says that nobody does.
const (
	ActCreate   Act = "create"
	ActRename   Act = "rename"
	ActReparent Act = "re_parent"
	ActMerge    Act = "merge"
	ActSplit    Act = "split"
	ActClose    Act = "close"
	ActCancel   Act = "cancel" // takes back what was decided for a time that has not come
)

// UnitChange is one change of the tree. Which members count depends on Act; the others must be empty.
type UnitChange struct {
	Act Act   `json:"act"`
	At  int64 `json:"at"` // Unix ms from which it holds; 0 for now

	// Unit is what is renamed, moved, split or closed, and what a merge ends into. For create, and for a merge into a unit
	// that does not exist yet (which has a Name), it is the id of the new one, drawn if empty.
	Unit syncproto.ID `json:"unit"`
	// Units are those that a merge ends.
	Units []syncproto.ID `json:"units"`

	Name   string       `json:"name"`   // of create, rename, merge; a rename without one keeps it
	Level  string       `json:"level"`  // likewise
	Parent syncproto.ID `json:"parent"` // of create, re_parent and merge: the unit above; "" for none

	Parts      []Part         `json:"parts"`      // of split: at least two
	Successors []syncproto.ID `json:"successors"` // of close, first the one that gets what nobody else does
	Final      bool           `json:"final"`      // of close: there is no successor, and what is there stays with the unit above
	// Carry takes the units below along: they move under the first successor. Without it a unit must be empty to end.
	Carry bool `json:"carry"`
}

// Part is a unit that a split leads to: one that exists, or with a Name a new one, which stands where the old one stood
// unless Parent says otherwise.
type Part struct {
	Unit   syncproto.ID `json:"unit"`
	Name   string       `json:"name"`
	Level  string       `json:"level"`
	Parent syncproto.ID `json:"parent"`
}

// Effect is what one change does, or would do, to one unit. One change may have several.
type Effect struct {
	Change     int            `json:"change"` // the index of the change
	Act        string         `json:"act"`    // created, renamed, moved, ended, unchanged, taken_back
	Unit       syncproto.ID   `json:"unit"`
	At         int64          `json:"at"` // Unix ms
	Name       string         `json:"name"`
	Level      string         `json:"level,omitempty"`
	Parent     syncproto.ID   `json:"parent,omitempty"`
	Was        *Face          `json:"was,omitempty"` // before a rename or move
	Successors []syncproto.ID `json:"successors,omitempty"`
}

// Face is how a unit looks in one version.
type Face struct {
	Name   string       `json:"name"`
	Level  string       `json:"level,omitempty"`
	Parent syncproto.ID `json:"parent,omitempty"`
}

// The words of Effect.Act.
const (
	EffectCreated   = "created"
	EffectRenamed   = "renamed"
	EffectMoved     = "moved"
	EffectEnded     = "ended"
	EffectUnchanged = "unchanged"
	EffectTakenBack = "taken_back"
)

// maxChanges bounds one reorganisation: every commune of the country at once.
const maxChanges = 5000

// maxSuccessors bounds what one unit may be split into, and merged from.
const maxSuccessors = 100
