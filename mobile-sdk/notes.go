package mobilesdk

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Note is a remark between the author of a submission and its editors, pinned where it belongs.
type Note struct {
	ID syncproto.ID `json:"id"`
	// Record is what the note is pinned to, the submission itself or a photo of it, and Field the field there, "" for all
	// of it. Notes with the same Record and Field are one thread.
	Record   syncproto.ID    `json:"record"`
	Kind     syncproto.Kind  `json:"kind"`               // of Record
	Title    string          `json:"title,omitempty"`    // what a person recognises Record by
	Position int64           `json:"position,omitempty"` // of a photo, from 1 in the order in which the submission shows it
	Field    string          `json:"field,omitempty"`
	Text     string          `json:"text"`
	State    syncproto.State `json:"state"` // open or resolved
	Author   syncproto.ID    `json:"author"`
	Mine     bool            `json:"mine,omitempty"`
	At       int64           `json:"at"` // when it was written, Unix ms, as well as is known
	Sending  Sending         `json:"sending,omitempty"`
}

// Open reports whether the note still asks for something.
func (n *Note) Open() bool { return n.State == syncproto.StateOpen }

// Notes returns every note under a submission and under its photos: threads with something open first, then by place
// (the submission's fields, then photos in their order), each thread in the order in which it was written. Error:
// no_such_record.
func (e *Engine) Notes(ctx context.Context, record syncproto.ID) ([]Note, error) {
	out := []Note{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		places, err := e.pinsOf(tx, record, "read notes")
		if err != nil {
			return err
		}
		for i := range places {
			if out, err = e.notesAt(tx, state, places[i], places[i].Record, out, maxAbove); err != nil {
				return err
			}
		}
		return nil
	})
	sortNotes(out)
	return out, err
}

// pinsOf is pins of a record as it is with what waits here. Error: no_such_record.
func (e *Engine) pinsOf(tx *phonestore.Tx, record syncproto.ID, op string) ([]Note, error) {
	cur, err := e.current(tx, record)
	if err != nil {
		return nil, err
	}
	if cur.record == nil {
		return nil, syncproto.E(syncproto.CodeNotThere, op, nil)
	}
	return pins(tx, cur.record)
}

// pins returns where notes of a submission may be pinned: to itself, and to its photos in their order.
func pins(tx *phonestore.Tx, r *syncproto.Record) ([]Note, error) {
	out := []Note{{Record: r.ID, Kind: r.Kind, Title: title(r.Fields)}}
	parts, err := partsOf(tx, r.ID)
	for i, p := range parts {
		out = append(out, Note{Record: p.ID, Kind: p.Kind, Title: title(p.Fields), Position: int64(i) + 1})
	}
	return out, err
}

// partsOf returns the live parts of a submission in the order in which it shows them: by position, then by capture.
func partsOf(tx *phonestore.Tx, whole syncproto.ID) ([]*syncproto.Record, error) {
	var found []phonestore.Listed
	for _, kind := range []syncproto.Kind{syncproto.KindPhoto, syncproto.KindEvent, syncproto.KindStory} {
		some, err := tx.List(phonestore.Select{Kind: kind, Parent: whole, Limit: maxList})
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortStableFunc(found, func(a, b phonestore.Listed) int {
		return cmp.Or(cmp.Compare(position(a.Record), position(b.Record)), cmp.Compare(a.At, b.At), cmp.Compare(a.Record.ID, b.Record.ID))
	})
	out := make([]*syncproto.Record, len(found))
	for i := range found {
		out[i] = found[i].Record
	}
	return out, nil
}

// position is a part's own idea of its place. Those without one come after those with.
func position(r *syncproto.Record) int64 {
	if n, ok := r.Fields["position"].AsInt(); ok {
		return n
	}
	return 1 << 40
}

// notesAt adds the notes under a record to those of a place. A note under a note is one of its thread.
func (e *Engine) notesAt(tx *phonestore.Tx, state *phonestore.State, place Note, under syncproto.ID, out []Note, depth int) ([]Note, error) {
	found, err := tx.List(phonestore.Select{Kind: syncproto.KindNote, Parent: under, Limit: maxList})
	if err != nil || depth == 0 {
		return out, err
	}
	for _, l := range found {
		n := place
		n.ID, n.At, n.State, n.Author = l.Record.ID, l.At, l.Record.State, l.Record.Author
		n.Mine, n.Text = n.Author == state.Self().Person, l.Record.Fields["text"].TextOr("")
		if under == place.Record {
			n.Field = l.Record.Fields["field"].TextOr("")
		}
		item := Item{ID: n.ID}
		if err := sending(tx, &item); err != nil {
			return out, err
		}
		n.Sending = item.Sending
		out = append(out, n)
		answered := place
		answered.Field = n.Field
		if out, err = e.notesAt(tx, state, answered, n.ID, out, depth-1); err != nil {
			return out, err
		}
	}
	return out, nil
}

// pin is where a thread hangs.
type pin struct {
	record syncproto.ID
	field  string
}

func sortNotes(notes []Note) {
	open := map[pin]bool{}
	for i := range notes {
		n := &notes[i]
		open[pin{n.Record, n.Field}] = open[pin{n.Record, n.Field}] || n.Open()
	}
	closed := func(n *Note) int {
		if open[pin{n.Record, n.Field}] {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(closed(&a), closed(&b)), cmp.Compare(a.Position, b.Position), cmp.Compare(a.Record, b.Record),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
	})
}

// AddNote pins a note to a submission or a photo of one and returns its id. Field is the field that it is about, "" for
// all of it. With the id of a note it answers that: the answer is pinned where the note is, and stands after it. Errors:
// no_such_record, usage for a text of nothing, invalid_field for what is no field's name, kind_mismatch for what takes no
// notes, forbidden under what is neither this person's nor on a desk that the phone follows.
func (e *Engine) AddNote(ctx context.Context, record syncproto.ID, field, text string) (syncproto.ID, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", &syncproto.Error{Code: syncproto.CodeUsage, Op: "add note", Detail: "text"}
	case field != "" && !syncproto.ValidName(field):
		return "", &syncproto.Error{Code: syncproto.CodeInvalidField, Op: "add note", Detail: "field"}
	}
	id, err := e.newID()
	if err != nil {
		return "", err
	}
	return id, e.capture(ctx, func(c *capture) error {
		above, err := c.live(record)
		for depth := 0; err == nil && above.Kind == syncproto.KindNote && depth < maxAbove; depth++ {
			field = above.Fields["field"].TextOr("")
			above, err = c.live(above.Parent())
		}
		if err != nil {
			return err
		}
		if err := c.mayPin(above); err != nil {
			return err
		}
		set := syncproto.Fields{"parent": syncproto.Text(string(above.ID)), "text": syncproto.Text(text)}
		if field != "" {
			set["field"] = syncproto.Text(field)
		}
		return c.add(&syncproto.Mutation{Record: id, Kind: syncproto.KindNote, Unit: c.state.Self().Unit, Set: set})
	})
}

// mayPin refuses what the server would: notes and consents hang under submissions and their photos, and are between the
// author and the desk.
func (c *capture) mayPin(above *syncproto.Record) error {
	if !syncproto.Reviewed(above.Kind) {
		return syncproto.E(syncproto.CodeKindMismatch, "pin", nil)
	}
	if above.Author == c.state.Self().Person {
		return nil
	}
	desk, err := c.followsDesk()
	if err == nil && !desk {
		err = syncproto.E(syncproto.CodeForbidden, "pin", nil)
	}
	return err
}

// followsDesk reports whether this person is an editor as far as the phone knows. A grant that came after the enrollment
// shows in the scopes that the server gives it.
func (c *capture) followsDesk() (bool, error) {
	if a := c.e.actor(c.state); a.Editor || a.Admin {
		return true, nil
	}
	scopes, err := c.tx.Scopes()
	for name := range scopes {
		if kind, _ := name.Split(); kind == "desk" {
			return true, err
		}
	}
	return false, err
}

// ResolveNote says that what a note asks for is done. Doing so twice is the same as once. Errors: no_such_record,
// kind_mismatch for what is no note.
func (e *Engine) ResolveNote(ctx context.Context, note syncproto.ID) error {
	return e.step(ctx, note, syncproto.KindNote, syncproto.CommandResolve, "")
}

// ReopenNote takes ResolveNote back.
func (e *Engine) ReopenNote(ctx context.Context, note syncproto.ID) error {
	return e.step(ctx, note, syncproto.KindNote, syncproto.CommandReopen, "")
}
