package storage

import "lantoa/syncproto"

// Registration says where a device is rung. Address, P256DH and Auth are secrets of the device: they are never logged,
// measured or shown.
type Registration struct {
	Device   syncproto.ID // names it: a device has one
	Person   syncproto.ID
	Service  string // fcm, webpush
	Kind     string // token, fid, endpoint
	Platform string // android, ios, web
	Address  string // unique among registrations
	P256DH   string
	Auth     string
	Language string // vi, en; "" for Vietnamese
	App      string // the version that said so
	At       int64  // server time at which the device last said so
	Bad      int    // verdicts in a row that the target is none
	Retired  int64  // since when nothing is sent there; 0 while it is used
	Code     string // why it was retired
}

// RegistrationReader reads registrations.
type RegistrationReader interface {
	// Registration returns a device's, retired ones too; not_found if it has none.
	Registration(device syncproto.ID) (*Registration, error)
	// RegistrationsOf returns those of persons that are not retired, by person and device, without those of devices that are
	// revoked and of persons who are suspended or closed.
	RegistrationsOf(persons []syncproto.ID) ([]Registration, error)
	// Registered calls yield for each person who has one that RegistrationsOf would list, once, in id order.
	Registered(yield func(person syncproto.ID) bool) error
	// RegistrationCounts counts those that are used by service and platform ("fcm/android"), and the retired ones by code
	// ("retired/unregistered").
	RegistrationCounts() (map[string]int64, error)
}

// RegistrationWriter changes them.
type RegistrationWriter interface {
	// PutRegistration stores a device's registration in place of its older one. If another device has the address, that
	// one's is removed.
	PutRegistration(r *Registration) error
	// DropRegistration removes a device's, if it has one.
	DropRegistration(device syncproto.ID) error
	// RetireRegistration marks a device's as retired if its address is still the one given: a device that registered anew
	// meanwhile keeps what it said.
	RetireRegistration(device syncproto.ID, address, code string, at int64) error
	// CountBad raises Bad under the same condition and returns it; 0 where it does not hold.
	CountBad(device syncproto.ID, address string) (int, error)
}
