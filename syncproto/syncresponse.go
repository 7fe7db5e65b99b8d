package syncproto

// AppendSyncResponse appends the wire form.
func AppendSyncResponse(dst []byte, r *SyncResponse) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.int("accepted", r.Accepted)
	w.str("cursor", r.Cursor)
	if len(r.Digests) > 0 {
		w.key("digests")
		w.dst = append(w.dst, '[')
		for i := range r.Digests {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			o := objectWriter{dst: append(w.dst, '{')}
			o.str("leaves", r.Digests[i].text())
			o.str("scope", string(r.Digests[i].Scope))
			w.dst = append(o.dst, '}')
		}
		w.dst = append(w.dst, ']')
	}
	w.scopes("drops", r.Drops)
	w.int("durable", r.Durable)
	w.bool("ended", r.Ended)
	w.str("epoch", r.Epoch)
	if len(r.Leaves) > 0 {
		w.key("leaves")
		w.dst = append(w.dst, '[')
		for i := range r.Leaves {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.dst = appendLeafPage(w.dst, &r.Leaves[i])
		}
		w.dst = append(w.dst, ']')
	}
	w.bool("more", r.More)
	if len(r.Outcomes) > 0 {
		w.key("outcomes")
		w.dst = append(w.dst, '[')
		for i := range r.Outcomes {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.dst = AppendOutcome(w.dst, &r.Outcomes[i])
		}
		w.dst = append(w.dst, ']')
	}
	if len(r.Pages) > 0 {
		w.key("pages")
		w.dst = append(w.dst, '[')
		for i := range r.Pages {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.dst = AppendPage(w.dst, &r.Pages[i])
		}
		w.dst = append(w.dst, ']')
	}
	w.str("push_code", string(r.PushCode))
	w.int("server_time", r.ServerTime)
	return w.close()
}

// DecodeSyncResponse reads a response strictly. The Wire of its changes aliases data.
func DecodeSyncResponse(data []byte) (*SyncResponse, error) {
	s := newScanner(data)
	r := &SyncResponse{}
	err := s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "accepted":
			r.Accepted, err = s.integer()
		case "cursor":
			r.Cursor, err = s.str()
		case "digests":
			err = s.array(MaxScopes, func(int) error {
				d, err := s.digest()
				r.Digests = append(r.Digests, d)
				return err
			})
		case "drops":
			err = s.array(MaxRequestBytes, func(int) error {
				text, err := s.str()
				r.Drops = append(r.Drops, Scope(text))
				return err
			})
		case "durable":
			r.Durable, err = s.integer()
		case "ended":
			r.Ended, err = s.boolean()
		case "epoch":
			r.Epoch, err = s.str()
		case "leaves":
			err = s.array(Leaves, func(int) error {
				l, err := s.leafPage()
				r.Leaves = append(r.Leaves, l)
				return err
			})
		case "more":
			r.More, err = s.boolean()
		case "outcomes":
			err = s.array(MaxBatch, func(int) error {
				o, err := s.outcome()
				r.Outcomes = append(r.Outcomes, o)
				return err
			})
		case "pages":
			err = s.array(MaxRequestBytes, func(int) error {
				p, err := s.page()
				r.Pages = append(r.Pages, p)
				return err
			})
		case "push_code":
			text, err = s.name()
			r.PushCode = Code(text)
		case "server_time":
			r.ServerTime, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && (r.ServerTime == 0 || r.Epoch == "") {
		err = s.fail(CodeMissingMember)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}
