package model

import (
	"encoding/binary"
	"io"
	"maps"
	"slices"

	"lantoa/syncproto"
)

// Config is what a server is made with.
type Config struct {
	Now    func() int64 // the server's clock, Unix ms
	Random io.Reader    // seeded, so that a run can be repeated
	// Fault is asked at every point at which a server can be killed or a disk can fail, and returns what happens
	// there. Nil means that nothing does.
	Fault func(point Point) Fault
	// PageChanges bounds the changes of one response beside the bytes; 0 for no bound. Small values make a small
	// run page as often as a large one.
	PageChanges int
	Bugs        Bugs
}

// Point is where a server may be hurt.
type Point string

// The points.
const (
	BeforeCommit Point = "before commit"
	AfterCommit  Point = "after commit"
	RecordPut    Point = "record put"    // a record is written, its conflicts and children are not
	CounterLate  Point = "counter late"  // between the two transactions of Bugs.LateCounter
	MutationRead Point = "mutation read" // before a mutation is judged
)

// Fault is what happens at a point.
type Fault int

// The faults.
const (
	None  Fault = iota
	Crash       // the process dies: what was not committed is gone, and nobody gets an answer
	Disk        // the write fails, as on a full disk; the process lives
)

// Server is the model.
type Server struct {
	cfg   Config
	state *State
	undo  []func()

	refuse func(*syncproto.Mutation) syncproto.Code
}

// New returns a server with an empty database.
func New(cfg Config) *Server {
	var key [32]byte
	io.ReadFull(cfg.Random, key[:])
	s := &Server{cfg: cfg}
	s.state = newState(s.drawEpoch(), key[:])
	return s
}

// State is the database, to be read by invariants.
func (s *Server) State() *State { return s.state }

// Backup copies the database. What it covers is marked durable, as in a real one.
func (s *Server) Backup() *State {
	for id, d := range s.state.Devices {
		d.Durable = d.Accepted
		s.state.Devices[id] = d
	}
	return s.state.clone()
}

// Restore sets the database back. With tool, as an operator's restore command does, it begins a new epoch; without,
// as when a file is copied back by hand, the server must find out by itself.
func (s *Server) Restore(backup *State, tool bool) {
	s.state = backup.clone()
	if tool && !s.cfg.Bugs.KeepEpoch {
		s.state.Epoch = s.drawEpoch()
	}
}

// Compact forgets every tombstone and removal: who has not read them needs a snapshot.
func (s *Server) Compact() {
	for _, feed := range s.state.Feeds {
		for id, row := range feed.Rows {
			if row.Removed || row.Deleted {
				feed.Floor = max(feed.Floor, row.Sequence)
				delete(feed.Rows, id)
			}
		}
	}
}

// PutUnit, PutPerson, PutGrant and PutCode change who is who, as operators and editors do.
func (s *Server) PutUnit(u syncproto.Unit) {
	s.state.Units[u.ID] = u
	s.state.Access++
}

// PutPerson stores a person.
func (s *Server) PutPerson(id syncproto.ID, p Person) {
	if p.Closed && p.Since == 0 {
		p.Since = s.cfg.Now()
	}
	s.state.Persons[id] = p
	s.state.Access++
}

// PutGrant stores a grant.
func (s *Server) PutGrant(g syncproto.Grant) {
	s.state.Grants[g.ID] = g
	s.state.Access++
}

// PutCode stores an invitation.
func (s *Server) PutCode(code string, c Code) { s.state.Codes[code] = c }

func (s *Server) drawEpoch() (e syncproto.Epoch) {
	io.ReadFull(s.cfg.Random, e[:])
	return e
}

func (s *Server) fault(p Point) Fault {
	if s.cfg.Fault == nil {
		return None
	}
	return s.cfg.Fault(p)
}

// crashed is thrown through a request when the server dies in it.
type crashed struct{}

// update runs fn in a transaction. A crash inside it leaves nothing; a crash after it leaves everything.
func (s *Server) update(fn func() error) error {
	s.undo = s.undo[:0]
	done := false
	defer func() {
		if !done {
			s.rollback(0)
		}
	}()
	if err := fn(); err != nil {
		return err
	}
	if s.fault(BeforeCommit) == Crash {
		panic(crashed{})
	}
	done = true
	s.undo = s.undo[:0]
	if s.fault(AfterCommit) == Crash {
		panic(crashed{})
	}
	return nil
}

// savepoint runs fn and takes back what it wrote if it fails.
func (s *Server) savepoint(fn func() error) error {
	mark := len(s.undo)
	err := fn()
	if err != nil && !s.cfg.Bugs.ForgetSavepoint {
		s.rollback(mark)
	}
	return err
}

func (s *Server) rollback(mark int) {
	for i := len(s.undo) - 1; i >= mark; i-- {
		s.undo[i]()
	}
	s.undo = s.undo[:mark]
}

// set writes one member of a map so that the transaction can take it back.
func set[K comparable, V any](s *Server, m map[K]V, key K, value V) {
	old, had := m[key]
	s.undo = append(s.undo, func() {
		if had {
			m[key] = old
		} else {
			delete(m, key)
		}
	})
	m[key] = value
}

// follows returns the scopes of a device.
func (s *Server) follows(d Device) []syncproto.Scope {
	scopes, _ := syncproto.Follows(d.Person, s.grants(d.Person), s.state.tree(), s.cfg.Now())
	calls := s.state.Called[d.Person]
	var audiences []syncproto.Scope
	for _, call := range calls[:min(len(calls), syncproto.MaxAudiences)] {
		audiences = append(audiences, syncproto.AudienceScope(call))
	}
	return slices.Insert(scopes, 1, audiences...)
}

// grants returns a person's grants; those of a closed account ended.
func (s *Server) grants(person syncproto.ID) []syncproto.Grant {
	grants := s.state.grantsOf(person)
	if s.state.Persons[person].Closed {
		for i := range grants {
			grants[i].Until = 1
		}
	}
	return grants
}

// feed returns the feed of a scope, making it when something is first placed there.
func (s *Server) feed(scope syncproto.Scope) *Feed {
	if f, ok := s.state.Feeds[scope]; ok {
		return f
	}
	f := &Feed{Number: uint64(len(s.state.Numbers) + 1), Rows: map[syncproto.ID]Row{}}
	numbers := s.state.Numbers
	s.undo = append(s.undo, func() { s.state.Numbers = numbers })
	s.state.Numbers = append(slices.Clip(numbers), scope)
	set(s, s.state.Feeds, scope, f)
	return f
}

// idFrom makes an id from bytes that are already random.
func idFrom(b []byte) syncproto.ID {
	var u [16]byte
	copy(u[:], b)
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return syncproto.IDFromBytes(u)
}

func bigEndian(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func sortedKeys[V any](m map[syncproto.ID]V) []syncproto.ID { return slices.Sorted(maps.Keys(m)) }
