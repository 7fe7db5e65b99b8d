package httpapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/reach"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

// newTellers is a world with facts and calls that were sent, an officer of the commune and one of another.
func newTellers(t *testing.T) (e *editors, officer, stranger *seat) {
	t.Helper()
	e = &editors{gallery: &gallery{}}
	e.world = newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		service, err := staff.New(w.store, staff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		keys, err := audience.NewKeys(bytes.Repeat([]byte{1}, 32))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Staff, cfg.Audience = service, audience.New(audience.Options{Store: w.store, Keys: keys, Log: cfg.Log})
		cfg.Reach = reach.New(reach.Options{Store: w.store, Log: cfg.Log, Temp: t.TempDir()})
	})
	e.commune, e.other = e.unit("Hoằng Lộc"), e.unit("Đông Sơn")
	return e, e.sit("Đông", e.commune, syncproto.RoleOfficer), e.sit("Hà", e.other, syncproto.RoleOfficer)
}

// phone asks as a phone.
func (e *editors) phone(method, path, body string) (int, string) {
	e.t.Helper()
	var raw []byte
	if body != "" {
		raw = []byte(body)
	}
	status, got, _ := e.do(method, path, e.token, raw, nil)
	return status, string(got)
}

func TestAPhoneTellsOfItsPerson(t *testing.T) {
	e, _, _ := newTellers(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{http.MethodGet, "/v1/me/facts", "", 200, `{"facts":[]}`},
		{http.MethodPut, "/v1/me/facts/blood_group", `{"value":"O+","consent":false}`, 409, "fact_consent"},
		{http.MethodPut, "/v1/me/facts/blood_group", `{"value":"O+","consent":true,"how":"written"}`, 400, "unknown_member"},
		{http.MethodPut, "/v1/me/facts/weight", `{"value":"50","consent":true}`, 400, "fact_unknown"},
		{http.MethodPut, "/v1/me/facts/last_apheresis", `{"value":"5/7","consent":true}`, 400, "invalid_value"},
		{http.MethodPut, "/v1/me/facts/blood_group", `{"value":"O+","consent":true}`, 204, ""},
		{http.MethodGet, "/v1/me/facts", "", 200, `"value":"O+"`},
		{http.MethodDelete, "/v1/me/facts/blood_group", "", 204, ""},
		{http.MethodDelete, "/v1/me/facts", "", 204, ""},
		{http.MethodGet, "/v1/me/facts", "", 200, `{"facts":[]}`},
	} {
		if status, got := e.phone(c.method, c.path, c.body); status != c.status || !strings.Contains(got, c.says) {
			t.Errorf("%s %s %s: got %d %s", c.method, c.path, c.body, status, got)
		}
	}
	status, _, _ := e.do(http.MethodGet, "/v1/me/facts", "none", nil, nil)
	if status != http.StatusUnauthorized {
		t.Errorf("a stranger: got %d", status)
	}
}

// silent sends what is answered with nothing.
func (s *seat) silent(method, path string, value any) {
	s.e.t.Helper()
	if r := s.send(method, path, value); r.status != http.StatusNoContent {
		s.e.t.Errorf("%s %s: %d %s", method, path, r.status, r.body)
	}
}

func TestStaffKeepFactsAndTags(t *testing.T) {
	e, officer, stranger := newTellers(t)
	lan := e.sit("Lê Thị Lan", e.commune, syncproto.RoleVolunteer)
	of := "/v1/people/" + string(lan.Person)
	officer.silent(http.MethodPut, of+"/facts/blood_group", object{"value": "AB-", "how": "spoken"})
	var told struct {
		Facts []audience.Told `json:"facts"`
	}
	officer.get(of+"/facts", &told)
	if len(told.Facts) != 1 || told.Facts[0].Value != "AB-" || told.Facts[0].How != "spoken" {
		t.Errorf("got %+v", told)
	}
	stranger.refused(syncproto.CodeNotFound, http.MethodGet, of+"/facts", nil)
	lan.refused(syncproto.CodeNotFound, http.MethodGet, of+"/facts", nil)
	officer.refused(syncproto.CodeFactConsent, http.MethodPut, of+"/facts/blood_group", object{"value": "O+"})
	officer.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/staff/facts", nil)
	officer.silent(http.MethodDelete, of+"/facts/blood_group", nil)
	officer.silent(http.MethodPut, of+"/tags", object{"tags": []string{"hiến máu"}, "skills": []string{"lái xe"}})
	var tagged audience.Tagged
	officer.get(of+"/tags", &tagged)
	if len(tagged.Tags) != 1 || len(tagged.Skills) != 1 {
		t.Errorf("got %+v", tagged)
	}
	stranger.refused(syncproto.CodeNotFound, http.MethodPut, of+"/tags", object{"tags": []string{}, "skills": []string{}})
	if r := officer.send(http.MethodGet, "/v1/tags", nil); r.status != 200 || !strings.Contains(string(r.body), "hiến máu") {
		t.Errorf("got %s", r.body)
	}
	csv := map[string]string{"Content-Type": "text/csv"}
	table := []byte("mã người,nhãn,nhóm máu,đồng ý\n" + string(lan.Person) + ",tổ 1,O+,văn bản\n")
	for _, dry := range []string{"?dry_run=true", ""} {
		status, got, _ := e.do(http.MethodPost, "/v1/tags/import"+dry, officer.token, table, csv)
		if status != 200 || !strings.Contains(string(got), `"facts":["blood_group"]`) {
			t.Errorf("got %d %s", status, got)
		}
	}
	status, got, _ := e.do(http.MethodPost, "/v1/tags/import", stranger.token, table, csv)
	if status != 400 || !strings.Contains(string(got), `"lines":[{"line":2,"column":"person","code":"not_found"}]`) {
		t.Errorf("got %d %s", status, got)
	}
	if logged := e.trace(); strings.Contains(logged, "AB-") || strings.Contains(logged, "Lan") {
		t.Errorf("logged: %s", logged)
	}
}

func TestHowFarACallCame(t *testing.T) {
	e, officer, stranger := newTellers(t)
	call := storage.Call{
		ID: syncproto.NewID(), Units: []syncproto.ID{e.commune}, Kind: syncproto.CallOrdinary, State: storage.CallSent, Revision: 1, Title: "Hiến máu",
		Choices: []storage.Choice{{Name: "yes", Takes: true}},
	}
	err := e.store.Update(t.Context(), func(tx storage.Tx) error {
		list := []storage.Recipient{}
		for i := range 8 {
			id := syncproto.NewID()
			if err := tx.PutPerson(&storage.Person{ID: id, Name: fmt.Sprint("Người ", i), Phone: fmt.Sprint("+8491234567", i), Created: 1}); err != nil {
				return err
			}
			if err := tx.PutPreference(&storage.Preference{Person: id, MayPhone: true}); err != nil {
				return err
			}
			list = append(list, storage.Recipient{Call: call.ID, Person: id, Unit: e.commune, Gone: 1})
		}
		list[0].Choice, list[0].Standing, list[0].Count, list[0].Answered = "yes", syncproto.StateRegistered, 1, 5
		if err := tx.PutCall(&call); err != nil {
			return err
		}
		return tx.AddRecipients(list)
	})
	if err != nil {
		t.Fatal(err)
	}
	of := "/v1/calls/" + string(call.ID)
	var funnel struct {
		Total       map[string]json.RawMessage `json:"total"`
		Definitions map[string]string          `json:"definitions"`
	}
	officer.get(of+"/reach", &funnel)
	if string(funnel.Total["eligible"]) != "8" || !strings.Contains(string(funnel.Total["answered"]), "5") || len(funnel.Definitions) != len(reach.Steps()) {
		t.Errorf("got %s", funnel)
	}
	var page reach.Answers
	officer.get(of+"/answers?standing=registered", &page)
	if len(page.Answers) != 1 || page.Answers[0].Choice != "yes" {
		t.Errorf("got %+v", page)
	}
	status, got, header := e.do(http.MethodGet, of+"/unreached", officer.token, nil, nil)
	if status != 200 || strings.Count(string(got), "\r\n") != 8 || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment") {
		t.Errorf("got %d %s %v", status, got, header)
	}
	status, got, _ = e.do(http.MethodGet, of+"/unreached?format=xlsx", officer.token, nil, nil)
	if status != 200 || !bytes.HasPrefix(got, []byte("PK")) {
		t.Errorf("got %d, %d bytes", status, len(got))
	}
	for _, path := range []string{"/reach", "/answers", "/unreached"} {
		stranger.refused(syncproto.CodeCallUnknown, http.MethodGet, of+path, nil)
	}
	officer.refused(syncproto.CodeQueryInvalid, http.MethodGet, of+"/unreached?format=pdf", nil)
	officer.refused(syncproto.CodeQueryInvalid, http.MethodGet, of+"/reach?x=1", nil)
	if logged := e.trace(); strings.Contains(logged, "Người") || strings.Contains(logged, "8491") {
		t.Errorf("logged: %s", logged)
	}
}
