package people

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// unitColumns are those of a tree of units.
var unitColumns = []Column{
	{Name: "code", Headers: []string{"ma", "ma don vi", "code", "id"}, Needed: true},
	{Name: "name", Headers: []string{"ten", "ten don vi", "name"}, Needed: true},
	{Name: "level", Headers: []string{"cap", "level"}},
	{Name: "parent", Headers: []string{"cap tren", "ma cap tren", "don vi cap tren", "parent", "above"}},
}

// ImportUnits makes the tree below a unit as a table says: a line for each unit with its code, name, level and the code of
// the unit above, which stands in the table or exists already; without one the unit stands under the given unit itself,
// which is the one at the top if under is empty. A code names the same unit each time; the id of a unit is a code too.
// Units that no line names stay as they are.
//
// at is the date from which it holds, in Unix ms, 0 for now. If anything is wrong the error is a *TableError that names
// every line, and nothing is applied. With dryRun nothing is applied either; the effects are what would be.
func (s *Service) ImportUnits(ctx context.Context, by Actor, under syncproto.ID, table []byte, at int64, dryRun bool) ([]Effect, error) {
	rows, faults := ReadTable(table, unitColumns)
	changes, err := s.unitChanges(ctx, under, rows, at, faults)
	if err != nil {
		return nil, err
	}
	if err := faults.OrNil(); err != nil {
		return nil, err
	}
	list := make([]UnitChange, len(changes))
	for i := range changes {
		list[i] = changes[i].UnitChange
	}
	effects, err := s.reorganise(ctx, by, list, dryRun, func(index int, err error) {
		if e, ok := errors.AsType[*syncproto.Error](err); ok {
			faults.Add(changes[index].line, columnOf(e.Detail), e.Code)
		}
	})
	if err == nil {
		err = faults.OrNil()
	}
	if err != nil {
		return nil, err
	}
	return effects, nil
}

// columnOf is the column that a member of a change came from.
func columnOf(member string) string {
	if member == "unit" {
		return "code"
	}
	return member
}

// lineChange is a change with the line that asks for it.
type lineChange struct {
	UnitChange
	line int
}

// unitChanges turns lines into changes, those of units above first.
func (s *Service) unitChanges(ctx context.Context, under syncproto.ID, rows []Row, at int64, faults *TableError) (changes []lineChange, err error) {
	now := s.millis()
	if at == 0 {
		at = now
	}
	err = s.store.View(ctx, func(r storage.Reader) error {
		access, err := s.cache.Read(r)
		if err != nil {
			return err
		}
		key, err := r.Key()
		if err != nil {
			return err
		}
		if under == "" {
			under = onlyRoot(access.Tree(now))
		}
		t := &unitTable{p: newPlan(access.history, now), key: key, under: under, at: at, lines: map[syncproto.ID]*Row{}, faults: faults}
		if under != "" && t.p.units[under] == nil {
			return &syncproto.Error{Code: syncproto.CodeNotFound, Op: "import units", Detail: "under"}
		}
		t.read(rows)
		changes = t.changes
		return nil
	})
	return changes, err
}

// onlyRoot returns the unit at the top, "" if there is none or more than one.
func onlyRoot(tree *syncproto.Tree) (root syncproto.ID) {
	for _, id := range tree.Children("") {
		if u, _ := tree.Unit(id); u.Until != 0 {
			continue
		}
		if root != "" {
			return ""
		}
		root = id
	}
	return root
}

// unitTable is a table while it is turned into changes.
type unitTable struct {
	p       *plan
	key     []byte
	under   syncproto.ID
	at      int64
	lines   map[syncproto.ID]*Row
	done    map[syncproto.ID]int // 1: on the way, 2: done
	changes []lineChange
	faults  *TableError
}

func (t *unitTable) read(rows []Row) {
	for i := range rows {
		r := &rows[i]
		code := r.Fields["code"]
		if code == "" {
			continue // told already
		}
		id := t.idOf(code)
		if first := t.lines[id]; first != nil {
			t.faults.Faults = append(t.faults.Faults, Fault{Line: r.Line, Column: "code", Code: syncproto.CodeDuplicateKey, Other: first.Line})
			continue
		}
		t.lines[id] = r
	}
	t.done = make(map[syncproto.ID]int, len(rows))
	for i := range rows {
		if code := rows[i].Fields["code"]; code != "" && t.lines[t.idOf(code)] == &rows[i] {
			t.visit(t.idOf(code))
		}
	}
}

// visit adds the change of a unit after those of the units above it. Depth is bounded by the table's own lines.
func (t *unitTable) visit(id syncproto.ID) {
	var path []syncproto.ID
	for next := id; t.lines[next] != nil && t.done[next] == 0; {
		t.done[next] = 1
		path = append(path, next)
		next = t.parentOf(next, t.lines[next])
		if t.done[next] == 1 && t.lines[next] != nil {
			t.faults.Add(t.lines[path[len(path)-1]].Line, "parent", syncproto.CodeUnitCycle)
		}
	}
	for _, id := range slices.Backward(path) {
		t.done[id] = 2
		t.change(id, t.lines[id])
	}
}

func (t *unitTable) parentOf(id syncproto.ID, r *Row) syncproto.ID {
	if code := r.Fields["parent"]; code != "" {
		return t.idOf(code)
	}
	if id == t.under {
		return t.p.units[id].face(t.at).Parent // the line of the unit itself
	}
	return t.under
}

// change compares a line with the unit that it names.
func (t *unitTable) change(id syncproto.ID, r *Row) {
	parent := t.parentOf(id, r)
	if t.lines[parent] == nil && parent != "" && t.p.units[parent] == nil {
		t.faults.Add(r.Line, "parent", syncproto.CodeNotFound)
		return
	}
	name, level := r.Fields["name"], r.Fields["level"]
	if name == "" {
		return // told already
	}
	if !goodName(name) {
		t.faults.Add(r.Line, "name", syncproto.CodeTooLarge)
		return
	}
	if level != "" && !goodName(level) {
		t.faults.Add(r.Line, "level", syncproto.CodeTooLarge)
		return
	}
	add := func(c UnitChange) {
		c.Unit, c.At = id, t.at
		t.changes = append(t.changes, lineChange{UnitChange: c, line: r.Line})
	}
	u := t.p.units[id]
	if u == nil {
		add(UnitChange{Act: ActCreate, Name: name, Level: level, Parent: parent})
		return
	}
	f := u.face(t.at)
	renamed := f.Name != name || level != "" && f.Level != level
	if f.Parent != parent {
		add(UnitChange{Act: ActReparent, Parent: parent})
	}
	if renamed || f.Parent == parent {
		add(UnitChange{Act: ActRename, Name: name, Level: level}) // of the same name: tells that it is unchanged
	}
}

// idOf is the id that a code stands for: the code itself if it is one, else what follows from it, so that the same table
// means the same units next year.
func (t *unitTable) idOf(code string) syncproto.ID {
	if id := syncproto.ID(strings.ToLower(code)); id.Valid() {
		return id
	}
	return codeID(t.key, code)
}

func codeID(key []byte, code string) syncproto.ID {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("unit code 1\x00" + strings.ToLower(code)))
	id := [16]byte(mac.Sum(nil))
	id[6] = id[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	id[8] = id[8]&0x3f | 0x80
	return syncproto.IDFromBytes(id)
}
