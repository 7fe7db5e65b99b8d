package people

import (
	"context"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Count is how many people stand in one unit itself, and how many phones they hold.
type Count struct {
	People int
	Phones int
}

// Counts counts people and phones in the units below one, "" for all, which only an operator may ask for. Somebody in two
// units counts in both; their phones count where their first role is.
func (s *Service) Counts(ctx context.Context, by Actor, unit syncproto.ID) (counts map[syncproto.ID]Count, err error) {
	now := s.millis()
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, book, fleet, err := s.oversee(r, by, unit, now)
		if err != nil {
			return err
		}
		counts = map[syncproto.ID]Count{}
		v.countPeople(book, counts)
		return v.countPhones(r, book, fleet, counts)
	})
	return counts, err
}

func (v *view) countPeople(book *directory, counts map[syncproto.ID]Count) {
	for i := range book.entries {
		e := &book.entries[i]
		if e.Closed != 0 {
			continue
		}
		for n, g := range e.grants {
			if !g.Holds(v.now) || !v.sees(g.Unit) || standsIn(e.grants[:n], g.Unit, v.now) {
				continue
			}
			c := counts[g.Unit]
			c.People++
			counts[g.Unit] = c
		}
	}
}

func standsIn(grants []syncproto.Grant, unit syncproto.ID, now int64) bool {
	for i := range grants {
		if grants[i].Unit == unit && grants[i].Holds(now) {
			return true
		}
	}
	return false
}

func (v *view) countPhones(r storage.Reader, book *directory, f *fleet, counts map[syncproto.ID]Count) error {
	for i := range f.devices {
		d := &f.devices[i]
		e := book.person(d.Person)
		if d.Revoked != 0 || e == nil || e.Closed != 0 {
			continue
		}
		unit, staff := homeOf(e, v.now)
		if unit == "" || !v.sees(unit) {
			continue
		}
		if staff { // the desk of somebody with an account is no phone
			_, desk, err := heard(r, d)
			if err != nil {
				return err
			}
			if desk {
				continue
			}
		}
		c := counts[unit]
		c.Phones++
		counts[unit] = c
	}
	return nil
}

// homeOf returns the unit of somebody's first role that holds, and whether they are more than a volunteer anywhere.
func homeOf(e *entry, now int64) (unit syncproto.ID, staff bool) {
	for i := range e.grants {
		g := &e.grants[i]
		if !g.Holds(now) {
			continue
		}
		if unit == "" {
			unit = g.Unit
		}
		staff = staff || g.Role != syncproto.RoleVolunteer
	}
	return unit, staff
}
