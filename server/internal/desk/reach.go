package desk

import (
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// reach is the units whose submissions a person sees at a desk: those that a grant of an editor or admin covers. A province
// has thousands, so they are remembered for as long as the person's rights and the moment's list of scopes are the same.
type reach struct {
	rights *people.Rights
	scopes *syncproto.Scope // identifies the time for which the list is right (people.Rights.Follows)
	units  []syncproto.ID   // in id order
	set    map[syncproto.ID]bool
	all    bool // there is no other unit
}

// maxReaches bounds how many persons are remembered: with the thousands of desks of a province each, some 50 MB.
const maxReaches = 256

func (v *sight) reach() *reach {
	scopes, _ := v.rights.Follows(v.now)
	s := v.s
	s.mu.Lock()
	known := s.known[v.by.Person]
	s.mu.Unlock()
	if known != nil && known.rights == v.rights && known.scopes == &scopes[0] {
		return known
	}
	all := v.tree.Units()
	made := &reach{rights: v.rights, scopes: &scopes[0], set: map[syncproto.ID]bool{}}
	for i := range all {
		if v.rights.On(all[i].ID, v.now).Editor {
			made.units = append(made.units, all[i].ID)
			made.set[all[i].ID] = true
		}
	}
	made.all = len(made.units) == len(all)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxReaches {
		clear(s.known)
	}
	s.known[v.by.Person] = made
	return made
}

// units returns the units to ask for: all of the person's desks, or those of them that a unit's subtree reaches; nil for no
// bound at all. Errors: forbidden for somebody without a desk, not_found for a unit that is not theirs.
func (v *sight) units(within syncproto.ID) ([]syncproto.ID, error) {
	const op = "find desks"
	own := v.reach()
	switch {
	case len(own.units) == 0:
		return nil, syncproto.E(syncproto.CodeForbidden, op, nil)
	case within == "" && own.all:
		return nil, nil
	case within == "":
		return own.units, nil
	case !own.set[within]:
		return nil, hidden(op)
	}
	below, _ := v.tree.Subtree(within, 0)
	units := below[:0]
	for _, id := range below {
		if own.set[id] {
			units = append(units, id)
		}
	}
	return units, nil
}
