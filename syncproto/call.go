package syncproto

import "crypto/sha256"

// CallKind says what a call asks for (S-191). The set is closed.
type CallKind string

// The kinds of calls.
const (
	CallUrgent      CallKind = "urgent"      // lives depend on it: at any hour, by two officers
	CallOrdinary    CallKind = "call"        // asks to come or to help
	CallReminder    CallKind = "reminder"    // of a call before it
	CallResult      CallKind = "result"      // what came of a call, to those who answered
	CallInformation CallKind = "information" // asks for nothing
)

// CallKinds returns all kinds of calls.
func CallKinds() []CallKind {
	return []CallKind{CallUrgent, CallOrdinary, CallReminder, CallResult, CallInformation}
}

// Fields of a call as phones read it (S-191). Only the server writes them.
const (
	CallKindField        = "kind"        // a CallKind
	CallTitleField       = "title"       // Vietnamese
	CallBodyField        = "body"        //
	CallTitleENField     = "title_en"    // English; absent if nobody wrote it
	CallBodyENField      = "body_en"     //
	CallPlaceField       = "place"       // as of every record
	CallStartsField      = "starts"      // Unix ms; when to be there
	CallEndsField        = "ends"        // Unix ms
	CallDeadlineField    = "deadline"    // Unix ms; answers after it come too late
	CallCapacityField    = "capacity"    // places; absent for any number
	CallChoicesField     = "choices"     // a list of {"name", "vi", "en", "takes"}
	CallLinkField        = "link"        // a deep link, or an https address that the server allows
	CallCampaignField    = "campaign"    // the campaign's id
	CallAboutField       = "about"       // of a reminder or a result: the call that it is about
	CallUnitsField       = "units"       // who calls; the first leads and is the record's unit
	CallAttachmentsField = "attachments" // ids of published photos
	CallCheckInField     = "check_in"    // true if who comes may say so with a code (S-196)
)

// States of a call on phones (S-192).
const (
	StateClosed    State = "closed"    // it is over; answers come too late
	StateCancelled State = "cancelled" // it was called off
)

// Where an answer stands (S-194). Only the server says it: an answer that no server judged has the empty state.
const (
	StateRegistered State = "registered" // it has a place
	StateWaiting    State = "waiting"    // no place was left: on the waiting list
	StateNoted      State = "noted"      // an answer that takes no place: no, perhaps
	StateLate       State = "late"       // after the deadline or the end
	StateCame       State = "came"       // checked in
)

// Choices that the catalogue names. A call may offer others, with words of its own.
const (
	ChoiceYes   = "yes" // takes a place
	ChoiceNo    = "no"
	ChoiceMaybe = "maybe"
)

// Fields of answers and receipts.
const (
	AnswerCallField   = "call"
	AnswerChoiceField = "choice"
	AnswerCountField  = "count" // how many come, the answerer included; 1 if absent, at most MaxAnswerCount
	AnswerTextField   = "text"
	AnswerCodeField   = "code" // what was told or shown at the place: the server checks the person in (S-196)

	ReceiptReceivedField = "received_at" // it reached the phone
	ReceiptShownField    = "shown_at"
	ReceiptOpenedField   = "opened_at"
)

// MaxAnswerCount is how many people one answer can speak for.
const MaxAnswerCount = 50

// Fields of a preference (S-197).
const (
	PreferenceMutedField    = "muted"     // set of CallKind; urgent calls can be muted too, notices about one's own work cannot
	PreferenceMayPhoneField = "may_phone" // true if the association may telephone or write an SMS about calls
	PreferenceLanguageField = "language"  // "vi" or "en"
)

// AnswerID returns the id of a person's answer to a call: two devices of one person speak of one record (S-193).
func AnswerID(call, person ID) ID { return derived("answer", call, person) }

// ReceiptID returns the id of a person's receipt of a call.
func ReceiptID(call, person ID) ID { return derived("receipt", call, person) }

// PreferenceID returns the id of a person's preferences.
func PreferenceID(person ID) ID { return derived("preference", person) }

// derived returns a UUIDv8 (RFC 9562, 5.8) of a name and ids.
func derived(name string, ids ...ID) ID {
	h := sha256.New()
	h.Write([]byte("lantoa " + name))
	for _, id := range ids {
		h.Write([]byte("\n" + string(id)))
	}
	b := [16]byte(h.Sum(nil)[:16])
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return idFromBytes(b)
}
