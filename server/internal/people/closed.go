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
func (a *Access) None(person syncproto.ID) *Rights {
	return &Rights{Person: person, history: a.history}
}

// EndedFor is how long a device that was revoked, or whose person's account was closed, may still bring what it holds
// (S-188), in ms.
const EndedFor = 30 * 24 * 60 * 60 * 1000

// Ended returns when the access of a device ended, by what came first, in Unix ms; 0 if it has not.
func Ended(revoked, closed int64) int64 {
	if revoked == 0 || closed != 0 && closed < revoked {
		return closed
	}
	return revoked
}

// Gone reports whether the time has passed, too, in which a device whose access ended may bring what is left.
func Gone(ended, now int64) bool { return ended != 0 && now >= ended+EndedFor }
