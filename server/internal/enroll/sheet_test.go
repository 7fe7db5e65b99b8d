package enroll_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"lantoa/server/internal/enroll"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

var stroke = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

func TestAPictureHasEveryModuleOfItsCode(t *testing.T) {
	text := enroll.URI("https://lantoa.example.vn", "ABCD-EFGH-JKMN")
	picture, err := enroll.Draw(text)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	black := map[string]bool{}
	for _, m := range stroke.FindAllStringSubmatch(string(picture.Path), -1) {
		x, _ := strconv.Atoi(m[1])
		run, _ := strconv.Atoi(m[3])
		for i := range run {
			black[fmt.Sprint(x+i, " ", m[2])] = true
		}
	}
	want := 0
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				if want++; !black[fmt.Sprint(x+4, " ", y+4)] {
					t.Fatalf("module %d,%d is white", x, y)
				}
			}
		}
	}
	if len(black) != want || picture.Size != code.Size+8 {
		t.Errorf("%d black modules of %d, in a box of %d", len(black), want, picture.Size)
	}
	if _, err := enroll.Draw(strings.Repeat("x", 5000)); syncproto.CodeOf(err) != syncproto.CodeTooLarge {
		t.Errorf("got %v", err)
	}
}

func TestASheetStandsAlone(t *testing.T) {
	issued := []enroll.Issued{
		{Code: "ABCD-EFGH-JKMN", Name: `Nguyễn "An" <script>`, Expires: time.Date(2026, 7, 1, 17, 0, 0, 0, time.UTC), Unit: syncproto.Unit{Name: "Xã & Phường"}},
		{Code: "BCDE-FGHJ-KMNP", Expires: time.Date(2026, 7, 1, 17, 0, 0, 0, time.UTC)},
	}
	var page bytes.Buffer
	if err := enroll.Sheet(&page, "https://lantoa.example.vn", syncproto.RoleVolunteer, issued); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, want := range []string{"ABCD-EFGH-JKMN", "BCDE-FGHJ-KMNP", "00:00 02/07/2026", "Tình nguyện viên", "Volunteer", "Xã &amp; Phường", "&lt;script&gt;"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the sheet", want)
		}
	}
	for _, not := range []string{"<script", "http-equiv", "src=", "@import", "url("} {
		if strings.Contains(text, not) {
			t.Errorf("%q is on the sheet", not)
		}
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.Entity, d.AutoClose = false, xml.HTMLEntity, xml.HTMLAutoClose
	for {
		if _, err := d.Token(); err != nil {
			if err.Error() != "EOF" {
				t.Error(err)
			}
			break
		}
	}
}

func TestACodeOfAUnitThatWasMergedIsForItsSuccessor(t *testing.T) {
	w := newWorld(t)
	code, last := w.issue(enroll.Invitation{}), w.issue(enroll.Invitation{})
	other, err := w.people.CreateUnit(t.Context(), syncproto.Unit{Name: "Phường Hải Lăng"})
	w.must(err)
	w.now = w.now.Add(time.Hour)
	reorganise := func(c people.UnitChange) {
		t.Helper()
		_, err := w.people.Reorganise(t.Context(), people.Console(), []people.UnitChange{c}, false)
		w.must(err)
	}
	reorganise(people.UnitChange{Act: people.ActMerge, Unit: other.ID, Units: []syncproto.ID{w.unit.ID}})
	req := &syncproto.EnrollRequest{Code: code, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22)}
	for range 2 {
		got, err := w.enroll.Redeem(t.Context(), req)
		if err != nil || got.Unit != other.ID || got.UnitName != "Phường Hải Lăng" {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	w.now = w.now.Add(time.Hour)
	reorganise(people.UnitChange{Act: people.ActClose, Unit: other.ID, Final: true})
	req = &syncproto.EnrollRequest{Code: last, Device: syncproto.NewID(), Nonce: strings.Repeat("n", 22)}
	if _, err := w.enroll.Redeem(t.Context(), req); syncproto.CodeOf(err) != syncproto.CodeEnrollExpired {
		t.Errorf("of a unit that is no more: %v", err)
	}
}
