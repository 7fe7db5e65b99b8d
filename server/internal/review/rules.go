package review

import (
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options holds what may be left out.
type Options struct {
	// Clocks says until when a case that is opened now must be answered and done, in Unix ms; more says that third parties
	// have to act too. Nil leaves what the law gives at most, without a calendar.
	Clocks func(opened int64, more bool) (answerBy, doneBy int64)
}

// Rules is what the desk adds to a change (syncer.Reviewer). It is safe for concurrent use.
type Rules struct{ opt Options }

// New makes the rules.
func New(opt Options) *Rules { return &Rules{opt: opt} }

// Refuse refuses to approve, to publish and to let into what is public what lacks consent (S-181), and to delete a consent
// by which something is public (S-183).
func (r *Rules) Refuse(reader storage.Reader, c *Change) (code syncproto.Code, detail string, err error) {
	var root *node
	switch {
	case c.After.Kind == syncproto.KindConsent && c.After.Deleted && c.Mutation != nil && public(c.Top.State):
		return syncproto.CodeWrongState, "", nil // it would stay up as if nobody had ever been asked: who takes it back withdraws it
	case c.approves():
		root, err = gather(reader, c.After)
	case c.letsIn():
		// Of the whole nothing else changes, so nothing else is asked for.
		part := &node{Record: c.After}
		left := maxFamily
		err = part.grow(reader, maxHeight-1, &left)
		root = &node{Record: c.Top, below: []*node{part}}
	default:
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	lacks, err := lacksOf(reader, c.Access, root, c.Now)
	if err != nil || len(lacks) == 0 {
		return "", "", err
	}
	return syncproto.CodeConsentMissing, Detail(lacks), nil
}

// Follow writes what follows from a change, in its transaction, and returns the records that the server makes of it.
func (r *Rules) Follow(tx storage.Tx, c *Change) (made []*syncproto.Record, err error) {
	if err := audit(tx, c); err != nil {
		return nil, err
	}
	if err := tell(tx, c); err != nil {
		return nil, err
	}
	if c.withdrawsConsent() {
		if made, err = r.withdraw(tx, c); err != nil {
			return nil, err
		}
	}
	timeline, err := nextTimeline(tx, c)
	if err != nil {
		return nil, err
	}
	if timeline != nil {
		made = append(made, timeline)
	}
	return made, nil
}

// Row is Refresh.
func (r *Rules) Row(tx storage.Tx, access *people.Access, top *syncproto.Record, now int64) error {
	return Refresh(tx, access, top, now)
}
