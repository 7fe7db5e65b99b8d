package deskcli

import (
	"errors"
	"fmt"

	"lantoa/syncproto"
	"lantoa/syncproto/catalogue"
)

// usageError is a command line that cannot be understood.
type usageError struct{ sentence string }

func (e usageError) Error() string { return e.sentence }

func (s *session) misuse(key string, args map[string]string) error {
	return usageError{s.say(key, args)}
}

// refusal is what the server said no with.
type refusal struct {
	Code     syncproto.Code `json:"code"`
	At       string         `json:"at"`
	Sentence string         `json:"title"`
}

func (r *refusal) Error() string { return string(r.Code) }

// errSome says that of several acts some were refused, which was told already.
var errSome = errors.New("some acts were refused")

// errStranger says that nobody is signed in.
var errStranger = errors.New("nobody is signed in")

// told is an error that was told already and only ends the program with the exit code of a code.
type told struct{ code syncproto.Code }

func (t told) Error() string { return string(t.code) }

// complain tells what happened and what to do, and returns the exit code of doc.go.
func (s *session) complain(err error) int {
	if errors.Is(err, errSome) {
		return 5
	}
	if done, ok := errors.AsType[told](err); ok {
		return exitOf(done.code)
	}
	if usage, ok := errors.AsType[usageError](err); ok {
		s.failure(syncproto.CodeUsage, "", usage.sentence)
		return 2
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		s.failure(r.Code, r.At, fallback(r.Sentence, catalogue.Sentence(s.lang, r.Code)))
		if r.Code == syncproto.CodeSessionEnded && !s.json {
			fmt.Fprintln(s.ErrOut, s.say("desk.sign_in_how", nil))
		}
		return exitOf(r.Code)
	}
	if errors.Is(err, errStranger) {
		s.failure(syncproto.CodeSessionEnded, "", s.say("desk.stranger", nil))
		if !s.json {
			fmt.Fprintln(s.ErrOut, s.say("desk.sign_in_how", nil))
		}
		return exitOf(syncproto.CodeSessionEnded)
	}
	code := syncproto.CodeOf(err)
	detail := ""
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		detail = e.Detail
	}
	sentence := catalogue.Sentence(s.lang, code)
	if code == syncproto.CodeOffline { // its own sentence is about what a phone keeps
		sentence = s.say("desk.offline", map[string]string{"server": s.kept.Server})
	}
	s.failure(code, detail, sentence)
	return exitOf(code)
}

func (s *session) failure(code syncproto.Code, detail, sentence string) {
	if s.json {
		_ = s.print(map[string]any{"error": map[string]string{"code": string(code), "detail": detail, "sentence": sentence}})
		return
	}
	fmt.Fprintln(s.ErrOut, clean(s.detailed(code, detail, sentence)))
}

// detailed puts behind a sentence what it is about.
func (s *session) detailed(code syncproto.Code, detail, sentence string) string {
	if code == syncproto.CodeWrongState && detail != "" {
		detail = s.state(syncproto.State(detail))
	}
	if detail != "" {
		sentence += " (" + detail + ")"
	}
	return sentence
}

// exitOf maps a code to an exit code. What a script must tell apart is whether to call again, ask a person, or stop.
func exitOf(code syncproto.Code) int {
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
