package entry_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

func (w *world) units() (names []string) {
	w.t.Helper()
	units, err := w.people.Units(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for i := range units {
		names = append(names, units[i].Name)
	}
	return names
}

func TestFromAnEmptyServerToAUnit(t *testing.T) {
	w := newWorld(t)
	w.hire("Đỗ Văn Tám", "tam", syncproto.RoleOperator)
	b := w.browser()
	b.signIn("tam")
	b.get("/console/welcome").says(http.StatusOK, "Tên tổ chức", "Để sau")
	b.post("/console/welcome/name", "name", " ").says(http.StatusUnprocessableEntity)
	b.post("/console/welcome/name", "name", "Hội Chữ thập đỏ tỉnh Cà Mau").leads("/console/welcome?step=units")
	b.post("/console/welcome/units", "units", "Xã Tân Ân\n\n  Xã Đất Mũi \r\nxã tân ân\n").leads("/console/welcome?step=desk")
	b.post("/console/welcome/units", "units", "Xã Tân Ân\nXã Viên An").leads("/console/welcome?step=desk") // sent twice, nothing twice
	if got := strings.Join(w.units(), ", "); got != "Hội Chữ thập đỏ tỉnh Cà Mau, Xã Tân Ân, Xã Viên An, Xã Đất Mũi" {
		t.Errorf("units: %s", got)
	}
	b.get("/console/welcome").says(http.StatusOK, "Quản trị máy chủ không tự đọc được") // goes on where it is not done
	b.post("/console/welcome/me").leads("/console/welcome?step=desk")
	b.post("/console/welcome/me").leads("/console/welcome?step=desk")
	b.get("/console/welcome?step=desk").says(http.StatusOK, "Bạn đã là biên tập viên của đơn vị này.")
	b.get("/console/").says(http.StatusNotFound)

	links := regexp.MustCompile(`value="` + origin + `(/console/link/[^"]+)"`)
	made := b.post("/console/welcome/desk", "names", "Lê Thu Hà\nTrần Văn Minh", "unit", string(w.root.ID))
	made.says(http.StatusOK, "Lê Thu Hà", "Trần Văn Minh")
	found := links.FindAllStringSubmatch(made.Body, -1)
	if len(found) != 2 {
		t.Fatalf("links: %v", found)
	}
	b.post("/console/welcome/desk", "names", "Lê Thu Hà").says(http.StatusOK) // another link for the same person
	list, err := w.people.List(t.Context(), people.Console(), people.Listing{Query: "Lê Thu Hà"})
	if err != nil || len(list.People) != 1 {
		t.Errorf("%v %v", list, err)
	}
	editor := w.browser()
	editor.post(found[0][1], "login", "thuha", "password", password).leads("/console/")
	editor.get("/console/paper").says(http.StatusNoContent)
	editor.get("/console/welcome").leads("/console/queue") // not for her
	editor.post("/console/welcome/name", "name", "Của tôi").says(http.StatusForbidden)

	w.now = w.now.Add(time.Hour)
	if got := b.post("/console/welcome/desk", sign, "", "names", "Người thứ ba"); got.Code != http.StatusUnauthorized {
		t.Errorf("links are made without a fresh proof: %d", got.Code)
	}
	b.get("/console/welcome?step=ready").says(http.StatusOK, "/console/invites", "/console/queue")
}

func TestUnitsFromATable(t *testing.T) {
	w := newWorld(t)
	w.hire("Đỗ Văn Tám", "tam", syncproto.RoleOperator)
	b := w.browser()
	b.signIn("tam")
	send := func(table string) *shown {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, _ := form.CreateFormFile("table", "donvi.csv")
		_, _ = part.Write([]byte(table))
		form.Close()
		r := httptest.NewRequest(http.MethodPost, "/console/welcome/table", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		return b.send(r)
	}
	send("").says(http.StatusUnprocessableEntity)
	send("mã,tên,cấp trên\nA,,\nB,Xã B,Z\n").says(http.StatusUnprocessableEntity, "Dòng 2", "Dòng 3")
	send("mã,tên,cấp trên\nA,Huyện A,\nB,Xã B,A\n").leads("/console/welcome?step=desk")
	if got := strings.Join(w.units(), ", "); got != "Huyện A, Hội Chữ thập đỏ, Xã B" {
		t.Errorf("units: %s", got)
	}
}
