package demo

import (
	"slices"
	"sync"

	"lantoa/syncproto"
)

// place of a value: which field of which record a phone wrote.
type spot struct {
	record syncproto.ID
	field  string
	phone  int
}

// ledger remembers every value that a phone reported as saved. A value that the same phone replaced later is the
// phone's own decision; everything else must still exist somewhere at the end.
type ledger struct {
	mu       sync.Mutex
	saved    map[spot]syncproto.Value
	records  map[syncproto.ID]syncproto.Kind
	makers   map[syncproto.ID]int // the phone that captured a record
	deleted  map[syncproto.ID]bool
	captures int

	erased map[syncproto.ID]bool // nothing of them may be left
	fixes  int                   // returned and sent in again

	shots      []shot
	turnedAway []syncproto.Code // files that phones did not take
}

func newLedger() *ledger {
	return &ledger{
		saved: map[spot]syncproto.Value{}, records: map[syncproto.ID]syncproto.Kind{}, makers: map[syncproto.ID]int{},
		deleted: map[syncproto.ID]bool{}, erased: map[syncproto.ID]bool{},
	}
}

func (l *ledger) created(phone int, id syncproto.ID, kind syncproto.Kind, set syncproto.Fields) {
	l.mu.Lock()
	l.records[id], l.makers[id] = kind, phone
	l.mu.Unlock()
	l.wrote(phone, id, set)
}

func (l *ledger) wrote(phone int, id syncproto.ID, set syncproto.Fields) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.captures++
	for field, value := range set {
		l.saved[spot{id, field, phone}] = value
	}
}

func (l *ledger) removed(id syncproto.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.captures++
	l.deleted[id] = true
}

func (l *ledger) commanded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.captures++
}

// erase notes that nothing may be left of records.
func (l *ledger) erase(ids ...syncproto.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		l.erased[id] = true
	}
}

func (l *ledger) fix() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fixes++
}

// stories lists what can be submitted, in order.
func (l *ledger) stories() (ids []syncproto.ID) {
	for id, kind := range l.records {
		if kind == syncproto.KindStory || kind == syncproto.KindEvent {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
