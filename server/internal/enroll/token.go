package enroll

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"lantoa/syncproto"
)

// tokenBytes is the size of a device token: 160 bits, 27 characters in every request.
const tokenBytes = 20

// deviceToken computes the token of a device (S-132). proof is the bare enrollment code or, for a fork, the id of the
// device that it forks from.
func deviceToken(key []byte, proof string, device syncproto.ID, nonce string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("device token 1\x00" + proof + "\x00" + string(device) + "\x00" + nonce))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:tokenBytes])
}

// proves reports whether a phone shows the token that it would be given: it got it before, from this database's key.
func proves(shown, token string) bool {
	return subtle.ConstantTimeCompare([]byte(shown), []byte(token)) == 1
}

// derivedID makes the id of what a code brings into being (S-133). It follows from the code, so that a server which was
// restored from before the code was redeemed makes the same person again, and not a stranger with the same name.
func derivedID(key []byte, what string, code [32]byte) syncproto.ID {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("enrolled " + what + " 1\x00"))
	mac.Write(code[:])
	id := [16]byte(mac.Sum(nil))
	id[6] = id[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
	id[8] = id[8]&0x3f | 0x80
	return syncproto.IDFromBytes(id)
}

func hashText(text string) [32]byte { return sha256.Sum256([]byte(text)) }
