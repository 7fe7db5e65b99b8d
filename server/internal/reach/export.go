package reach

import (
	"context"
	"io"
	"strconv"
	"strings"

	"lantoa/server/internal/people"
	"lantoa/server/internal/sheet"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Format is how an export is written.
type Format = sheet.Format

// The formats.
const (
	CSV  = sheet.CSV
	XLSX = sheet.XLSX
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
	if e.Type = format.Type(); e.Type == "" {
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
var header = []any{"Họ tên", "Điện thoại", "Đơn vị", "Tin nhắn SMS"}

// widths are those of the columns, in characters.
var widths = []float64{28, 16, 28, 80}

// WriteTo writes the list and, at the end, to the audit log how long it was. It holds a page at a time; a database is not kept from
// anything meanwhile.
func (e *Export) WriteTo(ctx context.Context, out io.Writer) (err error) {
	w, err := sheet.New(out, e.format, sheet.Options{Temp: e.s.temp, Widths: widths})
	if err != nil {
		return err
	}
	rows, err := e.rows(ctx, w)
	if closeErr := w.Close(err == nil); err == nil {
		err = closeErr
	}
	if err == nil {
		err = e.noteRows(ctx, rows)
	}
	return err
}

func (e *Export) rows(ctx context.Context, w sheet.Writer) (rows int, err error) {
	if err := w.Row(header...); err != nil {
		return 0, err
	}
	for after := syncproto.ID(""); ; {
		var lines [][]any
		var next syncproto.ID
		err := e.s.store.View(ctx, func(r storage.Reader) (err error) {
			lines, next, err = e.page(r, after)
			return err
		})
		if err != nil {
			return rows, err
		}
		for _, line := range lines {
			if err := w.Row(line...); err != nil {
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
func (e *Export) page(r storage.Reader, after syncproto.ID) (lines [][]any, next syncproto.ID, err error) {
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
			lines = append(lines, []any{who.Name, national(who.Phone), v.name(one.Unit), e.sms})
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
