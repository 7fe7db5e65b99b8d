package privacy

import (
	"context"
	"time"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// By is who acts, from a session of the desk.
type By struct {
	Person, Device syncproto.ID
	Proved         int64 // server time, Unix ms, when they last proved who they are
}

// freshProof is how long ago that may be for what cannot be taken back: a copy of everything, and an erasure.
const freshProof = 15 * time.Minute

// Fresh is confirm_identity if it is too long ago that somebody proved who they are for a copy of everything or an erasure: a
// page that leads there asks before.
func (s *Service) Fresh(by By) error { return s.mustHaveProved(by) }

func (s *Service) mustHaveProved(by By) error {
	if s.now()-by.Proved >= freshProof.Milliseconds() {
		return syncproto.E(syncproto.CodeConfirm, "act on personal data", nil)
	}
	return nil
}

// standing is what somebody may do about personal data.
type standing struct {
	rights   *people.Rights
	operator syncproto.ID // the operator's grant, if there is one
	now      int64
}

// standingOf finds it. The reader may be a Tx.
func (s *Service) standingOf(r storage.Reader, person syncproto.ID) (*standing, error) {
	access, err := s.accessOf(r)
	if err != nil {
		return nil, err
	}
	st := &standing{now: s.now()}
	if st.rights, err = access.Of(r, person); err != nil {
		return nil, err
	}
	who, err := r.Person(person)
	if err != nil && !isNotFound(err) || err == nil && who.Closed != 0 {
		return st, err
	}
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	for i := range grants {
		if grants[i].Role == syncproto.RoleOperator && grants[i].Holds(st.now) {
			st.operator = grants[i].ID
		}
	}
	return st, nil
}

// answering is the standing of somebody who answers for something, and the units; nil for all. It is forbidden for anybody else.
func (s *Service) answering(r storage.Reader, person syncproto.ID) (*standing, []syncproto.ID, error) {
	st, err := s.standingOf(r, person)
	if err != nil {
		return nil, nil, err
	}
	units, err := st.units(r)
	if err == nil && units != nil && len(units) == 0 {
		err = syncproto.E(syncproto.CodeForbidden, "list what is answered for", nil)
	}
	return st, units, err
}

// accessOf returns the units and grants that a snapshot or a transaction sees.
func (s *Service) accessOf(r storage.Reader) (*people.Access, error) {
	if tx, ok := r.(storage.Tx); ok {
		known, err := s.access.Known(tx)
		if err != nil {
			return nil, err
		}
		return known.Within(tx)
	}
	return s.access.Read(r)
}

// keeps reports whether somebody answers for the personal data of a unit, and by which grant: its admins, and operators.
func (st *standing) keeps(unit syncproto.ID) (grant syncproto.ID, ok bool) {
	if on := st.rights.On(unit, st.now); unit != "" && on.Admin {
		return on.Grant, true
	}
	return st.operator, st.operator != ""
}

// opens reports whether somebody may take down a request in a unit: its editors too, who are whom people call.
func (st *standing) opens(unit syncproto.ID) (grant syncproto.ID, ok bool) {
	if on := st.rights.On(unit, st.now); unit != "" && on.Editor {
		return on.Grant, true
	}
	return st.keeps(unit)
}

// knows reports whether a person belongs, or belonged, to a unit for which somebody may take down requests.
func (st *standing) knows(r storage.Reader, person syncproto.ID) (bool, error) {
	if _, err := r.Person(person); err != nil {
		return false, err
	}
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return false, err
	}
	for i := range grants {
		if _, ok := st.opens(grants[i].Unit); ok {
			return true, nil
		}
	}
	return st.operator != "", nil
}

// whole refuses whoever does not answer for all of somebody: an export and an erasure reach what a person did anywhere, and a
// person may belong to units of several admins. It takes every unit of theirs, of somebody who left those that they left last,
// and for an operator an operator. A grant over one unit is quickly given; it must not open, or end, what is elsewhere.
func (st *standing) whole(r storage.Reader, person syncproto.ID) error {
	if person == "" || st.operator != "" {
		return nil
	}
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return err
	}
	kept := false
	for _, g := range counting(grants, st.now) {
		if _, kept = st.keeps(g.Unit); !kept || g.Role == syncproto.RoleOperator {
			return elsewhere()
		}
	}
	if !kept {
		return elsewhere()
	}
	return nil
}

// elsewhere says that a person is somebody else's business, too: the unit above does it.
func elsewhere() error {
	return &syncproto.Error{Code: syncproto.CodeForbidden, Op: "act on personal data", Detail: "person"}
}

// counting returns the grants that are not over or, if all are, those that ended last.
func counting(grants []syncproto.Grant, now int64) []syncproto.Grant {
	last, open := int64(0), false
	for i := range grants {
		open = open || grants[i].Until == 0 || grants[i].Until > now
		last = max(last, grants[i].Until)
	}
	var out []syncproto.Grant
	for _, g := range grants {
		if over := g.Until != 0 && g.Until <= now; !over || !open && g.Until == last {
			out = append(out, g)
		}
	}
	return out
}

// mustKeepWhole refuses with it whoever acts on a case.
func (s *Service) mustKeepWhole(r storage.Reader, by By, c *storage.Case) error {
	st, err := s.standingOf(r, by.Person)
	if err != nil {
		return err
	}
	return st.whole(r, c.Person)
}

// units returns the units that somebody answers for; nil for all.
func (st *standing) units(r storage.Reader) ([]syncproto.ID, error) {
	if st.operator != "" {
		return nil, nil
	}
	all, err := r.Units()
	units := []syncproto.ID{}
	for i := range all {
		if _, ok := st.keeps(all[i].ID); ok {
			units = append(units, all[i].ID)
		}
	}
	return units, err
}

// act changes a case by somebody who answers for it, and writes that down.
func (s *Service) act(ctx context.Context, by By, id syncproto.ID, name string, fn func(tx storage.Tx, c *storage.Case, w *work) error) error {
	return s.change(ctx, id, func(tx storage.Tx, c *storage.Case, w *work) error {
		grant, err := s.mayKeep(tx, by, c)
		if err != nil {
			return err
		}
		if err := fn(tx, c, w); err != nil {
			return err
		}
		return tx.AddAudit(&storage.Audit{
			At: s.now(), Act: name, Person: by.Person, Device: by.Device, Grant: grant, Unit: c.Unit, Record: c.ID, Detail: string(c.Kind),
		})
	})
}

// mayKeep returns the grant by which somebody answers for a case. For others the case is not there.
func (s *Service) mayKeep(r storage.Reader, by By, c *storage.Case) (syncproto.ID, error) {
	st, err := s.standingOf(r, by.Person)
	if err != nil {
		return "", err
	}
	grant, ok := st.keeps(c.Unit)
	if !ok {
		return "", syncproto.E(syncproto.CodeNotFound, "find case", nil)
	}
	return grant, nil
}
