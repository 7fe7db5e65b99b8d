package media

import (
	"slices"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Access reports whether a person may read a lane of a photo at a time (Unix ms), and by which grant: "" for what is
// theirs, what everybody may see, and what they see from a unit below (S-170).
//
// A thumbnail and a display copy go to whoever follows one of the scopes in which the record lies now, and to the
// editors of the desks that see it: a device follows 64 scopes at most, an editor of a province has more desks. An
// original goes to its author and to those editors. Where the record was placed counts, which for a part of a story is
// where the story is. A tombstone gives nothing, and a record of another kind has no files.
func Access(rights *people.Rights, stored *storage.Stored, lane syncproto.Lane, now int64) (grant syncproto.ID, ok bool) {
	if stored == nil || stored.Record.Deleted || stored.Record.Kind != syncproto.KindPhoto || !lane.Valid() {
		return "", false
	}
	if stored.Record.Author == rights.Person && rights.Person != "" {
		return "", true
	}
	for _, scope := range stored.Scopes {
		// An operator runs the machine and is no editor: Admin alone opens nothing.
		if kind, unit := scope.Split(); kind == "desk" {
			if standing := rights.On(unit, now); standing.Editor {
				return standing.Grant, true
			}
		}
	}
	if lane == syncproto.LaneOriginal {
		return "", false
	}
	follows, _ := rights.Follows(now)
	for _, scope := range stored.Scopes {
		if slices.Contains(follows, scope) {
			_, unit := scope.Split()
			return rights.On(unit, now).Grant, true
		}
	}
	return "", false
}
