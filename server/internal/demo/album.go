package demo

import (
	"crypto/sha256"
	"encoding/hex"

	"lantoa/syncproto"
)

// shot is one file that a phone reported as saved.
type shot struct {
	record      syncproto.ID
	phone       int
	sum         string // SHA-256 of what the camera wrote
	size        int64
	orientation int            // of a photo whose corner is marked; 0 if it is none
	picture     bool           // somebody makes small copies of it
	code        syncproto.Code // why it must end as parked; "" for what must arrive
}

func shotOf(data []byte) shot {
	sum := sha256.Sum256(data)
	return shot{sum: hex.EncodeToString(sum[:]), size: int64(len(data))}
}

// photographed remembers a file with its record.
func (l *ledger) photographed(s shot, set syncproto.Fields) {
	l.created(s.phone, s.record, syncproto.KindPhoto, set)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shots = append(l.shots, s)
}

// refused remembers what a phone did not take, and what it told the person.
func (l *ledger) refused(code syncproto.Code) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turnedAway = append(l.turnedAway, code)
}
