package httpapi_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/httpapi"
	"lantoa/server/internal/media"
	"lantoa/server/internal/metrics"
	"lantoa/server/internal/privacy"
	"lantoa/server/internal/staff"
	"lantoa/server/internal/syncer"
	"lantoa/syncproto"
)

// newRegistry is an office that answers for personal data.
func newRegistry(t testing.TB) (*office, *privacy.Service) {
	t.Helper()
	o := &office{now: time.Now().Add(time.Minute).Truncate(time.Second), metrics: metrics.New("test"), said: &lines{}}
	log := slog.New(slog.NewTextHandler(o.said, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var cases *privacy.Service
	o.world = newWorldWith(t, func(w *world, cfg *httpapi.Config) {
		var err error
		if o.staff, err = staff.New(w.store, staff.Options{Now: o.clock, Log: log}); err != nil {
			t.Fatal(err)
		}
		rounds := syncer.New(w.store, syncer.Options{Now: o.clock, Logger: log})
		files := media.New(w.store, w.blobs, media.Options{Now: o.clock, Log: log, Work: t.TempDir()})
		cases = privacy.New(w.store, w.blobs, rounds, files, w.uploads, privacy.Options{Now: o.clock, Log: log})
		cfg.Staff, cfg.Privacy, cfg.Now, cfg.Log, cfg.Metrics = o.staff, cases, o.clock, log, o.metrics
	})
	return o, cases
}

// gets sends a request that must not be refused.
func (b *browser) gets(method, path string, value any) reply {
	b.o.t.Helper()
	r := b.send(method, path, value)
	if r.status >= 300 {
		b.o.t.Fatalf("%s %s: %d %s", method, path, r.status, r.body)
	}
	return r
}

func TestCasesOverHTTP(t *testing.T) {
	o, cases := newRegistry(t)
	_, keeper := o.hire("Quản trị viên", "quan.tri", syncproto.RoleAdmin)
	_, operator := o.hire("Vận hành viên", "van.hanh", syncproto.RoleOperator)
	_, volunteer := o.hire("Tình nguyện", "tinh.nguyen", syncproto.RoleVolunteer)
	subject, _, err := o.people.CreatePerson(t.Context(), "Trần BIMAT Thị", o.root.ID, syncproto.RoleVolunteer)
	if err != nil {
		t.Fatal(err)
	}
	ask := object{"kind": "erasure", "person": subject.ID, "unit": o.root.ID, "note": "BIMAT gọi điện"}
	if r := keeper.send(http.MethodPost, "/v1/cases", ask); r.problem(t).Code != syncproto.CodeSessionEnded {
		t.Errorf("without a session: %s", r.body)
	}
	keeper.signIn("quan.tri")
	operator.signIn("van.hanh")
	volunteer.signIn("tinh.nguyen")

	made := keeper.send(http.MethodPost, "/v1/cases", ask)
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.body)
	}
	id, _ := made.object(t)["id"].(string)
	path := "/v1/cases/" + id

	for _, refused := range []struct {
		who          *browser
		method, path string
		body         any
		code         syncproto.Code
	}{
		{volunteer, http.MethodGet, "/v1/cases", nil, syncproto.CodeForbidden},
		{volunteer, http.MethodPost, "/v1/cases", ask, syncproto.CodeForbidden},
		{volunteer, http.MethodGet, path, nil, syncproto.CodeNotFound},
		{volunteer, http.MethodGet, path + "/export", nil, syncproto.CodeNotFound},
		{volunteer, http.MethodPost, path + "/erase", object{"plan": ""}, syncproto.CodeNotFound},
		{volunteer, http.MethodGet, "/v1/audit", nil, syncproto.CodeForbidden},
		{keeper, http.MethodGet, "/v1/cases/other", nil, syncproto.CodeNotFound},
		{keeper, http.MethodGet, path + "?x=1", nil, syncproto.CodeQueryInvalid},
		{keeper, http.MethodGet, "/v1/cases?overdue=maybe", nil, syncproto.CodeQueryInvalid},
		{keeper, http.MethodPost, "/v1/cases", object{"kind": "erasure", "Person": "x"}, syncproto.CodeUnknownMember},
		{keeper, http.MethodPost, "/v1/cases", []byte(`{"kind":"access","kind":"erasure"}`), syncproto.CodeDuplicateKey},
		{keeper, http.MethodPost, path + "/close", object{"result": "fine"}, syncproto.CodeInvalidValue},
		{keeper, http.MethodPost, path + "/extend", object{"until": 1}, syncproto.CodeInvalidValue},
		{keeper, http.MethodPost, path + "/correct", object{}, syncproto.CodeInvalidValue},
	} {
		if r := refused.who.send(refused.method, refused.path, refused.body); r.status < 400 || r.problem(t).Code != refused.code {
			t.Errorf("%s %s: %d %s, want %s", refused.method, refused.path, r.status, r.body, refused.code)
		}
	}

	if r := operator.gets(http.MethodGet, "/v1/cases", nil); !strings.Contains(string(r.body), id) {
		t.Errorf("the list: %s", r.body)
	}
	shown := keeper.gets(http.MethodGet, path, nil)
	if found, _ := shown.object(t)["found"].(map[string]any); found["name"] != "Trần BIMAT Thị" {
		t.Errorf("shown: %s", shown.body)
	}
	keeper.gets(http.MethodPost, path+"/answer", object{"note": "đã gọi lại"})
	archive := keeper.gets(http.MethodGet, path+"/export", nil)
	z, err := zip.NewReader(bytes.NewReader(archive.body), int64(len(archive.body)))
	if err != nil || len(z.File) < 5 || archive.header.Get("Content-Type") != "application/zip" {
		t.Errorf("the archive: %v %v", err, archive.header)
	}
	plan := keeper.gets(http.MethodPost, path+"/erase", object{"plan": ""}).object(t)
	if token, _ := plan["plan"].(string); token == "" || !strings.Contains(toText(plan), "sentence") {
		t.Errorf("the plan: %v", plan)
	}
	o.wait(20 * time.Minute)
	if r := keeper.send(http.MethodPost, path+"/erase", object{"plan": plan["plan"]}); r.problem(t).Code != syncproto.CodeConfirm {
		t.Errorf("a session that proved itself long ago: %s", r.body)
	}
	keeper.signIn("quan.tri")
	keeper.gets(http.MethodPost, path+"/erase", object{"plan": plan["plan"]})
	if worked, err := cases.Step(t.Context()); !worked || err != nil {
		t.Fatalf("%v %v", worked, err)
	}
	keeper.gets(http.MethodPost, path+"/close", object{"result": "done"})
	log := keeper.gets(http.MethodGet, "/v1/audit?record="+id, nil)
	for _, act := range []string{privacy.ActOpened, privacy.ActRead, privacy.ActExported, privacy.ActErasing, privacy.ActWorked, privacy.ActClosed} {
		if !strings.Contains(string(log.body), act) {
			t.Errorf("no %s in %s", act, log.body)
		}
	}
	person, err2 := o.nameOf(subject.ID)
	if err2 != nil || strings.Contains(person, "BIMAT") {
		t.Errorf("the person is %q %v", person, err2)
	}
	figures := keeper.send(http.MethodGet, "/metrics", nil)
	for _, text := range []string{o.said.String(), string(log.body), string(figures.body)} {
		if strings.Contains(text, "BIMAT") {
			t.Errorf("a name is told: %s", text)
		}
	}
}

func toText(v object) string {
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(v)
	return b.String()
}

// nameOf returns how a person is called now.
func (o *office) nameOf(id syncproto.ID) (string, error) {
	p, _, err := o.people.Person(o.t.Context(), id)
	if err != nil {
		return "", err
	}
	return p.Name, nil
}
