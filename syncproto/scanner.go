package syncproto

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// scanner reads JSON strictly in one pass (S-20…S-27). encoding/json cannot serve here: it folds the case of
// keys, lets the last duplicate win and turns invalid UTF-8 into U+FFFD, where JavaScript does otherwise.
type scanner struct {
	data  []byte
	pos   int
	depth int
	room  []byte // where value builds canonical forms; used by one value at a time
}

func newScanner(data []byte) *scanner { return &scanner{data: data} }

func (s *scanner) fail(code Code) error { return &Error{Code: code, Op: "decode"} }

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek returns the first byte of the next token, or 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos >= len(s.data) {
		return 0
	}
	return s.data[s.pos]
}

func (s *scanner) expect(c byte) error {
	if s.peek() != c {
		return s.fail(CodeMalformed)
	}
	s.pos++
	return nil
}

// end fails if anything but white space is left.
func (s *scanner) end() error {
	if s.peek() != 0 || s.pos < len(s.data) {
		return s.fail(CodeMalformed)
	}
	return nil
}

// object calls member for each key with the scanner standing at the value, which member must consume.
func (s *scanner) object(limit int, member func(key string) error) error {
	if c := s.peek(); c != '{' {
		return s.mistyped(c)
	}
	s.pos++
	if s.depth++; s.depth > MaxDepth {
		return s.fail(CodeTooDeep)
	}
	defer func() { s.depth-- }()
	if s.peek() == '}' {
		s.pos++
		return nil
	}
	var few [20]string
	seen := few[:0]
	var many map[string]bool
	for {
		if s.peek() != '"' {
			return s.fail(CodeMalformed)
		}
		key, err := s.word()
		if err != nil {
			return err
		}
		if many == nil && len(seen) == cap(few) {
			many = make(map[string]bool, 64)
			for _, k := range seen {
				many[k] = true
			}
		}
		if many[key] || many == nil && slices.Contains(seen, key) {
			return &Error{Code: CodeDuplicateKey, Op: "decode", Detail: clip(key)}
		}
		if many != nil {
			many[key] = true
		} else {
			seen = append(seen, key)
		}
		if len(seen) > limit || len(many) > limit {
			return s.fail(CodeTooMany)
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		if err := member(key); err != nil {
			return at(clip(key), err)
		}
		switch s.peek() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.fail(CodeMalformed)
		}
	}
}

// array calls item for each element with the scanner standing at it.
func (s *scanner) array(limit int, item func(i int) error) error {
	if c := s.peek(); c != '[' {
		return s.mistyped(c)
	}
	s.pos++
	if s.depth++; s.depth > MaxDepth {
		return s.fail(CodeTooDeep)
	}
	defer func() { s.depth-- }()
	if s.peek() == ']' {
		s.pos++
		return nil
	}
	for i := 0; ; i++ {
		if i >= limit {
			return s.fail(CodeTooMany)
		}
		if err := item(i); err != nil {
			return at("["+strconv.Itoa(i)+"]", err)
		}
		switch s.peek() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return nil
		default:
			return s.fail(CodeMalformed)
		}
	}
}

// mistyped tells a value of another type from text that is no JSON at all.
func (s *scanner) mistyped(c byte) error {
	if c == '{' || c == '[' || c == '"' || c == 't' || c == 'f' || c == 'n' || c == '-' || '0' <= c && c <= '9' {
		return s.fail(CodeWrongType)
	}
	return s.fail(CodeMalformed)
}

var words = func() map[string]string {
	known := map[string]string{}
	add := func(list string) {
		for word := range strings.FieldsSeq(list) {
			known[word] = word
		}
	}
	add(`accepted acknowledged add after anchors app author base_epoch base_revision boot captured caught_up changed changes
		claim clock code command complete conflict count cursor delete deleted detail device digests drops durable epoch
		estimate failed fields fresh id kind lat leaf leaves lon marks max_bytes mutations more n origin outcomes pages person
		protocol push_code reason received record remove removed result revision scope server server_time set sha256 size state
		state_ sum text uncertainty unit unsent until uptime void wall
		applied merged rejected duplicate`)
	for _, rules := range fieldRules {
		for name := range rules {
			known[name] = name
		}
	}
	for name := range commonFields {
		known[name] = name
	}
	for _, kind := range []Kind{
		KindStory, KindPhoto, KindEvent, KindNote, KindAnswer, KindReceipt, KindCampaign, KindCall, KindUnit, KindProfile, KindConflict,
		KindConsent, KindTimeline, KindPreference,
	} {
		known[string(kind)] = string(kind)
	}
	for _, state := range []State{
		StateDraft, StateSubmitted, StateInReview, StateNeedsChanges, StateResubmitted, StateApproved, StatePublished,
		StateCorrected, StateTakenDown, StateDeclined, StateWithdrawn, StateUnclaimed, StateOpen, StateResolved,
		StateRegistered, StateWaiting, StateNoted, StateClosed, StateCancelled,
	} {
		known[string(state)] = string(state)
	}
	return known
}()

func (s *scanner) boolean() (bool, error) {
	switch c := s.peek(); {
	case s.literal("true"):
		return true, nil
	case s.literal("false"):
		return false, nil
	case c == 't' || c == 'f':
		return false, s.fail(CodeMalformed)
	default:
		return false, s.mistyped(c)
	}
}

func (s *scanner) literal(word string) bool {
	s.space()
	if bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		s.pos += len(word)
		return true
	}
	return false
}

// ValidName reports whether a name is fit for a field, kind, state, command or member: 1 to 64 bytes, a lower
// case ASCII letter, then letters, digits and '_' (S-24).
func ValidName(name string) bool {
	if len(name) == 0 || len(name) > 64 || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := 1; i < len(name); i++ {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

func clip(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	if !ValidName(s) {
		return "?" // a hostile key is not echoed
	}
	return s
}
