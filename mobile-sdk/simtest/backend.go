package simtest

import (
	"io"

	"lantoa/mobile-sdk/simtest/model"
	"lantoa/syncproto"
)

// Backend is the server side of a run: the model, or the real handlers over a real store.
type Backend interface {
	// Serve answers one request; ok is false when the server died before it could answer. Whatever died has been
	// started again when Serve returns.
	Serve(path, token string, body []byte) (status int, answer []byte, ok bool)
	// PutUnit, PutPerson, PutGrant and Invite change who is who.
	PutUnit(u syncproto.Unit)
	PutPerson(id syncproto.ID, name string, closed bool)
	PutGrant(g syncproto.Grant)
	Invite(bareCode string, unit, person syncproto.ID, role syncproto.Role)
	// Backup copies the database, forgetting an older copy. Restore goes back to the copy and reports whether there
	// was one; with tool it begins a new epoch, without it the server has to notice.
	Backup()
	Restore(tool bool) bool
	// Compact forgets every tombstone.
	Compact()
	// Arrive says how far the file of a photo has come: a field that only the server writes.
	Arrive(photo syncproto.ID, arrived syncproto.Value)
	// Facts shows what the database holds now.
	Facts() Facts
	Close()
}

// Facts is what invariants may look at. All of it is read only.
type Facts interface {
	// Record returns a record, its wire form and where it is live; nil if the id was never used.
	Record(id syncproto.ID) *Fact
	// Revisions returns every revision of a record.
	Revisions(id syncproto.ID) []*syncproto.Record
	Records() []*Fact
	DeadLetters() [][]byte
	// Sum returns what the server says of a scope.
	Sum(scope syncproto.Scope) syncproto.Sum
	Devices() []syncproto.ID
	// Grants returns the grants of a person.
	Grants(person syncproto.ID) []syncproto.Grant
	// Effects returns how often each mutation was judged, where the backend counts that; nil elsewhere.
	Effects() map[syncproto.ID]int
}

// Fact is a record as the server has it.
type Fact struct {
	Record *syncproto.Record
	Wire   []byte
	Scopes []syncproto.Scope
}

// Setting is what a backend is made with.
type Setting struct {
	Now    func() int64
	Random io.Reader
	Fault  func(model.Point) model.Fault
	// PageChanges bounds the changes of a response, where the backend can; 0 for no bound.
	PageChanges int
}

// NewModel makes the model server with deliberate bugs.
func NewModel(bugs model.Bugs) func(Setting) (Backend, error) {
	return func(s Setting) (Backend, error) {
		server := model.New(model.Config{
			Now: s.Now, Random: s.Random, Fault: s.Fault, PageChanges: s.PageChanges, Bugs: bugs,
		})
		return &modelBackend{Server: server}, nil
	}
}

type modelBackend struct {
	*model.Server
	backup *model.State
}

func (b *modelBackend) PutPerson(id syncproto.ID, name string, closed bool) {
	b.Server.PutPerson(id, model.Person{Name: name, Closed: closed})
}

func (b *modelBackend) Invite(bare string, unit, person syncproto.ID, role syncproto.Role) {
	b.PutCode(bare, model.Code{Unit: unit, Person: person, Role: role})
}

func (b *modelBackend) Backup() { b.backup = b.Server.Backup() }

func (b *modelBackend) Restore(tool bool) bool {
	if b.backup == nil {
		return false
	}
	b.Server.Restore(b.backup, tool)
	return true
}

func (b *modelBackend) Facts() Facts { return modelFacts{b.State()} }
func (b *modelBackend) Close()       {}

type modelFacts struct{ s *model.State }

func (f modelFacts) Record(id syncproto.ID) *Fact {
	e := f.s.Records[id]
	if e == nil {
		return nil
	}
	fact := &Fact{Record: e.Record, Wire: e.Wire, Scopes: e.Scopes}
	if e.Record.Deleted {
		fact.Scopes = nil
	}
	return fact
}

func (f modelFacts) Revisions(id syncproto.ID) []*syncproto.Record { return f.s.Records[id].Revisions }

func (f modelFacts) Records() []*Fact {
	var out []*Fact
	for _, id := range sortedKeys(f.s.Records) {
		out = append(out, f.Record(id))
	}
	return out
}

func (f modelFacts) DeadLetters() [][]byte {
	var out [][]byte
	for _, d := range f.s.Dead {
		out = append(out, d.Wire)
	}
	return out
}

func (f modelFacts) Sum(scope syncproto.Scope) syncproto.Sum {
	if feed := f.s.Feeds[scope]; feed != nil {
		return feed.Sum
	}
	return syncproto.Sum{}
}

func (f modelFacts) Devices() []syncproto.ID { return sortedKeys(f.s.Devices) }
func (f modelFacts) Grants(person syncproto.ID) (out []syncproto.Grant) {
	for _, id := range sortedKeys(f.s.Grants) {
		if g := f.s.Grants[id]; g.Person == person {
			out = append(out, g)
		}
	}
	return out
}

func (f modelFacts) Effects() map[syncproto.ID]int { return f.s.Effects }
