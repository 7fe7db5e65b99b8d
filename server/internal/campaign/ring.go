package campaign

import (
	"slices"

	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/syncproto"
)

// mostSeconds bounds who is rung for a second yes: the nearest ones. Whoever looks at the list of calls finds it, too.
const mostSeconds = 10

// ringSeconds tells officers who may say yes to a call that it waits for one of them.
func (v *sight) ringSeconds(c *storage.Call) error {
	seconds, err := v.seconds(c)
	if err != nil {
		return err
	}
	for _, person := range seconds {
		if err := v.ring(c, notify.KindSecond, person); err != nil {
			return err
		}
	}
	return nil
}

// ring adds a notice about a call to one person. The same revision may wait, or come back, more than once, so what tells notices
// apart is when it did.
func (v *sight) ring(c *storage.Call, kind storage.NoticeKind, person syncproto.ID) error {
	_, err := v.tx.AddNotice(&storage.Notice{
		To: syncproto.PersonScope(person), Kind: kind, Record: c.ID, Revision: v.now, Unit: c.Units[0], At: v.now, Due: v.now,
	})
	return err
}

// seconds lists officers and admins of all units of a call, but for whoever proposed it: those of the unit that leads first,
// then those above.
func (v *sight) seconds(c *storage.Call) (list []syncproto.ID, err error) {
	for _, unit := range v.tree.Ancestors(c.Units[0]) {
		grants, err := v.r.Members(unit)
		if err != nil {
			return nil, err
		}
		for i := range grants {
			g := &grants[i]
			office := g.Role == syncproto.RoleOfficer || g.Role == syncproto.RoleAdmin
			if !office || !g.Holds(v.now) || g.Person == c.Proposed || slices.Contains(list, g.Person) {
				continue
			}
			rights, err := v.access.Of(v.r, g.Person)
			if err != nil {
				return nil, err
			}
			them := &sight{r: v.r, rights: rights, tree: v.tree, now: v.now}
			if _, err := them.maySecond(c.Units, "ring"); err != nil {
				continue
			}
			if list = append(list, g.Person); len(list) == mostSeconds {
				return list, nil
			}
		}
	}
	return list, nil
}
