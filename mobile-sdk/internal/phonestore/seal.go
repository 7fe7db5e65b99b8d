package phonestore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"

	"lantoa/syncproto"
)

// pinRounds makes one guess of a PIN cost about a third of a second on a cheap phone. A four-digit PIN stays weak
// against somebody with the file and a server; it keeps out a finder, not a laboratory.
const pinRounds = 210_000

// lock is how the key of a sealed store is kept: random, wrapped under what the PIN yields.
type lock struct {
	Salt    []byte `json:"salt"`
	Rounds  int    `json:"rounds"`
	Wrapped []byte `json:"wrapped"`
}

// sealer seals what people wrote. The nil sealer, of a store without a PIN, passes everything through.
type sealer struct {
	aead   cipher.AEAD
	random io.Reader
}

func newLock(pin string, random io.Reader) (*lock, *sealer, error) {
	l := &lock{Salt: make([]byte, 16), Rounds: pinRounds}
	key := make([]byte, 32)
	if _, err := io.ReadFull(random, l.Salt); err != nil {
		return nil, nil, err
	}
	if _, err := io.ReadFull(random, key); err != nil {
		return nil, nil, err
	}
	outer, err := l.outer(pin, random)
	if err != nil {
		return nil, nil, err
	}
	if l.Wrapped, err = outer.seal(key, "profile key"); err != nil {
		return nil, nil, err
	}
	inner, err := newSealer(key, random)
	return l, inner, err
}

// open returns the sealer of the profile's key, or pin_wrong.
func (l *lock) open(pin string, random io.Reader) (*sealer, error) {
	outer, err := l.outer(pin, random)
	if err != nil {
		return nil, err
	}
	key, err := outer.open(l.Wrapped, "profile key")
	if err != nil {
		return nil, syncproto.E(syncproto.CodePinWrong, "open profile", nil)
	}
	return newSealer(key, random)
}

func (l *lock) outer(pin string, random io.Reader) (*sealer, error) {
	key, err := pbkdf2.Key(sha256.New, pin, l.Salt, l.Rounds, 32)
	if err != nil {
		return nil, err
	}
	return newSealer(key, random)
}

func newSealer(key []byte, random io.Reader) (*sealer, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &sealer{aead: aead, random: random}, nil
}

// seal binds the bytes to their place, so that rows cannot be swapped in the file.
func (s *sealer) seal(plain []byte, place string) ([]byte, error) {
	if s == nil {
		return plain, nil
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return nil, err
	}
	return s.aead.Seal(nonce, nonce, plain, []byte(place)), nil
}

func (s *sealer) open(sealed []byte, place string) ([]byte, error) {
	if s == nil {
		return sealed, nil
	}
	size := s.aead.NonceSize()
	if len(sealed) < size {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "unseal", errors.New("row too short"))
	}
	plain, err := s.aead.Open(nil, sealed[:size], sealed[size:], []byte(place))
	if err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, "unseal", err)
	}
	return plain, nil
}

func (l *lock) encode() []byte {
	out, _ := json.Marshal(l)
	return out
}
