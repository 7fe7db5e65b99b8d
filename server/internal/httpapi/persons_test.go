package httpapi_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

// bureau is an office that keeps units and people, with an operator and an admin of one of two provinces.
type bureau struct {
	*office
	north, south, lake syncproto.ID
	operator, admin    *browser
}

func newBureau(t testing.TB) *bureau {
	t.Helper()
	return newBureauWith(t, func(*world, *httpapi.Config) {})
}

// newBureauWith is newBureau with more in the API.
func newBureauWith(t testing.TB, add func(*world, *httpapi.Config)) *bureau {
	t.Helper()
	o := &office{now: time.Now().Add(time.Minute).Truncate(time.Second), metrics: metrics.New("test"), said: &lines{}}
	log := slog.New(slog.NewTextHandler(o.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.world = newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		var err error
		if o.staff, err = staff.New(w.store, staff.Options{Now: o.clock, Log: log}); err != nil {
			t.Fatal(err)
		}
		w.people = w.people.WithClock(o.clock)
		w.enroll = enroll.New(w.store, o.clock)
		cfg.Staff, cfg.People, cfg.Enroll, cfg.Now, cfg.Log, cfg.Metrics = o.staff, w.people, w.enroll, o.clock, log, o.metrics
		add(w, cfg)
	})
	b := &bureau{office: o}
	found := func(name string, parent syncproto.ID) syncproto.ID {
		u, err := o.people.CreateUnit(t.Context(), syncproto.Unit{Name: name, Level: "Tỉnh", Parent: parent})
		if err != nil {
			t.Fatal(err)
		}
		return u.ID
	}
	b.north, b.south = found("Bắc", o.root.ID), found("Nam", o.root.ID)
	b.lake = found("Hồ", b.north)
	b.operator = b.seat("Một", "mot", o.root.ID, syncproto.RoleOperator)
	b.admin = b.seat("Hai", "hai", b.north, syncproto.RoleAdmin)
	o.wait(time.Minute)
	return b
}

// seat makes somebody over a unit who is signed in.
func (b *bureau) seat(name, login string, unit syncproto.ID, role syncproto.Role) *browser {
	b.t.Helper()
	person, seat := b.hire(name, login, syncproto.RoleVolunteer)
	if _, err := b.people.AddGrant(b.t.Context(), syncproto.Grant{Person: person, Unit: unit, Role: role}); err != nil {
		b.t.Fatal(err)
	}
	seat.signIn(login)
	return seat
}

func TestUnitsOverHTTP(t *testing.T) {
	b := newBureau(t)
	due := b.clock().Add(time.Hour).UnixMilli()
	b.operator.must(http.MethodPost, "/v1/units", object{"name": "Đồi", "level": "Xã", "parent": b.south})
	changes := object{"dry_run": true, "changes": []object{
		{"act": "rename", "unit": b.lake, "name": "Hồ Lớn"},
		{"act": "re_parent", "unit": b.lake, "parent": b.south, "at": due},
		{"act": "close", "unit": b.north, "successors": []syncproto.ID{b.south}, "at": due},
	}}
	dry := b.operator.must(http.MethodPost, "/v1/units/changes", changes)
	if list := dry["effects"].([]any); len(list) != 3 || dry["dry_run"] != true {
		t.Errorf("got %v", dry)
	}
	if list := b.operator.must(http.MethodGet, "/v1/units", nil)["units"].([]any); len(list) != 5 {
		t.Errorf("got %d units", len(list))
	}
	changes["dry_run"] = false
	b.operator.must(http.MethodPost, "/v1/units/changes", changes)
	tree := b.operator.must(http.MethodGet, fmt.Sprintf("/v1/units/tree?at=%d", due), nil)["units"].([]any)
	if root := tree[0].(map[string]any); len(tree) != 1 || len(root["units"].([]any)) != 1 {
		t.Errorf("at the date: %v", tree)
	}
	tree = b.admin.must(http.MethodGet, "/v1/units/tree", nil)["units"].([]any)
	if root := tree[0].(map[string]any); len(root["units"].([]any)) != 2 {
		t.Errorf("now: %v", tree)
	}
	r := b.operator.refused(syncproto.CodeUnitClosed, http.MethodPost, "/v1/units/changes", object{"changes": []object{
		{"act": "create", "name": "x", "parent": b.south}, {"act": "create", "name": "y", "parent": b.north},
	}})
	if at := r.problem(t).At; at != "changes[1].parent" {
		t.Errorf("the fault is at %q", at)
	}
	b.operator.must(http.MethodPut, "/v1/units/"+string(b.lake)+"/settings", object{"own_allowed": true, "alarm_after": 3600000})
	b.admin.refused(syncproto.CodeForbidden, http.MethodPut, "/v1/units/"+string(b.south)+"/settings", object{"own_allowed": true, "alarm_after": 0})
	b.admin.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/units", object{"name": "x", "parent": b.south})
	b.operator.refused(syncproto.CodeUnknownMember, http.MethodPost, "/v1/units", object{"name": "x", "Parent": b.south})
	b.operator.refused(syncproto.CodeQueryInvalid, http.MethodGet, "/v1/units?at=-1", nil)
	b.browser("192.168.1.9").refused(syncproto.CodeSessionEnded, http.MethodGet, "/v1/units", nil)
}

func TestTablesOverHTTP(t *testing.T) {
	b := newBureau(t)
	csv := []string{"Content-Type", "text/csv; charset=utf-8"}
	table := []byte("mã;tên;cấp;cấp trên\nHL;Hoằng Lộc;Xã;\nHL1;Thôn Một;Cơ sở;HL\n")
	under := "/v1/units/import?under=" + string(b.north)
	dry := b.admin.must(http.MethodPost, under+"&dry_run=true", table, csv...)
	if list := dry["effects"].([]any); len(list) != 2 {
		t.Errorf("got %v", dry)
	}
	b.admin.must(http.MethodPost, under, table, csv...)
	got := b.admin.must(http.MethodPost, "/v1/people/import", []byte("họ tên,điện thoại,đơn vị,vai trò\nLan,01691234567,HL,\n"), csv...)
	if e := got["people"].([]any)[0].(map[string]any); e["phone"] != "+84391234567" || e["act"] != "added" {
		t.Errorf("got %v", e)
	}
	var bad strings.Builder
	bad.WriteString("họ tên,điện thoại,đơn vị,vai trò\n")
	for range 10_000 {
		bad.WriteString("Lan,12,Xã Không Có,\n")
	}
	r := b.admin.send(http.MethodPost, "/v1/people/import", []byte(bad.String()), csv...)
	lines := r.object(t)["lines"].([]any)
	if p := r.problem(t); r.status != 400 || p.Code != syncproto.CodeTableInvalid || len(lines) != 20_000 {
		t.Errorf("got %d %s, %d lines", r.status, p.Code, len(lines))
	}
	if strings.Contains(string(r.body), "Lan") || strings.Contains(b.said.String(), "Lan") || strings.Contains(b.said.String(), "01691234567") || strings.Contains(b.said.String(), "391234567") {
		t.Error("what the table says is told again")
	}
	b.admin.refused(syncproto.CodeBadEncoding, http.MethodPost, under, table)
	b.admin.refused(syncproto.CodeTooLarge, http.MethodPost, under, make([]byte, 9<<20), csv...)
	b.admin.refused(syncproto.CodeTableInvalid, http.MethodPost, "/v1/units/import?under="+string(b.south), table, csv...)
}

func TestPeopleOverHTTP(t *testing.T) {
	b := newBureau(t)
	add := func(name, phone string, unit syncproto.ID) string {
		return b.operator.must(http.MethodPost, "/v1/people", object{"name": name, "phone": phone, "unit": unit, "role": "volunteer"})["id"].(string)
	}
	an, dung := add("Trần Văn Ân", "0912345678", b.lake), add("Lê Đức Đũng", "", b.lake)
	add("Lê Đức Dũng", "", b.lake)
	beside := add("Bùi Ẩn", "0987654321", b.south)
	list := func(by *browser, query string) (names []string) {
		t.Helper()
		for from := ""; ; {
			page := by.must(http.MethodGet, "/v1/people?limit=1&unit="+string(b.north)+query+"&from="+from, nil)
			for _, p := range page["people"].([]any) {
				names = append(names, p.(map[string]any)["name"].(string))
			}
			next, more := page["next"].(string)
			if from = next; !more {
				return names
			}
		}
	}
	if got := strings.Join(list(b.admin, ""), ", "); got != "Trần Văn Ân, Lê Đức Dũng, Lê Đức Đũng, Hai" {
		t.Errorf("by tên: %s", got)
	}
	if got := list(b.admin, "&q=dung"); len(got) != 2 {
		t.Errorf("without accents: %v", got)
	}
	if got := list(b.admin, "&q=%C4%91%C5%A9ng"); len(got) != 1 {
		t.Errorf("with them: %v", got)
	}
	if got := list(b.admin, "&q=0912%20345"); len(got) != 1 {
		t.Errorf("by number: %v", got)
	}
	b.admin.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/people", nil)
	b.admin.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/people?unit="+string(b.south), nil)
	b.admin.refused(syncproto.CodeQueryInvalid, http.MethodGet, "/v1/people?unit="+string(b.north)+"&from=x", nil)
	b.admin.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/people/"+beside, nil)
	card := b.admin.must(http.MethodGet, "/v1/people/"+an, nil)
	if card["phone"] != "+84912345678" {
		t.Errorf("got %v", card)
	}
	path := "/v1/people/" + dung
	b.admin.must(http.MethodPatch, path, object{"phone": "0912 000 111"})
	b.admin.refused(syncproto.CodePersonExists, http.MethodPatch, path, object{"phone": "0912345678"})
	b.admin.must(http.MethodPost, path+"/move", object{"from": b.lake, "to": b.north})
	grant := b.admin.must(http.MethodPost, path+"/grants", object{"unit": b.lake, "role": "editor"})["grant"].(string)
	b.admin.refused(syncproto.CodeForbidden, http.MethodPost, path+"/grants", object{"unit": b.lake, "role": "operator"})
	b.admin.must(http.MethodDelete, path+"/grants/"+grant, nil)
	for _, act := range []string{"suspend", "resume", "close"} {
		b.admin.must(http.MethodPost, path+"/"+act, nil)
	}
	if got := list(b.admin, ""); len(got) != 3 {
		t.Errorf("after the close: %v", got)
	}
	if got := list(b.admin, "&closed=true"); len(got) != 4 {
		t.Errorf("with closed ones: %v", got)
	}
	b.operator.refused(syncproto.CodeLastAdmin, http.MethodPost, "/v1/people/"+b.me(b.operator)+"/close", nil)
	b.admin.refused(syncproto.CodeNotFound, http.MethodPost, "/v1/people/"+string(syncproto.NewID())+"/suspend", nil)
}

func (b *bureau) me(seat *browser) string {
	b.t.Helper()
	for key, value := range seat.must(http.MethodGet, "/v1/staff/me", nil) {
		if id, ok := value.(string); ok && key == "person" {
			return id
		}
		if person, ok := value.(map[string]any); ok && key == "person" {
			return person["id"].(string)
		}
	}
	b.t.Fatal("no person")
	return ""
}

func TestInvitationsOverHTTP(t *testing.T) {
	b := newBureau(t)
	editor := b.seat("Ba", "bien-tap", b.lake, syncproto.RoleEditor)
	got := editor.must(http.MethodPost, "/v1/invites", object{"unit": b.lake, "role": "volunteer", "name": "Lan"})
	code := got["invites"].([]any)[0].(map[string]any)
	if uri := code["uri"].(string); !strings.HasPrefix(uri, "lantoa:enroll?server=http%3A%2F%2Flocalhost%3A8080&code=") {
		t.Errorf("got %q", uri)
	}
	resp, err := b.enroll.Redeem(t.Context(), &syncproto.EnrollRequest{
		Code: code["code"].(string), Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22),
	})
	if err != nil || resp.Unit != b.lake || resp.Name != "Lan" || resp.Role != syncproto.RoleVolunteer {
		t.Errorf("got %+v, %v", resp, err)
	}
	editor.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/invites", object{"unit": b.lake, "role": "editor"})
	editor.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/invites", object{"unit": b.south, "role": "volunteer"})
	editor.refused(syncproto.CodeInvalidValue, http.MethodPost, "/v1/invites", object{"unit": b.lake, "role": "volunteer", "count": 501})
	editor.refused(syncproto.CodeInvalidValue, http.MethodPost, "/v1/invites", object{"unit": b.lake, "role": "volunteer", "server": "javascript:alert(1)"})
	editor.refused(syncproto.CodeNotFound, http.MethodPost, "/v1/invites", object{"unit": syncproto.NewID(), "role": "volunteer"})

	sheet := editor.send(http.MethodPost, "/v1/invites/sheet", object{
		"unit": b.lake, "role": "volunteer", "names": []string{"Nguyễn <b>An</b>", "Mai & Lan", ""},
	})
	page := string(sheet.body)
	if sheet.status != 200 || strings.Count(page, "<svg") != 3 || !strings.Contains(page, "Nguyễn &lt;b&gt;An") || strings.Contains(page, "<script") ||
		!strings.HasPrefix(sheet.header.Get("Content-Type"), "text/html") || !strings.Contains(sheet.header.Get("Content-Security-Policy"), "style-src 'sha256-") ||
		sheet.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %v\n%s", sheet.status, sheet.header, page)
	}
	if said := b.said.String(); strings.Contains(said, code["code"].(string)) {
		t.Error("a code was logged")
	}
}

func TestTheBoardOfStuckPhones(t *testing.T) {
	b := newBureau(t)
	join := func(name string, unit syncproto.ID) syncproto.ID {
		t.Helper()
		issued, err := b.enroll.Issue(t.Context(), enroll.Invitation{Unit: unit, Role: syncproto.RoleVolunteer, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		device := syncproto.NewID()
		if _, err := b.enroll.Redeem(t.Context(), &syncproto.EnrollRequest{Code: issued.Code, Device: device, Nonce: strings.Repeat("n", 22)}); err != nil {
			t.Fatal(err)
		}
		return device
	}
	waiting, failing, older, fine, beside := join("Chờ", b.lake), join("Hỏng", b.lake), join("Lâu", b.lake), join("Xong", b.lake), join("Khác", b.south)
	now, record := b.clock().UnixMilli(), syncproto.NewID()
	err := b.store.Update(t.Context(), func(tx storage.Tx) error {
		if err := tx.AddDeadLetter(&storage.DeadLetter{Device: failing, Number: 1, Code: syncproto.CodeForbidden, At: now - 500, Wire: []byte("{}")}); err != nil {
			return err
		}
		return tx.PutContacts([]storage.Contact{
			{Device: waiting, At: now, App: "1.0", Unsent: 3, Oldest: 1000},
			{Device: failing, At: now, App: "1.0", Failed: 1, Oldest: 500, Troubles: []syncproto.Trouble{
				{Age: 700, Code: syncproto.CodeMediaUnsupported, Lane: syncproto.LaneOriginal, Record: record},
			}},
			{Device: older, At: now - 100, Unsent: 1, Oldest: 900_000},
			{Device: fine, At: now},
			{Device: beside, At: now, Unsent: 9},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for from := ""; ; {
		page := b.admin.must(http.MethodGet, "/v1/board?limit=1&unit="+string(b.north)+"&from="+from, nil)
		if page["held"] != 3.0 || page["unsent"] != 4.0 || page["failed"] != 1.0 {
			t.Errorf("got %v", page)
		}
		for _, d := range page["devices"].([]any) {
			d := d.(map[string]any)
			order = append(order, d["name"].(string))
			if d["device"] == string(failing) {
				why := d["why"].([]any)
				if len(why) != 2 || why[0].(map[string]any)["code"] != "media_unsupported" || why[1].(map[string]any)["count"] != 1.0 || d["unit_name"] != "Hồ" {
					t.Errorf("got %v", d)
				}
			}
		}
		next, more := page["next"].(string)
		if from = next; !more {
			break
		}
	}
	if got := strings.Join(order, ", "); got != "Hỏng, Lâu, Chờ" {
		t.Errorf("the worst first: %s", got)
	}
	if all := b.admin.must(http.MethodGet, "/v1/board?all=true&unit="+string(b.north), nil)["devices"].([]any); len(all) < 4 {
		t.Errorf("got %d", len(all))
	}
	b.admin.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/board?unit="+string(b.south), nil)
	b.admin.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/board", nil)
	b.admin.refused(syncproto.CodeNotFound, http.MethodDelete, "/v1/devices/"+string(beside), nil)
	b.admin.must(http.MethodDelete, "/v1/devices/"+string(failing), nil)
}
