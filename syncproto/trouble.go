package syncproto

// troubles appends the items that do not go.
func (w *objectWriter) troubles(troubles []Trouble) {
	if len(troubles) == 0 {
		return
	}
	w.key("troubles")
	w.dst = append(w.dst, '[')
	for i := range troubles {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		t := &troubles[i]
		o := objectWriter{dst: append(w.dst, '{')}
		o.int("age", t.Age)
		o.str("code", string(t.Code))
		o.str("lane", string(t.Lane))
		o.str("record", string(t.Record))
		w.dst = append(o.dst, '}')
	}
	w.dst = append(w.dst, ']')
}

func (s *scanner) troubles() (out []Trouble, err error) {
	err = s.array(MaxTroubles, func(int) error {
		t := Trouble{}
		err := s.object(MaxFields, func(key string) (err error) {
			var text string
			switch key {
			case "age":
				t.Age, err = s.integer()
			case "code":
				text, err = s.name()
				t.Code = Code(text)
			case "lane":
				text, err = s.name()
				t.Lane = Lane(text)
			case "record":
				t.Record, err = s.id()
			default:
				err = s.skip()
			}
			return err
		})
		if err == nil && (len(t.Code) > 64 || len(t.Lane) > 64) {
			err = s.fail(CodeTooLarge)
		}
		out = append(out, t)
		return err
	})
	return out, err
}
