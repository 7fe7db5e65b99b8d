package syncproto

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
)

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
