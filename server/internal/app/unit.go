package app

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

func runUnit(c *call) error {
	word, err := c.sub("unit", "add", "list", "rename", "move", "merge", "split", "close", "import")
	if err != nil || word == "" {
		return err
	}
	var o unitOptions
	f := c.flags("unit")
	dataFlag(f, &o.cfg)
	f.StringVar(&o.name, "name", "", "server.flag_unit_name")
	f.StringVar(&o.unit, "unit", "", "server.flag_unit_unit")
	f.StringVar(&o.parent, "parent", "", "server.flag_unit_parent")
	f.StringVar(&o.level, "level", "", "server.flag_unit_level")
	f.StringVar(&o.into, "into", "", "server.flag_unit_into")
	f.StringVar(&o.names, "names", "", "server.flag_unit_names")
	f.StringVar(&o.at, "at", "", "server.flag_unit_at")
	f.BoolVar(&o.carry, "carry", false, "server.flag_unit_carry")
	f.BoolVar(&o.final, "final", false, "server.flag_unit_final")
	f.BoolVar(&o.dryRun, "dry-run", false, "server.flag_dry_run")
	f.BoolVar(&o.asJSON, "json", false, "server.flag_json")
	most := 0
	switch word {
	case "move", "split", "close", "import":
		most = 1
	case "merge":
		most = 100
	}
	if err := c.parse(f, most); err != nil {
		return err
	}
	return c.withData(&o.cfg, func(w *workshop) error {
		switch word {
		case "add":
			return c.addUnit(w, o.name, o.level, o.parent, o.asJSON)
		case "rename":
			return c.renameUnit(w, o.unit, o.name)
		case "list":
			return c.listUnits(w, &o)
		case "import":
			return c.importUnits(w, &o)
		}
		return c.reorganise(w, people.Act(word), &o)
	})
}

// unitOptions are the flags of the unit commands.
type unitOptions struct {
	cfg                                        Config
	name, unit, parent, level, into, names, at string
	carry, final, dryRun, asJSON               bool
}

func (c *call) addUnit(w *workshop, name, level, parent string, asJSON bool) error {
	if strings.TrimSpace(name) == "" {
		return usageError("unit add -name")
	}
	above := w.root
	if parent != "" {
		var err error
		if above, err = w.people.FindUnit(c.ctx, parent); err != nil {
			return unitFault(err, parent)
		}
	}
	u, err := w.people.CreateUnit(c.ctx, syncproto.Unit{Name: name, Level: level, Parent: above.ID})
	if err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(unitJSON(u))
	}
	fmt.Fprintf(c.stdout, "%s  %s\n", u.ID, u.Name)
	return nil
}

func (c *call) renameUnit(w *workshop, unit, name string) error {
	if unit == "" || strings.TrimSpace(name) == "" {
		return usageError("unit rename -unit -name")
	}
	u, err := w.people.FindUnit(c.ctx, unit)
	if err != nil {
		return unitFault(err, unit)
	}
	return w.people.RenameUnit(c.ctx, u.ID, name)
}

func (c *call) listUnits(w *workshop, o *unitOptions) error {
	at, err := moment(o.at, o.cfg.Now())
	if err != nil {
		return err
	}
	units, err := w.people.UnitsOn(c.ctx, at)
	if err != nil {
		return err
	}
	if o.asJSON {
		list := make([]any, len(units))
		for i := range units {
			list[i] = unitJSON(units[i])
		}
		return c.printJSON(list)
	}
	printTree(c.stdout, units, "", 0)
	return nil
}

// printTree prints units under their parents. Depth is bounded by the number of units, also if the data had a cycle,
// since a unit in a cycle is never below "".
func printTree(w io.Writer, units []syncproto.Unit, parent syncproto.ID, depth int) {
	for _, u := range units {
		if u.Parent != parent || !slices.ContainsFunc(units, func(o syncproto.Unit) bool { return o.ID == u.ID }) {
			continue
		}
		line := strings.Repeat("  ", depth) + u.Name
		if u.Level != "" {
			line += " (" + u.Level + ")"
		}
		if u.Until != 0 {
			line += " · " + both("server.unit_until", words{"at": day(u.Until)})
		}
		fmt.Fprintf(w, "%s  %s\n", u.ID, line)
		printTree(w, units, u.ID, depth+1)
	}
}

func unitJSON(u syncproto.Unit) map[string]any {
	return map[string]any{"id": u.ID, "name": u.Name, "level": u.Level, "parent": u.Parent, "from": u.From, "until": u.Until}
}
