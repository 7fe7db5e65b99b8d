package syncproto

import "slices"

// fieldType is the shape of a known field. Unknown fields may hold any value (S-26).
type fieldType uint8

const (
	anyField    fieldType = iota
	textField             // a short text, one line
	proseField            // a long text, merged by syllable
	nameField             // one of a few lower-case names
	idField               // an id
	timeField             // Unix ms
	countField            // an integer from 0
	placeField            // {"text"?, "lat"?, "lon"?}: the text is what people read
	mediaField            // {"sha256","size","type",…}
	setField              // a list without duplicates, changed by add and remove
	numberField           // any finite number
	boolField             // true or false
)

type fieldRule struct {
	shape fieldType
	limit int // bytes of text, or items of a set
}

var commonFields = map[string]fieldRule{
	"parent": {idField, 0}, "place": {placeField, 0}, "tags": {setField, 50}, "position": {countField, 0},
}

// The fields of design section 4. A kind that is not here, and a field that is not, is kept unjudged.
var fieldRules = map[Kind]map[string]fieldRule{
	KindStory: {
		"title": {textField, 1000}, "body": {proseField, MaxFieldBytes - 2}, "type": {nameField, 0},
		"happened_at": {timeField, 0}, "event": {idField, 0},
	},
	KindPhoto: {
		MediaField: {mediaField, 0}, "caption": {proseField, 4000}, "taken_at": {timeField, 0},
		ShowsField: {nameField, 0}, PeopleField: {countField, 0},
	},
	KindEvent: {
		"title": {textField, 1000}, "type": {nameField, 0}, "start": {timeField, 0}, "end": {timeField, 0},
		"registered": {countField, 0}, "blood_units": {countField, 0}, "households": {countField, 0},
		"value_dong": {countField, 0}, "body": {proseField, MaxFieldBytes - 2},
	},
	KindConsent: {
		"who": {textField, 400}, "age": {nameField, 0}, "given_by": {setField, 4}, "representative": {textField, 400},
		"how": {nameField, 0}, "uses": {setField, 16}, "given_at": {timeField, 0}, "expires_at": {timeField, 0},
		"text": {proseField, 4000},
	},
	KindNote: {"field": {nameField, 0}, "text": {proseField, 8000}},
	KindAnswer: {
		"call": {idField, 0}, "choice": {nameField, 0}, "count": {countField, 0}, "text": {textField, 2000},
		AnswerCodeField: {textField, 40},
	},
	KindReceipt: {"call": {idField, 0}, ReceiptReceivedField: {timeField, 0}, ReceiptShownField: {timeField, 0}, ReceiptOpenedField: {timeField, 0}},
	KindPreference: {
		PreferenceMutedField: {setField, 16}, PreferenceMayPhoneField: {boolField, 0}, PreferenceLanguageField: {nameField, 0},
	},
}

func ruleOf(kind Kind, field string) fieldRule {
	rules, known := fieldRules[kind]
	if rule, ok := rules[field]; ok {
		return rule
	}
	if known {
		return commonFields[field]
	}
	return fieldRule{}
}

// IsProse reports whether a field is long text that merges by syllable (S-53).
func IsProse(kind Kind, field string) bool { return ruleOf(kind, field).shape == proseField }

// IsSet reports whether a field may be changed by add and remove (S-52). A field unknown to this build may.
func IsSet(kind Kind, field string) bool {
	shape := ruleOf(kind, field).shape
	return shape == setField || shape == anyField
}

// PhoneWrites reports whether phones may create and edit records of a kind. Kinds unknown to this build are
// taken: a newer app must not lose work to an older server (S-26).
func PhoneWrites(kind Kind) bool {
	switch kind {
	case KindCampaign, KindCall, KindUnit, KindProfile, KindConflict, KindTimeline:
		return false
	}
	return true
}

// Personal reports whether records of a kind are written by one person alone, from any of their devices, and so are never
// in conflict (S-193).
func Personal(kind Kind) bool {
	return kind == KindAnswer || kind == KindReceipt || kind == KindPreference
}

// Reviewed reports whether records of a kind go through review.
func Reviewed(kind Kind) bool { return kind == KindStory || kind == KindEvent || kind == KindPhoto }

// CheckField checks a value against the shape of its field (S-31). Null always passes: it clears the field.
func CheckField(kind Kind, field string, value Value) error {
	rule := ruleOf(kind, field)
	if value.IsNull() || rule.shape == anyField {
		return nil
	}
	ok := false
	switch rule.shape {
	case textField, proseField:
		ok = isText(value)
		// A text is never longer than its JSON, so most need not be decoded: this runs for every field that arrives.
		if ok && len(value)-2 > rule.limit && len(value.TextOr("")) > rule.limit {
			return &Error{Code: CodeTooLarge, Op: "check field", Detail: field}
		}
	case nameField:
		text, _ := value.AsText()
		ok = ValidName(text)
	case idField:
		text, _ := value.AsText()
		ok = ID(text).Valid()
	case timeField:
		_, ok = value.AsInt()
	case countField:
		var n int64
		n, ok = value.AsInt()
		ok = ok && n >= 0
	case boolField:
		ok = value == "true" || value == "false"
	case numberField:
		ok = value[0] == '-' || value[0] >= '0' && value[0] <= '9'
	case setField:
		ok = checkSet(value, rule.limit)
	case placeField:
		ok = checkPlace(value)
	case mediaField:
		ok = checkMedia(value)
	}
	if !ok {
		return &Error{Code: CodeInvalidField, Op: "check field", Detail: field}
	}
	return nil
}

// isText reports whether a canonical value is a string.
func isText(value Value) bool {
	return len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"'
}

func checkSet(value Value, limit int) bool {
	items, ok := value.AsList()
	if !ok || len(items) > limit {
		return false
	}
	for i, item := range items {
		if notItem(item) || slices.Contains(items[:i], item) {
			return false
		}
	}
	return true
}

// notItem reports whether a value cannot be an item of a known set: those hold short texts.
func notItem(v Value) bool {
	text, isText := v.AsText()
	return !isText || len(text) > 200
}

func checkPlace(value Value) bool {
	place, ok := value.AsObject()
	if text, isText := place["text"].AsText(); !ok || place["text"] != "" && !isText || len(text) > 1000 {
		return false
	}
	for _, name := range []string{"lat", "lon"} {
		if v, has := place[name]; has && v[0] != '-' && (v[0] < '0' || v[0] > '9') {
			return false
		}
	}
	return true
}
