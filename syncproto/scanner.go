package syncproto

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
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

// raw returns the bytes of the next string between its quotes, still escaped, and whether it holds escapes or
// any byte above ASCII.
func (s *scanner) raw() (text []byte, escaped, wide bool, err error) {
	if c := s.peek(); c != '"' {
		return nil, false, false, s.mistyped(c)
	}
	start := s.pos + 1
	var seen byte
	for i := start; i < len(s.data); i++ {
		c := s.data[i]
		seen |= c
		switch {
		case c == '"':
			s.pos = i + 1
			return s.data[start:i], escaped, seen >= 0x80, nil
		case c == '\\':
			escaped = true
			i++
		case c < 0x20:
			return nil, false, false, s.fail(CodeMalformed)
		}
	}
	return nil, false, false, s.fail(CodeMalformed)
}

// str reads a string in NFC.
func (s *scanner) str() (string, error) {
	text, escaped, wide, err := s.raw()
	if err != nil {
		return "", err
	}
	if escaped {
		if text, err = s.unescape(text); err != nil {
			return "", err
		}
		wide = true
	}
	if wide && !plain(text) {
		if !utf8.Valid(text) {
			return "", s.fail(CodeNotUTF8)
		}
		if !norm.NFC.IsNormal(text) {
			return string(norm.NFC.Bytes(text)), nil
		}
	}
	return string(text), nil
}

// word reads a string like str, without new memory for the names that the protocol itself uses.
func (s *scanner) word() (string, error) {
	from := s.pos
	text, escaped, wide, err := s.raw()
	if err != nil {
		return "", err
	}
	if !escaped && !wide {
		if known, ok := words[string(text)]; ok {
			return known, nil
		}
		return string(text), nil
	}
	s.pos = from
	return s.str()
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
	} {
		known[string(kind)] = string(kind)
	}
	for _, state := range []State{
		StateDraft, StateSubmitted, StateInReview, StateNeedsChanges, StateResubmitted, StateApproved, StatePublished,
		StateCorrected, StateTakenDown, StateDeclined, StateWithdrawn, StateUnclaimed, StateOpen, StateResolved,
	} {
		known[string(state)] = string(state)
	}
	return known
}()

// plain reports whether text is surely valid UTF-8 in NFC, because it has only characters below U+0300, between U+1E00
// and U+1EFF, and between U+2010 and U+203F: composed Vietnamese with its punctuation. None of them ever combines with
// another or has another form. It saves the tables of Unicode for nearly all text.
func plain[T string | []byte](text T) bool {
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c < 0x80:
			i++
			continue
		case 0xc2 <= c && c <= 0xcb && i+1 < len(text) && text[i+1]&0xc0 == 0x80:
			i += 2
			continue
		case i+2 >= len(text) || text[i+2]&0xc0 != 0x80:
			return false
		case c == 0xe1 && 0xb8 <= text[i+1] && text[i+1] <= 0xbb:
		case c == 0xe2 && text[i+1] == 0x80 && text[i+2] >= 0x90:
		default:
			return false
		}
		i += 3
	}
	return true
}

func (s *scanner) unescape(text []byte) ([]byte, error) {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		i++
		switch text[i] {
		case '"', '\\', '/':
			out = append(out, text[i])
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := hex4(text[i+1:])
			if !ok {
				return nil, s.fail(CodeMalformed)
			}
			i += 4
			if utf16.IsSurrogate(r) {
				var low rune
				if len(text) > i+2 && text[i+1] == '\\' && text[i+2] == 'u' {
					low, ok = hex4(text[i+3:])
				}
				r = utf16.DecodeRune(r, low)
				if !ok || r == utf8.RuneError {
					return nil, s.fail(CodeNotUTF8) // a lone surrogate is no character
				}
				i += 6
			}
			if r == 0 {
				return nil, s.fail(CodeInvalidValue) // U+0000 ends strings in half of the world's software
			}
			out = utf8.AppendRune(out, r)
		default:
			return nil, s.fail(CodeMalformed)
		}
	}
	return out, nil
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}

// number returns the text of the next number.
func (s *scanner) number() ([]byte, error) {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		return nil, s.mistyped(c)
	}
	start := s.pos
	i := start
	digits := func() bool {
		from := i
		for i < len(s.data) && '0' <= s.data[i] && s.data[i] <= '9' {
			i++
		}
		return i > from
	}
	if s.data[i] == '-' {
		i++
	}
	whole := i
	if !digits() || s.data[whole] == '0' && i-whole > 1 {
		return nil, s.fail(CodeMalformed)
	}
	if i < len(s.data) && s.data[i] == '.' {
		i++
		if !digits() {
			return nil, s.fail(CodeMalformed)
		}
	}
	if i < len(s.data) && (s.data[i] == 'e' || s.data[i] == 'E') {
		i++
		if i < len(s.data) && (s.data[i] == '+' || s.data[i] == '-') {
			i++
		}
		if !digits() {
			return nil, s.fail(CodeMalformed)
		}
	}
	s.pos = i
	if i-start > 64 {
		return nil, s.fail(CodeIntegerRange)
	}
	return s.data[start:i], nil
}

// integer reads an integer within ±MaxInteger, as a number, or a larger one as a decimal string (S-23).
func (s *scanner) integer() (int64, error) {
	if s.peek() == '"' {
		text, err := s.str()
		if err != nil {
			return 0, err
		}
		n, ok := decimal(text)
		if !ok {
			return 0, s.fail(CodeWrongType)
		}
		return n, nil
	}
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	n, convErr := strconv.ParseInt(string(text), 10, 64)
	if convErr != nil {
		if bytes.ContainsAny(text, ".eE") {
			return 0, s.fail(CodeWrongType)
		}
		return 0, s.fail(CodeIntegerRange)
	}
	if n > MaxInteger || n < -MaxInteger {
		return 0, s.fail(CodeIntegerRange)
	}
	return n, nil
}

// decimal reads an integer in its one shortest form: no plus sign, no leading zeros.
func decimal(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || text[0] == '+' || text[0] == '0' && n != 0 || text[0] == '-' && (n == 0 || text[1] == '0') || n == 0 && len(text) > 1 {
		return 0, false
	}
	return n, true
}

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

// value reads any value and returns its canonical form.
func (s *scanner) value() (Value, error) {
	s.space()
	out, err := s.appendValue(s.room[:0])
	if err != nil {
		return "", err
	}
	s.room = out
	return Value(out), nil
}

func (s *scanner) appendValue(dst []byte) ([]byte, error) {
	switch c := s.peek(); c {
	case '{':
		return s.appendObject(dst)
	case '[':
		dst = append(dst, '[')
		err := s.array(MaxItems, func(i int) (err error) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst, err = s.appendValue(dst)
			return err
		})
		return append(dst, ']'), err
	case '"':
		return s.appendStr(dst)
	case 't', 'f':
		b, err := s.boolean()
		return append(dst, Bool(b)...), err
	case 'n':
		if !s.literal("null") {
			return nil, s.fail(CodeMalformed)
		}
		return append(dst, Null...), nil
	default:
		text, err := s.number()
		if err != nil {
			return nil, err
		}
		return s.appendNum(dst, text)
	}
}

// appendObject appends members as they come, as nearly everybody sends them in byte order, and sorts them afterwards
// if they did not.
func (s *scanner) appendObject(dst []byte) ([]byte, error) {
	type member struct {
		name     string
		from, to int
	}
	var few [8]member
	members, sorted, start := few[:0], true, len(dst)
	dst = append(dst, '{')
	err := s.object(MaxFields, func(name string) (err error) {
		if !ValidName(name) {
			return s.fail(CodeInvalidName)
		}
		if n := len(members); n > 0 {
			dst = append(dst, ',')
			sorted = sorted && members[n-1].name < name
		}
		from := len(dst)
		dst = append(append(append(dst, '"'), name...), '"', ':')
		value := len(dst)
		if dst, err = s.appendValue(dst); err == nil && len(dst)-value > MaxFieldBytes {
			err = s.fail(CodeTooLarge)
		}
		members = append(members, member{name, from - start, len(dst) - start})
		return err
	})
	if err != nil || sorted {
		return append(dst, '}'), err
	}
	came := bytes.Clone(dst[start:])
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	dst = dst[:start+1]
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, came[m.from:m.to]...)
	}
	return append(dst, '}'), nil
}

// appendStr copies a string that is canonical already, which nearly all are, without a detour.
func (s *scanner) appendStr(dst []byte) ([]byte, error) {
	from := s.pos
	text, escaped, wide, err := s.raw()
	if err != nil {
		return nil, err
	}
	if !escaped && (!wide || plain(text) || utf8.Valid(text) && norm.NFC.IsNormal(text)) {
		dst = append(dst, '"')
		dst = append(dst, text...)
		return append(dst, '"'), nil
	}
	s.pos = from
	plain, err := s.str()
	if err != nil {
		return nil, err
	}
	return appendString(dst, plain), nil
}

func (s *scanner) appendNum(dst, text []byte) ([]byte, error) {
	if !bytes.ContainsAny(text, ".eE") {
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil || n > MaxInteger || n < -MaxInteger {
			return nil, s.fail(CodeIntegerRange)
		}
		return strconv.AppendInt(dst, n, 10), nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsInf(f, 0) {
		return nil, s.fail(CodeIntegerRange)
	}
	if f == math.Trunc(f) && math.Abs(f) > MaxInteger {
		return nil, s.fail(CodeIntegerRange)
	}
	return appendNumber(dst, f), nil
}

// fields reads an object of named values.
func (s *scanner) fields() (Fields, error) {
	out := make(Fields, 8)
	err := s.object(MaxFields, func(name string) error {
		if !ValidName(name) {
			return s.fail(CodeInvalidName)
		}
		v, err := s.value()
		if err == nil && len(v) > MaxFieldBytes {
			return s.fail(CodeTooLarge)
		}
		out[name] = v
		return err
	})
	return out, err
}

// skip passes over one value, which must still be well formed.
func (s *scanner) skip() error {
	_, err := s.value()
	return err
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
