package reconcile

import "lantoa/syncproto"

// Policy says what becomes of two different values of one field.
type Policy string

// The policies (S-55).
const (
	// PolicyText merges long text by syllable. Where the changes meet, what the record holds stays.
	PolicyText Policy = "text"
	// PolicyIncoming lets the later arrival win and keeps the replaced value. It is for facts of an event: who
	// counted later, knows better, and a wrong number is seen at once.
	PolicyIncoming Policy = "incoming"
	// PolicyCurrent lets the record stand and keeps what arrived: two people chose, and the first choice has been
	// seen by others since.
	PolicyCurrent Policy = "current"
	// PolicyLatest lets the later arrival win and keeps nothing: one person has thought again, on whichever device.
	PolicyLatest Policy = "latest"
	// PolicyFirst lets the first value stay and keeps nothing: it says when something happened for the first time.
	PolicyFirst Policy = "first"
)

// facts are the fields of PolicyIncoming; the empty kind stands for every kind.
var facts = map[syncproto.Kind]map[string]bool{
	"": {"place": true, "happened_at": true, "taken_at": true},
	syncproto.KindEvent: {
		"start": true, "end": true, "registered": true, "blood_units": true, "households": true, "value_dong": true,
	},
}

// PolicyOf returns the policy of a field. Fields and kinds that this build does not know have PolicyCurrent.
func PolicyOf(kind syncproto.Kind, field string) Policy {
	switch {
	case kind == syncproto.KindReceipt:
		return PolicyFirst
	case syncproto.Personal(kind):
		return PolicyLatest
	case syncproto.IsProse(kind, field):
		return PolicyText
	case facts[""][field] || facts[kind][field]:
		return PolicyIncoming
	}
	return PolicyCurrent
}
