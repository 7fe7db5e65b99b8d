package walk_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"lantoa/server/internal/console/rig"
	"lantoa/syncproto"
)

// downloads lets a tab keep what it downloads, and returns the folder.
func downloads(t *testing.T, tab *rig.Tab) string {
	t.Helper()
	folder := t.TempDir()
	info, err := chromedp.Call(tab.Context(), target.GetTargetInfo, target.GetTargetInfoParams{})
	if err == nil {
		_, err = chromedp.CallBrowser(tab.Context(), browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: info.TargetInfo.BrowserContextID, DownloadPath: folder,
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// downloaded waits for a file to be there as a whole.
func downloaded(w *rig.World, folder string) (path string) {
	w.Until("a file to be downloaded", func() bool {
		files, _ := filepath.Glob(filepath.Join(folder, "*"))
		if len(files) != 1 || strings.HasSuffix(files[0], ".crdownload") {
			return false
		}
		info, err := os.Stat(files[0])
		path = files[0]
		return err == nil && info.Size() > 0
	})
	return path
}

// TestPress hands out a published story: texts to copy, and a kit without anything that is nobody's business.
func TestPress(t *testing.T) {
	rig.Need(t)
	w := rig.Start(t)
	lan := w.Phone("Nguyễn Thị Lan", w.Commune)
	story := lan.Record(syncproto.KindStory, "", map[string]any{
		"title": "Áo ấm cho <b>trẻ em</b> vùng lũ", "tags": []string{"áo ấm", "cứu trợ"}, "place": map[string]any{"text": "Ấp Kinh Ráng"},
		"body": "Ngày 12/03/2026, Hội CTĐ xã trao 105 áo ấm cho học sinh, trị giá 21.000.000đ.\nBé Na được nhận chiếc áo mới.\n" + strings.Repeat("Bà con rất vui. ", 40),
	})
	good, less := lan.Photo(story, "Trao áo tại trường"), lan.Photo(story, "Một em học sinh thử áo")
	lan.Agree(good, "Cô giáo Hồng")
	consent := lan.Record(syncproto.KindConsent, less, map[string]any{
		"who": "Trần Thị Na", "age": "from_seven", "given_by": []string{"self", "representative"}, "how": "written", "uses": []string{"publish"},
	})
	lan.Photo(consent, "")
	if err := lan.SetShows(t.Context(), less, syncproto.ShowsPeople, 1); err != nil {
		t.Fatal(err)
	}
	lan.Hand(story)
	lan.SendAll()
	tab := w.Tab(w.Editor)
	address := "/console/items/" + string(story) + "/press"
	tab.Open(address)
	tab.WaitText("main h2", "Bài này chưa có bản để đăng")
	tab.Screenshot("press/closed")
	w.Editor.Takes(story, "", syncproto.CommandClaim, syncproto.CommandApprove, syncproto.CommandPublish)
	w.Move(time.Minute)

	tab.Open(address)
	for css, want := range map[string]string{
		"#press-web": "Áo ấm cho <b>trẻ em</b> vùng lũ", "#press-facebook": "#ÁoẤm #CứuTrợ", "#press-html": "&lt;b&gt;",
		"#press-sms": "Ao am cho <b>tre em</b> vung lu.", "#press-loud": "Ngày mười hai tháng ba năm hai nghìn không trăm hai mươi sáu, Hội Chữ thập đỏ xã trao một trăm linh năm áo ấm",
	} {
		if got := tab.Value(css); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q in it", css, got, want)
		}
	}
	if n := len(tab.Value("#press-sms")); n > 160 {
		t.Errorf("an SMS of %d letters", n)
	}
	tab.WaitText(".notice.warn", "tên trẻ em")
	if got := tab.Count(".press-photos .badge.bad"); got != 1 {
		t.Errorf("%d photos are left out", got)
	}
	looks(tab, "press/story")
	tab.Fill("#press-sms", "Áo ấm")
	tab.WaitText("#press-n-sms", "70 ký tự")
	tab.Fill("#press-facebook", "Bài ngắn")
	tab.WaitText("#press-n-facebook", "8 ký tự.")
	tab.Fill("#f-link", "https://hoi.example/ao-am")
	tab.Follow(".press-link button")
	if got := tab.Value("#press-facebook"); !strings.Contains(got, "https://hoi.example/ao-am") {
		t.Errorf("the link is not in the post: %q", got)
	}

	folder := downloads(t, tab)
	tab.Click("#press-get")
	holdsNothingPrivate(t, downloaded(w, folder))
	tab.Open(address)
	tab.WaitText("#press-h-handed", "Các lần đã xuất")
	if got := tab.Text(".rows"); !strings.Contains(got, "Báo chí") || !strings.Contains(got, "1 ảnh") {
		t.Errorf("got %q", got)
	}

	w.Editor.Takes(story, "Nhầm địa điểm", syncproto.CommandTakeDown)
	tab.Open(address)
	tab.WaitText("main", "báo họ gỡ")
	tab.Open(address + "-kit.zip?use=press")
	tab.WaitText(".told", "Chưa xuất được")
	tab.Screenshot("press/taken-down")
}

// looks opens the page that is shown in every way that offices have, and keeps pictures.
func looks(tab *rig.Tab, name string) {
	tab.Axe()
	tab.Screenshot(name)
	tab.Dark(true)
	tab.Contrast()
	tab.Screenshot(name + "-dark")
	tab.Dark(false)
	tab.Size(360, 760)
	tab.NoHorizontalScroll()
	tab.TargetSizes(24)
	tab.Screenshot(name + "-phone")
	tab.Size(320, 640)
	tab.NoHorizontalScroll()
	tab.Size(1366, 768)
	tab.Language("en")
	tab.Reload()
	tab.Axe()
	tab.Screenshot(name + "-en")
	tab.Language("vi")
	tab.Reload()
}

// holdsNothingPrivate opens a kit: nothing in it tells who agreed, nor where a photo was taken.
func holdsNothingPrivate(t *testing.T, path string) {
	t.Helper()
	kit, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer kit.Close()
	photos := 0
	for _, file := range kit.File {
		in, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if strings.IndexFunc(file.Name, func(r rune) bool { return r > 'z' || r == '\\' || r == ' ' }) >= 0 || strings.Contains(file.Name, "..") {
			t.Errorf("a name: %q", file.Name)
		}
		if strings.HasSuffix(file.Name, ".jpg") || strings.HasSuffix(file.Name, ".webp") {
			photos++
			if bytes.Contains(data, []byte("Exif")) || bytes.Contains(data, []byte("GPS")) || bytes.Contains(data, []byte("http://ns.adobe")) {
				t.Errorf("%s holds what the camera wrote", file.Name)
			}
			continue
		}
		for _, private := range []string{"Trần Thị Na", "Cô giáo Hồng"} {
			if bytes.Contains(data, []byte(private)) {
				t.Errorf("%s names %s", file.Name, private)
			}
		}
		if strings.HasSuffix(file.Name, "quyen-su-dung.txt") {
			if !bytes.Contains(data, []byte("đăng báo")) || !bytes.Contains(data, []byte("1 ảnh của bài không kèm theo")) {
				t.Errorf("rights: %s", data)
			}
		}
	}
	if photos != 1 || len(kit.File) != 9 {
		t.Errorf("%d photos in %d files", photos, len(kit.File))
	}
}
