package overview_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"lantoa/server/internal/overview"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// busy is a world in which something of everything happened.
func busy(t *testing.T) *world {
	w := newWorld(t)
	for d := range 40 {
		w.now = day(2025, 2, 1+d)
		id := w.story(w.river, []string{"hien_mau", "cuu_tro", "la_lam"}[d%3])
		w.now += int64(d) * 20 * 60_000
		w.steps(w.nam.Actor, id, syncproto.CommandClaim)
		w.now += int64(d%5) * 3_600_000
		switch d % 4 {
		case 0:
			w.steps(w.nam.Actor, id, syncproto.CommandApprove, syncproto.CommandPublish)
		case 1:
			w.steps(w.nam.Actor, id, syncproto.CommandReturn)
		case 2:
			w.steps(w.nam.Actor, id, syncproto.CommandDecline)
		}
	}
	w.story(w.lake, "hien_mau")
	w.now = day(2025, 3, 15)
	if err := overview.NewFolder(w.store, overview.FolderOptions{}).Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	many := map[string]int64{"came/story/hien_mau": 1234, "approved": 1200, "decide/30": 1200, "claim/9": 1200}
	err := w.store.Update(t.Context(), func(tx storage.Tx) error {
		mark, err := tx.Counted()
		if err != nil {
			return err
		}
		return tx.Count(mark, mark, []storage.Counters{{Span: 20250310, Unit: w.lake, Counts: many}, {Span: 202503, Unit: w.lake, Counts: many}})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// like reads a line of a spreadsheet as the page shows it: numbers with points between thousands and commas, no apostrophes before
// what would be a formula.
func like(line []string, vi bool) []string {
	out := slices.Clone(line)
	number := regexp.MustCompile(`^-?\d+(\.\d+)?$`)
	for i, text := range out {
		if !number.MatchString(text) || !vi {
			out[i] = strings.TrimPrefix(text, "'")
			continue
		}
		whole, rest, _ := strings.Cut(text, ".")
		for at := len(whole) - 3; at > 0; at -= 3 {
			whole = whole[:at] + "." + whole[at:]
		}
		if out[i] = whole; rest != "" {
			out[i] += "," + rest
		}
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// TestExportsEqualTheScreen reads the tables of the page, the CSV and the workbook: each line of the page is a line of both, in the
// same order.
func TestExportsEqualTheScreen(t *testing.T) {
	w := busy(t)
	for _, query := range []string{"?period=custom&from=2025-02-01&until=2025-03-31", "?period=month", "?period=year&unit=" + string(w.south), "?period=last_month&step=week"} {
		body := w.get(w.nam, "/console/overview"+query, 200)
		text := w.get(w.nam, "/console/overview.csv"+query, 200)
		if !strings.HasPrefix(text, "\ufeff") {
			t.Errorf("no mark: %.40q", text)
		}
		read := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
		read.FieldsPerRecord = -1
		lines, err := read.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(bytes.NewReader([]byte(w.get(w.nam, "/console/overview.xlsx"+query, 200))))
		if err != nil {
			t.Fatal(err)
		}
		cells, err := book.GetRows("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		_ = book.Close()
		shown := tables(body)
		if len(shown) < 5 {
			t.Fatalf("%s: %d tables", query, len(shown))
		}
		for name, file := range map[string][][]string{"csv": lines, "xlsx": cells} {
			at := 0
			for _, table := range shown {
				for _, line := range table {
					want := like(line, false)
					for at < len(file) && !slices.Equal(like(file[at], true), want) {
						at++
					}
					if at == len(file) {
						t.Fatalf("%s of %s has no line %q", name, query, line)
					}
					at++
				}
			}
		}
		for _, value := range regexp.MustCompile(`(?s)<dt title[^>]*>(.*?)</dt>\s*<dd><b>(.*?)</b>`).FindAllStringSubmatch(body, -1) {
			if line := []string{plain(value[1]), plain(value[2])}; !slices.ContainsFunc(lines, func(got []string) bool {
				return len(got) >= 2 && got[0] == line[0] && like(got[1:2], false)[0] == line[1]
			}) {
				t.Errorf("%s: the csv has no %q", query, line)
			}
		}
	}
}

func TestThePageSaysHowItIsCounted(t *testing.T) {
	w := busy(t)
	body := w.get(w.nam, "/console/overview?period=month", 200)
	sections := regexp.MustCompile(`(?s)<section class="card.*?</section>`).FindAllString(body, -1)
	if len(sections) != 6 {
		t.Errorf("got %d sections", len(sections))
	}
	for _, section := range sections {
		for what, pattern := range map[string]string{
			"a chart": `<svg [^>]*role="img" aria-labelledby`, "a table": `<table>`, "what it means": `Cách tính`, "a caption": `<caption`,
		} {
			if !regexp.MustCompile(pattern).MatchString(section) {
				t.Errorf("no %s in %.300s", what, section)
			}
		}
	}
	ids := map[string]bool{}
	for _, id := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if ids[id[1]] {
			t.Errorf("%s is there twice", id[1])
		}
		ids[id[1]] = true
	}
	if strings.Contains(body, "<b>Nam</b>") || strings.Contains(body, "overview.") && regexp.MustCompile(`>\s*overview\.[a-z]`).MatchString(body) {
		t.Error("markup of a name, or a text that is missing")
	}
	if !strings.Contains(body, "la lam") || !strings.Contains(body, "Hiến máu") {
		t.Error("types have no names")
	}
	if printed := w.get(w.nam, "/console/overview?period=month&print=1", 200); strings.Contains(printed, "<details class=\"overview-data\">") || strings.Contains(printed, "<form class=\"overview-choice\"") {
		t.Error("the print view folds its tables, or asks")
	}
}

func TestWhatCannotBeAnsweredIsTold(t *testing.T) {
	w := busy(t)
	for _, query := range []string{
		"?period=custom", "?period=custom&from=2025-03-01&until=2025-02-01", "?from=hôm+qua", "?period=custom&from=2001-01-01&until=2025-02-01&step=day",
		"?period=month&step=hour", "?unit=khong",
	} {
		body := w.get(w.nam, "/console/overview"+query, 400)
		if !strings.Contains(body, `role="alert"`) || len(tables(body)) == 0 {
			t.Errorf("%s: %.400s", query, body)
		}
		w.get(w.nam, "/console/overview.csv"+query, 400)
	}
	kept := w.get(w.nam, "/console/overview?period=custom&from=2001-01-01&until=2025-02-01&step=day", 400)
	for _, typed := range []string{`value="2001-01-01"`, `value="2025-02-01"`, `value="day" selected`, "60"} {
		if !strings.Contains(kept, typed) {
			t.Errorf("what was typed is gone: no %s", typed)
		}
	}
	w.get(w.nam, "/console/overview?unit="+string(syncproto.NewID()), 404)
	w.get(w.hoa, "/console/overview?unit="+string(w.south), 404)
	volunteer := w.signIn(w.writers[w.river], "lan")
	w.get(volunteer, "/console/overview", 403)
}

func TestLinksLeadOn(t *testing.T) {
	w := busy(t)
	body := w.get(w.nam, "/console/overview?period=month", 200)
	for _, want := range []string{
		"/console/queue?age=72&amp;state=submitted&amp;state=resubmitted&amp;state=in_review&amp;view=open",
		"/console/overview?period=month&amp;step=day&amp;unit=" + string(w.north), "/console/overview.csv?period=month&amp;step=day",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no link %s", want)
		}
	}
	officer := w.get(w.hoa, "/console/overview?period=year", 200)
	if strings.Contains(officer, "/console/queue?") || strings.Contains(officer, "Xã Hồ") || !strings.Contains(officer, "Xã Sông") {
		t.Error("an officer of the north is offered the queue, or another's units")
	}
	deep := w.get(w.nam, "/console/overview?period=year&unit="+string(w.river), 200)
	for _, above := range []syncproto.ID{w.province, w.north} {
		if !strings.Contains(deep, "unit="+string(above)) {
			t.Error("no way up")
		}
	}
}

func TestANewServerIsEmpty(t *testing.T) {
	w := newWorld(t)
	body := w.get(w.nam, "/console/overview", 200)
	if len(tables(body)) != 0 || !strings.Contains(body, "Chưa có gì trong kỳ này") {
		t.Errorf("got %.600s", body)
	}
}

// TestOldReportsKeepTheirDistricts: the districts end on 1 July (AS-16).
func TestOldReportsKeepTheirDistricts(t *testing.T) {
	w := newWorld(t)
	w.now = day(2025, 3, 1)
	w.story(w.river, "hien_mau")
	w.story(w.lake, "hien_mau")
	july := time.Date(2025, 7, 1, 0, 0, 0, 0, time.FixedZone("", 7*3600)).UnixMilli()
	_, err := w.people.Reorganise(t.Context(), people.Console(), []people.UnitChange{
		{Act: people.ActReparent, Unit: w.river, Parent: w.province, At: july},
		{Act: people.ActReparent, Unit: w.lake, Parent: w.province, At: july},
		{Act: people.ActClose, Unit: w.north, Successors: []syncproto.ID{w.river}, At: july},
		{Act: people.ActClose, Unit: w.south, Successors: []syncproto.ID{w.lake}, At: july},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	w.now = day(2025, 8, 1)
	names := func(query string) (out []string) {
		list := tables(w.get(w.nam, "/console/overview"+query, 200))
		for _, line := range list[len(list)-1][1:] {
			out = append(out, fmt.Sprint(line[0], " ", line[1]))
		}
		return out
	}
	if got, want := names("?from=2025-01-01&until=2025-06-30"), []string{"Thanh Hóa 0", "=Huyện Bắc 1", "Huyện <b>Nam</b> & biển 1", "Cộng 2"}; !slices.Equal(got, want) {
		t.Errorf("the half-year: got %q, want %q", got, want)
	}
	if got, want := names("?period=year"), []string{"Thanh Hóa 0", "Xã Hồ 1", "Xã Sông 1", "Cộng 2"}; !slices.Equal(got, want) {
		t.Errorf("the year: got %q, want %q", got, want)
	}
}
