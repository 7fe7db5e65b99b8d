package syncproto

import (
	"slices"
)

// AppendRecord appends the canonical wire form of a record (S-70). A tombstone carries no fields.
func AppendRecord(dst []byte, r *Record) []byte { return appendRecord(dst, r, nil) }

// appendRecord leaves out the fields that sent names and says so instead; Extra then is empty.
func appendRecord(dst []byte, r *Record, sent map[string]int64) []byte {
	w := objectWriter{dst: append(dst, '{'), extra: r.Extra}
	w.str("author", string(r.Author))
	if c := r.Captured; c != nil && !r.Deleted {
		w.key("captured")
		o := objectWriter{dst: append(w.dst, '{')}
		o.int("device", c.Device)
		o.int("estimate", c.Estimate)
		o.int("uncertainty", c.Uncertainty)
		w.dst = append(o.dst, '}')
	}
	if r.Changed != r.Received {
		w.int("changed", r.Changed)
	}
	if c := r.Claim; c != nil && !r.Deleted {
		w.key("claim")
		o := objectWriter{dst: append(w.dst, '{')}
		o.str("person", string(c.Person))
		o.int("until", c.Until)
		w.dst = append(o.dst, '}')
	}
	if r.Deleted {
		w.bool("deleted", true)
		w.bool("erased", r.Erased)
	} else {
		w.key("fields")
		w.dst = appendFieldsBut(w.dst, r.Fields, sent)
		w.int("hold", r.Hold)
	}
	w.str("id", string(r.ID))
	w.str("kind", string(r.Kind))
	if marks := changedMarks(r); len(marks) > 0 && !r.Deleted {
		w.key("marks")
		o := objectWriter{dst: append(w.dst, '{')}
		for _, name := range marks {
			o.int(name, r.Marks[name])
		}
		w.dst = append(o.dst, '}')
	}
	if !r.Deleted {
		w.str("reason", r.Reason)
	}
	w.int("received", r.Received)
	w.int("revision", r.Revision)
	if len(sent) > 0 {
		w.key(sentMember)
		w.dst = appendSent(w.dst, sent)
	}
	w.str("state", string(r.State))
	w.str("unit", string(r.Unit))
	return w.close()
}

func changedMarks(r *Record) []string {
	var names []string
	for name, rev := range r.Marks {
		if rev > 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// DecodeRecord reads the wire form of a record strictly.
func DecodeRecord(data []byte) (*Record, error) {
	s := newScanner(data)
	r, err := s.record()
	if err != nil {
		return nil, err
	}
	return r, s.end()
}

func (s *scanner) record() (*Record, error) {
	r := &Record{}
	err := s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "author":
			r.Author, err = s.id()
		case "captured":
			r.Captured, err = s.captured()
		case "changed":
			r.Changed, err = s.integer()
		case "claim":
			r.Claim, err = s.claim()
		case "deleted":
			r.Deleted, err = s.boolean()
		case "erased":
			r.Erased, err = s.boolean()
		case "fields":
			r.Fields, err = s.fields()
		case "hold":
			r.Hold, err = s.integer()
		case "id":
			r.ID, err = s.id()
		case "kind":
			var name string
			name, err = s.name()
			r.Kind = Kind(name)
		case "marks":
			r.Marks = map[string]int64{}
			err = s.object(MaxFields, func(field string) (err error) {
				if !ValidName(field) {
					return s.fail(CodeInvalidName)
				}
				r.Marks[field], err = s.integer()
				return err
			})
		case "reason":
			r.Reason, err = s.str()
		case "received":
			r.Received, err = s.integer()
		case "revision":
			r.Revision, err = s.integer()
		case "state":
			var name string
			name, err = s.name()
			r.State = State(name)
		case "unit":
			r.Unit, err = s.id()
		default:
			r.Extra, err = s.extra(r.Extra, key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.ID == "" || r.Kind == "" || r.Revision <= 0 {
		return nil, s.fail(CodeMissingMember)
	}
	if r.Changed == 0 {
		r.Changed = r.Received
	}
	if r.Fields == nil && !r.Deleted {
		r.Fields = Fields{}
	}
	return r, nil
}

func (s *scanner) captured() (*Captured, error) {
	c := &Captured{}
	return c, s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "device":
			c.Device, err = s.integer()
		case "estimate":
			c.Estimate, err = s.integer()
		case "uncertainty":
			c.Uncertainty, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
}

func (s *scanner) claim() (*Claim, error) {
	c := &Claim{}
	return c, s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "person":
			c.Person, err = s.id()
		case "until":
			c.Until, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
}

// id reads an ID in canonical form.
func (s *scanner) id() (ID, error) {
	text, err := s.str()
	if err != nil {
		return "", err
	}
	if !ID(text).Valid() {
		return "", s.fail(CodeInvalidID)
	}
	return ID(text), nil
}

func (s *scanner) name() (string, error) {
	text, err := s.word()
	if err == nil && !ValidName(text) {
		return "", s.fail(CodeInvalidName)
	}
	return text, err
}

func (s *scanner) extra(extra Fields, key string) (Fields, error) {
	if !ValidName(key) {
		return extra, s.fail(CodeInvalidName)
	}
	if extra == nil {
		extra = Fields{}
	}
	v, err := s.value()
	extra[key] = v
	return extra, err
}
