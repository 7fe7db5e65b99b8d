package people

import (
	"sync"
	"sync/atomic"

	"lantoa/storage"
	"lantoa/syncproto"
)

// maxCachedPersons bounds what one Access remembers: the phones of several provinces. Beyond it the cache starts
// over, which costs one read a person.
const maxCachedPersons = 16384

// Access is the units at all times and the grants of persons as they were at one access revision of a store. It is safe
// for concurrent use and never changes; grants are read when they are first asked for.
type Access struct {
	Revision uint64

	history  *history
	settings map[syncproto.ID]storage.UnitSetting

	mu      sync.Mutex
	persons map[syncproto.ID]*Rights
}

// Cache keeps the Access of the newest committed revision. The zero value is ready.
type Cache struct{ newest atomic.Pointer[Access] }

// Read returns the Access of a snapshot, from memory unless units or grants changed. It must be given a Reader of
// View only: an uncommitted revision that is rolled back would stay in the cache under a number that is used again.
func (c *Cache) Read(r storage.Reader) (*Access, error) {
	revision, err := r.Access()
	if err != nil {
		return nil, err
	}
	if a := c.newest.Load(); a != nil && a.Revision == revision {
		return a, nil
	}
	a, err := readAccess(r, revision, c.newest.Load())
	if err != nil {
		return nil, err
	}
	if old := c.newest.Load(); old == nil || old.Revision < revision {
		c.newest.CompareAndSwap(old, a)
	}
	return a, nil
}

// Known returns the Access that a reader sees if it is in memory, else nil. The reader may be a Tx: what is in memory
// was committed, and no other state ever has its revision.
func (c *Cache) Known(r storage.Reader) (*Access, error) {
	revision, err := r.Access()
	if a := c.newest.Load(); err == nil && a != nil && a.Revision == revision {
		return a, nil
	}
	return nil, err
}

// Within returns the Access that a transaction sees. What is not committed does not stay in the cache.
func (c *Cache) Within(tx storage.Tx) (*Access, error) { return c.newest.Load().Within(tx) }

// Newest returns the newest Access in memory, nil if there is none. Nothing says that a store is still there: what is
// found out with it is a guess.
func (c *Cache) Newest() *Access { return c.newest.Load() }

// Known returns the rights of a person if they are in memory, else nil.
func (a *Access) Known(person syncproto.ID) *Rights {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.persons[person]
}

// Within returns the Access that a transaction sees: known, if it is still that, or one of the transaction's own.
func (a *Access) Within(tx storage.Tx) (*Access, error) {
	revision, err := tx.Access()
	if err != nil {
		return nil, err
	}
	if a != nil && a.Revision == revision {
		return a, nil
	}
	return readAccess(tx, revision, a)
}

// readAccess reads what is in force at a revision. Most revisions are of grants and devices: then the units are those of
// an older Access, and so are their trees.
func readAccess(r storage.Reader, revision uint64, old *Access) (*Access, error) {
	var known *history
	if old != nil {
		known = old.history
	}
	h, err := readHistory(r, known)
	if err != nil {
		return nil, err
	}
	list, err := r.UnitSettings()
	if err != nil {
		return nil, err
	}
	settings := make(map[syncproto.ID]storage.UnitSetting, len(list))
	for _, set := range list {
		settings[set.Unit] = set
	}
	return &Access{Revision: revision, history: h, settings: settings, persons: map[syncproto.ID]*Rights{}}, nil
}

// Tree returns the units as they are at a time, in Unix ms: with the names and parents of then, and with an end and
// successors only where that time had come. What began later is not in it. A change that was decided ahead takes effect
// here, by itself, when its time comes.
func (a *Access) Tree(at int64) *syncproto.Tree { return a.history.at(at).tree }

// Setting returns what the nearest of the unit and those above it decided, and the zero setting if none did.
func (a *Access) Setting(unit syncproto.ID, at int64) storage.UnitSetting {
	if len(a.settings) > 0 {
		for _, id := range a.Tree(at).Ancestors(unit) {
			if set, ok := a.settings[id]; ok {
				return set
			}
		}
	}
	return storage.UnitSetting{}
}

// Of returns the rights of a person. The reader must see the same revision as the Access. An unknown person has none.
func (a *Access) Of(r storage.PeopleReader, person syncproto.ID) (*Rights, error) {
	if person == "" {
		return a.None(""), nil // nobody, whatever a store answers
	}
	a.mu.Lock()
	known := a.persons[person]
	a.mu.Unlock()
	if known != nil {
		return known, nil
	}
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	who, err := r.Person(person)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	if err == nil && who.Closed != 0 {
		grants = endAt(grants, who.Closed)
	}
	if err == nil && who.Suspended != 0 {
		grants = endAt(grants, who.Suspended)
	}
	rights := &Rights{Person: person, grants: grants, history: a.history}
	if err == nil {
		rights.closed = who.Closed
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.persons) >= maxCachedPersons {
		clear(a.persons)
	}
	a.persons[person] = rights
	return rights, nil
}

// endAt ends grants when the account of their person was closed or began to rest.
func endAt(grants []syncproto.Grant, closed int64) []syncproto.Grant {
	for i := range grants {
		if g := &grants[i]; g.Until == 0 || g.Until > closed {
			g.Until = closed
		}
	}
	return grants
}

// Rights is what one person may do, by grants. It is safe for concurrent use.
type Rights struct {
	Person  syncproto.ID
	grants  []syncproto.Grant
	closed  int64 // when the account was closed; 0 while it is open
	history *history
	follows atomic.Pointer[follows]
}

// follows is a computed list of scopes and the time for which it is right.
type follows struct {
	from, until int64
	scopes      []syncproto.Scope
	whole       bool
}

// Follows returns the scopes that the person's devices follow at a time, and whether that is all (S-61). The slice
// is shared and must not be changed.
func (p *Rights) Follows(at int64) (scopes []syncproto.Scope, whole bool) {
	if f := p.follows.Load(); f != nil && f.from <= at && at < f.until {
		return f.scopes, f.whole
	}
	now := p.history.at(at)
	f := &follows{from: now.from, until: now.until}
	for _, g := range p.grants {
		f.edge(g.From, at)
		if g.Until != 0 {
			f.edge(g.Until, at)
		}
	}
	f.scopes, f.whole = syncproto.Follows(p.Person, p.grants, now.tree, at)
	p.follows.Store(f)
	return f.scopes, f.whole
}

// edge narrows the time to the side of a moment on which at lies.
func (f *follows) edge(moment, at int64) {
	if moment <= at {
		f.from = max(f.from, moment)
	} else {
		f.until = min(f.until, moment)
	}
}

// Standing is what a person is to a unit at one moment, and by which grant.
type Standing struct {
	Member bool
	Editor bool
	Admin  bool
	Lapsed bool         // was an editor once and is not now
	Grant  syncproto.ID // the strongest grant that holds; for Lapsed the one that ended
}

// On says what the person is to a unit at a time, in Unix ms.
func (p *Rights) On(unit syncproto.ID, at int64) (s Standing) {
	var lapsed syncproto.ID
	best, tree := -1, p.history.at(at).tree
	for i := range p.grants {
		g := &p.grants[i]
		editor := g.Role == syncproto.RoleEditor || g.Role == syncproto.RoleAdmin
		ended := editor && g.Until != 0 && g.Until <= at
		if !ended && !g.Holds(at) || !tree.Covers(g.Unit, unit) {
			continue
		}
		if ended {
			lapsed = g.ID
			continue
		}
		s.Member = true
		s.Editor = s.Editor || editor
		s.Admin = s.Admin || g.Role == syncproto.RoleAdmin || g.Role == syncproto.RoleOperator
		if rank := rankOf(g.Role); rank > best {
			best, s.Grant = rank, g.ID
		}
	}
	if lapsed != "" && !s.Editor {
		s.Lapsed = true
		if s.Grant == "" {
			s.Grant = lapsed
		}
	}
	return s
}

// AtDesk is what the person is to submissions. Who runs the server is no editor, and rules over nothing that is written.
func (s Standing) AtDesk() Standing {
	s.Admin = s.Admin && s.Editor
	return s
}

// And is what the person is where two standings are needed at once.
func (s Standing) And(other Standing) Standing {
	both := Standing{
		Member: s.Member && other.Member, Editor: s.Editor && other.Editor, Admin: s.Admin && other.Admin, Grant: s.Grant,
	}
	both.Lapsed = !both.Editor && (s.Editor || s.Lapsed) && (other.Editor || other.Lapsed)
	return both
}

func rankOf(role syncproto.Role) int {
	switch role {
	case syncproto.RoleAdmin:
		return 4
	case syncproto.RoleEditor:
		return 3
	case syncproto.RoleOperator:
		return 2
	case syncproto.RoleOfficer:
		return 1
	}
	return 0
}
