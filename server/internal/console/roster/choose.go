package roster

import (
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// several are the acts that are done to many units at once; the others take one.
var several = []people.Act{people.ActMerge, people.ActReparent, people.ActClose}

// acts are those that somebody chooses from, in the order in which they are offered.
var acts = []people.Act{people.ActMerge, people.ActSplit, people.ActReparent, people.ActRename, people.ActCreate, people.ActClose}

// draft is one change while it is being filled in: what the form says.
type draft struct {
	Act    people.Act
	Units  []syncproto.ID
	Name   string
	Level  string
	Parent syncproto.ID
	Into   syncproto.ID // of a merge into one that exists
	New    bool         // of a merge: into a new one
	Heir   syncproto.ID
	Heirs  []syncproto.ID // further successors of a close
	Final  bool
	Carry  bool
	Parts  []part
	Day    string
	At     int64
	Made   []syncproto.ID // of new units, when a change of the plan is changed again: later ones may name them
	Place  int            // where in the plan it stood, from 1; 0 for a new one
}

// part is a line of a split: a unit that exists, or the name of a new one.
type part struct {
	Number int
	Unit   syncproto.ID
	Name   string
}

// mostParts bounds the units that a split by hand leads to.
const mostParts = 20

// readDraft reads what the form says. Its errors are in r.Err.
func readDraft(r *page.Request) *draft {
	d := &draft{
		Act: people.Act(r.Text("act")), Units: r.IDs("unit"), Name: r.Text("name"), Level: r.Text("level"), Parent: r.ID("parent"),
		Into: r.ID("into"), New: r.Text("target") != "old", Heir: r.ID("heir"), Heirs: r.IDs("heirs"),
		Final: r.Text("heirless") == "yes", Carry: r.Sent("carry"), Day: r.Text("at"), At: day(r, "at"),
		Made: r.IDs("made"), Place: int(r.Number("place")),
	}
	for n := 1; n <= mostParts; n++ {
		suffix := strconv.Itoa(n)
		if n > 2 && !r.Sent("part_name_"+suffix) {
			break
		}
		d.Parts = append(d.Parts, part{Number: n, Unit: r.ID("part_unit_" + suffix), Name: r.Text("part_name_" + suffix)})
	}
	return d
}

// Several reports whether the act is done to many units at once.
func (d *draft) Several() bool { return slices.Contains(several, d.Act) }

// Has reports whether a unit was chosen.
func (d *draft) Has(id syncproto.ID) bool { return slices.Contains(d.Units, id) }

// IsHeir reports whether a unit was chosen as a further successor.
func (d *draft) IsHeir(id syncproto.ID) bool { return slices.Contains(d.Heirs, id) }

// Needs reports whether units are to be chosen first.
func (d *draft) Needs() bool { return d.Act != people.ActCreate && len(d.Units) == 0 }

// changes are what the form asks for. New units get their id here, so that later changes of the plan can name them.
func (d *draft) changes() []people.UnitChange {
	base := people.UnitChange{Act: d.Act, At: d.At}
	switch d.Act {
	case people.ActCreate:
		base.Unit, base.Name, base.Level, base.Parent = d.made(0), d.Name, d.Level, d.Parent
		return []people.UnitChange{base}
	case people.ActMerge:
		return []people.UnitChange{d.merge(base)}
	case people.ActSplit:
		base.Unit, base.Carry = d.first(), d.Carry
		for _, p := range d.Parts {
			switch {
			case p.Name != "":
				base.Parts = append(base.Parts, people.Part{Unit: d.made(p.Number - 1), Name: p.Name, Level: d.Level})
			case p.Unit != "":
				base.Parts = append(base.Parts, people.Part{Unit: p.Unit})
			}
		}
		return []people.UnitChange{base}
	case people.ActRename:
		base.Unit, base.Name, base.Level = d.first(), d.Name, d.Level
		return []people.UnitChange{base}
	}
	var out []people.UnitChange
	for _, id := range d.Units {
		c := base
		c.Unit = id
		switch d.Act {
		case people.ActReparent:
			c.Parent = d.Parent
		case people.ActClose:
			c.Final, c.Carry = d.Final, d.Carry && !d.Final
			if !d.Final {
				c.Successors = d.successors()
			}
		}
		out = append(out, c)
	}
	return out
}

func (d *draft) merge(c people.UnitChange) people.UnitChange {
	c.Units, c.Carry = d.Units, d.Carry
	if d.New {
		c.Unit, c.Name, c.Level, c.Parent = d.made(0), d.Name, d.Level, d.Parent
		return c
	}
	c.Unit = d.Into
	c.Units = slices.DeleteFunc(slices.Clone(d.Units), func(id syncproto.ID) bool { return id == d.Into })
	return c
}

// made is the id of the n-th new unit.
func (d *draft) made(n int) syncproto.ID {
	if n < len(d.Made) {
		return d.Made[n]
	}
	return syncproto.NewID()
}

func (d *draft) first() syncproto.ID {
	if len(d.Units) == 0 {
		return ""
	}
	return d.Units[0]
}

func (d *draft) successors() (out []syncproto.ID) {
	if d.Heir != "" {
		out = append(out, d.Heir)
	}
	for _, id := range d.Heirs {
		if id != d.Heir {
			out = append(out, id)
		}
	}
	return out
}

// lacking names the first field that must be filled in and is not, "" for none. What is only wrong is found by trying.
func (d *draft) lacking() string {
	switch {
	case d.Act == people.ActMerge && d.New && d.Name == "":
		return "name"
	case d.Act == people.ActMerge && !d.New && d.Into == "":
		return "into"
	case (d.Act == people.ActCreate || d.Act == people.ActRename) && d.Name == "":
		return "name"
	case d.Act == people.ActClose && !d.Final && d.Heir == "":
		return "heir"
	}
	return ""
}

// again is the form of a change of the plan that is to be changed once more.
func again(c *people.UnitChange, place int) *draft {
	d := &draft{
		Act: c.Act, Name: c.Name, Level: c.Level, Parent: c.Parent, Final: c.Final, Carry: c.Carry, At: c.At, Day: dayOf(c.At),
		New: c.Act != people.ActMerge || c.Name != "", Place: place,
	}
	switch c.Act {
	case people.ActMerge:
		d.Units = c.Units
		if !d.New {
			d.Into = c.Unit
		} else {
			d.Made = []syncproto.ID{c.Unit}
		}
	case people.ActCreate:
		d.Made = []syncproto.ID{c.Unit}
	default:
		d.Units = []syncproto.ID{c.Unit}
	}
	if len(c.Successors) > 0 {
		d.Heir, d.Heirs = c.Successors[0], c.Successors[1:]
	}
	for i, p := range c.Parts {
		line := part{Number: i + 1, Name: p.Name}
		if p.Name == "" {
			line.Unit = p.Unit
		} else if d.Level == "" {
			d.Level = p.Level
		}
		d.Parts, d.Made = append(d.Parts, line), append(d.Made, p.Unit)
	}
	return d
}

// field is the field of the form in which what is wrong with a change can be put right.
func (d *draft) field(f *fault) string {
	switch f.Problem.Code {
	case syncproto.CodeUnitDate:
		return "at"
	case syncproto.CodeUnitOccupied:
		return "carry"
	}
	return d.fieldOf(f.Member)
}

// fieldOf is the field of the form that a member of a change came from.
func (d *draft) fieldOf(member string) string {
	switch {
	case strings.HasPrefix(member, "parts["):
		number, rest, _ := strings.Cut(strings.TrimPrefix(member, "parts["), "]")
		n, err := strconv.Atoi(number)
		if err != nil {
			return "parts"
		}
		field := "part_name_"
		if rest == ".unit" {
			field = "part_unit_"
		}
		return field + strconv.Itoa(d.line(n))
	case member == "parts":
		return "part_name_2"
	case strings.HasPrefix(member, "units"), member == "unit" && d.Act != people.ActMerge:
		return "unit"
	case member == "unit":
		return "into"
	case member == "successors":
		return "heir"
	}
	return member
}

// line is the number of the line of the form that became the n-th part: empty lines are passed over.
func (d *draft) line(n int) int {
	for _, p := range d.Parts {
		if p.Name == "" && p.Unit == "" {
			continue
		}
		if n == 0 {
			return p.Number
		}
		n--
	}
	return 2
}
