package people

import (
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// MoreSince reports whether somebody was given a role since a moment, in Unix ms, that lets them do more than a volunteer. A
// link or a code that was made for them before is as good as their account: whoever made it was above the person that they
// were then, and is perhaps not above the one that they are now. like is a role that it does not count: the one that the code
// carries itself.
func MoreSince(r storage.Reader, person syncproto.ID, since, now int64, like syncproto.Grant) (bool, error) {
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return false, err
	}
	for i := range grants {
		g := &grants[i]
		own := g.Role == syncproto.RoleVolunteer || g.Role == like.Role && g.Unit == like.Unit
		if !own && g.From > since && g.Holds(now) {
			return true, nil
		}
	}
	return givenSince(r, person, since, like)
}

// givenSince looks for what was given ahead, or as of a day in the past.
func givenSince(r storage.Reader, person syncproto.ID, since int64, like syncproto.Grant) (bool, error) {
	const page = 500
	for above := int64(0); ; {
		entries, err := r.Audits(person, above, page)
		if err != nil {
			return false, err
		}
		for i := range entries {
			e := &entries[i]
			above = e.Number
			role, _, _ := strings.Cut(e.Detail, " ")
			own := syncproto.Role(role) == syncproto.RoleVolunteer || syncproto.Role(role) == like.Role && e.Unit == like.Unit
			if e.At > since && (e.Act == "grant_given" && !own || e.Act == "person_moved") {
				return true, nil
			}
		}
		if len(entries) < page {
			return false, nil
		}
	}
}
