package webpush

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	lib "github.com/SherClockHolmes/webpush-go"
)

// NewKeys makes a pair of VAPID keys: base64url without padding, the private scalar of 32 bytes and the public
// uncompressed point of 65 that browsers take as applicationServerKey.
func NewKeys() (private, public string, err error) {
	private, public, err = lib.GenerateVAPIDKeys()
	if err != nil {
		return "", "", fmt.Errorf("make VAPID keys: %w", err)
	}
	return private, public, nil
}

// checkKeys refuses what the library would sign with all the same.
func checkKeys(private, public string) error {
	d, ok := decode(private, scalarSize)
	if !ok {
		return errors.New("webpush: the private key is not 32 bytes of base64url")
	}
	key, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		return errors.New("webpush: the private key is not one of P-256")
	}
	if public != base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()) {
		return errors.New("webpush: the public key does not belong to the private one")
	}
	return nil
}

// Sizes of keys, and the limit of an endpoint; those of the known services have 150 to 600 bytes.
const (
	maxEndpoint = 2048
	scalarSize  = 32
	pointSize   = 65
	authSize    = 16
)

// ErrSubscription is what ValidSubscription returns for a subscription that cannot be sent to. Its text names the part and
// quotes nothing.
var ErrSubscription = errors.New("not a Web Push subscription")

// ValidSubscription reports whether a subscription can be sent to: the endpoint is an https URL with a host name in lower
// case and no port, as browsers write it, p256dh an uncompressed point of P-256, and auth 16 bytes, both base64url without padding
// (RFC 8291 §2). Where the name leads to is looked at when something is sent. The error wraps ErrSubscription.
func ValidSubscription(endpoint, p256dh, auth string) error {
	return validSubscription(endpoint, p256dh, auth, false)
}

func validSubscription(endpoint, p256dh, auth string, loose bool) error {
	if !validEndpoint(endpoint, loose) {
		return fmt.Errorf("%w: endpoint", ErrSubscription)
	}
	point, ok := decode(p256dh, pointSize)
	if !ok {
		return fmt.Errorf("%w: p256dh", ErrSubscription)
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return fmt.Errorf("%w: p256dh", ErrSubscription)
	}
	if _, ok := decode(auth, authSize); !ok {
		return fmt.Errorf("%w: auth", ErrSubscription)
	}
	return nil
}

// decode reads base64url of so many bytes. The length of the text is looked at too, since package base64 skips line breaks
// wherever they are.
func decode(text string, size int) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return raw, err == nil && len(raw) == size && len(text) == base64.RawURLEncoding.EncodedLen(size)
}

func validEndpoint(endpoint string, loose bool) bool {
	if len(endpoint) > maxEndpoint {
		return false
	}
	for i := range len(endpoint) {
		if endpoint[i] <= ' ' || endpoint[i] > '~' {
			return false // a browser hands out the serialised URL, which is ASCII
		}
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	if loose {
		return u.Host != ""
	}
	// The token names the origin as it is written here, and services compare it with their own: no port, no capitals. No
	// push service is at a bare address or at a name without a dot; internal ones are.
	return strings.Contains(u.Host, ".") && !numeric(u.Host) && named(u.Host)
}

// named reports whether a host is of a name's characters alone.
func named(host string) bool {
	for i := range len(host) {
		c := host[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

// numeric reports whether the last label is a number, as in 127.1 and 0x7f.1, which some resolvers take for an address.
func numeric(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "" || last[0] >= '0' && last[0] <= '9'
}

// inside reports whether a link is a path on the server: "//host" and "/\host" lead browsers elsewhere.
func inside(link string) bool {
	return link == "" || link[0] == '/' && (len(link) == 1 || link[1] != '/' && link[1] != '\\')
}

// plain reports whether text is of base64url's characters, as the Topic header has to be.
func plain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
