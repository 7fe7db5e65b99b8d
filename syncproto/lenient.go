package syncproto

import "slices"

// numberOf passes over a wrong mutation and returns its number, without which nothing can be answered. It asks no
// more of the rest than that its end can be found for certain: names, counts, depth and duplicates inside may all be
// wrong, since they are what the mutation is rejected for.
func (s *scanner) numberOf() (n int64, err error) {
	if c := s.peek(); c != '{' {
		return 0, s.mistyped(c)
	}
	s.pos++
	if s.peek() == '}' {
		return 0, s.fail(CodeMissingMember)
	}
	for more := true; more; {
		key, _, _, err := s.raw()
		if err == nil {
			err = s.expect(':')
		}
		switch {
		case err != nil:
			return 0, s.fail(CodeMalformed)
		case string(key) != "n":
			err = s.lenient()
		case n != 0:
			err = s.fail(CodeDuplicateKey) // which of the two is answered?
		default:
			n, err = s.integer()
		}
		if err != nil {
			return 0, err
		}
		if more = s.peek() == ','; !more {
			err = s.expect('}')
		} else {
			s.pos++
		}
		if err != nil {
			return 0, err
		}
	}
	if n <= 0 {
		return 0, s.fail(CodeMissingMember)
	}
	return n, nil
}

// lenient passes over one value of any depth whose JSON grammar is sound. It keeps its own stack: a megabyte of
// opening brackets must not become a megabyte of stack frames.
func (s *scanner) lenient() error {
	var room [32]byte
	open := room[:0]
	for {
		c := s.peek()
		if c == '{' || c == '[' {
			s.pos++
			open = append(open, c)
			if s.peek() == c+2 { // '}' and ']' stand two after their openers
				s.pos++
				open = open[:len(open)-1]
			} else {
				if err := s.lenientKey(open); err != nil {
					return err
				}
				continue
			}
		} else if err := s.lenientScalar(c); err != nil {
			return err
		}
		for len(open) > 0 && s.peek() == open[len(open)-1]+2 {
			s.pos++
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
		if err := s.lenientKey(open); err != nil {
			return err
		}
	}
}

// lenientKey passes over a key and its colon if the innermost open bracket is an object's.
func (s *scanner) lenientKey(open []byte) error {
	if open[len(open)-1] != '{' {
		return nil
	}
	if _, _, _, err := s.raw(); err != nil {
		return s.fail(CodeMalformed)
	}
	return s.expect(':')
}

func (s *scanner) lenientScalar(c byte) error {
	switch {
	case c == '"':
		_, _, _, err := s.raw()
		return err
	case c == '-' || '0' <= c && c <= '9':
		_, err := s.number()
		if CodeOf(err) == CodeIntegerRange {
			err = nil
		}
		return err
	case slices.ContainsFunc([]string{"true", "false", "null"}, s.literal):
		return nil
	}
	return s.fail(CodeMalformed)
}
