package press_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"lantoa/server/internal/console/rig"
	"lantoa/server/internal/press"
	"lantoa/storage"
	"lantoa/syncproto"
)

// get opens an address as somebody's browser does, without following it elsewhere.
func get(t *testing.T, w *rig.World, who *rig.Person, path string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "vi")
	req.AddCookie(&http.Cookie{Name: "lantoa_session", Value: who.Token()})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// names lists the files of a kit without their folder.
func names(t *testing.T, body string) (list []string) {
	t.Helper()
	kit, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range kit.File {
		_, name, _ := strings.Cut(f.Name, "/")
		list = append(list, name)
	}
	return list
}

// TestKits: what is in them depends on the use, originals come when they are asked for and are in the log, and what may not be
// handed out is not.
func TestKits(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	story := lan.Text("Bữa cơm ngày mưa", "Bà Tư nấu cơm cho cả xóm.")
	told := lan.Record(syncproto.KindConsent, story, map[string]any{
		"who": "Bà Tư", "age": "adult", "given_by": []string{"self"}, "how": "spoken", "uses": []string{"publish", "press", "social"},
	})
	photo := lan.Photo(story, "Bếp nhà bà Tư")
	lan.Agree(photo, "Bà Tư")
	lan.Hand(story)
	lan.SendAll()
	at := "/console/items/" + string(story) + "/press"
	kit := at + "-kit.zip?use="

	refused := func(name, path string) {
		t.Helper()
		resp, _ := get(t, w, w.Editor, path)
		if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, at) {
			t.Errorf("%s: %d to %q", name, resp.StatusCode, to)
		}
	}
	refused("what is not approved", kit+"press")
	w.Editor.Takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove)
	w.Move(time.Minute)
	refused("a use that somebody who is told of did not agree to", kit+"print")
	if _, body := get(t, w, w.Editor, at+"?use=print"); !strings.Contains(body, "người được kể trong bài chưa đồng ý") {
		t.Error("the page does not say why")
	}
	if resp, _ := get(t, w, w.Editor, kit+"nothing"); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a use that there is not: %d", resp.StatusCode)
	}
	stranger := w.Hire("Biên tập xã khác", w.Other, syncproto.RoleEditor)
	for _, path := range []string{at, kit + "press"} {
		if resp, _ := get(t, w, stranger, path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s for a stranger: %d", path, resp.StatusCode)
		}
	}

	resp, body := get(t, w, w.Editor, kit+"press&link=https://hoi.example/1")
	if got := resp.Header.Get("Content-Disposition"); !strings.Contains(got, "press-bua-com-ngay-mua.zip") {
		t.Errorf("got %q", got)
	}
	if got := strings.Join(names(t, body), " "); got != "bai-viet.txt bai-viet.html facebook.txt tin-nhan.txt loa-truyen-thanh.txt chu-thich-anh.txt quyen-su-dung.txt anh/01-bep-nha-ba-tu.jpg muc-luc.txt" {
		t.Errorf("got %s", got)
	}
	_, body = get(t, w, w.Editor, kit+"press&originals=yes")
	if got := strings.Join(names(t, body), " "); !strings.Contains(got, "anh/goc/01-bep-nha-ba-tu.jpg") {
		t.Errorf("got %s", got)
	}
	acts := map[string]int{}
	w.View(func(r storage.Reader) error {
		for _, id := range []syncproto.ID{story, photo} {
			audits, err := r.Audits(id, 0, 200)
			if err != nil {
				return err
			}
			for _, a := range audits {
				if a.Grant == "" && strings.HasPrefix(a.Act, "press.") {
					t.Errorf("%s names no grant", a.Act)
				}
				acts[a.Act]++
			}
		}
		return nil
	})
	if acts[press.ActKit] != 2 || acts[press.ActPhoto] != 3 || acts["media.original"] != 1 {
		t.Errorf("the log holds %v", acts)
	}

	w.Editor.Takes(told, "Bà không muốn nữa", syncproto.CommandWithdraw)
	resp, _ = get(t, w, w.Editor, kit+"press")
	if resp.StatusCode == http.StatusOK {
		t.Error("a kit of what was taken down")
	}
}

// TestOddTextsMakePages: markup, other directions and long texts are text.
func TestOddTextsMakePages(t *testing.T) {
	w := rig.Start(t)
	lan := w.Phone("Lan", w.Commune)
	story := lan.Text(strings.Repeat("Dài ", 180)+"</textarea><script>x()</script>", "مرحبا \u202e 😀 </textarea>\n"+strings.Repeat("1.1.1-", 3000))
	lan.Hand(story)
	lan.Send()
	w.Editor.Takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove)
	resp, body := get(t, w, w.Editor, "/console/items/"+string(story)+"/press?link=javascript:alert(1)&use=<b>")
	if resp.StatusCode != http.StatusOK || strings.Contains(body, "<script>x()") || strings.Contains(body, `="javascript:`) {
		t.Errorf("%d", resp.StatusCode)
	}
	if strings.Count(body, "<textarea") != strings.Count(body, "</textarea>") {
		t.Error("a text ends its field")
	}
}
