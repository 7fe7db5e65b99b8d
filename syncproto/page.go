package syncproto

import "bytes"

// Change is one entry of the change feed of a scope (S-72): a live record, a tombstone (the record was deleted for
// everybody), or a removal (the record left this scope only).
type Change struct {
	ID      ID
	Removed bool   // a removal: Wire is nil
	Wire    []byte // the record's canonical wire form, a tombstone's too
	// Sent names fields that Wire leaves out because their values are those that the device's own mutations in this
	// request set, each with its number (S-77). Fill puts them back; until then Wire is not what sums count.
	Sent map[string]int64
}

// Page is a run of changes of one scope (S-73). Each record occurs at most once.
type Page struct {
	Scope   Scope
	Fresh   bool // the first page of a snapshot: the device marks what it holds of the scope as unconfirmed
	Changes []Change
	// CaughtUp says that nothing newer existed when the page was read. Then Sum is the scope's sum, and records
	// of a snapshot that stayed unconfirmed leave the scope.
	CaughtUp bool
	Sum      Sum
}

// AppendChange appends one change of a page.
func AppendChange(dst []byte, c *Change) []byte {
	if c.Removed {
		w := objectWriter{dst: append(dst, '{')}
		w.str("id", string(c.ID))
		w.bool("removed", true)
		return w.close()
	}
	return append(dst, c.Wire...)
}

// AppendPage appends the wire form of a page.
func AppendPage(dst []byte, p *Page) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.bool("caught_up", p.CaughtUp)
	if len(p.Changes) > 0 {
		w.key("changes")
		w.dst = append(w.dst, '[')
		for i := range p.Changes {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.dst = AppendChange(w.dst, &p.Changes[i])
		}
		w.dst = append(w.dst, ']')
	}
	w.int("count", p.Sum.Count)
	w.bool("fresh", p.Fresh)
	w.str("scope", string(p.Scope))
	if p.CaughtUp {
		w.str("sum", p.Sum.Hex())
	}
	return w.close()
}

// page reads a page. The Wire of its changes aliases the scanner's data.
func (s *scanner) page() (p Page, err error) {
	var sum [16]byte
	var count int64
	err = s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "caught_up":
			p.CaughtUp, err = s.boolean()
		case "changes":
			err = s.array(1<<20, func(int) error {
				c, err := s.change()
				p.Changes = append(p.Changes, c)
				return err
			})
		case "count":
			count, err = s.integer()
		case "fresh":
			p.Fresh, err = s.boolean()
		case "scope":
			text, err = s.str()
			p.Scope = Scope(text)
		case "sum":
			text, err = s.str()
			if err == nil && !unhexAll(sum[:], text) {
				err = s.fail(CodeInvalidValue)
			}
		default:
			err = s.skip()
		}
		return err
	})
	p.Sum = MakeSum(count, sum)
	if err == nil && p.Scope == "" {
		err = s.fail(CodeMissingMember)
	}
	return p, err
}

// change reads one change: it checks the JSON and picks the id, and leaves the record's bytes as they are, since
// they are stored and hashed as they are.
func (s *scanner) change() (c Change, err error) {
	s.space()
	start := s.pos
	err = s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "id":
			c.ID, err = s.id()
		case "removed":
			c.Removed, err = s.boolean()
		case "sent":
			c.Sent = map[string]int64{}
			err = s.object(MaxFields, func(field string) (err error) {
				c.Sent[field], err = s.integer()
				return err
			})
		default:
			err = s.pass()
		}
		return err
	})
	if err == nil && c.ID == "" {
		err = s.fail(CodeMissingMember)
	}
	if !c.Removed {
		c.Wire = s.data[start:s.pos:s.pos]
	}
	return c, err
}

// pass skips a value, checking only its nesting and quoting. It is for bytes that a server made and that are
// decoded strictly when they are used.
func (s *scanner) pass() error {
	s.space()
	depth := 0
	for i := s.pos; i < len(s.data); i++ {
		c := s.data[i]
		switch {
		case c == '"':
			if i = closing(s.data, i+1); i < 0 {
				return s.fail(CodeMalformed)
			}
			if depth == 0 {
				s.pos = i + 1
				return nil
			}
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return s.fail(CodeTooDeep)
			}
		case (c == '}' || c == ']') && depth > 0:
			if depth--; depth == 0 {
				s.pos = i + 1
				return nil
			}
		case depth == 0 && (c == ',' || c == '}' || c == ']' || c <= ' '):
			if i == s.pos {
				return s.fail(CodeMalformed)
			}
			s.pos = i
			return nil
		}
	}
	return s.fail(CodeMalformed)
}

// closing returns the place of the quote that ends the string whose text starts at from, or -1.
func closing(data []byte, from int) int {
	for {
		n := bytes.IndexByte(data[from:], '"')
		if n < 0 {
			return -1
		}
		end := from + n
		slashes := 0
		for slashes < n && data[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return end
		}
		from = end + 1
	}
}
