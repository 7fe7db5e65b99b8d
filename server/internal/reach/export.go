package reach

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Format is how an export is written.
type Format string

// The formats.
const (
	CSV  Format = "csv"  // UTF-8 with a byte order mark, as spreadsheets want it
	XLSX Format = "xlsx" //
)

// pageSize is how many recipients are read at a time: an export of any length holds that many.
const pageSize = 500

// Export is a list of those who were not reached and agreed to be telephoned, ready to be written once.
type Export struct {
	Name string // of the file
	Type string // of its content

	s      *Service
	by     people.Actor
	call   syncproto.ID
	format Format
	sms    string
}

// Unreached prepares the list of recipients of whom neither a receipt nor an answer came. That it is made is in the audit log
// before any of it is written.
//
// Errors: call_unknown; query_invalid for a format.
func (s *Service) Unreached(ctx context.Context, by people.Actor, call syncproto.ID, format Format) (*Export, error) {
	e := &Export{s: s, by: by, call: call, format: format, Name: "lantoa-" + string(call) + "." + string(format)}
	switch format {
	case CSV:
		e.Type = "text/csv; charset=utf-8"
	case XLSX:
		e.Type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	default:
		return nil, &syncproto.Error{Code: syncproto.CodeQueryInvalid, Op: "export", Detail: "format"}
	}
	var note *storage.Audit
	err := s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.look(r, by, call)
		if err != nil {
			return err
		}
		e.sms = SMS(v.call)
		note = v.note(by, "call.exported", "unreached "+string(format))
		return nil
	})
	if err == nil {
		err = s.store.Update(ctx, func(tx storage.Tx) error { return tx.AddAudit(note) })
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// header is the first line of a list.
var header = []string{"Họ tên", "Điện thoại", "Đơn vị", "Tin nhắn SMS"}

// WriteTo writes the list and, at the end, to the audit log how long it was. It holds a page at a time; a database is not kept from
// anything meanwhile.
func (e *Export) WriteTo(ctx context.Context, out io.Writer) (err error) {
	var w table
	if e.format == XLSX {
		w, err = newWorkbook(out, e.s.temp)
	} else {
		w, err = newCSV(out)
	}
	if err != nil {
		return err
	}
	rows, err := e.rows(ctx, w)
	if closeErr := w.close(err == nil); err == nil {
		err = closeErr
	}
	if err == nil {
		err = e.noteRows(ctx, rows)
	}
	return err
}

// table is a list that is being written.
type table interface {
	row(cells ...string) error
	close(whole bool) error // whole: finish it; else give back what it holds
}

func (e *Export) rows(ctx context.Context, w table) (rows int, err error) {
	if err := w.row(header...); err != nil {
		return 0, err
	}
	for after := syncproto.ID(""); ; {
		var lines [][]string
		var next syncproto.ID
		err := e.s.store.View(ctx, func(r storage.Reader) (err error) {
			lines, next, err = e.page(r, after)
			return err
		})
		if err != nil {
			return rows, err
		}
		for _, line := range lines {
			if err := w.row(line...); err != nil {
				return rows, err
			}
			rows++
		}
		if after = next; after == "" {
			return rows, nil
		}
	}
}

// page reads some lines. Rights and wishes are those of this moment: somebody may have said meanwhile that they want no calls.
func (e *Export) page(r storage.Reader, after syncproto.ID) (lines [][]string, next syncproto.ID, err error) {
	v, err := e.s.look(r, e.by, e.call)
	if err != nil {
		return nil, "", err
	}
	list, err := r.Unreached(e.call, after, pageSize)
	if err != nil {
		return nil, "", err
	}
	persons := make([]syncproto.ID, len(list))
	for i := range list {
		persons[i] = list[i].Person
	}
	wants, err := r.Preferences(persons)
	if err != nil {
		return nil, "", err
	}
	for i := range list {
		one := &list[i]
		if !wants[one.Person].MayPhone || !v.mine(one.Unit) {
			continue
		}
		who, err := r.Person(one.Person)
		if err != nil {
			return nil, "", err
		}
		if who.Phone != "" && who.Closed == 0 && who.Suspended == 0 {
			lines = append(lines, []string{guard(who.Name), guard(national(who.Phone)), guard(v.name(one.Unit)), guard(e.sms)})
		}
	}
	if len(list) == pageSize {
		next = list[len(list)-1].Person
	}
	return lines, next, nil
}

func (e *Export) noteRows(ctx context.Context, rows int) error {
	var note *storage.Audit
	err := e.s.store.View(ctx, func(r storage.Reader) error {
		v, err := e.s.look(r, e.by, e.call)
		if err == nil {
			note = v.note(e.by, "call.exported", "rows="+strconv.Itoa(rows))
		}
		return err
	})
	if err != nil {
		return err
	}
	return e.s.store.Update(ctx, func(tx storage.Tx) error { return tx.AddAudit(note) })
}

// guard keeps a spreadsheet from reading a text as a formula (CWE-1236).
func guard(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// national writes a Vietnamese number as people dial it, in groups, so that a spreadsheet keeps its zero; others with 00.
func national(phone string) string {
	digits, vn := strings.CutPrefix(phone, "+84")
	if !vn {
		return strings.Replace(phone, "+", "00 ", 1)
	}
	if len(digits) != 9 {
		return "0" + digits[:min(2, len(digits))] + " " + digits[min(2, len(digits)):]
	}
	return "0" + digits[:3] + " " + digits[3:6] + " " + digits[6:]
}

// sheetCSV is RFC 4180 in UTF-8 with a byte order mark: without it the spreadsheet most offices have shows no accents.
type sheetCSV struct{ w *csv.Writer }

func newCSV(out io.Writer) (table, error) {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return nil, err
	}
	w := csv.NewWriter(out)
	w.UseCRLF = true
	return sheetCSV{w}, nil
}

func (s sheetCSV) row(cells ...string) error { return s.w.Write(cells) }

func (s sheetCSV) close(bool) error {
	s.w.Flush()
	return s.w.Error()
}
