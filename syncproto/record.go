package syncproto

import (
	"crypto/sha256"
	"slices"
)

// Kind names what a record is. Kinds that this build does not know are kept as they are (S-26).
type Kind string

// Kinds that phones write.
const (
	KindStory   Kind = "story"
	KindPhoto   Kind = "photo" // image, video or audio
	KindEvent   Kind = "event" // an activity
	KindNote    Kind = "note"
	KindAnswer  Kind = "answer"
	KindReceipt Kind = "receipt"
)

// Kinds that phones only read.
const (
	KindCampaign Kind = "campaign"
	KindCall     Kind = "call"
	KindUnit     Kind = "unit"
	KindProfile  Kind = "profile"
	KindConflict Kind = "conflict"
)

// State is where a record stands in its state machine. Records of kinds without one have the empty state.
type State string

// States of a submission (story, event, photo), of a note, and of a conflict.
const (
	StateDraft        State = "draft"
	StateSubmitted    State = "submitted"
	StateInReview     State = "in_review"
	StateNeedsChanges State = "needs_changes"
	StateResubmitted  State = "resubmitted"
	StateApproved     State = "approved"
	StatePublished    State = "published"
	StateCorrected    State = "corrected"
	StateTakenDown    State = "taken_down"
	StateDeclined     State = "declined"
	StateWithdrawn    State = "withdrawn"
	StateUnclaimed    State = "unclaimed"

	StateOpen      State = "open"
	StateResolved  State = "resolved"
	StateRestored  State = "restored"
	StateDismissed State = "dismissed"
)

// Record is the server's fact about one thing that people made. Phones change it only through mutations.
type Record struct {
	ID       ID
	Kind     Kind
	Unit     ID    // the unit it belongs to
	Author   ID    // the person who made it; never changes
	Revision int64 // 1, 2, 3 … given by the server to each change of this record
	State    State
	Deleted  bool   // a tombstone: fields are gone from the feed, revisions keep them
	Reason   string // the reason of the last command that needed one
	Claim    *Claim // who works on it, while in review
	Fields   Fields
	// Marks says at which revision each field last changed. A field without a mark last changed at revision 1.
	Marks map[string]int64
	// Captured is when and how surely the thing was captured (S-110). Nil for server-made records.
	Captured *Captured
	Received int64 // server time of the first revision, Unix ms
	Changed  int64 // server time of this revision, Unix ms
	// Extra holds members that this build does not know, so that they survive a round trip (S-26).
	Extra Fields

	// Writers says which device last wrote each field, "" standing for every field not named. It stays on the
	// server: a phone knows its own writes from its outcomes (S-47).
	Writers map[string]Writer
}

// Writer is who wrote a field last.
type Writer struct {
	Device ID
	// Merged says that the field holds a merge of this device's text with another's, so that the device's next
	// mutation must be merged too, against what the device had sent.
	Merged bool
}

// Claim says that an editor works on a submission until a time of the server's clock, in Unix ms.
type Claim struct {
	Person ID
	Until  int64
}

// Captured is the time of capture as the phone said it and as the server believes it (S-110).
type Captured struct {
	Device      int64 // what the phone's clock said, Unix ms
	Estimate    int64 // the server's estimate, Unix ms, never after the arrival
	Uncertainty int64 // ± ms around the estimate
}

// Mark returns the revision at which a field last changed; 0 if the record never had the field.
func (r *Record) Mark(field string) int64 {
	if m, ok := r.Marks[field]; ok {
		return m
	}
	if _, ok := r.Fields[field]; ok {
		return 1
	}
	return 0
}

// Writer returns who last wrote a field.
func (r *Record) Writer(field string) Writer {
	if w, ok := r.Writers[field]; ok {
		return w
	}
	return r.Writers[""]
}

// Parent returns the record that this one hangs under (a photo's story, a note's subject), or "".
func (r *Record) Parent() ID { return ID(r.Fields["parent"].TextOr("")) }

// Clone returns a record that shares no memory with r.
func (r *Record) Clone() *Record {
	if r == nil {
		return nil
	}
	c := *r
	c.Fields = r.Fields.Clone()
	c.Extra = r.Extra.Clone()
	if r.Marks != nil {
		c.Marks = make(map[string]int64, len(r.Marks)+2)
		for k, v := range r.Marks {
			c.Marks[k] = v
		}
	}
	if r.Writers != nil {
		c.Writers = make(map[string]Writer, len(r.Writers)+2)
		for k, v := range r.Writers {
			c.Writers[k] = v
		}
	}
	if r.Claim != nil {
		claim := *r.Claim
		c.Claim = &claim
	}
	if r.Captured != nil {
		captured := *r.Captured
		c.Captured = &captured
	}
	return &c
}

// AppendRecord appends the canonical wire form of a record (S-70). A tombstone carries no fields.
func AppendRecord(dst []byte, r *Record) []byte {
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
	} else {
		w.key("fields")
		w.dst = appendFields(w.dst, r.Fields)
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
	w.str("reason", r.Reason)
	w.int("received", r.Received)
	w.int("revision", r.Revision)
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
		case "fields":
			r.Fields, err = s.fields()
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

// Hash is the first 128 bits of the SHA-256 of a record's canonical wire form. It covers the id, the revision
// and the content, and is what scope sums add up (S-100).
type Hash [16]byte

// HashRecord hashes the canonical wire form of a record.
func HashRecord(wire []byte) Hash {
	sum := sha256.Sum256(wire)
	return Hash(sum[:16])
}

// objectWriter appends members in the order that its caller gives, which must be byte order, and weaves the
// unknown members of extra into their places.
type objectWriter struct {
	dst   []byte
	extra Fields
	names []string
	ready bool
}

func (w *objectWriter) key(name string) {
	w.weave(name)
	w.bare(name)
}

func (w *objectWriter) bare(name string) {
	if w.dst[len(w.dst)-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = appendString(w.dst, name)
	w.dst = append(w.dst, ':')
}

func (w *objectWriter) weave(before string) {
	if len(w.extra) == 0 {
		return
	}
	if !w.ready {
		w.names, w.ready = w.extra.Names(), true
	}
	for len(w.names) > 0 && (before == "" || w.names[0] < before) {
		w.bare(w.names[0])
		w.dst = append(w.dst, w.extra[w.names[0]].orNull()...)
		w.names = w.names[1:]
	}
}

// str writes a string member unless it is empty.
func (w *objectWriter) str(name, value string) {
	if value != "" {
		w.key(name)
		w.dst = appendString(w.dst, clean(value))
	}
}

// int writes a number member unless it is zero.
func (w *objectWriter) int(name string, n int64) {
	if n != 0 {
		w.key(name)
		w.dst = appendInt(w.dst, n)
	}
}

func (w *objectWriter) bool(name string, b bool) {
	if b {
		w.key(name)
		w.dst = append(w.dst, "true"...)
	}
}

func (w *objectWriter) fields(name string, f Fields) {
	if len(f) > 0 {
		w.key(name)
		w.dst = appendFields(w.dst, f)
	}
}

func (w *objectWriter) close() []byte {
	w.weave("")
	return append(w.dst, '}')
}
