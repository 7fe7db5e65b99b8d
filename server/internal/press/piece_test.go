package press_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lantoa/server/internal/press"
	"lantoa/syncproto"
)

var update = flag.Bool("update", false, "write the golden texts anew")

// drive is an activity with everything that a piece can have.
func drive() *press.Piece {
	at := time.Date(2026, 3, 12, 7, 30, 0, 0, time.FixedZone("", 7*60*60)).UnixMilli()
	return &press.Piece{
		ID: "01980000-0000-7000-8000-000000000001", Kind: syncproto.KindEvent, State: syncproto.StateCorrected, Unit: "Hội CTĐ xã Tân Ân", Author: "Nguyễn Thị Lan",
		Title: "Ngày hội hiến máu tình nguyện đợt 1",
		Body: "Sáng 12/3/2026, UBND xã phối hợp với Hội CTĐ huyện tổ chức ngày hội HMTN tại Nhà văn hóa xã, thu hút 120 TNV & ĐVTN.\n\n" +
			"Ban Tổ chức tiếp nhận 105 đơn vị máu, vượt 5% kế hoạch. Mỗi người được tặng 1 phần quà trị giá 150.000đ.\nĐT liên hệ: 0912 345 678.",
		Place: "Nhà văn hóa xã Tân Ân", Tags: []string{"hiến máu", "CTĐ Tân Ân", "2026"},
		Facts:  press.Facts{Start: at, End: at + 4*60*60*1000, Registered: 120, Blood: 105, ValueDong: 15_750_000},
		Mended: "Số đơn vị máu là 105, không phải 150.", MendedAt: at + 30*60*60*1000,
		Photos: []press.Photo{
			{ID: "a", Caption: "Người dân xếp hàng\nhiến máu", Author: "Nguyễn Thị Lan", Shows: syncproto.ShowsCrowd},
			{ID: "b", Caption: "Không được dùng", Author: "Trần Văn Bình", Shows: syncproto.ShowsPeople, People: 1, Lacks: map[string][]syncproto.Code{
				syncproto.UsePublish: {syncproto.CodeLackUse}, syncproto.UseSocial: {syncproto.CodeLackUse},
			}},
		},
	}
}

func TestRenditionsAreGolden(t *testing.T) {
	p := drive()
	script := p.Loudspeaker()
	for name, got := range map[string]string{
		"web.txt": p.Web(syncproto.UsePublish).Text(), "web.html": p.Web(syncproto.UsePublish).HTML(), "facebook.txt": p.Facebook("https://hoi.example/1").Text,
		"sms.txt": p.SMS("https://hoi.example/1"), "loud.txt": script.Text,
	} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got+"\n" != string(want) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	if script.Time < time.Minute || len(script.Spelt) != 0 {
		t.Errorf("the script takes %v and spells %v", script.Time, script.Spelt)
	}
}

func TestPostsSayWhereTheyAreFolded(t *testing.T) {
	p := &press.Piece{Title: "Ngắn", Body: "Vài chữ.", Unit: "Hội"}
	if post := p.Facebook(""); post.Shown != post.Count || post.Cut {
		t.Errorf("a short post: %+v", post)
	}
	p.Body = strings.Repeat("chữ và lời ", 100)
	post := p.Facebook("")
	shown, folded := post.Parts()
	if post.Shown > press.SeeMore || post.Shown < press.SeeMore-20 || shown+folded != post.Text {
		t.Errorf("folded at %d", post.Shown)
	}
	p.Body = strings.Repeat("ă", 70_000)
	if post := p.Facebook("https://hoi.example"); post.Count > 63_206 || !post.Cut || !strings.Contains(post.Text, "https://hoi.example") {
		t.Errorf("a post of %d letters", post.Count)
	}
}

func TestHashtags(t *testing.T) {
	for tag, want := range map[string]string{
		"hiến máu": "#HiếnMáu", "CTĐ": "#CTĐ", "tết 2026": "#Tết2026", "2026": "", "": "", "a-b/c": "#ABC", "😀": "", "<b>": "#B", "مرحبا": "#مرحبا",
	} {
		if got := press.Hashtag(tag); got != want {
			t.Errorf("%q: got %q, want %q", tag, got, want)
		}
	}
}

func TestSMSIsOneMessage(t *testing.T) {
	for name, p := range map[string]*press.Piece{
		"nothing": {}, "a long title": {Title: strings.Repeat("Đồng bào ", 50)}, "one word": {Title: strings.Repeat("ă", 500)},
		"a correction": {Title: "Bài", Body: "Chữ.", Mended: strings.Repeat("sửa ", 100)}, "long": {Title: "Bài", Body: strings.Repeat("Câu này có mấy chữ. ", 50)},
		"signs": {Title: "[Gấp] {a} ~ € | ^", Body: "日本"},
	} {
		for _, link := range []string{"", "https://hoi.example/1", "https://hoi.example/" + strings.Repeat("x", 200)} {
			got := p.SMS(link)
			if len(got) > press.MaxSMS || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("[]{}~|^\\`", r) }) {
				t.Errorf("%s: %d letters: %q", name, len(got), got)
			}
			if len(link) == 21 && !strings.HasSuffix(got, link) {
				t.Errorf("%s: without its link: %q", name, got)
			}
		}
	}
}

func TestWebTextIsEscaped(t *testing.T) {
	p := &press.Piece{Title: "<script>alert(1)</script>", Body: "a & b\n\"c\" <i>", Unit: "<u>", Mended: "</p>", Photos: []press.Photo{{Caption: "<img src=x>", Author: "\"x\""}}}
	html := p.Web(syncproto.UsePublish).HTML()
	for _, tag := range []string{"<script", "<i>", "<u>", "<img", "</p></"} {
		if strings.Contains(html, tag) {
			t.Errorf("%s stands in %s", tag, html)
		}
	}
}

func TestSlugs(t *testing.T) {
	for text, want := range map[string]string{
		"Áo ấm cho trẻ em vùng lũ": "ao-am-cho-tre-em-vung-lu", "../../etc/passwd": "etc-passwd", "日本": "khong-ten", "CON": "con", "": "khong-ten",
		strings.Repeat("dài ", 40): "dai-dai-dai-dai-dai-dai-dai-dai-dai-dai",
	} {
		if got := press.Slug(text, 40); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// FuzzRenditions: whatever somebody writes, every rendition is valid text of its size, and nothing of it becomes markup.
func FuzzRenditions(f *testing.F) {
	f.Add("Tiêu đề", "Nội dung 12/3.\nHai dòng", "nhãn", "https://x.vn")
	f.Add("<b>", "\u202e\x00 [[[", "#", "")
	f.Fuzz(func(t *testing.T, title, body, tag, link string) {
		p := &press.Piece{Title: strings.ToValidUTF8(title, ""), Body: strings.ToValidUTF8(body, ""), Tags: []string{strings.ToValidUTF8(tag, "")}, Unit: "Hội"}
		post, sms, web, loud := p.Facebook(strings.ToValidUTF8(link, "")), p.SMS(link), p.Web(syncproto.UsePublish), p.Loudspeaker()
		if post.Count != utf8.RuneCountInString(post.Text) || post.Shown > post.Count {
			t.Fatalf("%+v", post)
		}
		if len(sms) > press.MaxSMS || !utf8.ValidString(loud.Text) || !utf8.ValidString(web.Text()) {
			t.Fatalf("%q", sms)
		}
		if html := web.HTML(); strings.Count(html, "<") != strings.Count(html, ">") {
			t.Fatal(html)
		}
		if slug := press.Slug(title, 60); slug == "" || len(slug) > 60 || strings.ContainsAny(slug, "./\\ ") {
			t.Fatal(slug)
		}
	})
}
