package entry_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"lantoa/storage"
	"lantoa/syncproto"
)

func TestTheAccount(t *testing.T) {
	w := newWorld(t)
	minh := w.hire(`Trần <b>Văn</b> Minh`, "minh", syncproto.RoleEditor)
	one, two, three := w.browser(), w.browser(), w.browser()
	two.agent, three.agent = "Mozilla/5.0 (Linux; Android 14) Chrome/140", "Mozilla/5.0 (iPhone) Safari/605"
	for _, b := range []*browser{one, two, three} {
		b.signIn("minh")
	}
	got := one.get("/console/account")
	got.says(http.StatusOK, "Chrome · Windows", "Chrome · Android", "Safari · iPhone", "Biên tập viên", unnamed, `Trần <b>Văn</b> Minh`)
	if strings.Contains(got.Body, "<b>Văn</b>") {
		t.Error("a name is markup")
	}
	ids := regexp.MustCompile(`name="session" value="([^"]+)"`).FindAllStringSubmatch(got.Body, -1)
	if len(ids) != 3 { // the link's own, and the two others
		t.Fatalf("%d sessions can be ended", len(ids))
	}
	one.post("/console/account/sessions/end", sign, string(minh), "session", ids[0][1]).leads("/console/account")
	one.post("/console/account/sessions/end", "session", "nonsense").says(http.StatusBadRequest)
	one.post("/console/account/sessions/end", "session", string(syncproto.NewID())).says(http.StatusNotFound)
	one.post("/console/account/sessions/end").leads("/console/account")
	one.get("/console/paper").says(http.StatusNoContent)
	for _, b := range []*browser{two, three} {
		if b.get("/console/paper").Code != http.StatusSeeOther {
			t.Error("a session lives that was ended")
		}
	}
}

func TestChangingAPassword(t *testing.T) {
	w := newWorld(t)
	w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	b := w.browser()
	b.signIn("minh")
	b.get("/console/account/password").says(http.StatusOK)
	b.post("/console/account/password", "password", "tranvanminh1").says(http.StatusUnprocessableEntity, "gần như là tên")
	b.post("/console/account/password", "password", "một cánh đồng lúa chín").leads("/console/account")
	b.get("/console/paper").says(http.StatusNoContent)
	w.browser().post("/console/sign-in", "login", "minh", "password", password).says(http.StatusUnauthorized)
	// A form for which the proof will be too old is not begun.
	w.now = w.now.Add(time.Hour)
	for _, path := range []string{"/console/account/password", "/console/account/codes"} {
		b.get(path).leads("/console/sign-in?to=" + strings.ReplaceAll(path, "/", "%2F") + "&why=confirm_identity")
	}
	b.get("/console/sign-in?why=confirm_identity&to=%2Fconsole%2Faccount%2Fcodes").says(http.StatusOK, `value="minh"`, "Xác nhận lại danh tính")
}

func TestPhones(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	phone := storage.Device{ID: syncproto.NewID(), Person: minh, Unit: w.root.ID, TokenHash: [32]byte{1}, Created: w.now.UnixMilli()}
	if err := w.store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutDevice(&phone) }); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn("minh")
	at := "/console/account/phones/" + string(phone.ID) + "/revoke"
	b.get("/console/account").says(http.StatusOK, at)
	b.get(at).says(http.StatusOK, "Thu hồi điện thoại này?")
	b.post(at).leads("/console/account")
	b.get("/console/account").says(http.StatusOK, "đã thu hồi")
	b.post("/console/account/phones/" + string(syncproto.NewID()) + "/revoke").says(http.StatusNotFound)
	b.post("/console/account/phones/nonsense/revoke").says(http.StatusNotFound)
}

func TestPasskeysOnTheAccount(t *testing.T) {
	w := newWorld(t)
	minh := w.hire("Trần Văn Minh", "minh", syncproto.RoleEditor)
	key := storage.Passkey{Person: minh, ID: []byte("a key"), Name: "khóa bạc", Created: w.now.UnixMilli(), Data: []byte("{}")}
	if err := w.store.Update(t.Context(), func(tx storage.Tx) error { return tx.PutPasskey(&key) }); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn("minh")
	got := b.get("/console/account")
	got.says(http.StatusOK, "khóa bạc")
	at := regexp.MustCompile(`/console/account/passkeys/[^"]+`).FindString(got.Body)
	b.get(at).says(http.StatusOK, "Bỏ khóa khóa bạc?")
	b.get("/console/account/passkeys/nonsense/remove").says(http.StatusNotFound)
	w.now = w.now.Add(time.Hour)
	asked := b.post(at, sign, string(minh))
	asked.says(http.StatusUnauthorized)
	b.again(asked, "login", "minh", "password", password).leads("/console/account")
	if strings.Contains(b.get("/console/account").Body, "khóa bạc") {
		t.Error("the key is still there")
	}
}
