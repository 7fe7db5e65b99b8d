package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// The exit codes. OPERATING.md explains each.
const (
	exitDone       = 0
	exitInternal   = 1
	exitUsage      = 2
	exitDirectory  = 3
	exitRunning    = 4
	exitAddress    = 5
	exitNewer      = 6
	exitFull       = 7
	exitBroken     = 8
	exitNotFound   = 9
	exitRefused    = 10
	exitUnfinished = 11
)

// fault is a failure as an operator is told it.
type fault struct {
	exit         int
	vi, hintVi   string
	en, hintEn   string
	detail       string // what exactly: a path, an address, a name
	err          error
	code         syncproto.Code // for rows of the table
	syscallError error          // for rows of the table
}

func (f *fault) Error() string {
	if f.err != nil {
		return f.en + ": " + f.err.Error()
	}
	return f.en
}

func (f *fault) Unwrap() error { return f.err }

func (f *fault) print(w io.Writer) {
	detail := ""
	if f.detail != "" {
		detail = " (" + f.detail + ")"
	}
	fmt.Fprintf(w, "Lỗi: %s%s\n", f.vi, detail)
	if f.hintVi != "" {
		fmt.Fprintf(w, "     → %s\n", f.hintVi)
	}
	fmt.Fprintf(w, "Error: %s%s\n", f.en, detail)
	if f.hintEn != "" {
		fmt.Fprintf(w, "     → %s\n", f.hintEn)
	}
}

// faults are tried in order; the first row that fits the error speaks.
var faults = []fault{
	{
		syscallError: syscall.EADDRINUSE, exit: exitAddress,
		vi: "địa chỉ này đang được một chương trình khác dùng", hintVi: "chọn cổng khác, ví dụ: -listen 127.0.0.1:8081",
		en: "another program uses this address", hintEn: "choose another port, for example: -listen 127.0.0.1:8081",
	},
	{
		syscallError: syscall.EACCES, exit: exitDirectory,
		vi: "không có quyền truy cập", hintVi: "kiểm tra quyền của thư mục dữ liệu, hoặc chọn thư mục khác bằng -data",
		en: "permission denied", hintEn: "check the rights of the data directory, or choose another with -data",
	},
	{
		syscallError: syscall.ENOTDIR, exit: exitDirectory,
		vi: "đường dẫn đi qua một tập tin, không phải thư mục", hintVi: "chọn thư mục khác bằng -data",
		en: "the path leads through a file, not a directory", hintEn: "choose another directory with -data",
	},
	{
		syscallError: syscall.EROFS, exit: exitDirectory,
		vi: "ổ đĩa chỉ cho đọc", hintVi: "chọn thư mục khác bằng -data",
		en: "the disk is read-only", hintEn: "choose another directory with -data",
	},
	{
		syscallError: syscall.ENOSPC, exit: exitFull,
		vi: "đĩa đã đầy", hintVi: "giải phóng dung lượng rồi chạy lại; những gì đã nhận vẫn còn nguyên",
		en: "the disk is full", hintEn: "free some space and start again; everything received is safe",
	},
	{
		syscallError: syscall.EADDRNOTAVAIL, exit: exitAddress,
		vi: "máy này không có địa chỉ đó", hintVi: "dùng -listen :8080 để nghe trên mọi địa chỉ của máy",
		en: "this machine does not have that address", hintEn: "use -listen :8080 to listen on all addresses of the machine",
	},
	{
		code: syncproto.CodeStoreNewer, exit: exitNewer,
		vi: "cơ sở dữ liệu do phiên bản mới hơn tạo ra", hintVi: "chạy phiên bản mới của máy chủ; dữ liệu không bị thay đổi",
		en: "a newer version made this database", hintEn: "run the newer server; nothing was changed",
	},
	{
		code: syncproto.CodeStoreFull, exit: exitFull,
		vi: "đĩa đã đầy", hintVi: "giải phóng dung lượng rồi chạy lại; những gì đã nhận vẫn còn nguyên",
		en: "the disk is full", hintEn: "free some space and start again; everything received is safe",
	},
	{
		code: syncproto.CodeStoreReadOnly, exit: exitDirectory,
		vi: "không ghi được vào thư mục dữ liệu", hintVi: "kiểm tra quyền ghi, hoặc chọn thư mục khác bằng -data",
		en: "the data directory cannot be written", hintEn: "check its rights, or choose another with -data",
	},
	{
		code: syncproto.CodeStoreMissing, exit: exitDirectory,
		vi: "không tìm thấy thư mục hoặc tập tin", hintVi: "kiểm tra đường dẫn; ổ đĩa đã được gắn chưa?",
		en: "the directory or file is not there", hintEn: "check the path; is the disk mounted?",
	},
	{
		code: syncproto.CodeStoreBroken, exit: exitBroken,
		vi: "tập tin dữ liệu bị hỏng hoặc ổ đĩa có lỗi", hintVi: "giữ nguyên tập tin này và khôi phục bản sao lưu: restore FILE",
		en: "the database file is damaged, or its disk fails", hintEn: "keep the file as it is and restore a backup: restore FILE",
	},
	{
		code: syncproto.CodeStoreBusy, exit: exitRunning,
		vi: "một máy chủ khác đang chạy trên thư mục dữ liệu này", hintVi: "dừng máy chủ đó trước, hoặc chọn thư mục khác bằng -data",
		en: "another server is running on this data directory", hintEn: "stop it first, or choose another directory with -data",
	},
	{
		code: syncproto.CodeRecordExists, exit: exitRefused,
		vi: "đã có rồi, không ghi đè", hintVi: "chọn tên khác",
		en: "it is there already and is not overwritten", hintEn: "choose another name",
	},
}

// listenFault is told of an address that cannot be listened on.
func listenFault(err error, address string) error {
	f := &fault{
		vi: "không nghe được trên địa chỉ này", hintVi: "dùng một địa chỉ như 127.0.0.1:8080 hoặc :8080; cổng dưới 1024 cần quyền quản trị",
		en: "this address cannot be listened on", hintEn: "use an address such as 127.0.0.1:8080 or :8080; ports below 1024 need privileges",
	}
	for _, row := range faults {
		if row.exit == exitAddress && row.fits(err) {
			f = &row
			break
		}
	}
	f.exit, f.err, f.detail = exitAddress, err, address
	return f
}

// faultOf finds the words for an error.
func faultOf(err error) *fault {
	if f, ok := errors.AsType[*fault](err); ok {
		return f
	}
	for _, row := range faults {
		if row.fits(err) {
			row.err = err
			if pe, ok := errors.AsType[*fs.PathError](err); ok && row.detail == "" {
				row.detail = pe.Path
			}
			if e, ok := errors.AsType[*syncproto.Error](err); ok && row.detail == "" {
				row.detail = e.Detail
			}
			return &row
		}
	}
	if errors.Is(err, context.Canceled) {
		return &fault{exit: exitUnfinished, vi: "đã dừng giữa chừng", en: "stopped half-way", err: err}
	}
	return fromCatalogue(err)
}

func (f *fault) fits(err error) bool {
	if f.syscallError != nil {
		return errors.Is(err, f.syscallError)
	}
	return syncproto.CodeOf(err) == f.code
}

// fromCatalogue is for codes that phones hear too. Internal faults also show their cause: an operator has nobody else
// to ask.
func fromCatalogue(err error) *fault {
	code := syncproto.CodeOf(err)
	f := &fault{
		exit: exitRefused, err: err,
		vi: catalogue.Sentence(catalogue.Vietnamese, code), en: catalogue.Sentence(catalogue.English, code),
	}
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		f.detail = e.Detail
	}
	switch syncproto.KindOf(err) {
	case syncproto.NotFound:
		f.exit = exitNotFound
	case syncproto.Internal:
		f.exit, f.detail = exitInternal, err.Error()
	}
	return f
}

func usageError(format string, args ...any) error {
	return &fault{
		exit: exitUsage, detail: fmt.Sprintf(format, args...),
		vi: "lệnh chưa đúng", hintVi: "xem cách dùng bằng -h", en: "the command is not right", hintEn: "see -h",
	}
}
