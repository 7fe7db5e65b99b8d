package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lantoa/syncproto"
)

// Format is how a table is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"  // UTF-8 with a byte order mark, as spreadsheets want it
	XLSX Format = "xlsx" //
)

// Type is the media type of a format, "" for what is none.
func (f Format) Type() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return ""
}

// Options say how a table is made. The zero value will do.
type Options struct {
	Temp   string    // where a long workbook is put together; "" for the system's directory
	Widths []float64 // of the columns of a workbook, in characters
}

// Writer is a table that is being written.
type Writer interface {
	// Row writes one line. Cells are strings, int64 or float64.
	Row(cells ...any) error
	// Close finishes the table, or if it is not whole only gives back what it holds.
	Close(whole bool) error
}

// New begins a table. Errors: query_invalid for a format that is none.
func New(out io.Writer, format Format, opt Options) (Writer, error) {
	switch format {
	case CSV:
		return newCSV(out)
	case XLSX:
		return newWorkbook(out, opt)
	}
	return nil, &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "write table", Detail: "format"}
}

// tempPattern names directories of workbooks that are being made.
const tempPattern = "sheet-*.tmp"

// Sweep removes what workbooks left in a directory when a server stopped in the middle.
func Sweep(temp string, log *slog.Logger) {
	left, _ := filepath.Glob(filepath.Join(temp, tempPattern)) // the pattern is right
	for _, dir := range left {
		if err := os.RemoveAll(dir); err != nil {
			log.Warn("remains of a table stay", "err", err)
		}
	}
}

// guard keeps a spreadsheet from reading a text as a formula.
func guard(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// commas is RFC 4180 in UTF-8 with a byte order mark: without it the spreadsheet most offices have shows no accents.
type commas struct{ w *csv.Writer }

func newCSV(out io.Writer) (Writer, error) {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return nil, err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	return commas{w}, nil
}

// Row implements Writer.
func (s commas) Row(cells ...any) error {
	texts := make([]string, len(cells))
	for i, cell := range cells {
		switch v := cell.(type) {
		case string:
			texts[i] = guard(v)
		case int64:
			texts[i] = strconv.FormatInt(v, 10)
		case float64:
			texts[i] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			return wrongCell(cell)
		}
	}
	return s.w.Write(texts)
}

// Close implements Writer.
func (s commas) Close(bool) error {
	s.w.Flush()
	return s.w.Error()
}

func wrongCell(cell any) error {
	return syncproto.E(syncproto.CodeInternal, "write table", fmt.Errorf("a cell of type %T", cell))
}
