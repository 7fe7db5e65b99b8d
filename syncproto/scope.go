package syncproto

import (
	"slices"
	"strings"
)

// Scope names a set of records that a device may follow: "person:ID", "call:UNIT", "unit:UNIT", "desk:UNIT",
// "audience:CALL" or "public" (S-60). Scopes are computed by the server from grants and never sent by a client.
type Scope string

// ScopePublic is what everybody enrolled may see.
const ScopePublic Scope = "public"

// PersonScope holds a person's profile, drafts, own submissions and their conflicts.
func PersonScope(person ID) Scope { return Scope("person:" + person) }

// CallScope holds the campaigns of a unit. It is apart from UnitScope so that they come before the
// stories of a large unit on a first sync.
func CallScope(unit ID) Scope { return Scope("call:" + unit) }

// AudienceScope holds a call, for its recipients alone: one record, however many they are (S-190).
func AudienceScope(call ID) Scope { return Scope("audience:" + call) }

// UnitScope holds what the members of a unit see: the unit itself and what was published in it.
func UnitScope(unit ID) Scope { return Scope("unit:" + unit) }

// DeskScope holds what the editors of a unit see: every submission, its notes and its conflicts.
func DeskScope(unit ID) Scope { return Scope("desk:" + unit) }

// Split returns the type of a scope and the person or unit it belongs to.
func (s Scope) Split() (kind string, owner ID) {
	kind, id, _ := strings.Cut(string(s), ":")
	return kind, ID(id)
}

// Role is what a person may do within the subtree of a grant.
type Role string

// The roles of design section 4.
const (
	RoleVolunteer Role = "volunteer"
	RoleEditor    Role = "editor"
	RoleOfficer   Role = "officer" // campaign officer
	RoleAdmin     Role = "admin"   // of a unit
	RoleOperator  Role = "operator"
)

// Valid reports whether the role is known.
func (r Role) Valid() bool {
	switch r {
	case RoleVolunteer, RoleEditor, RoleOfficer, RoleAdmin, RoleOperator:
		return true
	}
	return false
}

// Grant gives a person a role over a unit and everything below it, for a time.
type Grant struct {
	ID     ID
	Person ID
	Unit   ID
	Role   Role
	From   int64 // Unix ms
	Until  int64 // Unix ms; 0 for open
}

// Holds reports whether the grant is in force at a time, in Unix ms.
func (g *Grant) Holds(at int64) bool { return g.From <= at && (g.Until == 0 || at < g.Until) }

// Follows returns the scopes that a person's devices follow by grants at a time (S-61, S-174), in the order in which they are
// sent: own, calls, units from the nearest up, public, desks. What ended into a unit comes after the units that live, the
// nearest first, as far as there is room beside the desks. Grants that do not hold are passed over. A subtree that does not fit into MaxGrantScopes is cut, and whole is false: its
// editor sees the rest through the staff API.
func Follows(person ID, grants []Grant, tree *Tree, at int64) (scopes []Scope, whole bool) {
	whole = true
	scopes = []Scope{PersonScope(person)}
	var units, desks []ID
	for _, g := range grants {
		if !g.Holds(at) {
			continue
		}
		units = addNew(units, tree.Ancestors(g.Unit))
		if g.Role == RoleEditor || g.Role == RoleAdmin {
			below, all := tree.Subtree(g.Unit, MaxGrantScopes)
			whole = whole && all
			desks = addNew(desks, below)
		}
	}
	living := len(units)
	for i := range living {
		units = addNew(units, tree.Predecessors(units[i]))
	}
	if most := living + roomForEnded(living, len(desks)); len(units) > most {
		units, whole = units[:most], false
	}
	for _, id := range units {
		scopes = append(scopes, CallScope(id))
	}
	for _, id := range units {
		scopes = append(scopes, UnitScope(id))
	}
	scopes = append(scopes, ScopePublic)
	for _, id := range desks {
		scopes = append(scopes, DeskScope(id))
	}
	if len(scopes) > MaxGrantScopes {
		scopes, whole = scopes[:MaxGrantScopes], false
	}
	return scopes, whole
}

// roomForEnded returns how many units that ended a device follows beside those that live: what these, its desks and what is
// public leave, or else half of what it would be without desks. Where twenty districts ended into a province, their old
// stories must not push out the desk of its editors.
func roomForEnded(living, desks int) int {
	room := MaxGrantScopes - 2 - 2*living
	return max(room/4, (room-desks)/2, 0)
}

// addNew appends the ids that are not in the list yet.
func addNew(list, more []ID) []ID {
	for _, id := range more {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// Placement returns the scopes that a record belongs to (S-63), sorted. For a record that hangs under another
// (a photo under its story, a note or a conflict under its subject) parent is the topmost one above it; nil if none is
// known yet, in which case only the author sees it.
func Placement(r, parent *Record) []Scope {
	var out []Scope
	author := func() {
		if r.Author != "" {
			out = append(out, PersonScope(r.Author))
		}
	}
	desk := func(unit ID) {
		if unit != "" { // what belongs to no unit is on no desk
			out = append(out, DeskScope(unit))
		}
	}
	switch r.Kind {
	case KindUnit:
		out = append(out, UnitScope(r.ID))
	case KindProfile:
		author()
	case KindCampaign:
		out = append(out, CallScope(r.Unit))
	case KindCall:
		out = append(out, AudienceScope(r.ID))
	case KindReceipt, KindPreference:
		author()
	case KindAnswer:
		author()
		desk(r.Unit)
	case KindNote, KindConflict, KindConsent, KindTimeline:
		author()
		if parent != nil && parent.Author != "" {
			out = append(out, PersonScope(parent.Author))
			if SeenByDesk(parent.State) {
				desk(parent.Unit)
			}
		}
	case KindStory, KindEvent, KindPhoto:
		author()
		unit, state, hold := r.Unit, r.State, r.Hold
		if r.Parent() != "" {
			if parent == nil {
				break
			}
			unit = parent.Unit
			switch r.State {
			case StateUnclaimed, StateDeclined, StateTakenDown: // taken out of its whole, or not let in: the desk only
			default:
				// What hangs under a part was not looked at with the whole, so it goes no further than the desk.
				if state, hold = parent.State, parent.Hold; parent.ID != r.Parent() && SeenByDesk(state) {
					state = StateUnclaimed
				}
			}
		}
		if SeenByDesk(state) {
			desk(unit)
		}
		if unit != "" && hold == 0 && (state == StatePublished || state == StateCorrected) {
			out = append(out, UnitScope(unit))
		}
	default:
		author()
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// SeenByDesk reports whether the editors of a unit see submissions in a state. Drafts are the author's alone.
func SeenByDesk(state State) bool { return state != StateDraft && state != "" }

// ByParent reports whether where a record of the kind belongs depends on its parent, so that it must be placed
// anew when the parent changes its unit or state.
func ByParent(kind Kind) bool {
	switch kind {
	case KindNote, KindConflict, KindConsent, KindTimeline:
		return true
	}
	return Reviewed(kind)
}
