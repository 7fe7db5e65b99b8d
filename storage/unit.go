package storage

import "lantoa/syncproto"

// UnitVersion is what a unit was called and under which it stood, from a time on until its next version begins. The first
// reaches back to the unit's beginning, whatever its Since. A unit's life and its successors stand in syncproto.Unit; the
// name, level and parent there are those of the newest version, which may lie in the future.
//
// PutUnit keeps a version of a unit that has none, since the unit's From; a unit that has one keeps its versions as they
// are. So whoever makes a unit need not know of versions, and whoever renames or moves one puts a version too, before or
// after the unit.
type UnitVersion struct {
	Unit   syncproto.ID
	Since  int64 // Unix ms; with Unit it names the version
	Name   string
	Level  string
	Parent syncproto.ID
}

// UnitSetting is what a unit decides for itself and, where they decide nothing, for the units below it.
type UnitSetting struct {
	Unit syncproto.ID
	// OwnAllowed lets editors approve their own submissions (S-85).
	OwnAllowed bool
	// AlarmAfter is how long a submission may wait before the desk above is told, in ms; 0 for a day.
	AlarmAfter int64
}

// UnitReader reads what is known of units besides what they are today.
type UnitReader interface {
	// UnitVersions returns all versions of all units by unit and time. Like Units it is read whole and cached under Access.
	UnitVersions() ([]UnitVersion, error)
	// UnitSettings returns the settings of all units that have any, by unit.
	UnitSettings() ([]UnitSetting, error)
}

// UnitWriter changes it. Every change raises Access.
type UnitWriter interface {
	// PutUnitVersion stores a version, in place of one of the same unit and time.
	PutUnitVersion(v *UnitVersion) error
	// DropUnitVersion removes one; not_found if there is none. PutUnit after the last one keeps one again.
	DropUnitVersion(unit syncproto.ID, since int64) error
	// PutUnitSetting stores what a unit decides, in place of what it decided before. A setting of zeros is one too: it
	// hides what the units above decide.
	PutUnitSetting(s *UnitSetting) error
}
