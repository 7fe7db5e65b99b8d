package item

import (
	"cmp"
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// History is everything that happened to a submission, the newest first.
type History struct {
	*Sheet
	Happenings []Happening
	To         string
}

// Happening is one thing that happened: a revision, a note, a consent, a photo that came.
type Happening struct {
	At       int64
	Kind     string    // revision, note, consent, photo, event
	By       *desk.Ref // nil for what the server did itself
	Revision int64
	State    syncproto.State
	Step     bool     // the state changed
	Changed  []string // fields
	Before   int64    // the revision to compare it with; 0 for none
	Parts    bool
	Text     string
	Photo    *Photo
	Field    string
}

func (a *area) history(ctx context.Context, r *page.Request) (page.Answer, error) {
	sheet, err := a.load(ctx, r)
	if err != nil {
		return nil, err
	}
	list, err := a.opt.Desk.Revisions(ctx, r.Desk(), sheet.ID)
	if err != nil {
		return nil, err
	}
	data := &History{Sheet: sheet, Happenings: sheet.happenings(list), To: page.Local(r.Text("back"), pathOf(sheet.ID, ""))}
	return &page.View{Name: "item/history", Title: r.T("item.history_title") + ": " + sheet.heading(r), Area: menuArea, Data: data}, nil
}

func (s *Sheet) happenings(revisions []desk.Revision) (list []Happening) {
	var before syncproto.State
	var last int64
	for _, v := range slices.Backward(revisions) {
		list = append(list, Happening{
			At: v.At, Kind: "revision", By: v.By, Revision: v.Revision, State: v.State, Step: v.State != before || v.Reason != "", Before: last,
			Changed: slices.DeleteFunc(slices.Clone(v.Changed), func(name string) bool { return slices.Contains(hiddenFields, name) }),
			Parts:   v.Parts, Text: v.Reason,
		})
		before, last = v.State, v.Revision
	}
	for i := range s.Threads {
		for _, n := range s.Threads[i].Notes {
			list = append(list, Happening{At: n.At, Kind: "note", By: &n.By, Text: n.Text, Photo: s.Threads[i].Photo, Field: s.Threads[i].Field})
		}
	}
	for i := range s.Consents {
		c := &s.Consents[i]
		kind := "consent"
		if c.Judgement {
			kind = "judgement"
		}
		list = append(list, Happening{At: c.At, Kind: kind, By: &c.By, Text: c.Label(), Photo: c.Photo, State: c.State})
	}
	for i := range s.Photos {
		if p := &s.Photos[i]; p.ID != s.ID {
			list = append(list, Happening{At: p.Received, Kind: "photo", By: &p.Author, Photo: p})
		}
	}
	slices.SortStableFunc(list, func(x, y Happening) int { return -cmp.Compare(x.At, y.At) })
	return list
}

// hiddenFields say nothing to people.
var hiddenFields = []string{"parent", "position", syncproto.ArrivedField, syncproto.OwnField, "file"}

// returnedAt is the revision in which a submission was returned last, when its author has sent it again since; 0 for none.
func returnedAt(revisions []desk.Revision) (at int64) {
	for i := range revisions { // the newest first
		if revisions[i].State == syncproto.StateNeedsChanges {
			at = revisions[i].Revision
		} else if at != 0 {
			break
		}
	}
	return at
}
