package syncproto

import (
	"encoding/base64"
	"encoding/binary"
	"math"
)

// ProtocolVersion is sent with every request. A server answers every version it ever released (S-2).
const ProtocolVersion = 1

// SyncRequest is what a phone sends up in one round (S-10).
type SyncRequest struct {
	Protocol     int
	App          string // the app's version, for the operator's board
	Cursor       string
	MaxBytes     int   // page budget after compression; 0 for the server's default
	Acknowledged int64 // every outcome up to this number is stored on the phone
	Clock        *Clock
	Unsent       int64 // mutations that wait on the phone, for the board of stuck phones
	Failed       int64 // items in the phone's tray
	Mutations    []PushedMutation
	Digests      []Scope      // scopes whose digest the phone wants, after a mismatch (S-101)
	Leaves       []LeafWanted // leaves that it wants again
}

// PushedMutation is one member of a batch. Err is set when it is well-formed JSON but no valid mutation: it is then
// rejected alone, and Wire is kept as a dead letter. A batch never fails for one of its members (S-42).
type PushedMutation struct {
	Mutation
	Wire []byte // aliases the request
	Err  error

	unread bool // Mutation holds nothing but the number
}

// Hash is the fingerprint of a pushed mutation (S-43). One that could be read has the same hash whether this build
// finds it valid or not: a server that has learnt more since must still know what it judged.
func (p *PushedMutation) Hash() Hash {
	if p.unread {
		return HashRecord(p.Wire)
	}
	return HashMutation(&p.Mutation)
}

// Clock is the phone's knowledge of time when it sends (S-111).
type Clock struct {
	Wall    int64    // Unix ms
	Boot    string   // id of the boot
	Uptime  int64    // ms since the boot
	Anchors []Anchor // for captures under earlier boots: the server's time as seen then
}

// Anchor ties a moment of one boot to the server's time.
type Anchor struct {
	Boot        string
	Uptime      int64 // ms since that boot
	Server      int64 // the server's Unix ms at that moment
	Uncertainty int64 // ± ms: half the round trip
}

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

// SyncResponse is what comes down (S-11).
type SyncResponse struct {
	ServerTime int64
	Epoch      string
	Accepted   int64 // the device's highest judged number
	Durable    int64 // numbers up to this are covered by a backup
	// PushCode says why the batch, or its rest, was not judged: out_of_order, device_forked, unavailable. Pages
	// come all the same: pulling never waits for pushing.
	PushCode Code
	Outcomes []Outcome
	Drops    []Scope // scopes that the device no longer follows
	Pages    []Page
	More     bool   // another round has more pages
	Cursor   string // absent when it did not change
	Digests  []ScopeDigest
	Leaves   []LeafPage
}

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
	w.int("protocol", int64(r.Protocol))
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
		case "protocol":
			n, err = s.integer()
			r.Protocol = int(min(max(n, 0), math.MaxInt32))
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
	if r.Acknowledged < 0 || r.Unsent < 0 || r.Failed < 0 {
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
