package enroll

import (
	"crypto/hmac"
	"crypto/sha256"
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

func hashText(text string) [32]byte { return sha256.Sum256([]byte(text)) }
