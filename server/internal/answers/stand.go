package answers

import (
	"strings"
	"unicode"

	"lantoa/storage"
	"lantoa/syncproto"
)

// When people can be checked in, around the event (S-196), in ms.
const (
	checkInBefore = 12 * 60 * 60 * 1000
	checkInAfter  = 24 * 60 * 60 * 1000
)

// saying is what an answer says.
type saying struct {
	choice string
	takes  bool
	count  int64
	came   bool // it holds the right code, in time
}

// read reads an answer against what its call offers.
func read(call *storage.Call, after, before *syncproto.Record) (s saying, code syncproto.Code, detail string) {
	s.choice = after.Fields[syncproto.AnswerChoiceField].TextOr("")
	s.count = 1
	if n, ok := after.Fields[syncproto.AnswerCountField].AsInt(); ok && n > 0 {
		s.count = n
	}
	if s.count > syncproto.MaxAnswerCount {
		return s, syncproto.CodeInvalidField, syncproto.AnswerCountField
	}
	if s.choice != "" {
		offered := false
		for _, c := range call.Choices {
			if c.Name == s.choice {
				offered, s.takes = true, c.Takes
			}
		}
		if !offered {
			return s, syncproto.CodeChoiceUnknown, syncproto.AnswerChoiceField
		}
	}
	given := after.Fields[syncproto.AnswerCodeField]
	if text := given.TextOr(""); text != "" {
		known := before != nil && before.Fields[syncproto.AnswerCodeField] == given
		if !known && (call.Code == "" || plain(text) != plain(call.Code)) {
			return s, syncproto.CodeCheckInCode, syncproto.AnswerCodeField
		}
		s.came = true
	}
	if s.choice == "" && !s.came {
		return s, syncproto.CodeChoiceUnknown, syncproto.AnswerChoiceField
	}
	return s, "", ""
}

// plain is a code as it is compared, without case, spaces and dashes: people type it from a sheet on a wall.
func plain(code string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, code))
}

// stand decides where an answer stands (S-194). Places are those taken now, the answer's own among them. A code says that
// the answer cannot be taken, and the one before it stands.
func stand(call *storage.Call, was *storage.Recipient, s saying, places, now int64) (syncproto.State, syncproto.Code) {
	held := was.Standing == syncproto.StateRegistered
	came := s.came || was.Came != 0
	switch {
	case came && s.count > max(was.Count, 1) && !fits(call, places-placesOf(was), s.count):
		return "", syncproto.CodePlacesTaken // who came is there, and brings no more people than there is room for
	case was.Came != 0:
		return syncproto.StateCame, ""
	case s.came && !checksIn(call, now):
		return "", syncproto.CodeCallTime
	case s.came:
		return syncproto.StateCame, ""
	case !s.takes && (held || was.Standing == syncproto.StateWaiting):
		return syncproto.StateNoted, "" // a place is given back at any time
	case held && s.count <= was.Count:
		return syncproto.StateRegistered, ""
	case over(call, now) && held:
		return "", syncproto.CodeCallState
	case over(call, now):
		return syncproto.StateLate, ""
	case !s.takes:
		return syncproto.StateNoted, ""
	case held && !fits(call, places-was.Count, s.count):
		return "", syncproto.CodePlacesTaken
	case held:
		return syncproto.StateRegistered, ""
	case was.Standing == syncproto.StateWaiting:
		return syncproto.StateWaiting, "" // whoever came before is served before
	case fits(call, places, s.count):
		return syncproto.StateRegistered, ""
	}
	return syncproto.StateWaiting, ""
}

// fits reports whether count more people find a place.
func fits(call *storage.Call, places, count int64) bool {
	return call.Capacity == 0 || places+count <= call.Capacity
}

// over reports whether answers come too late.
func over(call *storage.Call, now int64) bool {
	if call.State == storage.CallClosed || call.State == storage.CallCancelled {
		return true
	}
	if call.Deadline != 0 {
		return now >= call.Deadline
	}
	return call.Ends != 0 && now >= call.Ends
}

// checksIn reports whether people can be checked in at a time. A call without a start has no event to come to, and lets
// them come until it is over.
func checksIn(call *storage.Call, now int64) bool {
	if call.State == storage.CallCancelled {
		return false
	}
	end := max(call.Ends, call.Starts)
	return now >= call.Starts-checkInBefore && (end == 0 || now < end+checkInAfter)
}
