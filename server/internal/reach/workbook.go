package reach

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

// widths are those of the columns, in characters.
var widths = []float64{28, 16, 28, 80}

func newWorkbook(out io.Writer, temp string) (table, error) {
	dir, err := os.MkdirTemp(temp, tempPattern) // 0700
	if err != nil {
		return nil, err
	}
	w := &workbook{out: out, dir: dir, file: excelize.NewFile(excelize.Options{TmpDir: dir}), next: 1}
	if w.rows, err = w.file.NewStreamWriter("Sheet1"); err == nil {
		for i, width := range widths {
			err = errors.Join(err, w.rows.SetColWidth(i+1, i+1, width))
		}
	}
	if err != nil {
		return nil, errors.Join(err, w.close(false))
	}
	return w, nil
}

// row implements table. Cells are texts, also those that look like numbers.
func (w *workbook) row(cells ...string) error {
	values := make([]any, len(cells))
	for i, text := range cells {
		values[i] = text
	}
	at, err := excelize.CoordinatesToCellName(1, w.next)
	if err != nil {
		return err
	}
	w.next++
	return w.rows.SetRow(at, values)
}

func (w *workbook) close(whole bool) error {
	var err error
	if whole {
		if err = w.rows.Flush(); err == nil {
			_, err = w.file.WriteTo(w.out)
		}
	}
	return errors.Join(err, w.file.Close(), os.RemoveAll(w.dir))
}
