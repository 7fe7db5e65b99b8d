package syncproto

import (
	"crypto/sha256"
	"slices"
	"sync"
)

// Command names a step of a state machine (S-80).
type Command string

// The commands of the review, of notes and of conflicts.
const (
	CommandSubmit    Command = "submit"
	CommandResubmit  Command = "resubmit"
	CommandWithdraw  Command = "withdraw"
	CommandClaim     Command = "claim"
	CommandRelease   Command = "release"
	CommandReturn    Command = "return" // ask for changes
	CommandApprove   Command = "approve"
	CommandDecline   Command = "decline"
	CommandPublish   Command = "publish"
	CommandCorrect   Command = "correct"
	CommandTakeDown  Command = "take_down"
	CommandReinstate Command = "reinstate"
	CommandAdopt     Command = "adopt"
	CommandResolve   Command = "resolve"
	CommandReopen    Command = "reopen"
	CommandRestore   Command = "restore"
	CommandDismiss   Command = "dismiss"
	CommandUndo      Command = "undo"      // of an approval or a publication, while it is held
	CommandHandOver  Command = "hand_over" // of a claim, to Mutation.To
)

// Mutation is what one person wanted, captured on one device. It is a patch, never a whole record (S-40). Exactly
// one of these holds: it edits (Set, Add, Remove), it deletes, it commands, or it is void.
type Mutation struct {
	Number       int64 // contiguous per device, from 1; with the device it is the idempotency key
	ID           ID
	Record       ID
	Kind         Kind
	Unit         ID     // on a first edit: the unit that the record is captured for
	BaseRevision int64  // the server revision that the person saw; 0 for a record the server had not given yet
	BaseEpoch    string // the epoch of BaseRevision, when it is not the epoch of the request's cursor (S-121)
	Set          Fields
	Add          map[string][]Value
	Remove       map[string][]Value
	Delete       bool
	Command      Command
	Reason       string
	To           ID // of hand_over: the person who goes on
	// Void fills a number whose mutation no longer exists on the phone, after a restore (S-122).
	Void     bool
	Captured CaptureClock
	// Origin is the device and number under which the mutation was first kept, when another device or a
	// renumbered one sends it (S-124). The server applies it once whoever brings it.
	Origin *Origin
	// Extra holds members that this build does not know. A server that finds any rejects the mutation and keeps
	// its payload: applying half of an intent would lose the other half silently.
	Extra Fields
}

// Origin is the first identity of a mutation that travels under another.
type Origin struct {
	Device ID
	Number int64
}

// CaptureClock is what a phone knew about time when something was captured (S-110).
type CaptureClock struct {
	Device int64  // wall clock, Unix ms
	Boot   string // id of the phone's boot, "" if unknown
	Uptime int64  // ms since that boot
}

// Edits reports whether the mutation sets, adds or removes anything.
func (m *Mutation) Edits() bool { return len(m.Set)+len(m.Add)+len(m.Remove) > 0 }

// Fields returns every field name that the mutation touches, in byte order.
func (m *Mutation) Fields() []string {
	names := m.Set.Names()
	for name := range m.Add {
		names = append(names, name)
	}
	for name := range m.Remove {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Validate checks everything that can be checked without the record (S-41).
func (m *Mutation) Validate() error {
	fail := func(code Code, detail string) error {
		return &Error{Code: code, Op: "check mutation", Detail: detail}
	}
	if m.Number <= 0 {
		return fail(CodeInvalidMutation, "n")
	}
	switch {
	case m.Void && (m.Edits() || m.Delete || m.Command != ""):
		return fail(CodeInvalidMutation, "void")
	case m.Origin != nil && (!m.Origin.Device.Valid() || m.Origin.Number <= 0):
		return fail(CodeInvalidMutation, "origin")
	case m.Void:
		return nil
	case !m.ID.Valid():
		return fail(CodeInvalidID, "id")
	case !m.Record.Valid():
		return fail(CodeInvalidID, "record")
	case m.Unit != "" && !m.Unit.Valid():
		return fail(CodeInvalidID, "unit")
	case !ValidName(string(m.Kind)):
		return fail(CodeInvalidName, "kind")
	case m.BaseRevision < 0:
		return fail(CodeInvalidMutation, "base_revision")
	case m.To != "" && !m.To.Valid():
		return fail(CodeInvalidID, "to")
	case (m.To != "") != (m.Command == CommandHandOver):
		return fail(CodeInvalidMutation, "to")
	case len(m.Reason) > MaxReasonBytes:
		return fail(CodeTooLarge, "reason")
	}
	acts := 0
	for _, act := range []bool{m.Edits(), m.Delete, m.Command != ""} {
		if act {
			acts++
		}
	}
	if acts != 1 {
		return fail(CodeInvalidMutation, "")
	}
	if len(m.Extra) > 0 {
		return fail(CodeUnknownMember, m.Extra.Names()[0])
	}
	return m.validateFields(fail)
}

func (m *Mutation) validateFields(fail func(Code, string) error) error {
	for _, name := range m.Fields() { // in order, so that the same mutation always fails at the same field
		value, set := m.Set[name]
		add, adds := m.Add[name]
		remove, removes := m.Remove[name]
		switch {
		case !ValidName(name):
			return fail(CodeInvalidName, clip(name))
		case set && (adds || removes):
			return fail(CodeInvalidMutation, name)
		case len(add) > MaxItems || len(remove) > MaxItems:
			return fail(CodeTooMany, name)
		case set && name == "parent" && value.TextOr("") == string(m.Record):
			return fail(CodeInvalidField, name) // nothing hangs under itself
		case set:
			if err := CheckField(m.Kind, name, value); err != nil {
				return err
			}
		case !IsSet(m.Kind, name):
			return fail(CodeInvalidField, name)
		case ruleOf(m.Kind, name).shape == setField && (slices.ContainsFunc(add, notItem) || slices.ContainsFunc(remove, notItem)):
			return fail(CodeInvalidField, name)
		}
	}
	return nil
}

// AppendMutation appends the canonical wire form (S-40).
func AppendMutation(dst []byte, m *Mutation) []byte { return appendMutation(dst, m, true) }

func appendMutation(dst []byte, m *Mutation, identity bool) []byte {
	w := objectWriter{dst: append(dst, '{'), extra: m.Extra}
	w.sets("add", m.Add)
	if identity {
		w.str("base_epoch", m.BaseEpoch)
	}
	w.int("base_revision", m.BaseRevision)
	if c := m.Captured; c != (CaptureClock{}) {
		w.key("captured")
		o := objectWriter{dst: append(w.dst, '{')}
		o.str("boot", c.Boot)
		o.int("device", c.Device)
		o.int("uptime", c.Uptime)
		w.dst = append(o.dst, '}')
	}
	w.str("command", string(m.Command))
	w.bool("delete", m.Delete)
	w.str("id", string(m.ID))
	w.str("kind", string(m.Kind))
	if identity {
		w.int("n", m.Number)
		if m.Origin != nil {
			w.key("origin")
			o := objectWriter{dst: append(w.dst, '{')}
			o.str("device", string(m.Origin.Device))
			o.int("n", m.Origin.Number)
			w.dst = append(o.dst, '}')
		}
	}
	w.str("reason", m.Reason)
	w.str("record", string(m.Record))
	w.sets("remove", m.Remove)
	w.fields("set", m.Set)
	w.str("to", string(m.To))
	w.str("unit", string(m.Unit))
	w.bool("void", m.Void)
	return w.close()
}

func (w *objectWriter) sets(name string, sets map[string][]Value) {
	if len(sets) == 0 {
		return
	}
	lists := make(Fields, len(sets))
	for field, items := range sets {
		lists[field] = List(items...)
	}
	w.fields(name, lists)
}

// HashMutation is the fingerprint by which a server tells a replay from another mutation under the same number
// (S-43). It covers everything but the number, the origin and the epoch of the base, which may change while a
// mutation waits.
func HashMutation(m *Mutation) Hash {
	room := hashRooms.Get().(*[]byte)
	*room = appendMutation((*room)[:0], m, false)
	sum := sha256.Sum256(*room)
	if cap(*room) <= maxHashRoom {
		hashRooms.Put(room)
	}
	return Hash(sum[:16])
}

// hashRooms are buffers for what is hashed and forgotten.
var hashRooms = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// maxHashRoom bounds the buffers that are kept.
const maxHashRoom = 64 << 10

// DecodeMutation reads the wire form of a mutation strictly; it does not call Validate.
func DecodeMutation(data []byte) (*Mutation, error) {
	s := newScanner(data)
	m := &Mutation{}
	if err := s.mutation(m); err != nil {
		return nil, err
	}
	return m, s.end()
}

func (s *scanner) mutation(m *Mutation) error {
	return s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "add":
			m.Add, err = s.sets()
		case "base_epoch":
			m.BaseEpoch, err = s.str()
		case "base_revision":
			m.BaseRevision, err = s.integer()
		case "captured":
			m.Captured, err = s.captureClock()
		case "command":
			text, err = s.name()
			m.Command = Command(text)
		case "delete":
			m.Delete, err = s.boolean()
		case "id":
			m.ID, err = s.id()
		case "kind":
			text, err = s.name()
			m.Kind = Kind(text)
		case "n":
			m.Number, err = s.integer()
		case "origin":
			m.Origin, err = s.origin()
		case "reason":
			m.Reason, err = s.str()
		case "record":
			m.Record, err = s.id()
		case "remove":
			m.Remove, err = s.sets()
		case "set":
			m.Set, err = s.fields()
		case "to":
			m.To, err = s.id()
		case "unit":
			m.Unit, err = s.id()
		case "void":
			m.Void, err = s.boolean()
		default:
			m.Extra, err = s.extra(m.Extra, key)
		}
		return err
	})
}

func (s *scanner) sets() (map[string][]Value, error) {
	out := map[string][]Value{}
	return out, s.object(MaxFields, func(field string) error {
		if !ValidName(field) {
			return s.fail(CodeInvalidName)
		}
		items := []Value{}
		err := s.array(MaxItems, func(int) error {
			v, err := s.value()
			items = append(items, v)
			return err
		})
		out[field] = items
		return err
	})
}

func (s *scanner) captureClock() (c CaptureClock, err error) {
	err = s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "boot":
			c.Boot, err = s.str()
		case "device":
			c.Device, err = s.integer()
		case "uptime":
			c.Uptime, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
	return c, err
}

func (s *scanner) origin() (*Origin, error) {
	o := &Origin{}
	return o, s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "device":
			o.Device, err = s.id()
		case "n":
			o.Number, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
}
