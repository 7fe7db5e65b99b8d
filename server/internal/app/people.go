package app

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// peopleOptions are the flags of the people commands.
type peopleOptions struct {
	cfg                                   Config
	unit, role, name, names, phone, query string
	from, to, at, sheet, server           string
	count                                 int
	valid                                 time.Duration
	dryRun, asJSON                        bool
}

func runPeople(c *call) error {
	word, err := c.sub("people", "list", "add", "import", "invite", "move", "suspend", "resume", "close")
	if err != nil || word == "" {
		return err
	}
	var o peopleOptions
	f := c.flags("people")
	dataFlag(f, &o.cfg)
	f.StringVar(&o.unit, "unit", "", "server.flag_people_unit")
	f.StringVar(&o.role, "role", string(syncproto.RoleVolunteer), "server.flag_enroll_role")
	f.StringVar(&o.name, "name", "", "server.flag_enroll_name")
	f.StringVar(&o.names, "names", "", "server.flag_people_names")
	f.StringVar(&o.phone, "phone", "", "server.flag_people_phone")
	f.StringVar(&o.query, "q", "", "server.flag_people_query")
	f.StringVar(&o.from, "from", "", "server.flag_people_from")
	f.StringVar(&o.to, "to", "", "server.flag_people_to")
	f.StringVar(&o.at, "at", "", "server.flag_unit_at")
	f.StringVar(&o.sheet, "sheet", "", "server.flag_people_sheet")
	f.StringVar(&o.server, "server", "", "server.flag_enroll_server")
	f.IntVar(&o.count, "count", 1, "server.flag_people_count")
	f.DurationVar(&o.valid, "valid", enroll.DefaultValid, "server.flag_enroll_valid")
	f.BoolVar(&o.dryRun, "dry-run", false, "server.flag_dry_run")
	f.BoolVar(&o.asJSON, "json", false, "server.flag_json")
	if err := c.parse(f, 1); err != nil {
		return err
	}
	return c.withData(&o.cfg, func(w *workshop) error {
		switch word {
		case "list":
			return c.listPeople(w, &o)
		case "add":
			return c.addPerson(w, &o)
		case "import":
			return c.importPeople(w, &o)
		case "invite":
			return c.invitePeople(w, &o)
		case "move":
			return c.movePerson(w, &o)
		case "suspend":
			return c.onPerson(w, w.people.Suspend)
		case "resume":
			return c.onPerson(w, w.people.Resume)
		}
		return c.onPerson(w, w.people.Close)
	})
}

// unitOr returns a unit by name or id, or the root.
func (c *call) unitOr(w *workshop, text string) (syncproto.ID, error) {
	if text == "" {
		return w.root.ID, nil
	}
	ids, err := c.findUnits(w, text)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

func (c *call) listPeople(w *workshop, o *peopleOptions) error {
	ask := people.Listing{Query: o.query, Limit: 200}
	var err error
	if o.unit != "" {
		if ask.Unit, err = c.unitOr(w, o.unit); err != nil {
			return err
		}
	}
	all := []people.Listed{}
	for {
		page, err := w.people.List(c.ctx, people.Console(), ask)
		if err != nil {
			return fromCatalogue(err)
		}
		all = append(all, page.People...)
		if ask.From = page.Next; ask.From == "" {
			break
		}
	}
	if o.asJSON {
		return c.printJSON(all)
	}
	for i := range all {
		p := &all[i]
		line := string(p.ID) + "  " + p.Name
		if p.Tail != "" {
			line += " …" + p.Tail
		}
		for _, held := range p.Roles {
			line += " · " + label("role."+string(held.Role)) + " " + held.UnitName
		}
		fmt.Fprintln(c.stdout, line)
	}
	return nil
}

func (c *call) addPerson(w *workshop, o *peopleOptions) error {
	unit, err := c.unitOr(w, o.unit)
	if err != nil {
		return err
	}
	p, _, err := w.people.AddPerson(c.ctx, people.Console(), people.NewPerson{
		Name: o.name, Phone: o.phone, Unit: unit, Role: syncproto.Role(o.role),
	})
	if err != nil {
		return fromCatalogue(err)
	}
	fmt.Fprintf(c.stdout, "%s  %s\n", p.ID, p.Name)
	return nil
}

func (c *call) importPeople(w *workshop, o *peopleOptions) error {
	table, err := readTable(c.arg(0), "people import FILE")
	if err != nil {
		return err
	}
	effects, err := w.people.ImportPeople(c.ctx, people.Console(), table, o.dryRun)
	if err != nil {
		return c.tableFault(err)
	}
	if o.asJSON {
		return c.printJSON(map[string]any{"dry_run": o.dryRun, "people": effects})
	}
	if o.dryRun {
		fmt.Fprintln(c.stdout, both("server.dry_run", nil))
	}
	for i := range effects {
		e := &effects[i]
		line := fmt.Sprintf("%d  %s: %s %s", e.Line, both("server.person_"+e.Act, nil), e.Name, e.Phone)
		if e.Namesake != "" {
			line += " · " + both("server.person_namesake", nil)
		}
		fmt.Fprintln(c.stdout, line)
	}
	return nil
}

// invitePeople makes codes, and with -sheet a page to print.
func (c *call) invitePeople(w *workshop, o *peopleOptions) error {
	unit, err := c.unitOr(w, o.unit)
	if err != nil {
		return err
	}
	names := make([]string, max(o.count, 0))
	if o.names != "" {
		names = strings.Split(o.names, ";")
	} else if o.name != "" {
		names = []string{o.name}
	}
	role, server := syncproto.Role(o.role), reachable(&o.cfg, o.server)
	issued, err := enroll.New(w.store, o.cfg.Now).Invite(c.ctx, people.Console(), enroll.Invitation{Unit: unit, Role: role, Valid: o.valid}, names)
	if err != nil {
		return fromCatalogue(err)
	}
	if o.sheet == "" {
		for i := range issued {
			fmt.Fprintf(c.stdout, "%s  %s\n", issued[i].Code, issued[i].Name)
		}
		return nil
	}
	// The codes are keys: nobody else on the machine reads them.
	file, err := os.OpenFile(o.sheet, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &fault{exit: exitRefused, key: "server.fault_exists", detail: o.sheet, err: err}
	}
	if err := enroll.Sheet(file, server, role, issued); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, both("server.sheet_written", words{"file": o.sheet}))
	return nil
}

func (c *call) movePerson(w *workshop, o *peopleOptions) error {
	p, err := c.findPerson(w)
	if err != nil {
		return err
	}
	at := int64(0)
	if o.at != "" {
		if at, err = moment(o.at, o.cfg.Now()); err != nil {
			return err
		}
	}
	ids, err := c.findUnits(w, o.from, o.to)
	if err != nil {
		return err
	}
	if err := w.people.Move(c.ctx, people.Console(), p, ids[0], ids[1], at); err != nil {
		return fromCatalogue(err)
	}
	return nil
}

func (c *call) onPerson(w *workshop, act func(context.Context, people.Actor, syncproto.ID) error) error {
	p, err := c.findPerson(w)
	if err != nil {
		return err
	}
	if err := act(c.ctx, people.Console(), p); err != nil {
		return fromCatalogue(err)
	}
	return nil
}

// findPerson finds whom the first argument names: an id, a telephone number or a name.
func (c *call) findPerson(w *workshop) (syncproto.ID, error) {
	if c.arg(0) == "" {
		return "", usageError("people … PERSON")
	}
	p, err := w.people.Find(c.ctx, c.arg(0))
	if err != nil {
		return "", fromCatalogue(err)
	}
	return p.ID, nil
}
