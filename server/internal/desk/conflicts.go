package desk

import (
	"context"
	"crypto/sha256"
	"fmt"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/reconcile"
)

// Card is an open conflict with both sides and what they started from. Null stands for no value, and for what nobody knows.
type Card struct {
	Item
	Submission Row             `json:"submission"`
	Field      string          `json:"field,omitempty"` // none for a whole record: Lost is then an object of fields, empty for a delete
	Reason     syncproto.Code  `json:"reason"`
	Base       syncproto.Value `json:"base"`
	Stays      syncproto.Value `json:"stays"` // when the sides met
	Lost       syncproto.Value `json:"lost"`
	Now        syncproto.Value `json:"now"`                // what the record holds now
	Compared   []reconcile.Run `json:"compared,omitempty"` // of texts: what stands now against what was lost
}

// Cards is one page of open conflicts.
type Cards struct {
	Cards []Card `json:"cards"`
	Next  string `json:"next,omitempty"`
}

// cardPage is the number of submissions whose cards are on a page.
const cardPage = 20

// Conflicts lists the open conflicts of submissions on somebody's desks, those of one submission together. Errors as of
// Queue.
func (s *Service) Conflicts(ctx context.Context, by syncer.Actor, unit syncproto.ID, from string) (*Cards, error) {
	var out *Cards
	err := s.look(ctx, by, func(v *sight) error {
		units, err := v.units(unit)
		if err != nil {
			return err
		}
		asked := []storage.Query{{Units: units, All: storage.FlagConflict, Order: storage.OrderWaiting}}
		rows, next, err := v.find(asked, from, cardPage)
		if err != nil {
			return err
		}
		out = &Cards{Cards: []Card{}, Next: next}
		for i := range rows {
			if err := v.cards(&rows[i], out); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func (v *sight) cards(s *storage.Submission, out *Cards) error {
	row, err := v.row(s)
	if err != nil {
		return err
	}
	family, err := v.family(s.Record)
	if err != nil {
		return err
	}
	for _, stored := range family {
		r := stored.Record
		if r.Kind != syncproto.KindConflict || r.Deleted || r.State != syncproto.StateOpen {
			continue
		}
		subject, err := v.record(r.Parent())
		if err != nil {
			return err
		}
		if subject != nil {
			out.Cards = append(out.Cards, v.card(stored, subject.Record, row))
		}
	}
	return nil
}

func (v *sight) card(stored *storage.Stored, subject *syncproto.Record, row Row) Card {
	fields := stored.Record.Fields
	card := Card{
		Item: v.item(stored, subject, false), Submission: row,
		Field: fields["field"].TextOr(""), Reason: syncproto.Code(fields["reason"].TextOr("")),
		Base: fields["base"], Stays: fields["stays"], Lost: fields["lost"],
	}
	if card.Field == "" {
		return card
	}
	card.Now = subject.Fields[card.Field]
	if syncproto.IsText(subject.Kind, card.Field) {
		now, wasText := textOf(card.Now)
		lost, isText := textOf(card.Lost)
		if wasText && isText {
			card.Compared = reconcile.CompareText(now, lost)
		}
	}
	return card
}

// What somebody may choose of a conflict.
const (
	ChooseStays = "stays" // what the record holds
	ChooseLost  = "lost"  // what it does not
	ChooseBase  = "base"  // what both sides started from
)

// Choice resolves a conflict: by choosing a side, or, of a conflict about a field, by a value of the person's own.
type Choice struct {
	ID     syncproto.ID    `json:"id"` // the identity of the act; drawn if there is none
	Choose string          `json:"choose"`
	Value  syncproto.Value `json:"value"` // null clears the field; "" is none
}

// Resolution is what became of it. Card is nil if the edit did not go through: the conflict is then still open.
type Resolution struct {
	Edit *Done `json:"edit,omitempty"`
	Card *Done `json:"card,omitempty"`
}

// Resolve resolves an open conflict. The record gets a revision by the person, and then the card is closed. These are two
// acts: between them, or if the server stops there, the value stands and the card is open; choosing again changes nothing
// of the value and closes it. What others change at that very moment makes a card of its own, and this one stays open.
//
// Errors: not_found, invalid_value for a choice that this conflict does not have.
func (s *Service) Resolve(ctx context.Context, by syncer.Actor, card syncproto.ID, c *Choice) (*Resolution, error) {
	if c.ID == "" {
		c.ID = syncproto.NewID()
	}
	if !c.ID.Valid() {
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidID, Op: "resolve conflict", Detail: "id"}
	}
	var edit, shut *Act
	err := s.look(ctx, by, func(v *sight) error {
		stored, err := v.record(card)
		if err != nil {
			return err
		}
		if stored == nil || stored.Record.Kind != syncproto.KindConflict || stored.Record.Deleted {
			return hidden("resolve conflict")
		}
		if _, err := v.whole(card); err != nil {
			return err
		}
		subject, err := v.record(stored.Record.Parent())
		if err != nil {
			return err
		}
		edit, shut, err = c.acts(stored.Record, subject.Record)
		if stored.Record.State != syncproto.StateOpen {
			edit = nil // a choice that was made: what others did since stays
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &Resolution{}
	if edit != nil {
		done := s.act(ctx, by, edit)
		if out.Edit = &done; !done.ok() {
			return out, nil
		}
	}
	done := s.act(ctx, by, shut)
	out.Card = &done
	return out, nil
}

// acts turns a choice into the edit that it needs, if any, and the step that closes the card.
func (c *Choice) acts(card, subject *syncproto.Record) (edit, shut *Act, err error) {
	field := card.Fields["field"].TextOr("")
	edit = &Act{ID: c.part("edit", subject), Record: subject.ID, Kind: subject.Kind, BaseRevision: subject.Revision}
	shut = &Act{
		ID: c.part("card", card), Record: card.ID, Kind: card.Kind, BaseRevision: card.Revision, Command: syncproto.CommandDismiss,
	}
	set := func(v syncproto.Value) {
		if v == "" {
			v = syncproto.Null
		}
		edit.Set = syncproto.Fields{field: v}
	}
	wrong := &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: "resolve conflict", Detail: "choose"}
	switch {
	case (c.Value != "") == (c.Choose != ""):
		return nil, nil, wrong
	case c.Choose == ChooseStays:
		return nil, shut, nil
	case c.Choose == ChooseLost:
		shut.Command = syncproto.CommandRestore
		if field != "" {
			set(card.Fields["lost"])
			return edit, shut, nil
		}
		lost, _ := card.Fields["lost"].AsObject()
		if edit.Set = lost; len(lost) == 0 {
			edit.Set, edit.Delete = nil, true
		}
		return edit, shut, nil
	case field == "":
		return nil, nil, wrong
	case c.Choose == ChooseBase:
		set(card.Fields["base"])
		return edit, shut, nil
	case c.Value != "":
		set(c.Value)
		return edit, shut, nil
	}
	return nil, nil, wrong
}

// part derives the identity of one of the two acts. It says of which revision the act is, so that a choice sent again is
// judged anew by what is there now, and finds it done.
func (c *Choice) part(name string, r *syncproto.Record) syncproto.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "lantoa choice 1\x00%s\x00%s\x00%d", c.ID, name, r.Revision))
	return derived(sum)
}

// derived makes an id of a hash.
func derived(sum [sha256.Size]byte) syncproto.ID {
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	sum[8] = sum[8]&0x3f | 0x80
	return syncproto.IDFromBytes([16]byte(sum[:16]))
}
