package people

import "lantoa/syncproto"

// Closed returns when the account of the person was closed, in Unix ms, if that was at or before a time; else 0.
func (p *Rights) Closed(at int64) int64 {
	if p.closed != 0 && p.closed <= at {
		return p.closed
	}
	return 0
}

// None returns the rights of a person without grants: what a device that was revoked still brings is judged by them
// (S-188), whatever its person may do by another.
func (a *Access) None(person syncproto.ID) *Rights { return &Rights{Person: person, history: a.history} }
