package httpapi_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/notify"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// callers is a world with officers of the root and of a commune, and two volunteers there.
type callers struct {
	*editors
	calls            *campaign.Service
	said             *lines
	dong, hoa, local *seat
	lan              *seat // a volunteer
}

func newCallers(t testing.TB) *callers {
	t.Helper()
	o := &callers{editors: &editors{gallery: &gallery{}}, said: &lines{}}
	o.world = newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		service, err := staff.New(w.store, staff.Options{})
		if err != nil {
			t.Fatal(err)
		}
		log := slog.New(slog.NewTextHandler(o.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
		access := &people.Cache{}
		o.rounds = syncer.New(w.store, syncer.Options{Logger: log})
		o.calls = campaign.New(campaign.Options{
			Store: w.store, Access: access, Syncer: o.rounds, Log: log, LinkHosts: []string{"hienmau.example"},
			Audience: audience.New(audience.Options{Store: w.store, Access: access, Log: log}),
			Pace: func() campaign.Pace {
				return campaign.Pace{Rate: 500, Quiet: true, Paused: []campaign.Paused{{Service: "fcm", Code: "auth", Since: 1}}}
			},
		})
		cfg.Staff, cfg.Calls, cfg.Log = service, o.calls, log
	})
	o.commune = o.unit("Hoằng Lộc")
	o.dong, o.hoa = o.sit("Đông", o.root.ID, syncproto.RoleOfficer), o.sit("Hoà", o.root.ID, syncproto.RoleOfficer)
	o.local = o.sit("Liên", o.commune, syncproto.RoleOfficer)
	o.lan = o.sit("Lan", o.commune, syncproto.RoleVolunteer)
	o.sit("Bình", o.commune, syncproto.RoleVolunteer)
	return o
}

// draft is a call of the root for the volunteers of the commune.
func (o *callers) draft() object {
	now := time.Now().UnixMilli()
	return object{
		"units": []syncproto.ID{o.root.ID}, "kind": "urgent", "title": "Cần máu nhóm O", "body": "Mời đến Bệnh viện tỉnh.",
		"title_en": "Blood needed", "place": object{"text": "Bệnh viện tỉnh"}, "starts": now + 3_600_000, "ends": now + 7_200_000,
		"capacity": 40, "choices": []object{{"name": "yes", "takes": true}, {"name": "no"}, {"name": "later", "vi": "Hôm khác"}},
		"link": "https://hienmau.example/x", "audience": object{"all": []object{{"unit": o.commune}, {"role": "volunteer"}}},
	}
}

func (s *seat) post(path string, value, into any) {
	s.e.t.Helper()
	s.must(http.MethodPost, path, value, into)
}

// made is post for what answers 201.
func (s *seat) made(path string, value any) (out object) {
	s.e.t.Helper()
	r := s.send(http.MethodPost, path, value)
	if r.status != http.StatusCreated {
		s.e.t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	return r.object(s.e.t)
}

func TestAnUrgentCallOverHTTP(t *testing.T) {
	o := newCallers(t)
	of := o.dong.made("/v1/campaigns", object{"title": "Giọt hồng", "units": []syncproto.ID{o.root.ID}, "from": 1_700_000_000_000})
	draft := o.draft()
	draft["campaign"], draft["id"] = of["id"], syncproto.NewID()
	made := o.dong.made("/v1/calls", draft)
	if again := o.dong.made("/v1/calls", draft); again["created"] != made["created"] {
		t.Error("the same request makes two")
	}
	path := "/v1/calls/" + made["id"].(string)
	revision := object{"revision": 1}
	var found, call, ended, progress, trial object
	o.dong.post("/v1/calls/preview", object{"kind": "call", "audience": draft["audience"]}, &found)
	if total := found["total"].(map[string]any); total["persons"] != 2.0 {
		t.Errorf("got %v", total)
	}
	o.dong.refused(syncproto.CodeSecondOfficer, http.MethodPost, path+"/send", revision)
	o.dong.post(path+"/propose", revision, &call)
	o.dong.refused(syncproto.CodeSecondOfficer, http.MethodPost, path+"/send", revision)
	o.local.refused(syncproto.CodeNotFound, http.MethodPost, path+"/send", revision)
	o.hoa.refused(syncproto.CodeStaleRevision, http.MethodPost, path+"/send", object{"revision": 2})
	o.hoa.post(path+"/test", nil, &trial)
	o.hoa.post(path+"/send", revision, &call)
	if call["state"] != "sending" || call["recipients"] != 2.0 || call["second"].(map[string]any)["name"] != "Hoà" {
		t.Errorf("got %v", call)
	}
	o.dong.get(path+"/progress", &progress)
	if pace := progress["pace"].(map[string]any); progress["rest"] != 2.0 || progress["seconds"] != 1.0 || pace["quiet"] != true {
		t.Errorf("got %v", progress)
	}
	body := o.draft()
	body["campaign"], body["revision"], body["body"] = of["id"], 1, "Mời đến nhà văn hoá."
	for _, name := range []string{"starts", "ends"} {
		body[name] = call[name]
	}
	o.dong.must(http.MethodPut, path, body, &call)
	if call["revision"] != 2.0 || call["state"] != "sending" {
		t.Errorf("got %v", call)
	}
	body["revision"], body["audience"] = 2, object{"unit": o.root.ID}
	o.dong.refused(syncproto.CodeCallState, http.MethodPut, path, body)
	o.hoa.post(path+"/cancel", nil, &ended)
	if ended["stopped"] != 2.0 || ended["handed"] != 0.0 || ended["call"].(map[string]any)["state"] != "cancelled" {
		t.Errorf("got %v", ended)
	}
	o.hoa.refused(syncproto.CodeCallState, http.MethodPost, path+"/close", nil)
	result := o.dong.made(path+"/copy", object{"kind": "result"})
	if result["about"] != made["id"] || result["state"] != "draft" {
		t.Errorf("got %v", result)
	}
	var page struct {
		Calls []object
		Next  string
	}
	o.dong.get("/v1/calls?state=draft,cancelled&campaign="+of["id"].(string), &page)
	if len(page.Calls) != 2 || page.Calls[1]["state"] != "cancelled" || page.Next != "" {
		t.Errorf("got %v", page)
	}
	for _, secret := range []string{"Cần máu", "Bệnh viện", "Blood", "Đông", "Hoà", "Lan", "Giọt hồng", "Hôm khác"} {
		if strings.Contains(o.said.String(), secret) {
			t.Errorf("the log says %q", secret)
		}
	}
}

func TestAnOrdinaryCallOverHTTP(t *testing.T) {
	o := newCallers(t)
	draft := o.draft()
	draft["kind"], draft["units"], draft["title"] = "call", []syncproto.ID{o.commune}, ""
	made := o.local.made("/v1/calls", draft)
	path := "/v1/calls/" + made["id"].(string)
	var preview struct {
		Lacks []struct{ Code, At, Sentence string }
	}
	o.local.post(path+"/preview", nil, &preview)
	if len(preview.Lacks) != 1 || preview.Lacks[0].Code != "call_text_missing" || !strings.Contains(preview.Lacks[0].Sentence, "Vui lòng") && !strings.Contains(preview.Lacks[0].Sentence, "ãy") {
		t.Errorf("got %+v", preview)
	}
	p := o.local.send(http.MethodPost, path+"/send", object{"revision": 1}).problem(t)
	if p.Code != syncproto.CodeCallText || p.At != "title" || p.Status != http.StatusBadRequest {
		t.Errorf("got %+v", p)
	}
	draft["revision"], draft["title"], draft["due"] = 1, "Hiến máu", time.Now().Add(time.Hour/2).UnixMilli()
	var call, ended object
	o.local.must(http.MethodPut, path, draft, &call)
	o.local.post(path+"/send", object{"revision": 2}, &call)
	if call["state"] != "scheduled" {
		t.Errorf("got %v", call)
	}
	draft["revision"], draft["due"] = 2, 0
	o.local.must(http.MethodPut, path, draft, &call)
	o.dong.post(path+"/send", object{"revision": 3}, &call)
	o.local.post(path+"/close", nil, &ended)
	o.local.get(path, &call)
	if call["state"] != "closed" || call["over_by"].(map[string]any)["name"] != "Liên" {
		t.Errorf("got %v", call)
	}
	o.lan.refused(syncproto.CodeNotFound, http.MethodGet, path, nil)
	o.lan.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/calls", o.draft())
	var page struct{ Calls []object }
	o.lan.get("/v1/calls", &page)
	if len(page.Calls) != 0 {
		t.Errorf("a volunteer sees %v", page.Calls)
	}
}

func TestCampaignsOverHTTP(t *testing.T) {
	o := newCallers(t)
	made := o.dong.made("/v1/campaigns", object{"title": "Giọt hồng", "units": []syncproto.ID{o.root.ID}})
	path := "/v1/campaigns/" + made["id"].(string)
	var got object
	o.local.get(path, &got) // of the unit above
	if got["alter"] != false {
		t.Errorf("got %v", got)
	}
	change := object{"title": "Giọt hồng 2026", "units": []syncproto.ID{o.root.ID}, "changed": made["changed"]}
	o.local.refused(syncproto.CodeForbidden, http.MethodPut, path, change)
	o.dong.must(http.MethodPut, path, change, &got)
	change["title"] = "Khác"
	o.dong.refused(syncproto.CodeStaleRevision, http.MethodPut, path, change)
	draft := o.draft()
	draft["campaign"], draft["units"], draft["kind"] = made["id"], []syncproto.ID{o.commune}, "call"
	call := o.local.made("/v1/calls", draft)
	o.dong.post(path+"/close", nil, &got)
	if got["closed"] == nil || got["alter"] != false {
		t.Errorf("got %v", got)
	}
	o.local.refused(syncproto.CodeCallState, http.MethodPost, "/v1/calls/"+call["id"].(string)+"/send", object{"revision": 1})
	o.lan.refused(syncproto.CodeNotFound, http.MethodGet, path, nil)
	var page struct{ Campaigns []object }
	o.local.get("/v1/campaigns", &page)
	if len(page.Campaigns) != 1 || page.Campaigns[0]["title"] != "Giọt hồng 2026" {
		t.Errorf("got %v", page)
	}
}

func TestBadCallRequests(t *testing.T) {
	o := newCallers(t)
	id := string(syncproto.NewID())
	for name, c := range map[string]struct {
		method, path, body string
		want               syncproto.Code
	}{
		"an unknown member":       {http.MethodPost, "/v1/calls", `{"tittle":"x"}`, syncproto.CodeUnknownMember},
		"another case":            {http.MethodPost, "/v1/calls", `{"Title":"x"}`, syncproto.CodeUnknownMember},
		"a member of a choice":    {http.MethodPost, "/v1/calls", `{"choices":[{"label":"x"}]}`, syncproto.CodeUnknownMember},
		"a title twice":           {http.MethodPost, "/v1/calls", `{"title":"a","title":"b"}`, syncproto.CodeDuplicateKey},
		"a wrong type":            {http.MethodPost, "/v1/calls", `{"capacity":"many"}`, syncproto.CodeWrongType},
		"a list":                  {http.MethodPost, "/v1/calls", `[]`, syncproto.CodeWrongType},
		"nothing":                 {http.MethodPost, "/v1/calls", ``, syncproto.CodeMalformed},
		"too much":                {http.MethodPost, "/v1/calls", `{"body":"` + strings.Repeat("a", 128<<10) + `"}`, syncproto.CodeTooLarge},
		"no kind":                 {http.MethodPost, "/v1/calls", `{}`, syncproto.CodeInvalidValue},
		"no predicate":            {http.MethodPost, "/v1/calls/preview", `{"audience":5}`, syncproto.CodeAudienceInvalid},
		"no call":                 {http.MethodPost, "/v1/calls/" + id + "/send", `{"revision":1}`, syncproto.CodeNotFound},
		"a state in the request":  {http.MethodPost, "/v1/calls/" + id + "/send", `{"revision":1,"state":"sent"}`, syncproto.CodeUnknownMember},
		"no id":                   {http.MethodGet, "/v1/calls/x", ``, syncproto.CodeNotFound},
		"a state that is none":    {http.MethodGet, "/v1/calls?state=lost", ``, syncproto.CodeQueryInvalid},
		"a parameter that is not": {http.MethodGet, "/v1/calls?unit=" + id, ``, syncproto.CodeQueryInvalid},
		"a page from nowhere":     {http.MethodGet, "/v1/campaigns?from=x", ``, syncproto.CodeQueryInvalid},
		"no campaign":             {http.MethodGet, "/v1/campaigns/" + id, ``, syncproto.CodeNotFound},
		"a campaign without name": {http.MethodPost, "/v1/campaigns", `{"units":["` + string(o.root.ID) + `"]}`, syncproto.CodeCallText},
	} {
		t.Run(name, func(t *testing.T) {
			if p := o.dong.send(c.method, c.path, []byte(c.body)).problem(t); p.Code != c.want {
				t.Errorf("got %s at %q, want %s", p.Code, p.At, c.want)
			}
		})
	}
	status, _, _ := o.do(http.MethodGet, "/v1/calls", "", nil, nil)
	if status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", status)
	}
}

// TestCallsReachPhonesThroughSync plans a call that was sent over HTTP, and finds the record in the audience's feed.
func TestCallsReachPhonesThroughSync(t *testing.T) {
	o := newCallers(t)
	draft := o.draft()
	draft["kind"] = "call"
	made := o.dong.made("/v1/calls", draft)
	var call object
	o.dong.post("/v1/calls/"+made["id"].(string)+"/send", object{"revision": 1}, &call)
	planner := notify.New(notify.Options{Store: o.store})
	if err := planner.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := syncproto.ID(made["id"].(string))
	err := o.store.View(t.Context(), func(r storage.Reader) error {
		follows, err := r.Audiences(o.lan.Person, time.Now().UnixMilli(), 10)
		if err != nil {
			return err
		}
		stored, err := r.Record(id)
		if err == nil && (len(follows) != 1 || follows[0] != id || stored.Scopes[0] != syncproto.AudienceScope(id)) {
			t.Errorf("Lan follows %v, the record is in %v", follows, stored.Scopes)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
