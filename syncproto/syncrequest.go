package syncproto

import (
	"math"
)

// AppendSyncRequest appends the wire form. Mutations are written from Wire.
func AppendSyncRequest(dst []byte, r *SyncRequest) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.int("acknowledged", r.Acknowledged)
	w.str("app", r.App)
	if c := r.Clock; c != nil {
		w.key("clock")
		o := objectWriter{dst: append(w.dst, '{')}
		if len(c.Anchors) > 0 {
			o.key("anchors")
			o.dst = append(o.dst, '[')
			for i, a := range c.Anchors {
				if i > 0 {
					o.dst = append(o.dst, ',')
				}
				in := objectWriter{dst: append(o.dst, '{')}
				in.str("boot", a.Boot)
				in.int("server", a.Server)
				in.int("uncertainty", a.Uncertainty)
				in.int("uptime", a.Uptime)
				o.dst = append(in.dst, '}')
			}
			o.dst = append(o.dst, ']')
		}
		o.str("boot", c.Boot)
		o.int("uptime", c.Uptime)
		o.int("wall", c.Wall)
		w.dst = append(o.dst, '}')
	}
	w.str("cursor", r.Cursor)
	w.scopes("digests", r.Digests)
	w.int("failed", r.Failed)
	if len(r.Leaves) > 0 {
		w.key("leaves")
		w.dst = append(w.dst, '[')
		for i, l := range r.Leaves {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			o := objectWriter{dst: append(w.dst, '{')}
			o.str("after", string(l.After))
			o.int("leaf", int64(l.Leaf))
			o.str("scope", string(l.Scope))
			w.dst = append(o.dst, '}')
		}
		w.dst = append(w.dst, ']')
	}
	w.int("max_bytes", int64(r.MaxBytes))
	if len(r.Mutations) > 0 {
		w.key("mutations")
		w.dst = append(w.dst, '[')
		for i := range r.Mutations {
			if i > 0 {
				w.dst = append(w.dst, ',')
			}
			w.dst = append(w.dst, r.Mutations[i].Wire...)
		}
		w.dst = append(w.dst, ']')
	}
	w.int("oldest", r.Oldest)
	w.int("protocol", int64(r.Protocol))
	w.bool("refer", r.Refer)
	w.troubles(r.Troubles)
	w.int("unsent", r.Unsent)
	return w.close()
}

func (w *objectWriter) scopes(name string, scopes []Scope) {
	if len(scopes) == 0 {
		return
	}
	w.key(name)
	w.dst = append(w.dst, '[')
	for i, s := range scopes {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = appendString(w.dst, string(s))
	}
	w.dst = append(w.dst, ']')
}

// DecodeSyncRequest reads a request strictly. The Wire of its mutations aliases data.
func DecodeSyncRequest(data []byte) (*SyncRequest, error) {
	if len(data) > MaxRequestBytes {
		return nil, E(CodeTooLarge, "decode request", nil)
	}
	s := newScanner(data)
	r := &SyncRequest{}
	err := s.object(MaxFields, func(key string) (err error) {
		var n int64
		switch key {
		case "acknowledged":
			r.Acknowledged, err = s.integer()
		case "app":
			r.App, err = s.short(64)
		case "clock":
			r.Clock, err = s.clock()
		case "cursor":
			r.Cursor, err = s.str()
		case "digests":
			r.Digests, err = s.scopes()
		case "failed":
			r.Failed, err = s.integer()
		case "leaves":
			err = s.array(Leaves, func(int) error {
				l, err := s.leafWanted()
				r.Leaves = append(r.Leaves, l)
				return err
			})
		case "max_bytes":
			n, err = s.integer()
			r.MaxBytes = int(min(max(n, 0), MaxPageBytes))
		case "mutations":
			err = s.array(MaxBatch, func(int) error {
				if r.Mutations == nil {
					r.Mutations = make([]PushedMutation, 0, 16)
				}
				r.Mutations = append(r.Mutations, PushedMutation{})
				return s.pushed(&r.Mutations[len(r.Mutations)-1])
			})
		case "oldest":
			r.Oldest, err = s.integer()
		case "protocol":
			n, err = s.integer()
			r.Protocol = int(min(max(n, 0), math.MaxInt32))
		case "refer":
			r.Refer, err = s.boolean()
		case "troubles":
			r.Troubles, err = s.troubles()
		case "unsent":
			r.Unsent, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return nil, err
	}
	return r, r.check()
}

func (r *SyncRequest) check() error {
	if r.Protocol != ProtocolVersion {
		return &Error{Code: CodeBadProtocol, Op: "check request", Detail: "protocol"}
	}
	for i := range r.Mutations {
		if i > 0 && r.Mutations[i].Number != r.Mutations[i-1].Number+1 {
			return &Error{Code: CodeOutOfOrder, Op: "check request", Detail: "mutations"}
		}
	}
	if r.Acknowledged < 0 || r.Unsent < 0 || r.Failed < 0 || r.Oldest < 0 {
		return &Error{Code: CodeInvalidValue, Op: "check request"}
	}
	return nil
}

// pushed reads one mutation of a batch. Broken JSON fails the request; a mutation that is merely wrong does not. Its
// nesting counts from itself, so that what a phone could keep as a mutation never breaks the batch that carries it.
func (s *scanner) pushed(p *PushedMutation) error {
	s.space()
	start, depth := s.pos, s.depth
	s.depth = 0
	err := s.mutation(&p.Mutation)
	s.depth = depth
	if err != nil {
		s.pos = start
		n, skipErr := s.numberOf()
		if skipErr != nil {
			return skipErr
		}
		*p = PushedMutation{Mutation: Mutation{Number: n}, Wire: s.data[start:s.pos:s.pos], Err: err, unread: true}
		return nil
	}
	p.Wire = s.data[start:s.pos:s.pos]
	switch {
	case p.Number <= 0:
		return s.fail(CodeMissingMember)
	case len(p.Wire) > MaxMutationBytes:
		p.Err = E(CodeTooLarge, "check mutation", nil)
	default:
		p.Err = p.Validate()
	}
	return nil
}

func (s *scanner) short(limit int) (string, error) {
	text, err := s.str()
	if err == nil && len(text) > limit {
		err = s.fail(CodeTooLarge)
	}
	return text, err
}

func (s *scanner) scopes() (out []Scope, err error) {
	err = s.array(MaxScopes, func(int) error {
		text, err := s.short(64)
		out = append(out, Scope(text))
		return err
	})
	return out, err
}

func (s *scanner) clock() (*Clock, error) {
	c := &Clock{}
	return c, s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "anchors":
			err = s.array(MaxItems, func(int) error {
				a, err := s.anchor()
				c.Anchors = append(c.Anchors, a)
				return err
			})
		case "boot":
			c.Boot, err = s.short(64)
		case "uptime":
			c.Uptime, err = s.integer()
		case "wall":
			c.Wall, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
}

func (s *scanner) anchor() (a Anchor, err error) {
	err = s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "boot":
			a.Boot, err = s.short(64)
		case "server":
			a.Server, err = s.integer()
		case "uncertainty":
			a.Uncertainty, err = s.integer()
		case "uptime":
			a.Uptime, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
	return a, err
}
