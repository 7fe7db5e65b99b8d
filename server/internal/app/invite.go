package app

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mdp/qrterminal/v3"

	"lantoa/server/internal/enroll"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func runEnroll(c *call) error {
	var cfg Config
	f := c.flags("enroll")
	dataFlag(f, &cfg)
	unit := f.String("unit", "", "server.flag_enroll_unit")
	role := f.String("role", string(syncproto.RoleVolunteer), "server.flag_enroll_role")
	name := f.String("name", "", "server.flag_enroll_name")
	person := f.String("person", "", "server.flag_enroll_person")
	valid := f.Duration("valid", enroll.DefaultValid, "server.flag_enroll_valid")
	server := f.String("server", "", "server.flag_enroll_server")
	asJSON := f.Bool("json", false, "server.flag_json")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	if !syncproto.Role(*role).Valid() {
		return usageError("-role %q: volunteer, editor, officer, admin, operator", *role)
	}
	return c.withData(&cfg, func(w *workshop) error {
		at := w.root
		var err error
		if *unit != "" {
			if at, err = w.people.FindUnit(c.ctx, *unit); err != nil {
				return unitFault(err, *unit)
			}
		}
		issued, err := enroll.New(w.store, cfg.Now).Issue(c.ctx, enroll.Invitation{
			Unit: at.ID, Role: syncproto.Role(*role), Person: syncproto.ID(*person), Name: *name, Valid: *valid,
		})
		if err != nil {
			return err
		}
		return c.showCode(issued, syncproto.Role(*role), reachable(&cfg, *server), *asJSON)
	})
}

// reachable returns the URL that phones should use: as given, or of the running server, or the default.
func reachable(cfg *Config, given string) string {
	if given != "" {
		return strings.TrimSuffix(given, "/")
	}
	if b, err := os.ReadFile(cfg.path(addressFile)); err == nil {
		return strings.TrimSpace(string(b))
	}
	return "http://" + defaultListen
}

func (c *call) showCode(i *enroll.Issued, role syncproto.Role, server string, asJSON bool) error {
	uri := enroll.URI(server, i.Code)
	if asJSON {
		return c.printJSON(map[string]any{
			"code": i.Code, "expires": i.Expires.UTC().Format(time.RFC3339), "role": role, "server": server,
			"unit": i.Unit.ID, "unit_name": i.Unit.Name, "uri": uri,
		})
	}
	fmt.Fprintf(c.stdout, "\n    %s\n\n", i.Code)
	qrterminal.GenerateWithConfig(uri, qrterminal.Config{
		Level: qrterminal.L, Writer: c.stdout, HalfBlocks: true, QuietZone: 2,
		BlackChar: qrterminal.BLACK_BLACK, WhiteChar: qrterminal.WHITE_WHITE,
		BlackWhiteChar: qrterminal.BLACK_WHITE, WhiteBlackChar: qrterminal.WHITE_BLACK,
	})
	fmt.Fprintln(c.stdout)
	for _, lang := range catalogue.Languages() {
		fmt.Fprintln(c.stdout, "  "+say(lang, "server.invited", words{
			"unit": i.Unit.Name, "role": say(lang, "role."+string(role), nil),
			"until": i.Expires.In(vietnam).Format("15:04 02/01/2006"),
		}))
	}
	fmt.Fprintf(c.stdout, "\n  %s\n  %s enroll %s -server %s\n", both("server.invited_scan", nil), phoneProgram, i.Code, quote(server))
	if u, err := url.Parse(server); err == nil && isHere(u.Hostname()) {
		fmt.Fprintln(c.stdout)
		tell(c.stdout, "  ", "server.invite_local", nil)
	}
	return nil
}

// isHere reports whether a host is this machine and nobody else's.
func isHere(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// vietnam is the time zone of everybody who reads these lines; a server's own may be anything.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

func (c *call) printJSON(v any) error {
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// unitFault says which unit was not found, and how to see them all.
func unitFault(err error, text string) error {
	f := faultOf(err)
	f.detail = text
	switch syncproto.CodeOf(err) {
	case syncproto.CodeNotFound:
		f.key = "server.fault_unit"
	case syncproto.CodeInvalidValue:
		f.key = "server.fault_units"
	}
	return f
}
