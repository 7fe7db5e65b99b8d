package item

import (
	"slices"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Note is one remark of a thread.
type Note struct {
	ID       syncproto.ID
	Revision int64
	Text     string
	By       desk.Ref
	Author   bool // it is of who made the submission
	At       int64
	Open     bool
	Resolve  bool // may be resolved, or opened again
}

// Thread is what was said about one thing: the whole, a field, a photo, a field of a photo.
type Thread struct {
	On    syncproto.ID
	Field string
	Photo *Photo // nil for the submission itself
	Event *Part
	Notes []Note
	Open  int
}

func (b *builder) noteOf(e *entry) Note {
	return Note{
		ID: e.ID, Revision: e.Revision, Text: e.Fields["text"].TextOr(""), By: b.name(e.Author), Author: e.Author == b.top.Author,
		At: e.Received, Open: e.State == syncproto.StateOpen,
		Resolve: e.can(syncproto.CommandResolve) || e.can(syncproto.CommandReopen),
	}
}

// pinned are the open notes on a field of a record; "*" stands for all of them.
func (b *builder) pinned(record syncproto.ID, field string) (list []Note) {
	for i := range b.notes {
		n := &b.notes[i]
		on, about := b.pin(n)
		if on == record && (field == "*" || about == field) && n.State == syncproto.StateOpen {
			list = append(list, b.noteOf(n))
		}
	}
	return list
}

// pin is what a note is about. A note under a note is of its thread.
func (b *builder) pin(n *entry) (record syncproto.ID, field string) {
	for range len(b.notes) {
		i := slices.IndexFunc(b.notes, func(above entry) bool { return above.ID == n.Parent() })
		if i < 0 {
			break
		}
		n = &b.notes[i]
	}
	return n.Parent(), n.Fields["field"].TextOr("")
}

// threads gathers the notes by what they are about: those with something open first, then in the order of the page.
func (b *builder) threads(s *Sheet) (list []Thread) {
	for i := range b.notes {
		record, field := b.pin(&b.notes[i])
		at := slices.IndexFunc(list, func(t Thread) bool { return t.On == record && t.Field == field })
		if at < 0 {
			list = append(list, Thread{On: record, Field: field, Photo: s.photo(record), Event: s.event(record)})
			at = len(list) - 1
		}
		note := b.noteOf(&b.notes[i])
		list[at].Notes = append(list[at].Notes, note)
		if note.Open {
			list[at].Open++
		}
	}
	slices.SortStableFunc(list, func(x, y Thread) int {
		if (x.Open > 0) != (y.Open > 0) {
			if x.Open > 0 {
				return -1
			}
			return 1
		}
		return x.place() - y.place()
	})
	return list
}

func (t *Thread) place() int {
	switch {
	case t.Photo != nil:
		return 100 + t.Photo.Number
	case t.Event != nil:
		return 50 + t.Event.Number
	}
	return 0
}

func (s *Sheet) photo(id syncproto.ID) *Photo {
	i := slices.IndexFunc(s.Photos, func(p Photo) bool { return p.ID == id })
	if i < 0 || id == s.ID {
		return nil
	}
	return &s.Photos[i]
}

func (s *Sheet) event(id syncproto.ID) *Part {
	i := slices.IndexFunc(s.Events, func(p Part) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return &s.Events[i]
}

// On returns the open notes on a field of the submission itself.
func (s *Sheet) On(field string) []Note {
	var list []Note
	for i := range s.Threads {
		t := &s.Threads[i]
		if t.On != s.ID || t.Field != field {
			continue
		}
		for _, n := range t.Notes {
			if n.Open {
				list = append(list, n)
			}
		}
	}
	return list
}
