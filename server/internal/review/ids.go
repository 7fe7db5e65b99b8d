package review

import (
	"crypto/hmac"
	"crypto/sha256"

	"lantoa/syncproto"
)

// derived returns the id of what the server makes of a record, one of each sort. It comes from the store's key, so that
// it is the same when the work is done again, and nobody can take it first.
func derived(key []byte, sort string, of syncproto.ID) syncproto.ID {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("lantoa " + sort + " 1\x00" + string(of)))
	sum := mac.Sum(nil)
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	sum[8] = sum[8]&0x3f | 0x80
	return syncproto.IDFromBytes([16]byte(sum[:16]))
}
