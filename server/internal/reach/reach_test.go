package reach_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"lantoa/server/internal/reach"
	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

func TestFunnel(t *testing.T) {
	w := newWorld(t)
	yes := storage.Recipient{Choice: "yes", Standing: syncproto.StateRegistered, Count: 1, Answered: 5, Received: 4}
	no := storage.Recipient{Choice: "no", Standing: syncproto.StateNoted, Count: 1, Answered: 5, Opened: 4}
	w.many(10, w.north, yes)
	w.many(7, w.north, no)
	w.many(20, w.north, storage.Recipient{})
	w.many(3, w.south, yes)
	w.many(6, w.south, no)
	f, err := w.svc.Funnel(t.Context(), w.officer, w.call.ID)
	if err != nil {
		t.Fatal(err)
	}
	if f.AsOf != start.UnixMilli() || f.Kind != syncproto.CallUrgent || len(f.Units) != 2 || !slices.Equal(f.Choices, []string{"yes", "no"}) {
		t.Errorf("got %+v", f)
	}
	if slices.Index([]syncproto.ID{f.Units[0].Unit, f.Units[1].Unit}, w.south) == 0 {
		f.Units[0], f.Units[1] = f.Units[1], f.Units[0]
	}
	row := func(r reach.Row) string {
		return fmt.Sprint(r.Eligible, " ", r.Arrived, " ", r.Answered, " ", r.Choices["yes"], " ", r.Choices["no"], " ", r.Came)
	}
	// Three of the south said yes: with those of the north and the total that could be worked out.
	if got, want := row(f.Units[1]), "9 9 9 <5 6 0"; got != want {
		t.Errorf("the south: got %s, want %s", got, want)
	}
	if got, want := row(f.Units[0]), "37 17 17 … 7 0"; got != want {
		t.Errorf("the north: got %s, want %s", got, want)
	}
	if got := row(f.Total); got != "46 26 26 13 13 0" {
		t.Errorf("in all: got %s", got)
	}
	if _, err := w.svc.Funnel(t.Context(), w.local, w.call.ID); err != nil {
		t.Errorf("one of those who call: %v", err)
	}
	_, err = w.svc.Funnel(t.Context(), w.stranger, w.call.ID)
	wantCode(t, err, syncproto.CodeCallUnknown)
	_, err = w.svc.Funnel(t.Context(), w.officer, syncproto.NewID())
	wantCode(t, err, syncproto.CodeCallUnknown)
	for _, step := range reach.Steps() {
		for _, lang := range catalogue.Languages() {
			if text := catalogue.Text(lang, "reach."+step, nil); text == "" || text == "reach."+step {
				t.Errorf("%s has no definition in %s", step, lang)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	w := newWorld(t)
	yes := storage.Recipient{Choice: "yes", Standing: syncproto.StateRegistered, Count: 2, Answered: 5}
	lan := w.chosen("Lan", "+84912345678", w.north, yes)
	w.chosen("Ân", "", w.south, storage.Recipient{Choice: "no", Standing: syncproto.StateNoted, Count: 1, Answered: 6})
	w.chosen("Im", "", w.north, storage.Recipient{})
	all, err := w.svc.Answers(t.Context(), w.officer, w.call.ID, reach.AnswerQuery{})
	if err != nil || len(all.Answers) != 2 || all.Next != "" {
		t.Fatalf("got %+v, %v", all, err)
	}
	mine, err := w.svc.Answers(t.Context(), w.local, w.call.ID, reach.AnswerQuery{})
	if err != nil || len(mine.Answers) != 1 || mine.Answers[0].Person != lan || mine.Answers[0].Name != "Lan" || mine.Answers[0].Phone != "+84912345678" || mine.Answers[0].Count != 2 {
		t.Errorf("of the north: got %+v, %v", mine, err)
	}
	for _, q := range []reach.AnswerQuery{{Choice: "no"}, {Standing: syncproto.StateNoted}} {
		if got, err := w.svc.Answers(t.Context(), w.officer, w.call.ID, q); err != nil || len(got.Answers) != 1 || got.Answers[0].Phone != "" {
			t.Errorf("%+v: got %+v, %v", q, got, err)
		}
	}
	w.many(25, w.north, yes)
	seen := map[syncproto.ID]bool{}
	for q := (reach.AnswerQuery{Limit: 4}); ; {
		page, err := w.svc.Answers(t.Context(), w.officer, w.call.ID, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range page.Answers {
			seen[a.Person] = true
		}
		if q.From = page.Next; q.From == "" {
			break
		}
	}
	if len(seen) != 27 {
		t.Errorf("pages gave %d", len(seen))
	}
	_, err = w.svc.Answers(t.Context(), w.stranger, w.call.ID, reach.AnswerQuery{})
	wantCode(t, err, syncproto.CodeCallUnknown)
	_, err = w.svc.Answers(t.Context(), w.officer, w.call.ID, reach.AnswerQuery{Limit: 201})
	wantCode(t, err, syncproto.CodeQueryInvalid)
	if got := len(w.audits("call.answers")); got != 4+7 {
		t.Errorf("the log has %d pages", got)
	}
	w.update(func(tx storage.Tx) error {
		p, err := tx.Person(lan)
		if err != nil {
			return err
		}
		p.Closed = 5
		return tx.PutPerson(p)
	})
	left, err := w.svc.Answers(t.Context(), w.local, w.call.ID, reach.AnswerQuery{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range left.Answers {
		if a.Person == lan && a.Phone != "" {
			t.Errorf("who left can be telephoned: %+v", a)
		}
	}
}

func (w *world) export(by string, format reach.Format) []byte {
	w.t.Helper()
	actor := w.officer
	if by == "north" {
		actor = w.local
	}
	e, err := w.svc.Unreached(w.t.Context(), actor, w.call.ID, format)
	if err != nil {
		w.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := e.WriteTo(w.t.Context(), &out); err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

func TestExportOfTheUnreached(t *testing.T) {
	w := newWorld(t)
	w.chosen("Lê Thị Lan", "+84912345678", w.north, storage.Recipient{})
	w.chosen("=HYPERLINK(\"x\")", "+84912345679", w.south, storage.Recipient{})
	w.chosen("Đã nhận", "+84912345670", w.north, storage.Recipient{Received: 5})
	w.chosen("Đã trả lời", "+84912345671", w.north, storage.Recipient{Answered: 5, Choice: "no", Standing: syncproto.StateNoted})
	w.chosen("Không muốn", "", w.north, storage.Recipient{})
	foreign := w.chosen("Ở xa", "+14155552671", w.south, storage.Recipient{})
	left := w.chosen("Đã nghỉ", "+84912345673", w.north, storage.Recipient{})
	w.update(func(tx storage.Tx) error {
		p, err := tx.Person(left)
		if err != nil {
			return err
		}
		p.Suspended = 5
		return tx.PutPerson(p)
	})
	text := w.export("", reach.CSV)
	if !bytes.HasPrefix(text, []byte("\ufeffHọ tên,Điện thoại,Đơn vị,Tin nhắn SMS\r\n")) {
		t.Errorf("got %q", text)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sms := "Can mau nhom O."
	want := [][]string{
		{"Lê Thị Lan", "0912 345 678", "'=Bắc", sms}, {"'=HYPERLINK(\"x\")", "0912 345 679", "Nam", sms}, {"Ở xa", "00 14155552671", "Nam", sms},
	}
	check := func(what string, rows [][]string) {
		if len(rows) != len(want)+1 {
			t.Fatalf("%s: got %q", what, rows)
		}
		for _, row := range want {
			if !slices.ContainsFunc(rows, func(got []string) bool { return slices.Equal(got, row) }) {
				t.Errorf("%s: got %q, not %q", what, rows, row)
			}
		}
	}
	check("csv", rows)
	book, err := excelize.OpenReader(bytes.NewReader(w.export("", reach.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err = book.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	check("xlsx", rows)
	if formula, err := book.GetCellFormula("Sheet1", "A3"); err != nil || formula != "" {
		t.Errorf("a formula: %q, %v", formula, err)
	}
	if left, err := os.ReadDir(w.dir); err != nil || len(left) != 0 {
		t.Errorf("remains: %v, %v", left, err)
	}
	if got := w.export("north", reach.CSV); bytes.Contains(got, []byte("HYPERLINK")) || !bytes.Contains(got, []byte("Lan")) {
		t.Errorf("of the north: got %q", got)
	}
	if got, want := w.audits("call.exported"), []string{"unreached csv", "rows=3", "unreached xlsx", "rows=3", "unreached csv", "rows=1"}; !slices.Equal(got, want) {
		t.Errorf("the log says %q, want %q", got, want)
	}
	_, err = w.svc.Unreached(t.Context(), w.stranger, w.call.ID, reach.CSV)
	wantCode(t, err, syncproto.CodeCallUnknown)
	_, err = w.svc.Unreached(t.Context(), w.officer, w.call.ID, "pdf")
	wantCode(t, err, syncproto.CodeQueryInvalid)
	if foreign == "" || w.log.Len() != 0 {
		t.Errorf("logged: %s", w.log.String())
	}
}

func TestSMS(t *testing.T) {
	at := time.Date(2026, 7, 5, 0, 30, 0, 0, time.UTC).UnixMilli()
	place := syncproto.Object(syncproto.Fields{"text": syncproto.Text("Bệnh viện Đa khoa tỉnh")})
	for name, c := range map[string]struct {
		call storage.Call
		want string
	}{
		"made of the call": {storage.Call{Title: "Cần 40 người hiến máu nhóm O", Starts: at, Place: place}, "Can 40 nguoi hien mau nhom O. 07:30 05/07. Tai Benh vien Da khoa tinh."},
		"without time":     {storage.Call{Title: "Khẩn cấp!", Place: place}, "Khan cap! Tai Benh vien Da khoa tinh."},
		"as written":       {storage.Call{Title: "x", SMS: "Gấp – “máu O”… €5 [A] ~ 100%\n\tĐến ngay nhé 🙏"}, `Gap - "mau O"... EUR5 (A) - 100% Den ngay nhe`},
		"a position alone": {storage.Call{Title: "x", Place: syncproto.Object(syncproto.Fields{"lat": "16.4", "lon": "107.5"})}, "x."},
	} {
		if got := reach.SMS(&c.call); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	long := storage.Call{Title: strings.Repeat("nghiêng ", 60), Starts: at, Place: place}
	got := reach.SMS(&long)
	if len(got) > 160 || len(got) < 140 || !strings.HasSuffix(got, "nghieng. 07:30 05/07. Tai Benh vien Da khoa tinh.") {
		t.Errorf("got %d: %q", len(got), got)
	}
	long.SMS = strings.Repeat("x", 300)
	if got := reach.SMS(&long); len(got) != 160 {
		t.Errorf("got %d", len(got))
	}
}

// FuzzSMS: whatever is written comes as one SMS of the alphabet that has no accents.
func FuzzSMS(f *testing.F) {
	f.Add("Cần máu nhóm O", "", int64(5), "Huế")
	f.Add("", strings.Repeat("ợ ", 200), int64(0), "^{}[]~|\\€")
	f.Fuzz(func(t *testing.T, title, sms string, starts int64, place string) {
		c := storage.Call{Title: title, SMS: sms, Starts: starts % 4e12, Place: syncproto.Object(syncproto.Fields{"text": syncproto.Text(place)})}
		got := reach.SMS(&c)
		if len(got) > 160 || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune("^{}[]~\\|`", r) }) {
			t.Fatalf("%d: %q", len(got), got)
		}
	})
}
