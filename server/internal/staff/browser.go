package staff

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"lantoa/syncproto"
)

// browserLife is how long a browser is known after a good sign-in.
const browserLife = 400 * 24 * time.Hour // what browsers keep a cookie for at most

// A mark says that a browser signed in to an account before (OWASP calls it a device cookie): 16 random bytes that name
// the browser, 8 of the time, 16 of a MAC over them and the person. It opens nothing; it gives the browser a counter of
// its own, so that what strangers try does not stand in its way.
const markBytes = 16 + 8 + 16

func browserMark(key []byte, person syncproto.ID, now int64) string {
	mark := binary.BigEndian.AppendUint64(random(16), uint64(now))
	return base64.RawURLEncoding.EncodeToString(append(mark, markMAC(key, person, mark)...))
}

func markMAC(key []byte, person syncproto.ID, mark []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("staff browser 1\x00" + string(person) + "\x00"))
	mac.Write(mark)
	return mac.Sum(nil)[:16]
}

// knownBrowser returns the name of a browser that signed in to a person's account before.
func knownBrowser(key []byte, person syncproto.ID, mark string, now int64) (name [16]byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(mark)
	if err != nil || len(raw) != markBytes {
		return name, false
	}
	at := int64(binary.BigEndian.Uint64(raw[16:24]))
	if !hmac.Equal(raw[24:], markMAC(key, person, raw[:24])) || now-at >= browserLife.Milliseconds() {
		return name, false
	}
	return [16]byte(raw), true
}
