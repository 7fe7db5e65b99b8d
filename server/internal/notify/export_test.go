package notify

import (
	"lantoa/server/internal/people"
	"lantoa/server/internal/push"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// What tests of the package see besides.
var (
	CountedDay = countedDay
	DayOf      = dayOf
	FoldedOn   = foldedOn
	PictureOf  = func(s push.Status, lang catalogue.Language) *Picture { return picture(s, lang) }
)

// NoticesAtOnce is noticesAtOnce.
const NoticesAtOnce = noticesAtOnce

// Steps returns the codes that have a sentence of their own.
func Steps() map[string]string { return steps }

// Slots returns when a digest may ring, as day and moment.
func Slots(ms int64) (list [][2]int64) {
	for _, s := range slots(ms) {
		list = append(list, [2]int64{s.day, s.due})
	}
	return list
}

// Rings says with which kind of push a notice rings a person and a desk; "" for none.
func Rings(kind storage.NoticeKind) (person, desk string, known bool) {
	for _, r := range rules {
		if r.kind == kind {
			return r.person, r.desk, true
		}
	}
	return "", "", false
}

// NearestEditors is nearestEditors.
func NearestEditors(r storage.Reader, a *people.Access, unit, cause syncproto.ID, now int64) ([]syncproto.ID, error) {
	return nearestEditors(r, a, unit, cause, now)
}
