package simtest

import (
	"fmt"
	"regexp"
	"strings"

	"lantoa/syncproto"
)

// ledger is what people did and were told is saved. Every value that they write carries a mark that occurs nowhere
// else, so that one can look for it in any place where it may rightly be.
type ledger struct {
	next    int
	entries []entry
	arrived map[string]bool          // marks that the server has shown to hold
	tries   map[syncproto.ID]int     // how often somebody set out to change a record, its creation not counted
	authors map[syncproto.ID]*person // whose phone captured a record first
}

// entry is one saved capture.
type entry struct {
	phone  int
	record syncproto.ID
	field  string
	mark   string
	note   string
	// forgiven: the phone had given it to a server that was set back afterwards, and had been told to forget it.
	forgiven bool
}

// numberBase makes marks for numeric fields: no other number in a run begins like it.
const numberBase = 18_000_000_000_000

var marks = regexp.MustCompile(`w[0-9]+q|180000[0-9]{8}`)

func newLedger() *ledger {
	return &ledger{next: 1, arrived: map[string]bool{}, tries: map[syncproto.ID]int{}, authors: map[syncproto.ID]*person{}}
}

// word returns a new mark as a word.
func (l *ledger) word() string {
	l.next++
	return fmt.Sprintf("w%dq", l.next)
}

// number returns a new mark as a number.
func (l *ledger) number() int64 {
	l.next++
	return numberBase + int64(l.next)
}

// try notes that somebody sets out to change a record. A phone that dies on the way may have kept it or not.
func (l *ledger) try(record syncproto.ID) { l.tries[record]++ }

// save notes the marks of values that a phone has promised to keep.
func (l *ledger) save(phone int, record syncproto.ID, fields syncproto.Fields, note string) {
	for _, name := range fields.Names() {
		for _, mark := range marks.FindAllString(string(fields[name]), -1) {
			l.entries = append(l.entries, entry{phone: phone, record: record, field: name, mark: mark, note: note})
		}
	}
}

// clone lets a phone's unsent captures be found on its copy as well; the original still has to keep them.
func (l *ledger) clone(int, int) {}

// forgive lets go of all that a phone had captured.
func (l *ledger) forgive(phone int) {
	for i := range l.entries {
		if l.entries[i].phone == phone {
			l.entries[i].forgiven = true
		}
	}
}

// see notes every mark in some bytes.
func see(found map[string]bool, data []byte) {
	for _, m := range marks.FindAll(data, -1) {
		found[string(m)] = true
	}
}

func markIn(fields syncproto.Fields, mark string) bool {
	for _, v := range fields {
		if strings.Contains(string(v), mark) {
			return true
		}
	}
	return false
}
