package storage

import (
	"errors"
	"slices"

	"lantoa/syncproto"
)

const (
	// MaxShare is how many persons a share holds at most.
	MaxShare = 500
	// MaxFinish is how many results Finish takes at most.
	MaxFinish = 500
)

// Classes returns the classes in the order in which they go.
func Classes() []Class { return []Class{ClassUrgent, ClassWorkflow, ClassRoutine} }

// bestFirst are the states from the one that reached most of a person to the one that reached least.
var bestFirst = []DeliveryState{
	DeliveryAccepted, DeliveryUnsure, DeliveryLeased, DeliveryDue, DeliveryExpired, DeliveryFailed, DeliveryGone,
	DeliveryCancelled, DeliveryFolded, DeliveryMuted, DeliveryUnreachable,
}

// Better returns the one of two states that says more for a person who has both: Tally counts persons by it.
func Better(a, b DeliveryState) DeliveryState {
	if slices.Index(bestFirst, b) < slices.Index(bestFirst, a) {
		return b
	}
	return a
}

// CheckRegistration reports what PutRegistration refuses: invalid_id, and push_target_invalid for no address. No error holds
// an address.
func CheckRegistration(r *Registration) error {
	const op = "store registration"
	if !r.Device.Valid() || !r.Person.Valid() {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	if r.Address == "" {
		return syncproto.E(syncproto.CodeTargetInvalid, op, nil)
	}
	return nil
}

// CheckIntent reports what AddIntent refuses: invalid_id, and invalid_value for no kind, a class that is none, or shares that
// are empty, too large or not as long as their units.
func CheckIntent(i *Intent, shares []Share) error {
	const op = "store intent"
	if i.Kind == "" || !slices.Contains(Classes(), i.Class) {
		return syncproto.E(syncproto.CodeInvalidValue, op, errors.New("an intent has a kind and a class"))
	}
	if !idsOrNone(i.Record, i.To, i.Unit) {
		return syncproto.E(syncproto.CodeInvalidID, op, nil)
	}
	for n := range shares {
		s := &shares[n]
		if len(s.Persons) == 0 || len(s.Persons) > MaxShare || s.Units != nil && len(s.Units) != len(s.Persons) {
			return syncproto.E(syncproto.CodeInvalidValue, op, errors.New("a share is empty, too large or lopsided"))
		}
		if !idsOrNone(s.Units...) || slices.ContainsFunc(s.Persons, func(id syncproto.ID) bool { return !id.Valid() }) {
			return syncproto.E(syncproto.CodeInvalidID, op, nil)
		}
	}
	return nil
}

func idsOrNone(ids ...syncproto.ID) bool {
	return !slices.ContainsFunc(ids, func(id syncproto.ID) bool { return id != "" && !id.Valid() })
}

// CheckDeliveries reports what Plan refuses: invalid_id, and invalid_value for a state that is none, for one that is leased,
// and for one that is due and has no device.
func CheckDeliveries(deliveries []Delivery) error {
	const op = "plan deliveries"
	for n := range deliveries {
		d := &deliveries[n]
		if !d.Person.Valid() || !idsOrNone(d.Device) {
			return syncproto.E(syncproto.CodeInvalidID, op, nil)
		}
		if !slices.Contains(bestFirst, d.State) || d.State == DeliveryLeased || d.State == DeliveryDue && d.Device == "" {
			return syncproto.E(syncproto.CodeInvalidValue, op, errors.New("nothing can be planned as "+string(d.State)))
		}
	}
	return nil
}

// CheckFinished reports what Finish refuses: invalid_value for more than 500, and for a state that is none or leased.
func CheckFinished(done []Finished) error {
	const op = "finish deliveries"
	if len(done) > MaxFinish {
		return syncproto.E(syncproto.CodeInvalidValue, op, errors.New("too many at once"))
	}
	for n := range done {
		if s := done[n].State; !slices.Contains(bestFirst, s) || s == DeliveryLeased {
			return syncproto.E(syncproto.CodeInvalidValue, op, errors.New("nothing can end as "+string(s)))
		}
	}
	return nil
}

// Resting says why nothing is sent to a registration that a delivery is for; "" if something is: unregistered, retired,
// moved (the device is somebody else's now), revoked, closed, resting (its person is suspended).
func Resting(d *Delivery, r *Registration, revoked, closed, suspended int64) string {
	switch {
	case r == nil:
		return "unregistered"
	case r.Retired != 0:
		return "retired"
	case r.Person != d.Person:
		return "moved"
	case revoked != 0:
		return "revoked"
	case closed != 0:
		return "closed"
	case suspended != 0:
		return "resting"
	}
	return ""
}

// Late returns the state of a delivery whose Until passed before it was handed over for certain.
func Late(d *Delivery) DeliveryState {
	if d.Attempts > 0 {
		return DeliveryUnsure
	}
	return DeliveryExpired
}

// Day returns the day of a time, in days since 1970-01-01 of UTC+7.
func Day(at int64) int64 {
	const day, zone = 24 * 60 * 60 * 1000, 7 * 60 * 60 * 1000
	n := (at + zone) / day
	if (at+zone)%day < 0 {
		n--
	}
	return n
}
