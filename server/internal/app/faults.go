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
	key          string // of its text; what to do about it is the text of key + "_do", if there is one
	detail       string // what exactly: a path, an address, a name
	err          error
	code         syncproto.Code // for rows of the table
	syscallError error          // for rows of the table
}

func (f *fault) Error() string {
	what := say(catalogue.English, f.key, nil)
	if f.err != nil {
		return what + ": " + f.err.Error()
	}
	return what
}

func (f *fault) Unwrap() error { return f.err }

func (f *fault) print(w io.Writer) {
	detail := ""
	if f.detail != "" {
		detail = " (" + f.detail + ")"
	}
	for _, lang := range catalogue.Languages() {
		fmt.Fprintln(w, say(lang, "server.fault", words{"what": say(lang, f.key, nil) + detail}))
		if todo := f.key + "_do"; catalogue.Has(todo) {
			fmt.Fprintln(w, "     → "+say(lang, todo, nil))
		}
	}
}

// faults are tried in order; the first row that fits the error speaks.
var faults = []fault{
	{syscallError: syscall.EADDRINUSE, exit: exitAddress, key: "server.fault_address_used"},
	{syscallError: syscall.EACCES, exit: exitDirectory, key: "server.fault_denied"},
	{syscallError: syscall.ENOTDIR, exit: exitDirectory, key: "server.fault_not_directory"},
	{syscallError: syscall.EROFS, exit: exitDirectory, key: "server.fault_read_only_disk"},
	{syscallError: syscall.ENOSPC, exit: exitFull, key: "server.fault_full"},
	{syscallError: syscall.EADDRNOTAVAIL, exit: exitAddress, key: "server.fault_address_absent"},
	{code: syncproto.CodeStoreNewer, exit: exitNewer, key: "server.fault_newer"},
	{code: syncproto.CodeStoreFull, exit: exitFull, key: "server.fault_full"},
	{code: syncproto.CodeStoreReadOnly, exit: exitDirectory, key: "server.fault_read_only"},
	{code: syncproto.CodeStoreMissing, exit: exitDirectory, key: "server.fault_missing"},
	{code: syncproto.CodeStoreBroken, exit: exitBroken, key: "server.fault_broken"},
	{code: syncproto.CodeStoreBusy, exit: exitRunning, key: "server.fault_busy"},
	{code: syncproto.CodeRecordExists, exit: exitRefused, key: "server.fault_exists"},
}

// listenFault is told of an address that cannot be listened on.
func listenFault(err error, address string) error {
	f := &fault{key: "server.fault_address"}
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
		return &fault{exit: exitUnfinished, key: "server.fault_stopped", err: err}
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
	f := &fault{exit: exitRefused, err: err, key: "code." + string(code)}
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		f.detail = e.Detail
	}
	switch syncproto.KindOf(err) {
	case syncproto.NotFound:
		f.exit = exitNotFound
	case syncproto.Internal:
		f.exit, f.detail, f.key = exitInternal, err.Error(), "code."+string(syncproto.CodeInternal)
	}
	return f
}

func usageError(format string, args ...any) error {
	return &fault{exit: exitUsage, detail: fmt.Sprintf(format, args...), key: "server.fault_usage"}
}
