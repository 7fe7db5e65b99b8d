package audience

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The facts. The list is closed and short: what is not asked for by a call is not kept. Weight and age are asked on the spot,
// by a doctor.
const (
	BloodGroup     = "blood_group"      // ABO and Rh: "O+", "AB-"
	LastWholeBlood = "last_whole_blood" // the day of the last whole-blood gift, "2026-09-30", or Never
	LastApheresis  = "last_apheresis"   // likewise of plasma or platelets
)

// Never is the value of a day for somebody who was asked and never gave.
const Never = "never"

// Names returns the names of all facts, sorted.
func Names() []string { return []string{BloodGroup, LastApheresis, LastWholeBlood} }

// definition is what a fact can say.
type definition struct {
	day    bool
	values []string
}

var definitions = map[string]definition{
	BloodGroup:     {values: []string{"A+", "A-", "AB+", "AB-", "B+", "B-", "O+", "O-"}},
	LastWholeBlood: {day: true},
	LastApheresis:  {day: true},
}

// BloodGroups returns the values that a blood group can have, sorted.
func BloodGroups() []string { return slices.Clone(definitions[BloodGroup].values) }

// Vietnam is the time zone of days; the country has one, without summer time.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

// oldest is the first day that a gift can have.
const oldest = "1950-01-01"

// clean returns the value of a fact as it is kept, "" for one that it cannot have. now is in Unix ms: no gift lies ahead; 0 for
// any time.
func clean(name, value string, now int64) string {
	def, known := definitions[name]
	value = strings.TrimSpace(value)
	switch {
	case !known:
		return ""
	case !def.day:
		value = strings.NewReplacer(" ", "", "\u2212", "-", "\u2013", "-").Replace(strings.ToUpper(value))
		if !slices.Contains(def.values, value) {
			return ""
		}
		return value
	case value == Never:
		return value
	}
	day, err := time.ParseInLocation(time.DateOnly, value, vietnam)
	if err != nil || value < oldest || now != 0 && day.UnixMilli() > now {
		return ""
	}
	return value
}

// dayNumber returns the days since 1970-01-01 of a moment in Vietnam.
func dayNumber(now int64) int64 {
	const day = 24 * 60 * 60 * 1000
	now += 7 * 60 * 60 * 1000
	n := now / day
	if now%day < 0 {
		n--
	}
	return n
}

// daysSince returns how many days ago a day was; false for Never and for what is no day.
func daysSince(value string, today int64) (int64, bool) {
	t, err := time.Parse(time.DateOnly, value)
	if err != nil {
		return 0, false
	}
	return today - t.Unix()/(24*60*60), true
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}
