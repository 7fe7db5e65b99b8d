package syncproto

// CheckJSON reads one JSON value as strictly as everything on the wire is read (S-20 to S-27) and keeps nothing of it. It is
// for bodies whose members are not the protocol's: a library may decode what passed, as no key stands twice in an object,
// texts are valid, nothing nests deeper than MaxDepth and no list has more than items items (MaxFields members for an
// object). Errors: those of the codec.
func CheckJSON(data []byte, items int) error {
	s := newScanner(data)
	if err := s.check(items); err != nil {
		return err
	}
	return s.end()
}

func (s *scanner) check(items int) error {
	switch c := s.peek(); c {
	case '{':
		return s.object(MaxFields, func(string) error { return s.check(items) })
	case '[':
		return s.array(items, func(int) error { return s.check(items) })
	case '"':
		_, err := s.str()
		return err
	case 't', 'f':
		_, err := s.boolean()
		return err
	case 'n':
		if !s.literal("null") {
			return s.fail(CodeMalformed)
		}
		return nil
	default:
		_, err := s.number()
		return err
	}
}
