package people

import (
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxGiving bounds how much of the audit log about one person is read to find who gave them what.
const maxGiving = 1000

// addGivers says who gave each grant, as far as the audit log tells. What was given at the server's own machine, and by a
// code, has no giver.
func addGivers(r storage.Reader, card *Card) error {
	entries, err := r.Audits(card.ID, 0, maxGiving)
	if err != nil {
		return err
	}
	names := map[syncproto.ID]string{}
	for i := range entries {
		a := &entries[i]
		if a.Person == "" {
			continue
		}
		for n := range card.Grants {
			g := &card.Grants[n]
			if g.By != "" || !gave(a, g) {
				continue
			}
			if _, known := names[a.Person]; !known {
				if giver, err := r.Person(a.Person); err == nil {
					names[a.Person] = giver.Name
				} else if !isNotFound(err) {
					return err
				}
			}
			g.By, g.ByName = a.Person, names[a.Person]
		}
	}
	return nil
}

// gave reports whether an entry is about the giving of a grant.
func gave(a *storage.Audit, g *Held) bool {
	switch a.Act {
	case "grant_given", "person_moved", "person_added":
	default:
		return false
	}
	// The first role of somebody, and one of a list, are in the log without their id.
	return strings.HasSuffix(a.Detail, " "+string(g.Grant)) ||
		a.Unit == g.Unit && a.At == g.From && a.Detail == string(g.Role)
}
