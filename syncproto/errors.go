package syncproto

import (
	"errors"
	"fmt"
)

// ErrorKind is what a caller can do about an error. The set is closed and append-only; the strings travel on
// the wire (S-90).
type ErrorKind string

// The kinds. Unavailable is the only one that a client retries by itself.
const (
	Invalid         ErrorKind = "invalid"         // the request is wrong and will stay wrong
	Unauthenticated ErrorKind = "unauthenticated" // the credential is missing, unknown or revoked
	Forbidden       ErrorKind = "forbidden"       // known, but no grant allows it
	NotFound        ErrorKind = "not_found"       // there is no such thing, or none that may be seen
	Conflict        ErrorKind = "conflict"        // the state of the thing does not allow it
	Expired         ErrorKind = "expired"         // it was right once: a code, a cursor, a session
	TooLarge        ErrorKind = "too_large"       // over a limit of S-30
	Exhausted       ErrorKind = "exhausted"       // a quota or rate limit; later it may work
	Unavailable     ErrorKind = "unavailable"     // a passing fault; the same request may be retried
	Internal        ErrorKind = "internal"        // a fault of ours; details are only in the log
)

// Code is the stable machine name of one error or of one outcome's reason. Each code belongs to one kind, and
// the catalogue holds its sentence in every language.
type Code string

// Error is the one error type that crosses package borders. Code and Detail are safe to show; Err is for logs.
type Error struct {
	Code   Code
	Op     string // what was being done: "open cursor"
	Detail string // where in the input: "mutations[3].set.title"; never personal data
	Err    error
}

// E makes an error with a code, what was being done, and the cause (which may be nil).
func E(code Code, op string, cause error) *Error { return &Error{Code: code, Op: op, Err: cause} }

// Error is for logs: it includes the cause. People are shown the catalogue's sentence for the code.
func (e *Error) Error() string {
	text := e.Op
	if text == "" {
		text = "lantoa"
	}
	text += ": " + string(e.Code)
	if e.Detail != "" {
		text += " at " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Kind returns the kind that the error's code belongs to.
func (e *Error) Kind() ErrorKind { return KindOfCode(e.Code) }

// Is makes errors.Is compare by code, so a test or caller can name the code alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf returns the code of the first *Error in err's chain, and "internal" for a stranger.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// KindOf returns the kind of the first *Error in err's chain, and Internal for a stranger.
func KindOf(err error) ErrorKind { return KindOfCode(CodeOf(err)) }

// KindOfCode returns the kind of a code, and Internal for a code this build does not know.
func KindOfCode(code Code) ErrorKind {
	if k, ok := codeKinds[code]; ok {
		return k
	}
	return Internal
}

// Codes lists every code of this build with its kind, for the catalogue's completeness test and the SPEC.
func Codes() map[Code]ErrorKind {
	out := make(map[Code]ErrorKind, len(codeKinds))
	for c, k := range codeKinds {
		out[c] = k
	}
	return out
}

func at(path string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return fmt.Errorf("%s: %w", path, err)
	}
	if e.Detail == "" || e.Detail[0] == '[' {
		e.Detail = path + e.Detail
	} else {
		e.Detail = path + "." + e.Detail
	}
	return e
}
