package sheet

import (
	"errors"
	"io"
	"os"

	"github.com/xuri/excelize/v2"
)

// workbook is an XLSX that is put together in a file, in a directory of its own that goes with it, once it is longer than 16 MiB.
type workbook struct {
	out  io.Writer
	dir  string
	file *excelize.File
	rows *excelize.StreamWriter
	next int
}

func newWorkbook(out io.Writer, opt Options) (Writer, error) {
	dir, err := os.MkdirTemp(opt.Temp, tempPattern) // 0700
	if err != nil {
		return nil, err
	}
	w := &workbook{out: out, dir: dir, file: excelize.NewFile(excelize.Options{TmpDir: dir}), next: 1}
	if w.rows, err = w.file.NewStreamWriter("Sheet1"); err == nil {
		for i, width := range opt.Widths {
			err = errors.Join(err, w.rows.SetColWidth(i+1, i+1, width))
		}
	}
	if err != nil {
		return nil, errors.Join(err, w.Close(false))
	}
	return w, nil
}

// Row implements Writer. Texts stay texts, also those that look like numbers.
func (w *workbook) Row(cells ...any) error {
	values := make([]any, len(cells))
	for i, cell := range cells {
		switch v := cell.(type) {
		case string:
			values[i] = guard(v)
		case int64, float64:
			values[i] = v
		default:
			return wrongCell(cell)
		}
	}
	at, err := excelize.CoordinatesToCellName(1, w.next)
	if err != nil {
		return err
	}
	w.next++
	return w.rows.SetRow(at, values)
}

// Close implements Writer.
func (w *workbook) Close(whole bool) error {
	var err error
	if whole {
		if err = w.rows.Flush(); err == nil {
			_, err = w.file.WriteTo(w.out)
		}
	}
	return errors.Join(err, w.file.Close(), os.RemoveAll(w.dir))
}
