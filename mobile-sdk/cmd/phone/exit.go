package main

import (
	"errors"
	"fmt"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// errTray says that a sync went well but left something refused in the tray, or a file set aside.
var errTray = errors.New("something was refused")

// complain tells the person what happened and what to do, and returns the exit code of doc.go.
func (s *session) complain(err error) int {
	if errors.Is(err, errTray) {
		return 5
	}
	if usage, ok := errors.AsType[usageError](err); ok {
		s.failure(syncproto.CodeUsage, "", usage.sentence)
		return 2
	}
	code := syncproto.CodeOf(err)
	detail := ""
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		detail = e.Detail
	}
	s.failure(code, detail, catalogue.Sentence(s.lang, code))
	return exitOf(code)
}

func (s *session) failure(code syncproto.Code, detail, sentence string) {
	if s.json {
		s.print(map[string]any{"error": map[string]string{"code": string(code), "detail": detail, "sentence": sentence}})
		return
	}
	if code == syncproto.CodeWrongState && detail != "" {
		detail = s.state(syncproto.State(detail))
	}
	if detail != "" {
		sentence += " (" + detail + ")"
	}
	fmt.Fprintln(s.errOut, sentence)
}

// exitOf maps a code to an exit code. What a script must tell apart is whether to call again, ask a person, or stop.
func exitOf(code syncproto.Code) int {
	switch code {
	case syncproto.CodeStoreFull, syncproto.CodeStoreReadOnly, syncproto.CodeStoreMissing, syncproto.CodeStoreBroken,
		syncproto.CodeStoreNewer, syncproto.CodeStoreBusy, syncproto.CodePinWrong:
		return 6
	}
	switch syncproto.KindOfCode(code) {
	case syncproto.Invalid, syncproto.TooLarge, syncproto.Expired:
		return 2
	case syncproto.Unauthenticated:
		return 3
	case syncproto.Unavailable, syncproto.Exhausted:
		return 4
	case syncproto.NotFound:
		return 7
	case syncproto.Conflict, syncproto.Forbidden:
		return 8
	}
	return 1
}
