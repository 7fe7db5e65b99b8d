package main

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/mobile-sdk/simtest/model"
	"lantoa/syncproto"
)

// association is a server with one unit and one person who joins it, with what of a server is no sync.
type association struct {
	t      *testing.T
	mu     sync.Mutex
	server *model.Server
	url    string
	person syncproto.ID
	unit   syncproto.ID
	code   string
	facts  map[string]string
	rung   string // where the person's phone is rung
	close  func()
}

func newAssociation(t *testing.T) *association {
	t.Helper()
	a := &association{t: t, facts: map[string]string{}, person: syncproto.NewID(), unit: syncproto.NewID(), code: syncproto.NewEnrollCode()}
	a.server = model.New(model.Config{Now: func() int64 { return time.Now().UnixMilli() }, Random: rand.Reader})
	a.server.PutUnit(syncproto.Unit{ID: a.unit, Name: "Xã Hòa Bình", Level: "Xã", From: 1})
	a.server.PutPerson(a.person, model.Person{Name: "Lan"})
	a.server.PutGrant(syncproto.Grant{ID: syncproto.NewID(), Person: a.person, Unit: a.unit, Role: syncproto.RoleVolunteer, From: 1})
	bare, err := syncproto.ParseEnrollCode(a.code)
	if err != nil {
		t.Fatal(err)
	}
	a.server.PutCode(bare, model.Code{Unit: a.unit, Person: a.person, Role: syncproto.RoleVolunteer})
	s := httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(s.Close)
	a.url, a.close = s.URL, s.Close
	return a
}

func (a *association) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.Header.Get("Content-Encoding") == "zstd" {
		decoder, _ := zstd.NewReader(nil)
		defer decoder.Close()
		body, _ = decoder.DecodeAll(body, nil)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch fact, own := strings.CutPrefix(r.URL.Path, "/v1/me/facts"); {
	case own && r.Method == http.MethodGet:
		list := []mobilesdk.Fact{}
		for name, value := range a.facts {
			list = append(list, mobilesdk.Fact{Name: name, Value: value, How: "app", Agreed: time.Now().UnixMilli()})
		}
		json.NewEncoder(w).Encode(map[string]any{"facts": list})
	case own && r.Method == http.MethodDelete:
		delete(a.facts, strings.TrimPrefix(fact, "/"))
	case own:
		var in struct{ Value string }
		_ = json.Unmarshal(body, &in)
		a.facts[strings.TrimPrefix(fact, "/")] = in.Value
	case r.URL.Path == "/v1/push":
		w.Write(syncproto.AppendPushInfo(nil, &syncproto.PushInfo{Services: []string{"webpush"}, VAPIDKey: "BKey", Registered: a.rung != ""}))
	case strings.HasPrefix(r.URL.Path, "/v1/push/"):
		a.rung = ""
		if ask, err := syncproto.DecodeRegistrationRequest(body); err == nil {
			a.rung = ask.Address
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		status, answer, _ := a.server.Serve(r.URL.Path, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), body)
		w.WriteHeader(status)
		w.Write(answer)
	}
}

// call sends the person a call.
func (a *association) call() syncproto.ID {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now().UnixMilli()
	r := &syncproto.Record{
		ID: syncproto.NewID(), Kind: syncproto.KindCall, Unit: a.unit, State: syncproto.StateOpen, Revision: 1, Received: now, Changed: now,
		Fields: syncproto.Fields{
			"kind": syncproto.Text("urgent"), "title": syncproto.Text("Cần máu nhóm O"), "title_en": syncproto.Text("Blood group O needed"),
			"body": syncproto.Text("Tại bệnh viện tỉnh.\x1b[2J"), "place": syncproto.Object(syncproto.Fields{"text": syncproto.Text("Rạch Giá")}),
			"starts": syncproto.Int(now + 86_400_000), "deadline": syncproto.Int(now + 3_600_000), "capacity": syncproto.Int(20), "check_in": "true",
			"choices": `[{"name":"yes","takes":true},{"name":"no"}]`,
		},
	}
	a.server.Call(r, a.person)
	return r.ID
}

// joined is a terminal of the association's person, and a call that came to it.
func joined(t *testing.T) (*association, *terminal, string) {
	t.Helper()
	a, tm := newAssociation(t), newTerminal(t)
	tm.wants(tm.ok("inbox"), "Chưa có lời kêu gọi")
	tm.ok("enroll", a.code, "-server", a.url)
	call := a.call()
	tm.ok("sync")
	return a, tm, short(call)
}

func TestCallsInTheTerminal(t *testing.T) {
	_, tm, call := joined(t)
	tm.wants(tm.ok("inbox"), "1 lời kêu gọi chưa mở", "!●", call, "khẩn", "đang mở", "Cần máu nhóm O", "Rạch Giá", "trả lời trước")
	tm.wants(tm.ok("-lang", "en", "inbox"), "Blood group O needed", "urgent", "answer before")
	shown := tm.ok("show", call)
	tm.wants(shown, "Tại bệnh viện tỉnh.", "20 chỗ", "yes", "Tham gia", "phone answer "+call+" yes", "phone checkin "+call)
	if strings.Contains(shown, "\x1b") {
		t.Errorf("a text plays with the terminal: %q", shown)
	}
	tm.wants(tm.ok("opened", call), "Cần máu nhóm O")
	tm.wants(tm.ok("inbox"), "0 lời kêu gọi chưa mở")
	tm.wants(tm.ok("answer", call, "yes", "-count", "3", "-text", "Nhóm O+"), "Đã ghi câu trả lời", "↑ Tham gia · 3 người · “Nhóm O+” → chờ máy chủ")
	tm.ok("sync")
	var view mobilesdk.CallView
	if err := json.Unmarshal([]byte(tm.ok("answer", call, "no", "-json")), &view); err != nil || view.Answer.Choice != "no" || view.Answer.Count != 1 {
		t.Errorf("%v: %+v", err, view)
	}
	tm.wants(tm.ok("takeback", call), "Đã rút câu trả lời")
	tm.wants(tm.ok("checkin", call, "HM 2026"), "Đã ghi mã điểm danh")
	tm.ok("sync")
	tm.wants(tm.ok("list"), "Lời kêu gọi", "Cần máu nhóm O")
	var inbox mobilesdk.Inbox
	if err := json.Unmarshal([]byte(tm.ok("inbox", "-json")), &inbox); err != nil || len(inbox.Calls) != 1 || inbox.Unread != 0 {
		t.Errorf("%v: %+v", err, inbox)
	}
	for want, wrong := range map[int][][]string{
		2: {{"answer", call}, {"answer"}, {"answer", call, "maybe"}, {"answer", call, "yes", "-count", "51"}, {"checkin", call}, {"checkin", call, ""}, {"opened"}},
		7: {{"answer", "ffffffff", "yes"}, {"takeback", string(syncproto.NewID())}, {"opened", "ffffffff"}},
	} {
		for _, args := range wrong {
			if code, _, errOut := tm.run(args...); code != want {
				t.Errorf("phone %q: exit %d, want %d: %s", args, code, want, errOut)
			}
		}
	}
}

func TestPreferencesInTheTerminal(t *testing.T) {
	_, tm, _ := joined(t)
	tm.wants(tm.ok("prefs"), "Không báo: –", "Hội không gọi điện")
	tm.wants(tm.ok("prefs", "-mute", "information,result", "-phone", "yes", "-language", "en"), "thông tin, kết quả", "có thể gọi điện", ": en")
	tm.wants(tm.ok("-lang", "en", "prefs", "-unmute", "result", "-phone", "no"), "No pushes of: information", "may not telephone")
	for _, wrong := range [][]string{{"-mute", "flood"}, {"-phone", "perhaps"}, {"-language", "fr"}} {
		if code, _, errOut := tm.run(append([]string{"prefs"}, wrong...)...); code != 2 || !strings.Contains(errOut, "|") {
			t.Errorf("prefs %q: exit %d: %s", wrong, code, errOut)
		}
	}
}

func TestPushesInTheTerminal(t *testing.T) {
	const address = "address-of-the-app-in-the-service"
	a, tm, call := joined(t)
	tm.wants(tm.ok("push", "show"), "hộp thư")
	tm.wants(tm.ok("push", "set", address), "fcm (token, android)", "Máy chủ chưa biết")
	tm.ok("sync")
	shown := tm.ok("push", "show") + tm.ok("push", "show", "-json")
	if tm.wants(shown, "Máy chủ đã biết"); strings.Contains(shown, address) || a.rung != address {
		t.Errorf("rung at %q; shown is %s", a.rung, shown)
	}
	tm.wants(tm.ok("push", "info"), "webpush", "BKey", "đang báo")
	for _, wrong := range [][]string{{"push", "set"}, {"push", "set", "x", "-service", "pigeon"}, {"push", "set", "x", "-service", "webpush"}, {"push", "fly"}, {"push"}} {
		if code, _, _ := tm.run(wrong...); code != 2 {
			t.Errorf("phone %q: exit %d", wrong, code)
		}
	}
	id := tm.item("show", call).ID
	tm.wants(tm.ok("ring", "n1", "urgent", id), "Cần giúp khẩn cấp")
	tm.wants(tm.ok("ring", "n1", "urgent", id), "đã hiện")
	tm.wants(tm.ok("-lang", "en", "ring", "n2", "call", string(syncproto.NewID())), "A new call", "phone sync")
	if code, _, _ := tm.run("ring", "n3"); code != 2 {
		t.Errorf("a ring of no kind: exit %d", code)
	}
	tm.wants(tm.ok("push", "clear"), "hộp thư")
	if tm.ok("sync"); a.rung != "" {
		t.Errorf("still rung at %q", a.rung)
	}
}

func TestFactsInTheTerminal(t *testing.T) {
	a, tm, _ := joined(t)
	tm.wants(tm.ok("facts"), "không lưu thông tin nào")
	if code, _, errOut := tm.run("facts", "tell", "blood_group", "O+"); code != 2 || !strings.Contains(errOut, "-agree") || len(a.facts) != 0 {
		t.Errorf("told without an agreement: exit %d, %s", code, errOut)
	}
	tm.wants(tm.ok("facts", "tell", "blood_group", "O+", "-agree"), "Nhóm máu", "không giữ lại gì")
	tm.wants(tm.ok("-lang", "en", "facts", "list"), "Blood group", "O+", "agreed")
	tm.wants(tm.ok("facts", "forget", "blood_group"), "Đã xóa")
	tm.ok("facts", "forget", "all")
	for _, wrong := range [][]string{{"facts", "tell"}, {"facts", "forget"}, {"facts", "tell", "blood_group"}, {"facts", "sell"}} {
		if code, _, _ := tm.run(wrong...); code != 2 {
			t.Errorf("phone %q: exit %d", wrong, code)
		}
	}
	lone := newTerminal(t)
	if code, _, _ := lone.run("facts"); code != 3 {
		t.Errorf("not enrolled: exit %d", code)
	}
}

func TestFactsNeedANetwork(t *testing.T) {
	a, tm, _ := joined(t)
	a.close()
	for _, args := range [][]string{{"facts"}, {"facts", "tell", "blood_group", "O+", "-agree"}, {"facts", "forget", "all"}} {
		if code, _, errOut := tm.run(args...); code != 4 || !strings.Contains(errOut, "không được lưu lại") {
			t.Errorf("phone %q: exit %d: %s", args, code, errOut)
		}
	}
	tm.wants(tm.ok("outbox"), "Không còn gì")
}
