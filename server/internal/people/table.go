package people

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// The limits of a table that is imported.
const (
	MaxTableBytes = 8 << 20
	maxTableLines = 20_000
	maxFieldBytes = 400
)

// Fault is what is wrong with one field of a table. It names the place and never the text.
type Fault struct {
	Line   int            `json:"line"`             // in the file, from 1, the header being the first
	Column string         `json:"column,omitempty"` // code, name, level, parent, phone, unit, role; "" for the whole line
	Code   syncproto.Code `json:"code"`
	Other  int            `json:"other,omitempty"` // the line that it collides with
}

// TableError is everything that is wrong with a table. Nothing of it was applied.
type TableError struct{ Faults []Fault }

// Error is for logs.
func (e *TableError) Error() string { return e.Unwrap().Error() }

// Unwrap makes it an error with a code.
func (e *TableError) Unwrap() error {
	return &syncproto.Error{Code: syncproto.CodeTableInvalid, Op: "import table"}
}

// Add adds what is wrong with one field; "" for the whole line.
func (e *TableError) Add(line int, column string, code syncproto.Code) {
	e.Faults = append(e.Faults, Fault{Line: line, Column: column, Code: code})
}

// OrNil is the error in the order of the lines, if anything is wrong.
func (e *TableError) OrNil() error {
	if len(e.Faults) == 0 {
		return nil
	}
	slices.SortStableFunc(e.Faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return e
}

// Column is one column that a table may have, with the headers by which it is known, folded.
type Column struct {
	Name    string
	Headers []string
	Needed  bool
}

// Row is one line of a table: its fields by column, cleaned and in NFC.
type Row struct {
	Line   int
	Fields map[string]string
}

// ReadTable reads a CSV table (RFC 4180) in UTF-8, with or without a byte order mark, its fields parted by commas or by
// semicolons, as the header shows. Columns stand in any order; those that nobody knows are passed over. Fields are texts
// whatever they begin with: a spreadsheet's formula is a name like another. Everything that is wrong with the lines is
// returned at once, as a TableError beside the rows that can be read.
func ReadTable(data []byte, columns []Column) ([]Row, *TableError) {
	faults := &TableError{}
	if len(data) > MaxTableBytes {
		faults.Add(1, "", syncproto.CodeTooLarge)
		return nil, faults
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = separator(data), -1
	header, err := r.Read()
	if err != nil {
		faults.Add(1, "", syncproto.CodeInvalidValue)
		return nil, faults
	}
	places := match(header, columns, faults)
	if len(faults.Faults) > 0 {
		return nil, faults
	}
	var rows []Row
	for count := 0; ; count++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, faults
		}
		if count >= maxTableLines {
			line, _ := r.FieldPos(0)
			faults.Add(line, "", syncproto.CodeTooMany)
			return rows, faults
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			faults.Add(broken.StartLine, "", syncproto.CodeInvalidValue)
			continue
		}
		if !blank(fields) {
			line, _ := r.FieldPos(0)
			rows = append(rows, take(line, fields, columns, places, faults))
		}
	}
}

// separator is what parts the fields of the header, outside of quotes: what there is more of.
func separator(data []byte) rune {
	commas, semicolons, quoted := 0, 0, false
	for _, b := range data {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == ',':
			commas++
		case b == ';':
			semicolons++
		}
		if b == '\n' && !quoted {
			return more(commas, semicolons)
		}
	}
	return more(commas, semicolons)
}

func more(commas, semicolons int) rune {
	if semicolons > commas {
		return ';'
	}
	return ','
}

// match finds the place of each column in the header, -1 for one that is not there.
func match(header []string, columns []Column, faults *TableError) []int {
	places := make([]int, len(columns))
	for i, c := range columns {
		places[i] = -1
		for j, text := range header {
			text = strings.Join(strings.Fields(viet.Fold(text)), " ")
			for _, known := range c.Headers {
				if text != known {
					continue
				}
				if places[i] >= 0 {
					faults.Add(1, c.Name, syncproto.CodeDuplicateKey)
				}
				places[i] = j
			}
		}
		if places[i] < 0 && c.Needed {
			faults.Add(1, c.Name, syncproto.CodeMissingMember)
		}
	}
	return places
}

func take(line int, fields []string, columns []Column, places []int, faults *TableError) Row {
	out := Row{Line: line, Fields: make(map[string]string, len(columns))}
	for i, c := range columns {
		if places[i] < 0 || places[i] >= len(fields) {
			if c.Needed {
				faults.Add(line, c.Name, syncproto.CodeMissingMember)
			}
			continue
		}
		text := fields[places[i]]
		if !utf8.ValidString(text) {
			faults.Add(line, c.Name, syncproto.CodeNotUTF8)
			continue
		}
		text = norm.NFC.String(strings.Join(strings.Fields(text), " "))
		switch {
		case len(text) > maxFieldBytes:
			faults.Add(line, c.Name, syncproto.CodeTooLarge)
		case strings.ContainsFunc(text, unicode.IsControl):
			faults.Add(line, c.Name, syncproto.CodeInvalidValue)
		case text == "" && c.Needed:
			faults.Add(line, c.Name, syncproto.CodeMissingMember)
		default:
			out.Fields[c.Name] = text
		}
	}
	return out
}

func blank(fields []string) bool {
	for _, f := range fields {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}
