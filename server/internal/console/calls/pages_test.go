package calls_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/rig"
	"lantoa/storage"
	"lantoa/syncproto"
)

// desk is somebody's browser, without a browser: it sends forms and reads pages.
type desk struct {
	t   testing.TB
	w   *rig.World
	who *rig.Person
}

// answer is what a page answered.
type answer struct {
	status int
	to     string // where it leads on
	text   string
	header http.Header
}

func (d *desk) ask(method, path string, form url.Values, fragment string) answer {
	d.t.Helper()
	req, err := http.NewRequest(method, d.w.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Accept-Language", "vi")
	if fragment != "" {
		req.Header.Set("X-Fragment", fragment)
	}
	req.AddCookie(&http.Cookie{Name: "lantoa_session", Value: d.who.Token()})
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), string(text), resp.Header}
}

func (d *desk) get(path string) answer { d.t.Helper(); return d.ask(http.MethodGet, path, nil, "") }

func (d *desk) post(path string, form url.Values) answer {
	d.t.Helper()
	return d.ask(http.MethodPost, path, form, "")
}

// shows fails unless a page answered and holds texts.
func (d *desk) shows(a answer, status int, texts ...string) {
	d.t.Helper()
	if a.status != status {
		d.t.Fatalf("answered %d, want %d: %.2000s", a.status, status, a.text)
	}
	for _, text := range texts {
		if !strings.Contains(a.text, text) {
			d.t.Errorf("%q is not on the page: %.3000s", text, a.text[max(0, strings.Index(a.text, "<main")):])
		}
	}
}

// leads fails unless a page leads on, and returns where.
func (d *desk) leads(a answer) string {
	d.t.Helper()
	if a.status != http.StatusSeeOther {
		d.t.Fatalf("answered %d: %.2000s", a.status, a.text[max(0, strings.Index(a.text, "<main")):])
	}
	return a.to
}

func (d *desk) call(id string) *campaign.Call {
	d.t.Helper()
	c := &campaign.Call{}
	d.who.Ask(http.MethodGet, "/v1/calls/"+id, nil, c)
	return c
}

func office(t *testing.T) (w *rig.World, officer, deputy *desk) {
	t.Helper()
	w = rig.Start(t)
	return w, &desk{t, w, w.Officer}, &desk{t, w, w.Deputy}
}

// words is the form of a call for a commune.
func words(w *rig.World, title string) url.Values {
	return url.Values{
		"id": {string(syncproto.NewID())}, "unit": {string(w.Province)}, "kind": {"call"}, "title": {title}, "body": {"Mời bà con."},
		"unit_in": {string(w.Commune)}, "join": {"all"}, "words": {"all"}, "choice.0.name": {"yes"}, "choice.0.on": {"yes"}, "choice.0.takes": {"yes"},
		"choice.1.name": {"no"}, "choice.1.on": {"yes"}, "choice.2.name": {"maybe"},
	}
}

func (d *desk) create(form url.Values) string {
	d.t.Helper()
	to := d.leads(d.post("/console/calls/new", form))
	return to[strings.LastIndexByte(to, '/')+1:]
}

// TestComposeKeepsEveryField: what is typed is what the service has, and what the form shows again.
func TestComposeKeepsEveryField(t *testing.T) {
	w, d, _ := office(t)
	starts := w.Now().Add(48 * time.Hour).Truncate(time.Minute)
	zone := time.FixedZone("UTC+7", 7*3600)
	at := func(after time.Duration) string { return starts.Add(after).In(zone).Format("2006-01-02T15:04") }
	form := words(w, "Hiến máu đợt 3")
	for name, value := range map[string]string{
		"title_en": "Blood day", "body_en": "Please come.", "sms": "Hiến máu thứ bảy", "place": "Nhà văn hóa xã", "starts": at(0), "ends": at(4 * time.Hour),
		"deadline": at(-24 * time.Hour), "due": at(-40 * time.Hour), "capacity": "1.200", "code": "MAU-2026", "link": "/calls/blood", "choice.2.vi": "",
		"choice.3.name": "c1", "choice.3.vi": "Có xuồng", "choice.3.en": "I have a boat", "choice.3.takes": "yes", "blood": "O+", "whole": "84",
	} {
		form.Set(name, value)
	}
	form["role"] = []string{"volunteer", "editor"}
	id := d.create(form)
	c := d.call(id)
	if c.Title != "Hiến máu đợt 3" || c.TitleEN != "Blood day" || c.SMS != "Hiến máu thứ bảy" || c.Starts != starts.UnixMilli() || c.Capacity != 1200 ||
		c.Ends != starts.Add(4*time.Hour).UnixMilli() || c.Deadline != starts.Add(-24*time.Hour).UnixMilli() || c.Due != starts.Add(-40*time.Hour).UnixMilli() ||
		c.Code != "MAU-2026" || c.Link != "/calls/blood" || !strings.Contains(string(c.Place), "Nhà văn hóa xã") {
		t.Errorf("%+v", c)
	}
	if len(c.Choices) != 3 || c.Choices[2] != (storage.Choice{Name: "c1", VI: "Có xuồng", EN: "I have a boat", Takes: true}) || !c.Choices[0].Takes {
		t.Errorf("choices: %+v", c.Choices)
	}
	want := `{"all":[{"unit":"` + string(w.Commune) + `"},{"any":[{"role":"volunteer"},{"role":"editor"}]},{"fact":"blood_group","in":["O+"]},{"at_least_days":84,"fact":"last_whole_blood"}]}`
	if string(c.Audience) != want {
		t.Errorf("audience: %s", c.Audience)
	}
	d.shows(d.get("/console/calls/"+id+"/edit"), 200, `value="Hiến máu đợt 3"`, `value="Nhà văn hóa xã"`, `value="1200"`, `value="Có xuồng"`,
		`value="O&#43;" checked`, `name="whole" type="text" value="84"`, "Thông tư 26/2013/TT-BYT", `value="`+string(w.Commune)+`" checked`)
	if again := d.create(form); again != id { // sent twice by a slow network
		t.Errorf("a second call %s", again)
	}
}

// TestComposeRefuses tells beside the field what is wrong, and keeps what was typed.
func TestComposeRefuses(t *testing.T) {
	w, d, _ := office(t)
	for _, c := range []struct {
		field, value string
		status       int
		want         string
	}{
		{"title", strings.Repeat("ữ", 10_000), 413, "Quá dài: 30.000 byte, tối đa 300"},
		{"capacity", "nhiều", 400, "Số chỗ không hợp lệ"},
		{"capacity", "2000000", 400, "Số chỗ không hợp lệ"},
		{"code", "ab", 400, "ít nhất 4 ký tự"},
		{"link", "https://example.com/", 400, "Đường dẫn này không được phép"},
		{"photos", "không phải mã", 400, "Không đọc được mã ảnh"},
		{"starts", "hôm nào đó", 400, "khác"},
		{"unit", "", 400, "ít nhất một đơn vị kêu gọi"},
		{"whole", "12x", 400, "chữ số"},
	} {
		form := words(w, "Tựa giữ lại")
		form.Set(c.field, c.value)
		a := d.post("/console/calls/new", form)
		if c.want == "khác" {
			c.want = `id="e-starts"`
		}
		d.shows(a, c.status, c.want, "Mời bà con.")
		if c.field != "title" && !strings.Contains(a.text, "Tựa giữ lại") {
			t.Errorf("%s: what was typed is gone", c.field)
		}
	}
}

// TestForeignPredicate is kept while it is not replaced.
func TestForeignPredicate(t *testing.T) {
	w, d, _ := office(t)
	id := d.create(words(w, "Gọi người"))
	foreign := `{"any":[{"all":[{"unit":"` + string(w.Commune) + `"},{"role":"editor"}]},{"all":[{"unit":"` + string(w.Other) + `"},{"tag":"x"}]}]}`
	var c campaign.Call
	w.Officer.Ask(http.MethodPut, "/v1/calls/"+id, rig.Object{
		"revision": 1, "units": []syncproto.ID{w.Province}, "kind": "call", "title": "Gọi người", "body": "Mời bà con.", "audience": json.RawMessage(foreign),
	}, &c)
	d.shows(d.get("/console/calls/"+id+"/edit"), 200, "được giữ nguyên", `name="raw_replace"`)
	form := words(w, "Tựa mới")
	form.Set("revision", "2")
	form.Set("raw", foreign)
	d.leads(d.post("/console/calls/"+id+"/edit", form))
	if after := d.call(id); after.Title != "Tựa mới" || string(after.Audience) != string(c.Audience) {
		t.Errorf("%s with %s", after.Title, after.Audience)
	}
	form.Set("revision", "3")
	form.Set("raw_replace", "yes")
	d.leads(d.post("/console/calls/"+id+"/edit", form))
	if after := d.call(id); string(after.Audience) != `{"unit":"`+string(w.Commune)+`"}` {
		t.Errorf("audience: %s", after.Audience)
	}
}

// TestSize counts whom a form would choose, and tells when there were too many questions about facts.
func TestSize(t *testing.T) {
	w, d, _ := office(t)
	w.Phone("Nguyễn Thị Lan", w.Commune)
	form := words(w, "")
	d.shows(d.ask(http.MethodPost, "/console/calls/size", form, "main"), 200, "<b>1</b>", "Nguyễn Thị Lan", "Xã Tân Ân")
	form.Del("unit_in")
	d.shows(d.ask(http.MethodPost, "/console/calls/size", form, "main"), 200, "Chưa chọn ai")
	form.Set("role", "editor") // of nowhere
	d.shows(d.ask(http.MethodPost, "/console/calls/size", form, "main"), 200, "Điều kiện chọn người nhận không đúng")
	form = words(w, "")
	form.Set("whole", "20")
	d.shows(d.ask(http.MethodPost, "/console/calls/size", form, "main"), 200, "ít hơn quy định")
	var last answer
	for days := 84; days < 120; days++ {
		form.Set("whole", strconv.Itoa(days))
		last = d.ask(http.MethodPost, "/console/calls/size", form, "main")
		if strings.Contains(last.text, "trong một giờ") {
			break
		}
		d.shows(last, 200, "làm tròn")
	}
	d.shows(last, 200, "trong một giờ")
	d.shows(d.ask(http.MethodPost, "/console/calls/sms", url.Values{"title": {"Cần máu gấp"}, "place": {"Bệnh viện"}}, "main"), 200, "Can mau gap. Tai Benh vien.")
}

// TestRights: who is no officer may look at nothing and do nothing; the second yes is another's.
func TestRights(t *testing.T) {
	w, d, deputy := office(t)
	editor := &desk{t, w, w.Editor}
	editor.shows(editor.post("/console/calls/new", words(w, "Không được")), 403, "chưa có quyền")
	form := words(w, "Cần gấp")
	form.Set("kind", "urgent")
	id := d.create(form)
	editor.shows(editor.get("/console/calls/"+id), 404)
	d.shows(d.post("/console/calls/"+id+"/send", url.Values{"revision": {"1"}}), 403, "cán bộ thứ hai")
	w.Phone("Nguyễn Thị Lan", w.Commune)
	d.leads(d.post("/console/calls/"+id+"/propose", url.Values{"revision": {"1"}}))
	d.shows(d.post("/console/calls/"+id+"/send", url.Values{"revision": {"1"}}), 403)
	d.shows(d.get("/console/calls/"+id+"/send"), 200, "Cần một cán bộ khác")
	deputy.shows(deputy.get("/console/calls"), 200, "Cần bạn xử lý", "Phạm Quốc Bảo đề nghị")
	d.shows(d.post("/console/calls/"+id+"/resume", url.Values{}), 403)
	form.Set("revision", "1")
	form.Set("title", "Cần rất gấp")
	d.leads(d.post("/console/calls/"+id+"/edit", form)) // which voids what was asked for
	deputy.shows(deputy.post("/console/calls/"+id+"/send", url.Values{"revision": {"1"}}), 409, "Cần rất gấp")
	if c := d.call(id); c.State != storage.CallDraft || c.Sent != 0 {
		t.Errorf("the call is %s", c.State)
	}
}

// TestAfterSending corrects, reminds, copies, exports and ends a call.
func TestAfterSending(t *testing.T) {
	w, d, _ := office(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	form := words(w, "Dọn kênh")
	form.Set("capacity", "10")
	id := d.create(form)
	d.shows(d.get("/console/calls/"+id+"/send"), 200, "Gửi cho 1 người")
	to := d.leads(d.post("/console/calls/"+id+"/send", url.Values{"revision": {"1"}}))
	d.shows(d.get(to), 200, "Tiến độ gửi")
	lan.Says(syncproto.ID(id), syncproto.ChoiceYes)
	form.Set("title", "Dọn kênh chiều nay")
	form.Set("capacity", "99") // which cannot be corrected, and is not on the form
	form.Set("revision", "1")
	d.leads(d.post("/console/calls/"+id+"/edit", form))
	if c := d.call(id); c.Title != "Dọn kênh chiều nay" || c.Capacity != 10 || c.Sent == 0 {
		t.Errorf("%+v", c)
	}
	d.shows(d.ask(http.MethodGet, "/console/calls/"+id, nil, "progress"), 200, "data-state")
	d.shows(d.get("/console/calls/"+id+"/answers?name=lan"), 200, "Nguyễn Thị Lan", "có chỗ")
	d.shows(d.get("/console/calls/"+id+"/answers?standing=waiting"), 200, "Không có ai như vậy")
	d.shows(d.post("/console/calls/"+id+"/test", nil), 303)
	csv := d.post("/console/calls/"+id+"/unreached", url.Values{"format": {"csv"}})
	d.shows(csv, 200, "Họ tên")
	if !strings.Contains(csv.header.Get("Content-Disposition"), ".csv") || csv.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", csv.header)
	}
	d.shows(d.post("/console/calls/"+id+"/unreached", url.Values{"format": {"doc"}}), 400)
	reminder := d.leads(d.post("/console/calls/"+id+"/copy", url.Values{"kind": {"reminder"}, "among": {"placed"}, "id": {string(syncproto.NewID())}}))
	d.shows(d.get(reminder), 200, `value="placed" checked`, "Viết lời nhắc")
	d.leads(d.post("/console/calls/"+id+"/copy", nil))
	d.shows(d.get("/console/calls/"+id+"/cancel"), 200, "Dừng và hủy")
	d.leads(d.post("/console/calls/"+id+"/cancel", nil))
	d.leads(d.post("/console/calls/"+id+"/cancel", nil)) // once more
	if c := d.call(id); c.State != storage.CallCancelled {
		t.Errorf("the call is %s", c.State)
	}
	d.shows(d.post("/console/calls/"+id+"/close", nil), 409)
	d.shows(d.get("/console/calls/"+id+"/edit"), 409)
}

// TestCampaigns makes, changes and closes a campaign.
func TestCampaigns(t *testing.T) {
	w, d, deputy := office(t)
	form := url.Values{"id": {string(syncproto.NewID())}, "title": {"Mùa hồng"}, "about": {"Ba đợt"}, "unit": {string(w.Province)}, "from": {"2026-11-01T00:00"}}
	to := d.leads(d.post("/console/campaigns/new", form))
	d.shows(d.get(to), 200, "Mùa hồng", "Ba đợt", `value="2026-11-01T00:00"`)
	d.shows(d.get("/console/calls/new?campaign="+to[strings.LastIndexByte(to, '/')+1:]), 200, "Mùa hồng</option>")
	form.Set("title", "Tựa của tôi")
	form.Set("changed", "1")
	d.shows(d.post(to, form), 409, "Tựa của tôi", "Bản vừa được lưu", "Mùa hồng")
	form.Set("title", "")
	d.shows(d.post(to, form), 400, "cần một tên")
	d.shows(d.get(to+"/close"), 200, "Không thêm được")
	d.leads(d.post(to+"/close", nil))
	deputy.shows(deputy.get("/console/campaigns"), 200, "Đã đóng")
	id := d.create(words(w, "Một lời"))
	d.shows(d.get("/console/calls?campaign="+to[strings.LastIndexByte(to, '/')+1:]), 200, "Không có lời kêu gọi nào như vậy")
	d.shows(d.get("/console/calls?state=draft"), 200, "Một lời", id)
	d.shows(d.get("/console/calls/frequency?unit="+string(w.Commune)+"&days=31"), 200, "Chưa ai nhận chuông nào")
	d.shows(d.get("/console/calls/frequency?days=400"), 400)
}

// TestPhotos finds photos of published stories for who is an editor too, and attaches one.
func TestPhotos(t *testing.T) {
	w, d, _ := office(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	story := lan.Text("Xuồng gạo về xóm", "Bà con chèo xuồng phát gạo.")
	photo := lan.Photo(story, "Anh em chèo xuồng")
	lan.Agree(photo, "Chú Ba")
	lan.Hand(story)
	lan.SendAll()
	w.Editor.Takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish)
	form := words(w, "Cần gạo")
	form.Set("step", "photos")
	form.Set("photo_search", "xuồng")
	d.shows(d.post("/console/calls/new", form), 200, "Không thấy ảnh đã đăng nào", "Cần gạo") // who has no desk
	_, err := w.Server.People().AddGrant(t.Context(), syncproto.Grant{ID: syncproto.NewID(), Person: w.Officer.ID, Unit: w.Province, Role: syncproto.RoleEditor})
	if err != nil {
		t.Fatal(err)
	}
	d.shows(d.post("/console/calls/new", form), 200, string(photo), "Anh em chèo xuồng", "/v1/desk/media/"+string(photo)+"/thumbnail")
	form.Del("step")
	form.Set("photo", string(photo))
	id := d.create(form)
	if c := d.call(id); len(c.Attachments) != 1 || c.Attachments[0] != photo {
		t.Errorf("attached: %v", c.Attachments)
	}
	d.shows(d.get("/console/calls/"+id+"/edit"), 200, string(photo))
	d.shows(d.get("/console/calls/"+id), 200, "1 ảnh")
}
