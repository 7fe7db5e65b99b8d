package sheet_test

import (
	"bytes"
	"encoding/csv"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"lantoa/server/internal/sheet"
	"lantoa/syncproto"
)

var lines = [][]any{
	{"Đơn vị", "Bài"},
	{"=HYPERLINK(\"x\")", int64(-12)},
	{"@Xã \"Ea Kao\",\nthôn 2", 2.5},
	{"-1", int64(0)},
	{"+84", "\tx"},
	{"", "0912"},
}

var want = [][]string{
	{"Đơn vị", "Bài"}, {"'=HYPERLINK(\"x\")", "-12"}, {"'@Xã \"Ea Kao\",\nthôn 2", "2.5"}, {"'-1", "0"}, {"'+84", "'\tx"}, {"", "0912"},
}

func write(t *testing.T, format sheet.Format, temp string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := sheet.New(&out, format, sheet.Options{Temp: temp, Widths: []float64{30, 10}})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := w.Row(line...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Row(struct{}{}); syncproto.CodeOf(err) != syncproto.CodeInternal {
		t.Errorf("a cell that is none: %v", err)
	}
	if err := w.Close(true); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCSV(t *testing.T) {
	text := write(t, sheet.CSV, "")
	if !bytes.HasPrefix(text, []byte("\ufeffĐơn vị,Bài\r\n")) {
		t.Errorf("got %q", text)
	}
	rows, err := csv.NewReader(bytes.NewReader(text[3:])).ReadAll()
	if err != nil || !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("got %q, %v, want %q", rows, err, want)
	}
}

func TestWorkbook(t *testing.T) {
	temp := t.TempDir()
	book, err := excelize.OpenReader(bytes.NewReader(write(t, sheet.XLSX, temp)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Sheet1")
	if err != nil || !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("got %q, %v, want %q", rows, err, want)
	}
	for cell, want := range map[string]excelize.CellType{"B2": excelize.CellTypeUnset, "A2": excelize.CellTypeInlineString, "B6": excelize.CellTypeInlineString} {
		if got, err := book.GetCellType("Sheet1", cell); err != nil || got != want {
			t.Errorf("%s: got type %v, %v, want %v", cell, got, err, want)
		}
	}
	if formula, err := book.GetCellFormula("Sheet1", "A2"); err != nil || formula != "" {
		t.Errorf("a formula: %q, %v", formula, err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("remains: %v, %v", left, err)
	}
}

func TestWhatIsLeftIsSwept(t *testing.T) {
	temp := t.TempDir()
	var out bytes.Buffer
	if _, err := sheet.New(&out, sheet.XLSX, sheet.Options{Temp: temp}); err != nil { // as of a server that stopped
		t.Fatal(err)
	}
	keep := filepath.Join(temp, "lantoa.db")
	if err := os.WriteFile(keep, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sheet.Sweep(temp, slog.New(slog.DiscardHandler))
	if left, err := os.ReadDir(temp); err != nil || len(left) != 1 {
		t.Errorf("remains: %v, %v", left, err)
	}
}

func TestFormats(t *testing.T) {
	if sheet.CSV.Type() == "" || sheet.XLSX.Type() == "" || sheet.Format("pdf").Type() != "" {
		t.Error("types")
	}
	if _, err := sheet.New(&bytes.Buffer{}, "pdf", sheet.Options{}); syncproto.CodeOf(err) != syncproto.CodeQueryInvalid {
		t.Errorf("got %v", err)
	}
}
