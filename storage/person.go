package storage

import "lantoa/syncproto"

// PersonReader finds persons otherwise than by id.
type PersonReader interface {
	// Persons lists persons in id order after a given one, at most limit; all of them if limit is negative.
	Persons(after syncproto.ID, limit int) ([]Person, error)
	// PersonByPhone returns whoever has a number and is not closed, suspended ones too; not_found if nobody has.
	PersonByPhone(phone string) (*Person, error)
	// Members returns all grants over a unit itself, ended ones too, by person and id.
	Members(unit syncproto.ID) ([]syncproto.Grant, error)
	// GrantsOf returns grants of all persons, ended ones too, by person and id, after a given person. It stops at the first
	// person who begins when limit grants are there: those of one person come together, so there may be more than limit.
	// Nothing is left when it returns none; a negative limit asks for all.
	GrantsOf(after syncproto.ID, limit int) ([]syncproto.Grant, error)
	// DevicesOf returns all devices of a person, in id order.
	DevicesOf(person syncproto.ID) ([]Device, error)
	// AuditsBy lists audit entries of what a person did, above a number in order, at most limit.
	AuditsBy(person syncproto.ID, above int64, limit int) ([]Audit, error)
}
