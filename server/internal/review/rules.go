package review

import (
	"lantoa/storage"
	"lantoa/syncproto"
)

// Options holds what may be left out.
type Options struct{}

// Rules is the syncer's Reviewer.
type Rules struct{ opt Options }

// New makes the rules.
func New(opt Options) *Rules { return &Rules{opt: opt} }

// Refuse refuses what lacks consent (S-181).
func (r *Rules) Refuse(reader storage.Reader, c *Change) (code syncproto.Code, detail string, err error) {
	return "", "", nil
}

// Follow writes what follows from a change.
func (r *Rules) Follow(tx storage.Tx, c *Change) (made []*syncproto.Record, err error) {
	return nil, nil
}
