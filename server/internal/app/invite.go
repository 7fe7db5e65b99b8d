package app

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mdp/qrterminal/v3"

	"lantoa/server/internal/enroll"
	"lantoa/syncproto"
)

func runEnroll(c *call) error {
	var cfg Config
	f := c.flags("enroll")
	dataFlag(f, &cfg)
	unit := f.String("unit", "", "`đơn vị`, tên hoặc id (mặc định: đơn vị gốc) / `unit`, by name or id (default: the root)")
	role := f.String("role", string(syncproto.RoleVolunteer), "`vai trò` / `role`: volunteer, editor, officer, admin, operator")
	name := f.String("name", "", "`tên` người được mời, nếu biết / `name` of the invited person, if known")
	person := f.String("person", "", "`id` người đã có, cho thêm một điện thoại / of a known person, for a further phone")
	valid := f.Duration("valid", enroll.DefaultValid, "`thời hạn` của mã / how long the code is `valid`")
	server := f.String("server", "", "`địa chỉ` mà điện thoại dùng để tới máy chủ / `URL` by which phones reach the server")
	asJSON := f.Bool("json", false, "in ra JSON / print JSON")
	if err := c.parse(f, 0); err != nil {
		return err
	}
	if !syncproto.Role(*role).Valid() {
		return usageError("role: %q", *role)
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

// enrollURI is what the QR code holds.
func enrollURI(server, code string) string {
	return "lantoa:enroll?server=" + url.QueryEscape(server) + "&code=" + url.QueryEscape(code)
}

func (c *call) showCode(i *enroll.Issued, role syncproto.Role, server string, asJSON bool) error {
	uri := enrollURI(server, i.Code)
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
	until := i.Expires.In(vietnam).Format("15:04 02/01/2006")
	fmt.Fprintf(c.stdout, `
  Đơn vị: %s · vai trò: %s · dùng được một lần, đến %s (giờ Việt Nam)
  Unit: %s · role: %s · works once, until %s (Vietnam time)

  Quét bằng ứng dụng, hoặc / scan it with the app, or:
  go run ./mobile-sdk/cmd/phone -dir phone1 enroll %s -server %s
`, i.Unit.Name, role, until, i.Unit.Name, role, until, i.Code, server)
	return nil
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
		f.vi, f.en = "không có đơn vị này", "there is no such unit"
	case syncproto.CodeInvalidValue:
		f.vi, f.en = "nhiều đơn vị mang tên này, hãy dùng id", "several units have this name, use an id"
	}
	f.hintVi, f.hintEn = "xem danh sách: go run ./server unit list", "list them: go run ./server unit list"
	return f
}
