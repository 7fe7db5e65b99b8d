package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/desk"
	"lantoa/server/internal/people"
	"lantoa/server/internal/staff"
	"lantoa/storage"
	"lantoa/syncproto"
)

// TestNoWayIntoADesk knocks at every door of the desk with what opens none: nothing, the token of a volunteer's phone and
// of an editor's phone, the session of a volunteer, and that of an editor of another commune.
func TestNoWayIntoADesk(t *testing.T) {
	o := newOffice(t)
	commune, other := o.unit("Xã Hoằng Lộc", "Xã", ""), o.unit("Xã Đông Sơn", "Xã", "")
	lan, minh := o.phone("Lan", commune, syncproto.RoleVolunteer), o.hire("Trần Văn Minh", commune, syncproto.RoleEditor)
	p := lan.picture(t, 1, "Chuyện riêng của xã", syncproto.ShowsNobody)
	lan.sync()
	draft, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{"title": syncproto.Text("Nháp")})
	if err != nil {
		t.Fatal(err)
	}
	lan.sync()
	doors := []string{
		"queue", "counters", "conflicts", "notices", "submissions/" + string(p.story), "submissions/" + string(p.story) + "/revisions",
		"submissions/" + string(p.story) + "/compare", "media/" + string(p.photo) + "/thumbnail",
	}
	for name, token := range map[string]string{
		"nobody": "", "a volunteer's phone": o.token(commune, syncproto.RoleVolunteer), "an editor's phone": o.token(commune, syncproto.RoleEditor),
		"noise": strings.Repeat("A", 43),
	} {
		guest := &seat{o: o, bearer: token}
		for _, door := range doors {
			if got := guest.code(http.MethodGet, "/v1/desk/"+door, nil); got != syncproto.CodeSessionEnded {
				t.Errorf("%s at %s: %q", name, door, got)
			}
		}
		for _, path := range []string{"/v1/desk/acts", "/v1/desk/conflicts/" + string(p.story), "/v1/cases", "/v1/units/changes", "/v1/invites"} {
			guest.refused(syncproto.CodeSessionEnded, http.MethodPost, path, object{})
		}
	}
	hoa, tuan := o.hire("Hoa", commune, syncproto.RoleVolunteer), o.hire("Lê Tuấn", other, syncproto.RoleEditor)
	for _, id := range []syncproto.ID{p.story, p.photo, draft, syncproto.NewID()} {
		for who, s := range map[string]*seat{"a volunteer": hoa, "the editor of another commune": tuan} {
			for _, end := range []string{"", "/revisions", "/compare"} {
				if got := s.code(http.MethodGet, "/v1/desk/submissions/"+string(id)+end, nil); got != syncproto.CodeNotFound {
					t.Errorf("%s reads %s%s: %q", who, id, end, got)
				}
			}
		}
		claim := object{"id": syncproto.NewID(), "record": id, "kind": syncproto.KindStory, "command": syncproto.CommandClaim}
		if done := tuan.acts(claim)[0]; done.Code != syncproto.CodeNotFound || done.Detail != "" {
			t.Errorf("a claim from another commune: %+v", done)
		}
	}
	hoa.refused(syncproto.CodeForbidden, http.MethodGet, "/v1/desk/queue", nil)
	hoa.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/desk/acts", object{"acts": []object{}})
	tuan.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/desk/queue?unit="+string(commune), nil)
	if page := tuan.queue("view=all"); len(page.Rows) != 0 {
		t.Errorf("the editor of another commune reads %+v", page.Rows)
	}
	tuan.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/desk/media/"+string(p.photo)+"/thumbnail", nil)
	minh.refused(syncproto.CodeNotFound, http.MethodGet, "/v1/desk/submissions/"+string(draft), nil) // its author's alone
	// A session of the staff is no phone either.
	if got := (&seat{o: o, bearer: minh.bearer}).code(http.MethodPost, "/v1/sync", object{"protocol": 1, "app": "x"}); got != syncproto.CodeTokenUnknown {
		t.Errorf("a session at the door for phones: %q", got)
	}
	o.noFaults()
}

// token enrolls a phone by hand and returns its token.
func (o *office) token(unit syncproto.ID, role syncproto.Role) string {
	o.t.Helper()
	return o.rawPhone(unit, role).bearer
}

// TestASessionEndsInTheMiddleOfABulk signs an editor out while requests of ten claims each arrive: every request is answered
// whole or not at all, every answer is true, and after another sign-in the same acts go on where they stopped.
func TestASessionEndsInTheMiddleOfABulk(t *testing.T) {
	o := newOffice(t)
	root := o.s.Root().ID
	lan, minh := o.phone("Lan", root, syncproto.RoleVolunteer), o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	var ids []syncproto.ID
	for i := range 120 {
		ids = append(ids, lan.text(fmt.Sprint("Bài ", i)))
	}
	lan.sync()
	var bulks [][]object
	for some := range slices.Chunk(ids, 10) {
		var bulk []object
		for _, id := range some {
			bulk = append(bulk, minh.step(id, syncproto.CommandClaim, ""))
		}
		bulks = append(bulks, bulk)
	}
	elsewhere := minh.signIn()
	var list struct{ Items []staff.SessionView }
	minh.get("/v1/staff/sessions", &list)
	var mine syncproto.ID
	for _, s := range list.Items {
		if s.Current {
			mine = s.ID
		}
	}

	var all sync.WaitGroup
	third := make(chan struct{})
	answered := make([]bool, len(bulks))
	all.Go(func() {
		<-third
		elsewhere.must(http.MethodDelete, "/v1/staff/sessions/"+string(mine), nil, nil)
	})
	for i, bulk := range bulks {
		if i == 2 {
			close(third)
		}
		status, body := minh.send(http.MethodPost, "/v1/desk/acts", object{"acts": bulk})
		answered[i] = status == http.StatusOK
		if !answered[i] && !strings.Contains(string(body), string(syncproto.CodeSessionEnded)) {
			t.Errorf("a bulk: %d %s", status, body)
		}
		if i == len(bulks)-2 {
			all.Wait() // it ends before the last one at the latest
		}
	}
	if !answered[0] || answered[len(bulks)-1] {
		t.Errorf("answered: %v", answered)
	}
	for i, bulk := range bulks {
		for _, act := range bulk {
			state := o.record(act["record"].(syncproto.ID)).State
			if answered[i] != (state == syncproto.StateInReview) {
				t.Errorf("request %d was answered %v, and a record is %s", i, answered[i], state)
			}
		}
	}
	minh.refused(syncproto.CodeSessionEnded, http.MethodGet, "/v1/desk/queue", nil)
	for _, bulk := range bulks { // those that were taken get their first outcome, and a claim is not made longer
		for _, done := range elsewhere.acts(bulk...) {
			if done.Result != syncproto.Applied || done.Revision != 3 || o.record(done.Record).Revision != 3 {
				t.Errorf("sent again: %+v", done)
			}
		}
	}
	if rows := elsewhere.queue("limit=200&state=submitted").Rows; len(rows) != 0 {
		t.Errorf("%d are not claimed", len(rows))
	}
	o.noFaults()
}

// TestARoleEndsInTheMiddleOfABulk takes an editor's role away while a request of 100 acts is worked off: each act is judged
// by the rights of its moment, so what comes after the end of the role is refused to the last.
func TestARoleEndsInTheMiddleOfABulk(t *testing.T) {
	o := newOffice(t)
	root := o.s.Root().ID
	lan, minh := o.phone("Lan", root, syncproto.RoleVolunteer), o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	var ids []syncproto.ID
	for i := range 100 {
		ids = append(ids, lan.text(fmt.Sprint("Bài ", i)))
	}
	lan.sync()
	var bulk []object
	for _, id := range ids {
		bulk = append(bulk, minh.step(id, syncproto.CommandClaim, ""))
	}
	_, grants, err := o.s.People().Person(background, minh.person)
	if err != nil || len(grants) != 1 {
		t.Fatalf("grants: %+v %v", grants, err)
	}
	ended := make(chan error, 1)
	go func() {
		waitFor(time.Minute, func() bool {
			taken := false
			_ = o.s.Store().View(background, func(r storage.Reader) error {
				stored, err := r.Record(ids[0])
				taken = err == nil && stored.Record.State == syncproto.StateInReview
				return err
			})
			return taken
		})
		ended <- o.s.People().EndGrant(background, minh.person, grants[0].ID)
	}()
	done := minh.acts(bulk...)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	after := []syncproto.Code{syncproto.CodeLateGrant, syncproto.CodeNotFound, syncproto.CodeForbidden}
	first := slices.IndexFunc(done, func(d desk.Done) bool { return d.Result == syncproto.Rejected })
	if first < 0 {
		first = len(done) // the role ended after the last act
	}
	t.Logf("%d acts before the role ended", first)
	for i, d := range done {
		applied := i < first
		if applied != (d.Result == syncproto.Applied) || !applied && !slices.Contains(after, d.Code) {
			t.Errorf("act %d: %+v", i, d)
		}
		if state := o.record(d.Record).State; applied != (state == syncproto.StateInReview) {
			t.Errorf("act %d is answered %s, and the record is %s", i, d.Result, state)
		}
	}
	minh.refused(syncproto.CodeForbidden, http.MethodPost, "/v1/desk/acts", object{"acts": bulk})
	o.noFaults()
}

// TestAStaleApprovalOverTheWire: what an editor approves is what they read, also where only a photo changed since.
func TestAStaleApprovalOverTheWire(t *testing.T) {
	o := newOffice(t)
	root := o.s.Root().ID
	lan, minh := o.phone("Lan", root, syncproto.RoleVolunteer), o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	story, photos := lan.album("Bếp ăn", 2)
	if err := lan.Submit(background, story); err != nil {
		t.Fatal(err)
	}
	lan.sync()
	minh.takes(story, "", syncproto.CommandClaim)
	for name, change := range map[string]struct {
		record syncproto.ID
		field  string
	}{"the text": {story, "title"}, "a photo": {photos[1], "caption"}} {
		read := minh.step(story, syncproto.CommandApprove, "")
		if err := lan.Edit(background, change.record, mobilesdk.Patch{Set: syncproto.Fields{change.field: syncproto.Text("đổi " + name)}}); err != nil {
			t.Fatal(err)
		}
		lan.sync()
		done := minh.acts(read)[0]
		if done.Code != syncproto.CodeStaleRevision || done.Difference == nil || len(done.Difference.Fields)+len(done.Difference.Parts) != 1 {
			t.Errorf("%s changed: %+v", name, done)
		}
		if state := o.record(story).State; state != syncproto.StateInReview {
			t.Errorf("it is %s", state)
		}
	}
	without := minh.step(story, syncproto.CommandApprove, "")
	delete(without, "base_revision")
	if done := minh.acts(without)[0]; done.Code != syncproto.CodeMissingMember {
		t.Errorf("an approval of nothing in particular: %+v", done)
	}
	minh.takes(story, "", syncproto.CommandApprove)
}

// TestTablesOfTenThousandBadLines: each bad line is told, and of the good ones between them nothing is applied.
func TestTablesOfTenThousandBadLines(t *testing.T) {
	o := newOffice(t)
	root := o.hire("Chị Vân", o.s.Root().ID, syncproto.RoleOperator)
	var units, persons strings.Builder
	units.WriteString("code,name,parent\n0,Xã Tốt,\n")
	persons.WriteString("họ tên,điện thoại,đơn vị,vai trò\nNgười Tốt,0912345678,Hội Chữ thập đỏ,\n")
	for i := range 10_000 {
		fmt.Fprintf(&units, "%d,Xã %d,không có\n", i+1, i)
		fmt.Fprintf(&persons, "Người %d,12,Hội Chữ thập đỏ,\n", i)
	}
	before := o.access()
	for path, table := range map[string]string{"/v1/units/import": units.String(), "/v1/people/import": persons.String()} {
		for _, query := range []string{"?dry_run=true", ""} {
			begun := time.Now()
			status, body := root.send(http.MethodPost, path+query, []byte(table))
			t.Logf("%s%s: %d in %v", path, query, status, time.Since(begun))
			var problem struct {
				Code  syncproto.Code
				Lines []people.Fault
			}
			if err := json.Unmarshal(body, &problem); err != nil || status/100 != 4 || problem.Code != syncproto.CodeTableInvalid {
				t.Fatalf("%s: %d %.300s %v", path, status, body, err)
			}
			if n := len(problem.Lines); n != 10_000 || problem.Lines[0].Line != 3 || problem.Lines[n-1].Line != 10_002 {
				t.Errorf("%s: %d lines are told of", path, n)
			}
			if strings.Contains(string(body), "Người") || strings.Contains(string(body), "Xã ") {
				t.Errorf("%s: the answer repeats the table", path)
			}
		}
	}
	if got := o.access(); got != before {
		t.Error("something was applied")
	}
	o.noFaults()
}

// access is the revision of units, persons and grants.
func (o *office) access() (revision uint64) {
	o.t.Helper()
	o.view(func(r storage.Reader) (err error) {
		revision, err = r.Access()
		return err
	})
	return revision
}
