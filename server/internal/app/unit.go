package app

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"lantoa/syncproto"
)

func runUnit(c *call) error {
	word, err := c.sub("unit", "add", "list", "rename")
	if err != nil || word == "" {
		return err
	}
	var cfg Config
	f := c.flags("unit")
	dataFlag(f, &cfg)
	name := f.String("name", "", "server.flag_unit_name")
	unit := f.String("unit", "", "server.flag_unit_unit")
	parent := f.String("parent", "", "server.flag_unit_parent")
	level := f.String("level", "", "server.flag_unit_level")
	asJSON := f.Bool("json", false, "server.flag_json")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	return c.withData(&cfg, func(w *workshop) error {
		switch word {
		case "add":
			return c.addUnit(w, *name, *level, *parent, *asJSON)
		case "rename":
			return c.renameUnit(w, *unit, *name)
		}
		return c.listUnits(w, *asJSON)
	})
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

func (c *call) listUnits(w *workshop, asJSON bool) error {
	units, err := w.people.Units(c.ctx)
	if err != nil {
		return err
	}
	if asJSON {
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
