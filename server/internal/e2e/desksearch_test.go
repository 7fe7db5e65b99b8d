package e2e

import (
	"net/url"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto"
)

// TestSearchingAsPeopleType is AS-23 over the API at a small corpus: the time at 200,000 is a benchmark of the load tests.
// Downloads are named after the record's id, in letters that have one form only.
func TestSearchingAsPeopleType(t *testing.T) {
	o := newOffice(t)
	root := o.s.Root().ID
	lan, minh := o.phone("Lan", root, syncproto.RoleVolunteer), o.hire("Trần Văn Minh", root, syncproto.RoleEditor)
	const (
		exact  = "Tập huấn Chữ thập đỏ ở trường"
		plain  = "Tap huan chu thap do"
		pasted = "Hội Chữ thập đỏ dán từ máy khác" // sent in NFD
		other  = "Chú thấp đỏ mặt"
		short  = "CTĐ xã phát quà"
		good   = "Người tốt việc thiện làng Sen"
		newer  = "Làng hòa bình"
		older  = "Làng hoà bình xưa"
		none   = "Quỹ vì người nghèo"
	)
	for _, title := range []string{exact, plain, norm.NFD.String(pasted), other, short, good, newer, older, none} {
		lan.text(title)
	}
	body, err := lan.Create(background, syncproto.KindStory, "", syncproto.Fields{
		"title": syncproto.Text("Chuyện ở bếp"), "body": syncproto.Text("Bếp của Hội chữ thập đỏ nấu 300 suất."),
	})
	if err == nil {
		err = lan.Submit(background, body)
	}
	if err != nil {
		t.Fatal(err)
	}
	lan.sync()
	search := func(text string) (titles []string) {
		t.Helper()
		for _, row := range minh.queue("view=all&q=" + url.QueryEscape(text)).Rows {
			titles = append(titles, norm.NFC.String(row.Title))
		}
		return titles
	}
	redCross := []string{exact, plain, pasted, other, short, "Chuyện ở bếp"}
	for _, text := range []string{
		"chu thap do", "CHU THAP DO", "Chữ thập đỏ", norm.NFD.String("Chữ thập đỏ"), "chữ  thập đỏ ", "CTĐ", "ctđ",
	} {
		got := search(text)
		if want := slices.Sorted(slices.Values(redCross)); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
		if text != "Chữ thập đỏ" && text != norm.NFD.String("Chữ thập đỏ") {
			continue
		}
		first, last := []string{exact, pasted, "Chuyện ở bếp"}, []string{plain, other}
		for _, title := range last {
			at := slices.Index(got, title)
			for _, ahead := range first {
				if slices.Index(got, ahead) > at {
					t.Errorf("%q: %q comes after %q", text, ahead, title)
				}
			}
		}
	}
	for _, text := range []string{"hoà bình", "hòa bình", "hoa binh", norm.NFD.String("hoà bình"), norm.NFD.String("hòa bình")} {
		if got := search(text); len(got) != 2 || !slices.Contains(got, newer) || !slices.Contains(got, older) {
			t.Errorf("%q finds %q", text, got)
		}
	}
	for _, text := range []string{"nguoi tot viec thien", "người tốt việc thiện", norm.NFD.String("Người tốt việc thiện")} {
		if got := search(text); !slices.Equal(got, []string{good}) {
			t.Errorf("%q finds %q", text, got)
		}
	}
	if got := search("không có bài này"); len(got) != 0 {
		t.Errorf("finds %q", got)
	}
	o.sortedByName(t)
	o.noFaults()
}

// sortedByName lists people as a Vietnamese reader expects: by tên, then by đệm, then by họ, with
// the letters of the alphabet in its order.
func (o *office) sortedByName(t *testing.T) {
	t.Helper()
	commune := o.unit("Xã Hoằng Lộc", "Xã", "")
	admin := o.hire("Zê Quản Trị", commune, syncproto.RoleAdmin)
	want := []string{
		"Trần An", "Phạm Thị An", "Nguyễn Thị Ánh", "Đỗ Văn Ăn", "Vũ Ân", "Hồ Dũng", "Lê Đạt", "Bùi Đức", "Cao Em",
	}
	for _, i := range []int{6, 2, 8, 0, 5, 3, 7, 1, 4} {
		name := want[i]
		if i%2 == 0 {
			name = norm.NFD.String(name)
		}
		admin.post("/v1/people", object{"name": name, "unit": commune, "role": syncproto.RoleVolunteer}, nil)
	}
	var answer struct{ People []struct{ Name string } }
	admin.get("/v1/people?unit="+string(commune), &answer)
	var got []string
	for _, p := range answer.People {
		if p.Name != "Zê Quản Trị" {
			got = append(got, norm.NFC.String(p.Name))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("people come as %q, want %q", got, want)
	}
	admin.get("/v1/people?unit="+string(commune)+"&q=dat", &answer)
	if len(answer.People) != 1 || norm.NFC.String(answer.People[0].Name) != "Lê Đạt" {
		t.Errorf("dat finds %+v", answer.People)
	}
}
