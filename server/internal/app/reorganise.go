package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// reorganise runs one of the commands that change the tree: move, merge, split, close.
func (c *call) reorganise(w *workshop, act people.Act, o *unitOptions) error {
	at, err := moment(o.at, o.cfg.Now())
	if err != nil {
		return err
	}
	change := people.UnitChange{Act: act, At: at, Carry: o.carry}
	if len(c.args) == 0 {
		return usageError("unit %s UNIT", act)
	}
	switch act {
	case "move":
		err = c.asMove(w, &change, o)
	case people.ActMerge:
		err = c.asMerge(w, &change, o)
	case people.ActSplit:
		err = c.asSplit(w, &change, o)
	default:
		err = c.asClose(w, &change, o)
	}
	if err != nil {
		return err
	}
	effects, err := w.people.Reorganise(c.ctx, people.Console(), []people.UnitChange{change}, o.dryRun)
	if err != nil {
		return fromCatalogue(err)
	}
	return c.showEffects(w, effects, o)
}

func (c *call) asMove(w *workshop, change *people.UnitChange, o *unitOptions) error {
	change.Act = people.ActReparent
	ids, err := c.findUnits(w, c.arg(0), o.parent)
	if err == nil {
		change.Unit, change.Parent = ids[0], ids[1]
	}
	return err
}

// asMerge merges the units named into one that exists, or into a new one of a name.
func (c *call) asMerge(w *workshop, change *people.UnitChange, o *unitOptions) (err error) {
	if change.Units, err = c.findUnits(w, c.args...); err != nil {
		return err
	}
	if o.into != "" {
		into, err := c.findUnits(w, o.into)
		if err == nil {
			change.Unit = into[0]
		}
		return err
	}
	if o.name == "" {
		return usageError("unit merge UNIT… -into UNIT | -name NAME")
	}
	change.Name, change.Level, change.Parent = o.name, o.level, w.root.ID
	if o.parent != "" {
		above, err := c.findUnits(w, o.parent)
		if err != nil {
			return err
		}
		change.Parent = above[0]
	}
	return nil
}

// asSplit splits a unit into new ones of some names.
func (c *call) asSplit(w *workshop, change *people.UnitChange, o *unitOptions) error {
	ids, err := c.findUnits(w, c.arg(0))
	if err != nil {
		return err
	}
	change.Unit = ids[0]
	for name := range strings.SplitSeq(o.names, ";") {
		if name = strings.TrimSpace(name); name != "" {
			change.Parts = append(change.Parts, people.Part{Name: name, Level: o.level})
		}
	}
	return nil
}

func (c *call) asClose(w *workshop, change *people.UnitChange, o *unitOptions) error {
	ids, err := c.findUnits(w, c.arg(0))
	if err != nil {
		return err
	}
	change.Unit, change.Final = ids[0], o.final
	if o.into != "" {
		change.Successors, err = c.findUnits(w, strings.Split(o.into, ";")...)
	}
	return err
}

// findUnits finds units by name or id.
func (c *call) findUnits(w *workshop, texts ...string) ([]syncproto.ID, error) {
	ids := make([]syncproto.ID, len(texts))
	for i, text := range texts {
		u, err := w.people.FindUnit(c.ctx, strings.TrimSpace(text))
		if err != nil {
			return nil, unitFault(err, text)
		}
		ids[i] = u.ID
	}
	return ids, nil
}

// importUnits makes the tree of a table.
func (c *call) importUnits(w *workshop, o *unitOptions) error {
	at, err := moment(o.at, o.cfg.Now())
	if err != nil {
		return err
	}
	table, err := readTable(c.arg(0), "unit import FILE")
	if err != nil {
		return err
	}
	under := w.root.ID
	if o.parent != "" {
		ids, err := c.findUnits(w, o.parent)
		if err != nil {
			return err
		}
		under = ids[0]
	}
	effects, err := w.people.ImportUnits(c.ctx, people.Console(), under, table, at, o.dryRun)
	if err != nil {
		return c.tableFault(err)
	}
	return c.showEffects(w, effects, o)
}

// readTable reads a file that is no larger than a table may be.
func readTable(path, usage string) ([]byte, error) {
	if path == "" {
		return nil, usageError("%s", usage)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, &fault{exit: exitRefused, key: "code.no_such_file", detail: path, err: err}
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, people.MaxTableBytes+1))
}

// tableFault lists what is wrong with a table.
func (c *call) tableFault(err error) error {
	table, ok := errors.AsType[*people.TableError](err)
	if !ok {
		return fromCatalogue(err)
	}
	for _, f := range table.Faults {
		place := strconv.Itoa(f.Line)
		if f.Column != "" {
			place += " [" + f.Column + "]"
		}
		if f.Other != 0 {
			place += " = " + strconv.Itoa(f.Other)
		}
		fmt.Fprintln(c.stderr, both("server.table_line", words{"at": place, "code": string(f.Code)}))
	}
	return fromCatalogue(err)
}

// showEffects prints what changed, or would.
func (c *call) showEffects(w *workshop, effects []people.Effect, o *unitOptions) error {
	if o.asJSON {
		return c.printJSON(map[string]any{"dry_run": o.dryRun, "effects": effects})
	}
	if o.dryRun {
		fmt.Fprintln(c.stdout, both("server.dry_run", nil))
	}
	units, err := w.people.Units(c.ctx)
	if err != nil {
		return err
	}
	names := map[syncproto.ID]string{}
	for _, u := range units {
		names[u.ID] = u.Name
	}
	for i := range effects {
		names[effects[i].Unit] = effects[i].Name
	}
	for i := range effects {
		c.showEffect(&effects[i], names)
	}
	return nil
}

func (c *call) showEffect(e *people.Effect, names map[syncproto.ID]string) {
	line := string(e.Unit) + "  " + day(e.At) + "  " + both("server.unit_"+e.Act, nil) + ": "
	switch {
	case e.Was != nil && e.Act == people.EffectRenamed:
		line += e.Was.Name + " → " + e.Name
	case e.Act == people.EffectMoved:
		line += e.Name + " → " + names[e.Parent]
	case e.Act == people.EffectEnded:
		line += e.Name + " →"
		for _, id := range e.Successors {
			line += " " + names[id]
		}
	default:
		line += e.Name
	}
	fmt.Fprintln(c.stdout, line)
}

// moment reads a date as people in Vietnam mean it (2026-07-01, or with a time), in Unix ms; now if there is none.
func moment(text string, now time.Time) (int64, error) {
	if text == "" {
		return now.UnixMilli(), nil
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04", "02/01/2006", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, vietnam); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, usageError("-at %q: 2026-07-01", text)
}
