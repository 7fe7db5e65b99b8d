package desk

import (
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// Ref names a person or a unit for people who read. Namesakes are many: Tail, the end of the phone number, tells them apart.
type Ref struct {
	ID   syncproto.ID `json:"id"`
	Name string       `json:"name"`
	Tail string       `json:"tail,omitempty"`
}

// person returns the name of a person; nil for "" and the id alone for somebody who is not known.
func (v *sight) person(id syncproto.ID) (*Ref, error) {
	if id == "" {
		return nil, nil
	}
	if ref := v.names[id]; ref != nil {
		return ref, nil
	}
	ref := &Ref{ID: id}
	p, err := v.r.Person(id)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	if err == nil {
		ref.Name, ref.Tail = p.Name, viet.Tail(p.Phone)
	}
	v.names[id] = ref
	return ref, nil
}

// unit returns the name of a unit as it is called now.
func (v *sight) unit(id syncproto.ID) Ref {
	u, _ := v.tree.Unit(id)
	return Ref{ID: id, Name: u.Name}
}
