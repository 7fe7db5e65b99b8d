package syncproto

// The fields of a photo that concern its file. Phones write the first; the second is the server's own (S-164).
const (
	MediaField   = "media"
	ArrivedField = "arrived"
)

// ServerField reports whether only the server writes a field. What it writes there is no change that a person made: it
// collides with nothing, and a command that asks that nobody else changed the record does not see it (S-51).
func ServerField(kind Kind, field string) bool {
	return kind == KindPhoto && field == ArrivedField || field == OwnField && Reviewed(kind)
}

// OwnField says, on a submission, that the person who approved it had made it: its unit allows that, visibly (S-85).
const OwnField = "own_review"

// Arrival is how far a file has come on the server (S-164). Anything else, and nothing, is a file that has not come.
type Arrival string

// The arrivals.
const (
	ArrivalChecking Arrival = "checking" // whole, its hash is right; it is being looked at or is on its way to the store
	ArrivalStored   Arrival = "stored"   // kept for good: a receipt
	ArrivalRefused  Arrival = "refused"  // kept, but not a file that can be shown
)

// Arrived is what the server says of a photo's file.
type Arrived struct {
	Of        string           // the SHA-256 of the original that this is about; of an older file it says nothing
	Lanes     map[Lane]Arrival // lanes that are not here have not come
	Shows     []Lane           // small copies that can be asked for, whoever made them, in the order of Lanes
	Code      Code             // why a file was refused
	Thumbhash string           // where the phone sent none; as in Media
}

// ArrivedOf returns what the server said of the file that a photo holds now. What it said of an earlier file is passed
// over.
func ArrivedOf(r *Record) (a Arrived, ok bool) {
	media, ok := MediaOf(r)
	if !ok {
		return a, false
	}
	members, ok := r.Fields[ArrivedField].AsObject()
	if !ok {
		return a, false
	}
	if a.Of, _ = members["of"].AsText(); a.Of != media.SHA256 {
		return Arrived{}, false
	}
	a.Lanes = make(map[Lane]Arrival, 3)
	shows := members["shows"]
	for _, lane := range Lanes() {
		if state, has := members[string(lane)].AsText(); has {
			a.Lanes[lane] = Arrival(state)
		}
		if shows.Has(Text(string(lane))) {
			a.Shows = append(a.Shows, lane)
		}
	}
	code, _ := members["code"].AsText()
	a.Code = Code(code)
	a.Thumbhash, _ = members["thumbhash"].AsText()
	return a, true
}

// Value returns it as a field.
func (a *Arrived) Value() Value {
	members := Fields{"of": Text(a.Of)}
	for lane, state := range a.Lanes {
		members[string(lane)] = Text(string(state))
	}
	if len(a.Shows) > 0 {
		shows := make([]Value, len(a.Shows))
		for i, lane := range a.Shows {
			shows[i] = Text(string(lane))
		}
		members["shows"] = List(shows...)
	}
	if a.Code != "" {
		members["code"] = Text(string(a.Code))
	}
	if a.Thumbhash != "" {
		members["thumbhash"] = Text(a.Thumbhash)
	}
	return Object(members)
}
