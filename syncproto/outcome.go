package syncproto

// Result is what became of a mutation (S-44).
type Result string

// The results. Everything but Rejected changed the record as asked, or found that it was so already.
const (
	Applied   Result = "applied"
	Merged    Result = "merged"    // others had changed the record meanwhile; nothing collided
	Conflicts Result = "conflict"  // something collided; the losing side is kept and can be restored
	Rejected  Result = "rejected"  // refused for good; the server keeps the payload as a dead letter
	Duplicate Result = "duplicate" // had been judged before under another number; nothing happened again
)

// Outcome is the server's answer to one mutation. It is stored in the transaction that applied the mutation, and
// a replay of the number gets it again, word for word (S-45).
type Outcome struct {
	Number   int64
	Result   Result
	Code     Code   // why, for conflict and rejected
	Detail   string // which field or member, if one is to blame
	Revision int64  // the record's revision after the mutation; 0 if there is none
	Conflict ID     // the conflict record that keeps the losing side
}

// AppendOutcome appends the canonical wire form.
func AppendOutcome(dst []byte, o *Outcome) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.str("code", string(o.Code))
	w.str("conflict", string(o.Conflict))
	w.str("detail", o.Detail)
	w.int("n", o.Number)
	w.str("result", string(o.Result))
	w.int("revision", o.Revision)
	return w.close()
}

// DecodeOutcome reads the wire form of an outcome strictly.
func DecodeOutcome(data []byte) (Outcome, error) {
	s := newScanner(data)
	o, err := s.outcome()
	if err != nil {
		return o, err
	}
	return o, s.end()
}

func (s *scanner) outcome() (o Outcome, err error) {
	err = s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "code":
			text, err = s.name()
			o.Code = Code(text)
		case "conflict":
			o.Conflict, err = s.id()
		case "detail":
			o.Detail, err = s.str()
		case "n":
			o.Number, err = s.integer()
		case "result":
			text, err = s.name()
			o.Result = Result(text)
		case "revision":
			o.Revision, err = s.integer()
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil && (o.Number <= 0 || o.Result == "") {
		err = s.fail(CodeMissingMember)
	}
	return o, err
}
