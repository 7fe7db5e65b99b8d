package syncproto

import (
	"encoding/base64"
	"encoding/binary"
)

// LeafWanted asks for one leaf of a scope's digest, from a record on (S-103).
type LeafWanted struct {
	Scope Scope
	Leaf  int
	After ID
}

// LeafPage answers it: live records of the leaf in id order.
type LeafPage struct {
	Scope    Scope
	Leaf     int
	After    ID
	Changes  []Change
	Complete bool // no record of the leaf follows
}

// ScopeDigest is the digest of a scope, each leaf's sum cut to 64 bits.
type ScopeDigest struct {
	Scope  Scope
	Leaves [Leaves]uint64
}

func (s *scanner) leafWanted() (l LeafWanted, err error) {
	err = s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "after":
			l.After, err = s.id()
		case "leaf":
			l.Leaf, err = s.leaf()
		case "scope":
			text, err = s.short(64)
			l.Scope = Scope(text)
		default:
			err = s.skip()
		}
		return err
	})
	return l, err
}

func (s *scanner) leaf() (int, error) {
	n, err := s.integer()
	if err == nil && (n < 0 || n >= Leaves) {
		err = s.fail(CodeInvalidValue)
	}
	return int(n), err
}

func appendLeafPage(dst []byte, p *LeafPage) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.str("after", string(p.After))
	w.key("changes")
	w.dst = append(w.dst, '[')
	for i := range p.Changes {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = AppendChange(w.dst, &p.Changes[i])
	}
	w.dst = append(w.dst, ']')
	w.bool("complete", p.Complete)
	w.int("leaf", int64(p.Leaf))
	w.str("scope", string(p.Scope))
	return w.close()
}

func (d *ScopeDigest) text() string {
	b := make([]byte, 0, 8*Leaves)
	for _, leaf := range d.Leaves {
		b = binary.BigEndian.AppendUint64(b, leaf)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Cut reduces a digest to its wire form: the low 64 bits of each leaf's sum.
func (d *Digest) Cut() (out [Leaves]uint64) {
	for i := range d {
		out[i] = d[i].lo
	}
	return out
}

func (s *scanner) digest() (d ScopeDigest, err error) {
	err = s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "leaves":
			if text, err = s.str(); err != nil {
				return err
			}
			b, decodeErr := base64.RawURLEncoding.Strict().DecodeString(text)
			if decodeErr != nil || len(b) != 8*Leaves {
				return s.fail(CodeInvalidValue)
			}
			for i := range d.Leaves {
				d.Leaves[i] = binary.BigEndian.Uint64(b[8*i:])
			}
		case "scope":
			text, err = s.str()
			d.Scope = Scope(text)
		default:
			err = s.skip()
		}
		return err
	})
	return d, err
}

func (s *scanner) leafPage() (p LeafPage, err error) {
	err = s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "after":
			p.After, err = s.id()
		case "changes":
			err = s.array(MaxRequestBytes, func(int) error {
				c, err := s.change()
				p.Changes = append(p.Changes, c)
				return err
			})
		case "complete":
			p.Complete, err = s.boolean()
		case "leaf":
			p.Leaf, err = s.leaf()
		case "scope":
			text, err = s.str()
			p.Scope = Scope(text)
		default:
			err = s.skip()
		}
		return err
	})
	return p, err
}
