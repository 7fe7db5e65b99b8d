package syncproto

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Epoch names one continuous life of a server's database. It is drawn at random when the database is created and
// again when a backup is restored (S-120).
type Epoch [8]byte

// String returns the epoch as it travels: 16 hex digits.
func (e Epoch) String() string { return hex.EncodeToString(e[:]) }

// ParseEpoch reads the form of Epoch.String.
func ParseEpoch(text string) (e Epoch, ok bool) {
	return e, unhexAll(e[:], text)
}

// Position is how far a device has read one scope: every change up to and including Sequence.
type Position struct {
	Scope    uint64 // the server's number for the scope
	Sequence uint64
	// Fresh marks a scope that is being read from zero as a snapshot: until it is caught up, the device must not
	// yet drop records that the snapshot did not name (S-74).
	Fresh bool
}

// Cursor is what a device has read (S-71). On the wire it is opaque and authenticated: only the server that made
// it can read or change it, and only the device that it was made for can use it.
type Cursor struct {
	Epoch     Epoch
	Accepted  int64  // the device's highest judged mutation number when the cursor was made
	Access    uint64 // the revision of grants and units under which its scopes were computed
	Positions []Position
}

const (
	cursorVersion = 1
	cursorMAC     = 12 // bytes; 96 bits are far beyond guessing over a network
)

// Seal encodes a cursor for one device under the server's key.
func (c *Cursor) Seal(key []byte, device ID) string {
	b := make([]byte, 0, 32+8*len(c.Positions)+cursorMAC)
	b = append(b, cursorVersion)
	b = append(b, c.Epoch[:]...)
	b = binary.AppendUvarint(b, uint64(c.Accepted))
	b = binary.AppendUvarint(b, c.Access)
	b = binary.AppendUvarint(b, uint64(len(c.Positions)))
	for _, p := range c.Positions {
		scope := p.Scope << 1
		if p.Fresh {
			scope |= 1
		}
		b = binary.AppendUvarint(b, scope)
		b = binary.AppendUvarint(b, p.Sequence)
	}
	b = append(b, cursorTag(key, device, b)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// OpenCursor authenticates and decodes a cursor. The empty text is the empty cursor, with which every device
// starts. Anything that was not sealed for this device under this key is cursor_forged.
func OpenCursor(key []byte, device ID, text string) (*Cursor, error) {
	c := &Cursor{}
	if text == "" {
		return c, nil
	}
	forged := E(CodeCursorForged, "open cursor", nil)
	if len(text) > MaxCursorBytes || strings.ContainsAny(text, "\r\n") { // which base64 passes over
		return nil, forged
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 1+8+3+cursorMAC || b[0] != cursorVersion {
		return nil, forged
	}
	body, tag := b[:len(b)-cursorMAC], b[len(b)-cursorMAC:]
	if !hmac.Equal(tag, cursorTag(key, device, body)) {
		return nil, forged
	}
	copy(c.Epoch[:], body[1:9])
	rest := body[9:]
	next := func() uint64 {
		n, size := binary.Uvarint(rest)
		if size <= 0 {
			rest, err = nil, forged
			return 0
		}
		rest = rest[size:]
		return n
	}
	c.Accepted = int64(next())
	c.Access = next()
	count := next()
	for i := uint64(0); i < count && err == nil; i++ {
		scope := next()
		c.Positions = append(c.Positions, Position{Scope: scope >> 1, Fresh: scope&1 == 1, Sequence: next()})
	}
	if err != nil || len(rest) > 0 {
		return nil, forged
	}
	return c, nil
}

func cursorTag(key []byte, device ID, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("lantoa cursor 1\x00"))
	mac.Write([]byte(device))
	mac.Write([]byte{0})
	mac.Write(body)
	return mac.Sum(nil)[:cursorMAC]
}
