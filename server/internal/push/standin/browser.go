package standin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strconv"
	"sync"
)

// pushPath is where the endpoints of subscriptions are.
const pushPath = "/push/"

// Subscription is a browser that subscribed to the stand-in's push service.
type Subscription struct {
	Endpoint string
	P256DH   string // base64url without padding, as a browser hands it out
	Auth     string

	private *ecdh.PrivateKey
	auth    []byte
	sender  string // the applicationServerKey; "" for anybody's
}

// browsers are the subscriptions by the last part of their endpoints.
type browsers struct {
	mu sync.RWMutex
	of map[string]*Subscription
}

// Subscribe makes a browser. applicationServerKey is the public VAPID key that it subscribes with; who sends with
// another is refused. "" lets everybody send.
func (s *Server) Subscribe(applicationServerKey string) *Subscription {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // only without a random source
	}
	b := &Subscription{private: private, auth: make([]byte, 16), sender: applicationServerKey}
	rand.Read(b.auth)
	b.P256DH = base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())
	b.Auth = base64.RawURLEncoding.EncodeToString(b.auth)
	s.browsers.mu.Lock()
	defer s.browsers.mu.Unlock()
	if s.browsers.of == nil {
		s.browsers.of = make(map[string]*Subscription)
	}
	id := strconv.Itoa(len(s.browsers.of) + 1)
	b.Endpoint = s.origin + pushPath + id
	s.browsers.of[id] = b
	return b
}

var errSealed = errors.New("standin: the message cannot be opened")

// Open decrypts a message as the browser does (RFC 8291 §3, RFC 8188 §2): one record, whose padding is taken off.
func (b *Subscription) Open(body []byte) ([]byte, error) {
	const header, point = 16 + 4 + 1, 65
	if len(body) < header+point || body[20] != point || uint32(len(body)-header-point) > binary.BigEndian.Uint32(body[16:20]) {
		return nil, errSealed
	}
	salt, from, sealed := body[:16], body[header:header+point], body[header+point:]
	public, err := ecdh.P256().NewPublicKey(from)
	if err != nil {
		return nil, errSealed
	}
	shared, err := b.private.ECDH(public)
	if err != nil {
		return nil, errSealed
	}
	info := "WebPush: info\x00" + string(b.private.PublicKey().Bytes()) + string(from)
	input, err := hkdf.Key(sha256.New, shared, b.auth, info, 32)
	if err != nil {
		return nil, errSealed
	}
	content, err := hkdf.Key(sha256.New, input, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, errSealed
	}
	nonce, err := hkdf.Key(sha256.New, input, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, errSealed
	}
	block, err := aes.NewCipher(content)
	if err != nil {
		return nil, errSealed
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errSealed
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, errSealed
	}
	for end := len(plain) - 1; end >= 0; end-- {
		switch plain[end] {
		case 0: // padding
		case 2: // the delimiter of the last record
			return plain[:end], nil
		default:
			return nil, errSealed
		}
	}
	return nil, errSealed
}
