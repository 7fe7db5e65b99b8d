package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	rights "lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// The communes that are called, and one that is not, by their place in the province.
var (
	calledUnits = []int{1, staysUnit, 8, 9}
	otherUnit   = 10
)

// twoHomes is the phone whose person belongs to two of the communes.
const twoHomes = 2

// crowdPart is how many people one transaction adds.
const crowdPart = 250

// prepareCall brings the crowd, two officers, and who lives where: nobody of them has a phone that syncs, and most have one
// that can be rung.
func (w *week) prepareCall(ctx context.Context) (*alarm, error) {
	a := &alarm{called: map[syncproto.ID]bool{}, struck: make(chan struct{})}
	for _, n := range calledUnits {
		a.units = append(a.units, w.units[n])
	}
	for from := 0; from < w.Crowd; from += crowdPart {
		err := w.server.Store().Update(ctx, func(tx storage.Tx) error {
			for n := from; n < min(w.Crowd, from+crowdPart); n++ {
				if err := w.member(tx, a, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if err := w.phoneMembers(ctx, a); err != nil {
		return nil, err
	}
	for i, name := range officers {
		s, err := w.staffed(ctx, syncproto.RoleOfficer, name, fmt.Sprintf("canbo%d", i))
		if err != nil {
			return nil, err
		}
		a.officers[i] = s
	}
	a.party = w.party(a)
	return a, nil
}

// member adds one of the crowd: one in five lives where nobody is called, three in ten are in two of the communes, one in
// twenty has nothing that rings, and one in a hundred has lost the app since.
func (w *week) member(tx storage.Tx, a *alarm, n int) error {
	person, device, now := syncproto.NewID(), syncproto.NewID(), time.Now().UnixMilli()
	units := []syncproto.ID{a.units[n%4].id}
	switch {
	case n%5 == 4:
		units[0] = w.units[otherUnit].id
	case n%10 < 3:
		units = append(units, a.units[(n+1)%4].id)
	}
	name := fmt.Sprintf("%s %d", people[n%len(people)], n+1)
	if err := tx.PutPerson(&storage.Person{ID: person, Name: name, Created: now}); err != nil {
		return err
	}
	for _, unit := range units {
		err := tx.PutGrant(&syncproto.Grant{ID: syncproto.NewID(), Person: person, Unit: unit, Role: syncproto.RoleVolunteer, From: now - 1000})
		if err != nil {
			return err
		}
	}
	if n%5 != 4 {
		a.called[person] = true
	}
	if n%20 == 7 {
		return nil
	}
	target := w.bells.add(person, name, n%100 == 13)
	if n%5 != 4 {
		a.targets++
	}
	err := tx.PutDevice(&storage.Device{ID: device, Person: person, Unit: units[0], TokenHash: sha256.Sum256([]byte(target)), Created: now})
	if err != nil {
		return err
	}
	return tx.PutRegistration(&storage.Registration{
		Device: device, Person: person, Service: syncproto.ServiceFCM, Kind: syncproto.TargetToken, Platform: syncproto.PlatformAndroid,
		Address: target, At: now,
	})
}

// phoneMembers finds out which persons of the demo's phones the call concerns, after one of them has joined a second commune.
func (w *week) phoneMembers(ctx context.Context, a *alarm) error {
	st, err := w.phones[twoHomes].engine.Status(ctx)
	if err != nil {
		return err
	}
	now := time.Now().UnixMilli()
	err = w.server.Store().Update(ctx, func(tx storage.Tx) error {
		return tx.PutGrant(&syncproto.Grant{
			ID: syncproto.NewID(), Person: st.Person, Unit: w.units[staysUnit].id, Role: syncproto.RoleVolunteer, From: now - 1000,
		})
	})
	if err != nil {
		return err
	}
	return w.server.Store().View(ctx, func(r storage.Reader) error {
		access, err := (&rights.Cache{}).Read(r)
		if err != nil {
			return err
		}
		tree := access.Tree(now)
		for _, p := range w.phones {
			st, err := p.engine.Status(ctx)
			if err != nil {
				return err
			}
			p.person = st.Person
			w.bells.belongs(p.bell, p.person)
			grants, err := r.Grants(p.person)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(grants, func(g syncproto.Grant) bool {
				return g.Holds(now) && slices.ContainsFunc(a.units, func(u unit) bool { return tree.Covers(u.id, g.Unit) })
			}) {
				a.called[p.person] = true
			}
			if known, err := r.Registration(st.Device); err == nil && known.Retired == 0 && a.called[p.person] {
				a.targets++
			}
		}
		return nil
	})
}

var officers = [2]string{"Trần Thị Đông", "Lê Mỹ Hạnh"}

// newcomer is the editor whose desk is shown when the week is over.
const newcomer = "Đỗ Thu Trang"

// staffed makes somebody with a role in the whole province, without a phone, and signs them in.
func (w *week) staffed(ctx context.Context, role syncproto.Role, name, login string) (*seat, error) {
	person, now := syncproto.NewID(), time.Now().UnixMilli()
	err := w.server.Store().Update(ctx, func(tx storage.Tx) error {
		if err := tx.PutPerson(&storage.Person{ID: person, Name: name, Created: now}); err != nil {
			return err
		}
		return tx.PutGrant(&syncproto.Grant{ID: syncproto.NewID(), Person: person, Unit: w.units[0].id, Role: role, From: now - 1000})
	})
	if err != nil {
		return nil, err
	}
	return w.seat(ctx, person, name, login)
}

// party is for how many each who answers speaks, so that the places of the call are too few: a whole fraction of them, and as
// few as that takes.
func (w *week) party(a *alarm) int64 {
	n := int64(0)
	for _, p := range w.phones {
		if a.called[p.person] && p.says() == syncproto.ChoiceYes {
			n++
		}
	}
	for _, count := range []int64{1, 2, 4, 5, 8, 10} {
		if n*count >= callPlaces+2*count {
			return count
		}
	}
	return callPlaces / 2
}
