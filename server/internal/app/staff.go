package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"lantoa/server/internal/staff"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func runStaff(c *call) error {
	word, err := c.sub("staff", "link", "list", "reset", "use")
	if err != nil || word == "" {
		return err
	}
	var cfg Config
	f := c.flags("staff")
	dataFlag(f, &cfg)
	person := f.String("person", "", "server.flag_staff_person")
	name := f.String("name", "", "server.flag_staff_name")
	server := f.String("server", "", "server.flag_enroll_server")
	asJSON := f.Bool("json", false, "server.flag_json")
	takes := map[string]int{"reset": 1, "use": 2}
	if err := c.parse(f, takes[word]); err != nil {
		return err
	}
	if len(c.args) != takes[word] {
		return usageError("staff link|list|reset LOGIN|use LINK LOGIN")
	}
	return c.withData(&cfg, func(w *workshop) error {
		service, err := staff.New(w.store, staff.Options{Now: cfg.Now, Log: cfg.Log})
		if err != nil {
			return err
		}
		to := reachable(&cfg, *server)
		switch word {
		case "list":
			return c.listStaff(service, *asJSON)
		case "reset":
			link, err := service.Reset(c.ctx, c.arg(0))
			if err != nil {
				return loginFault(err)
			}
			return c.showLink(link, &cfg, to, *asJSON)
		case "use":
			return c.useLink(service, *name)
		}
		return c.makeLink(service, syncproto.ID(*person), &cfg, to, *asJSON)
	})
}

// makeLink makes a link for somebody who has joined, or for the first operator.
func (c *call) makeLink(service *staff.Service, person syncproto.ID, cfg *Config, to string, asJSON bool) error {
	var link *staff.IssuedLink
	var err error
	switch {
	case person == "":
		link, err = service.FirstLink(c.ctx)
		if err == nil && link == nil {
			err = &fault{exit: exitRefused, key: "server.fault_operator"}
		}
	case !person.Valid():
		return usageError("-person %q", person)
	default:
		link, err = service.LinkFor(c.ctx, person)
	}
	if err != nil {
		return err
	}
	return c.showLink(link, cfg, to, asJSON)
}

func (c *call) showLink(link *staff.IssuedLink, cfg *Config, to string, asJSON bool) error {
	if asJSON {
		return c.printJSON(link)
	}
	tellLink(c.stdout, link, cfg, to)
	return nil
}

// tellLink says how a link is used: in a browser, at this machine, or by whatever speaks HTTP. A proxy may log where a
// browser went; by then the link is used.
func tellLink(w io.Writer, link *staff.IssuedLink, cfg *Config, to string) {
	use := program() + " staff use " + link.Link + " LOGIN"
	if cfg.Data != defaultData {
		use += " -data " + quote(cfg.Data)
	}
	tell(w, "  ", "server.staff_link", words{
		"page": forBrowser(to) + consolePath + "link/" + link.Link, "command": use, "url": to + "/v1/staff/link", "link": link.Link,
		"until": time.UnixMilli(link.Expires).In(vietnam).Format("15:04 02/01/2006"),
	})
}

// useLink sets an account up at the server's machine. Its password is typed, or comes through a pipe: arguments and the
// environment are seen by other programs.
func (c *call) useLink(service *staff.Service, name string) error {
	password, err := c.readPassword()
	if err != nil {
		return err
	}
	entry, err := service.UseLink(c.ctx, &staff.Visit{Agent: "terminal"}, staff.Setup{
		Link: c.arg(0), Login: c.arg(1), Password: password, Name: name,
	})
	if err != nil {
		return err
	}
	if err := service.SignOut(c.ctx, entry.Token); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, both("server.staff_made", words{"person": string(entry.Person)}))
	return nil
}

func (c *call) readPassword() (string, error) { return c.ask(both("server.staff_password", nil)) }

// ask reads a line that the screen does not show, or one that comes through a pipe.
func (c *call) ask(prompt string) (string, error) {
	if fd := int(os.Stdin.Fd()); term.IsTerminal(fd) {
		fmt.Fprint(c.stderr, prompt+": ")
		typed, err := term.ReadPassword(fd)
		fmt.Fprintln(c.stderr)
		return string(typed), err
	}
	line, err := bufio.NewReader(io.LimitReader(os.Stdin, 4096)).ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

func (c *call) listStaff(service *staff.Service, asJSON bool) error {
	list, err := service.List(c.ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return c.printJSON(list)
	}
	for i := range list {
		one := &list[i]
		line := label("server.staff_seen") + " " + day(one.Seen) + " · " + label("server.staff_sessions") + " " + strconv.Itoa(one.Sessions) +
			" · " + label("server.staff_passkeys") + " " + strconv.Itoa(one.Passkeys)
		if one.Rests {
			line += " · " + label("server.staff_rests")
		}
		fmt.Fprintf(c.stdout, "%s  %-20s %-28s %s\n", one.Person, one.Login, one.Name, line)
	}
	return nil
}

func loginFault(err error) error {
	f := faultOf(err)
	if syncproto.CodeOf(err) == syncproto.CodeNotFound {
		f.key = "server.fault_login"
	}
	return f
}

// tellFirstLink prints, at each start until somebody has used one, the link by which the first operator comes in.
func (s *Server) tellFirstLink(c *call) {
	link, err := s.staff.FirstLink(c.ctx)
	if err != nil {
		s.cfg.Log.Warn("no link for the first operator", "err", err)
		return
	}
	if link == nil {
		return
	}
	for _, lang := range catalogue.Languages() {
		fmt.Fprintln(c.stdout, say(lang, "server.staff_first", nil))
	}
	tellLink(c.stdout, link, &s.cfg, s.URL())
}
