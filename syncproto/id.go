package syncproto

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// ID names a record, mutation, person, unit or device: a UUID in its canonical lower-case text form. Ids made
// by Lantoa are version 7 (RFC 9562); readers accept any version and never take an order from an id.
type ID string

// NewID returns a fresh UUIDv7 from the system clock and random source. The clock only helps indexes; a phone
// whose clock is wrong makes ids that are just as unique.
func NewID() ID {
	var random [10]byte
	rand.Read(random[:]) // never fails (Go 1.24)
	return MakeID(time.Now().UnixMilli(), random)
}

// MakeID builds a UUIDv7 from a Unix time in milliseconds and ten random bytes. It serves simulations and
// vectors, where ids must repeat.
func MakeID(unixMilli int64, random [10]byte) ID {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(unixMilli)<<16)
	copy(b[6:], random[:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	return idFromBytes(b)
}

// IDFromBytes returns the text form of a 16-byte UUID.
func IDFromBytes(b [16]byte) ID { return idFromBytes(b) }

func idFromBytes(b [16]byte) ID {
	var t [36]byte
	hex.Encode(t[0:8], b[0:4])
	t[8] = '-'
	hex.Encode(t[9:13], b[4:6])
	t[13] = '-'
	hex.Encode(t[14:18], b[6:8])
	t[18] = '-'
	hex.Encode(t[19:23], b[8:10])
	t[23] = '-'
	hex.Encode(t[24:36], b[10:16])
	return ID(t[:])
}

// Bytes returns the 16 bytes of a valid id and whether the id is valid.
func (id ID) Bytes() (b [16]byte, ok bool) {
	if len(id) != 36 || id[8] != '-' || id[13] != '-' || id[18] != '-' || id[23] != '-' {
		return b, false
	}
	at := 0
	for n := range b {
		if n == 4 || n == 6 || n == 8 || n == 10 {
			at++ // the dashes checked above; one anywhere else is no hex digit
		}
		hi, ok1 := unhex(id[at])
		lo, ok2 := unhex(id[at+1])
		if !ok1 || !ok2 {
			return [16]byte{}, false
		}
		b[n] = hi<<4 | lo
		at += 2
	}
	return b, true
}

// Valid reports whether the id is a UUID in canonical form: 36 bytes, lower case.
func (id ID) Valid() bool {
	_, ok := id.Bytes()
	return ok
}

// unhexAll fills dst from exactly as many lower-case hex digits, and reports whether text is that.
func unhexAll(dst []byte, text string) bool {
	if len(text) != 2*len(dst) {
		return false
	}
	for i := range dst {
		hi, ok1 := unhex(text[2*i])
		lo, ok2 := unhex(text[2*i+1])
		if !ok1 || !ok2 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
