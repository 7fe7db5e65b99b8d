package campaign

import (
	"context"
	"strconv"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// sight is what one person may do with calls, as a snapshot or a transaction says it.
type sight struct {
	r       storage.Reader
	tx      storage.Tx // nil in a snapshot
	by      people.Actor
	access  *people.Access
	rights  *people.Rights
	tree    *syncproto.Tree
	now     int64
	stopped []int64 // intents that it cancelled
}

// sees makes the sight of a snapshot.
func (s *Service) sees(r storage.Reader, by people.Actor) (*sight, error) {
	access, err := s.opt.Access.Read(r)
	if err != nil {
		return nil, err
	}
	return s.seen(r, access, by)
}

// change runs fn in a transaction of its own, maybe twice, with the sight of whoever acts. The scopes of what fn puts are
// poked after the commit.
func (s *Service) change(ctx context.Context, by people.Actor, fn func(v *sight, p *syncer.Putter) error) error {
	return s.opt.Syncer.Change(ctx, func(tx storage.Tx, p *syncer.Putter) error {
		v, err := s.seen(tx, p.Access(), by)
		if err != nil {
			return err
		}
		v.tx = tx
		return fn(v, p)
	})
}

func (s *Service) seen(r storage.Reader, access *people.Access, by people.Actor) (*sight, error) {
	now := s.now()
	rights, err := access.Of(r, by.Person)
	if err != nil {
		return nil, err
	}
	return &sight{r: r, by: by, access: access, rights: rights, tree: access.Tree(now), now: now}, nil
}

// sees reports whether the person calls for one of the units.
func (v *sight) sees(units []syncproto.ID) bool {
	for _, unit := range units {
		if _, ok := v.rights.Officer(unit, v.now); ok {
			return true
		}
	}
	return false
}

// may returns the grant by which the person calls for all of the units: that of the first. Errors: forbidden.
func (v *sight) may(units []syncproto.ID, op string) (grant syncproto.ID, err error) {
	for i, unit := range units {
		g, ok := v.rights.Officer(unit, v.now)
		if !ok {
			return "", fail(syncproto.CodeForbidden, op, "units["+strconv.Itoa(i)+"]")
		}
		if i == 0 {
			grant = g.ID
		}
	}
	if len(units) == 0 {
		return "", fail(syncproto.CodeForbidden, op, "units")
	}
	return grant, nil
}

// maySecond is may for a second officer. Whoever only runs the server is no officer: four eyes are those of people who answer
// for the units.
func (v *sight) maySecond(units []syncproto.ID, op string) (grant syncproto.ID, err error) {
	if grant, err = v.may(units, op); err != nil {
		return "", err
	}
	for _, unit := range units {
		if g, _ := v.rights.Officer(unit, v.now); g.Role == syncproto.RoleOperator {
			return "", fail(syncproto.CodeSecondOfficer, op, "role")
		}
	}
	return grant, nil
}

// call returns a call that the person sees; what they do not see is not there. With alter it is one that they may act on.
func (v *sight) call(id syncproto.ID, op string, alter bool) (c *storage.Call, grant syncproto.ID, err error) {
	c, err = v.r.Call(id)
	if isNotFound(err) || err == nil && !v.sees(c.Units) {
		return nil, "", fail(syncproto.CodeNotFound, op, "")
	}
	if err != nil {
		return nil, "", err
	}
	if alter {
		grant, err = v.may(c.Units, op)
	}
	return c, grant, err
}

// living checks that the units of a call or a campaign are known, have not ended, stand there once, and are the person's.
func (v *sight) living(units []syncproto.ID, op string) (grant syncproto.ID, err error) {
	for i, id := range units {
		u, ok := v.tree.Unit(id)
		switch at := "units[" + strconv.Itoa(i) + "]"; {
		case !ok:
			return "", fail(syncproto.CodeForbidden, op, at) // as one that is somebody else's
		case u.Until != 0:
			return "", fail(syncproto.CodeUnitClosed, op, at)
		}
	}
	return v.may(units, op)
}

// note returns an entry of the audit log about a call or a campaign.
func (v *sight) note(act string, grant, unit, record syncproto.ID, detail string) *storage.Audit {
	entry := v.by.Note(act, grant, unit, record, v.now)
	entry.Detail = detail
	return entry
}

// revisionText is what an entry says of a call: the revision that the act was about.
func revisionText(revision int64) string { return "revision " + strconv.FormatInt(revision, 10) }
