package item

import "lantoa/syncproto"

// Card is an open conflict: two wanted different things of the same place.
type Card struct {
	ID    syncproto.ID
	Field string // "" for the whole record
	Photo *Photo
	Code  syncproto.Code
}

func (b *builder) openCards(s *Sheet) (list []Card) {
	for i := range b.cards {
		e := &b.cards[i]
		if e.State != syncproto.StateOpen {
			continue
		}
		list = append(list, Card{
			ID: e.ID, Field: e.Fields["field"].TextOr(""), Photo: s.photo(e.Parent()), Code: syncproto.Code(e.Fields["reason"].TextOr("")),
		})
	}
	return list
}
