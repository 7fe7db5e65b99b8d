package simtest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"lantoa/mobile-sdk/internal/hook"
	"lantoa/mobile-sdk/simtest/model"
	"lantoa/syncproto"
)

// World is one run: a server, its people, their phones, and what is known about what should become of everything.
type World struct {
	seed        int64
	dir         string
	hooks       hook.Bugs
	server      Backend
	now         int64                            // the server's clock, Unix ms
	calm        bool                             // no more faults
	dice        dice                             // of the current action
	arrivals    dice                             // of the current action, for what the server says of files
	words       map[syncproto.ID]syncproto.Value // what the server last said of a photo's file
	units       []syncproto.Unit
	people      []*person
	grants      map[syncproto.ID]syncproto.Grant
	phones      []*phone
	tokens      map[string]syncproto.ID // token → device
	owners      map[syncproto.ID]syncproto.ID
	late        []delivery
	ledger      *ledger
	wire        *witness
	broken      []Violation
	story       []string
	bundles     []bundle
	codes       map[string]syncproto.ID // bare code → whose, "" for somebody new
	invitations []invitation
	files       int
	saved       map[syncproto.ID]syncproto.Grant // the grants of that backup
	// Repairs are expected once a database was put back by hand or tombstones were forgotten early; otherwise every
	// repair is a bug.
	mayRepair   bool
	savedAt     int64
	closed      map[syncproto.ID]bool // accounts
	savedClosed map[syncproto.ID]bool
	exchanges   int // requests in the current action
	restored    bool
	stranger    bool                   // the server did not know the phone that has just synced
	scanned     map[syncproto.ID]int64 // the revision up to which marks were looked for
}

// person is a member of the association.
type person struct {
	id   syncproto.ID
	name string
	unit syncproto.ID
	role syncproto.Role
	// newer: all phones of this person have a later app. Files pass between them, and one mutation says the same
	// wherever it comes from.
	newer bool
	// newcomer: joined during the run by a code that named nobody; the id is made by the server.
	newcomer bool
}

// Violation is an invariant that did not hold.
type Violation struct {
	Invariant Invariant
	Detail    string
}

func (v Violation) String() string { return string(v.Invariant) + ": " + v.Detail }

const dawn = 1_750_000_000_000 // the server's time at the start of a run

func newWorld(seed int64, dir string, o Options) (*World, error) {
	w := &World{
		seed: seed, dir: dir, hooks: o.Bugs, now: dawn, dice: newDice(seed, 2), arrivals: newDice(seed, 6),
		words:  map[syncproto.ID]syncproto.Value{},
		grants: map[syncproto.ID]syncproto.Grant{}, tokens: map[string]syncproto.ID{},
		owners: map[syncproto.ID]syncproto.ID{}, codes: map[string]syncproto.ID{}, scanned: map[syncproto.ID]int64{}, closed: map[syncproto.ID]bool{},
	}
	w.ledger, w.wire = newLedger(), newWitness()
	setting := Setting{Now: func() int64 { return w.now }, Random: newDice(seed, 3), Fault: w.serverFault}
	if w.dice.chance(2) {
		setting.PageChanges = 1 + w.dice.IntN(6)
	}
	var err error
	if w.server, err = o.Backend(setting); err != nil {
		return nil, err
	}
	w.found()
	return w, nil
}

// found makes units in a tree, persons in them, and their grants.
func (w *World) found() {
	count := 2 + w.dice.IntN(4)
	for i := range count {
		u := syncproto.Unit{ID: w.dice.id(w.now), Name: fmt.Sprintf("Đơn vị %d", i), Level: "Xã"}
		if i > 0 {
			u.Parent = pick(w.dice, w.units).ID
		}
		w.units = append(w.units, u)
		w.server.PutUnit(u)
	}
	for i := range 2 + w.dice.IntN(3) {
		p := &person{id: w.dice.id(w.now), name: fmt.Sprintf("Người %d", i), unit: pick(w.dice, w.units).ID}
		p.newer = newDice(w.seed, 50+uint64(i)).chance(5)
		w.people = append(w.people, p)
		w.server.PutPerson(p.id, p.name, false)
		p.role = syncproto.RoleVolunteer
		if i == 0 {
			p.role, p.unit = syncproto.RoleEditor, w.units[0].ID
		} else if w.dice.chance(3) {
			p.role = syncproto.RoleEditor
		}
		w.grant(syncproto.Grant{ID: w.dice.id(w.now), Person: p.id, Unit: p.unit, Role: p.role, From: w.now})
	}
}

func (w *World) grant(g syncproto.Grant) {
	w.grants[g.ID] = g
	w.server.PutGrant(g)
	if g.Role != syncproto.RoleVolunteer { // a code that was made for less ends with it
		w.invitations = slices.DeleteFunc(w.invitations, func(i invitation) bool { return i.owner != nil && i.owner.id == g.Person })
	}
	w.say("    grant %s %s on %s until %d", short(g.Person), g.Role, short(g.Unit), g.Until)
}

func (w *World) grantsOf(person syncproto.ID) []syncproto.Grant {
	var out []syncproto.Grant
	for _, id := range sortedKeys(w.grants) {
		if g := w.grants[id]; g.Person == person {
			out = append(out, g)
		}
	}
	return out
}

// follows is the simulation's own idea of what a person may see.
func (w *World) follows(person syncproto.ID) []syncproto.Scope {
	scopes, _ := syncproto.Follows(person, w.grantsOf(person), syncproto.NewTree(w.units), w.now)
	return scopes
}

// serverFault decides what happens at a point inside the server.
func (w *World) serverFault(p model.Point) model.Fault {
	if w.calm {
		return model.None
	}
	switch p {
	case model.MutationRead, model.RecordPut:
		if w.dice.chance(60) {
			w.say("    server: disk fault at %s", p)
			return model.Disk
		}
	case model.CounterLate:
		if w.dice.chance(10) {
			w.say("    server: crash at %s", p)
			return model.Crash
		}
	default:
		if w.dice.chance(50) {
			w.say("    server: crash %s", p)
			return model.Crash
		}
	}
	return model.None
}

func (w *World) say(format string, args ...any) {
	w.story = append(w.story, fmt.Sprintf(format, args...))
}

func (w *World) violate(i Invariant, format string, args ...any) {
	v := Violation{Invariant: i, Detail: fmt.Sprintf(format, args...)}
	w.broken = append(w.broken, v)
	w.say("!!! %s", v)
}

// file names a new file of the run.
func (w *World) file(name string) string {
	w.files++
	return filepath.Join(w.dir, fmt.Sprintf("%03d-%s", w.files, name))
}

// hash fingerprints the transcript: two runs of one seed must agree on it.
func (w *World) hash() string {
	h := sha256.New()
	for _, line := range w.story {
		h.Write([]byte(line))
		h.Write([]byte{'\n'})
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

func (w *World) close() {
	for _, p := range w.phones {
		p.close()
	}
	w.server.Close()
	os.RemoveAll(w.dir)
}

func short(id syncproto.ID) string {
	if len(id) < 6 {
		return string(id)
	}
	return string(id[len(id)-6:])
}
