package item

import "lantoa/syncproto"

// Card is a conflict: two wanted different things of the same place.
type Card struct {
	ID    syncproto.ID
	Field string // "" for the whole record
	Photo *Photo // that it is about; nil for the submission itself
	Code  syncproto.Code
}

func (b *builder) card(s *Sheet, e *entry) Card {
	return Card{
		ID: e.ID, Field: e.Fields["field"].TextOr(""), Photo: s.photo(e.Parent()), Code: syncproto.Code(e.Fields["reason"].TextOr("")),
	}
}

func (b *builder) openCards(s *Sheet) (list []Card) {
	for i := range b.cards {
		if b.cards[i].State == syncproto.StateOpen {
			list = append(list, b.card(s, &b.cards[i]))
		}
	}
	return list
}
