package people

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Card is everything that an admin sees of a person.
type Card struct {
	ID        syncproto.ID `json:"id"`
	Name      string       `json:"name"`
	Phone     string       `json:"phone,omitempty"`
	Created   int64        `json:"created"`
	Suspended int64        `json:"suspended,omitempty"`
	Closed    int64        `json:"closed,omitempty"`
	Grants    []Held       `json:"grants"`              // those over units that the actor governs, ended ones too
	Elsewhere bool         `json:"elsewhere,omitempty"` // there are others, over units that the actor does not govern
	Devices   []CardDevice `json:"devices"`
}

// CardDevice is a phone, or a desk, of a person.
type CardDevice struct {
	ID      syncproto.ID `json:"id"`
	Created int64        `json:"created"`
	Revoked int64        `json:"revoked,omitempty"`
	// ForkedFrom is the phone that this one is a copy of (S-125). Each of them is shut out by itself: of a stolen phone, look
	// for its copies, too.
	ForkedFrom syncproto.ID `json:"forked_from,omitempty"`
	Seen       int64        `json:"seen,omitempty"` // when it last came
	App        string       `json:"app,omitempty"`
	Unsent     int64        `json:"unsent,omitempty"`
	Failed     int64        `json:"failed,omitempty"`
}

// Look shows one person to whoever governs a unit over which the person has a grant, or of somebody without any, had one.
// Somebody else's people are not there [not_found].
func (s *Service) Look(ctx context.Context, by Actor, id syncproto.ID) (card *Card, err error) {
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.cache.Read(r)
		if err != nil {
			return err
		}
		w, err := access.warrant(r, by, now)
		if err != nil {
			return err
		}
		card, err = w.look(r, id)
		return err
	})
	return card, err
}

func (w *warrant) look(r storage.Reader, id syncproto.ID) (*Card, error) {
	const op = "look at person"
	person, err := r.Person(id)
	if err != nil {
		return nil, named(err, op, "person")
	}
	grants, err := r.Grants(id)
	if err != nil {
		return nil, err
	}
	card := &Card{
		ID: person.ID, Name: person.Name, Phone: person.Phone, Created: person.Created, Suspended: person.Suspended,
		Closed: person.Closed, Grants: []Held{},
	}
	held, mine := 0, 0 // grants that are not over, and those of them that the actor governs
	for _, g := range grants {
		over := g.Until != 0 && g.Until <= w.now
		if !over {
			held++
		}
		if _, ok := w.governs(g.Unit); !ok {
			card.Elsewhere = card.Elsewhere || !over
			continue
		}
		card.Grants = append(card.Grants, w.held(g))
		if !over {
			mine++
		}
	}
	_, runs := w.operator()
	if !runs && mine == 0 && (held > 0 || len(card.Grants) == 0) {
		return nil, &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "person"}
	}
	if err := addGivers(r, card); err != nil {
		return nil, err
	}
	card.Devices, err = devicesOf(r, id)
	return card, err
}

// knows refuses with not_found who is nobody of the actor's, as Look does.
func (w *warrant) knows(r storage.PeopleReader, id syncproto.ID, op string) error {
	if _, runs := w.operator(); runs {
		return nil
	}
	grants, err := r.Grants(id)
	if err != nil {
		return err
	}
	grants = counting(grants, w.now)
	for i := range grants {
		if _, ok := w.governs(grants[i].Unit); ok {
			return nil
		}
	}
	return &syncproto.Error{Code: syncproto.CodeNotFound, Op: op, Detail: "person"}
}

// counting returns the grants that are not over or, if all are, all of them.
func counting(grants []syncproto.Grant, now int64) (list []syncproto.Grant) {
	for _, g := range grants {
		if g.Until == 0 || g.Until > now {
			list = append(list, g)
		}
	}
	if len(list) == 0 {
		return grants
	}
	return list
}

func devicesOf(r storage.Reader, person syncproto.ID) ([]CardDevice, error) {
	devices, err := r.DevicesOf(person)
	if err != nil {
		return nil, err
	}
	list := make([]CardDevice, len(devices))
	for i := range devices {
		d := &devices[i]
		list[i] = CardDevice{ID: d.ID, Created: d.Created, Revoked: d.Revoked, ForkedFrom: d.ForkedFrom}
		contact, err := r.Contact(d.ID)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		if contact != nil {
			list[i].Seen, list[i].App, list[i].Unsent, list[i].Failed = contact.At, contact.App, contact.Unsent, contact.Failed
		}
	}
	return list, nil
}
