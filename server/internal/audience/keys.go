package audience

import (
	"bufio"
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lantoa/syncproto"
)

// Keys seal facts. They lie apart from the database, so that a copy of the database alone tells nothing. The zero value has none:
// then nothing can be sealed or opened. Keys never change and are safe for concurrent use.
//
// A sealed fact is the id of its key (1 byte), a nonce (12 bytes) and the AES-256-GCM of the value, padded so that its length
// tells nothing. Bound to it are the person and the name: the fact of one moved to another does not open.
type Keys struct {
	newest byte
	all    map[byte]cipher.AEAD
}

const (
	keyBytes = 32
	padded   = 16 // bytes of a value with its length: the longest is a date
)

// LogValue keeps keys out of logs.
func (k *Keys) LogValue() string { return "keys" }

// String implements fmt.Stringer.
func (k *Keys) String() string { return "keys" }

// NewKeys makes keys of 32 bytes each. The last seals; all open. Of two different keys one in 256 pairs has the same id, which is
// refused: what the older one sealed could not be opened.
func NewKeys(keys ...[]byte) (*Keys, error) {
	k := &Keys{all: map[byte]cipher.AEAD{}}
	had := map[byte][]byte{}
	for _, key := range keys {
		if len(key) != keyBytes {
			return nil, syncproto.E(syncproto.CodeInvalidValue, "read keys of facts", nil)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, syncproto.E(syncproto.CodeInternal, "read keys of facts", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, syncproto.E(syncproto.CodeInternal, "read keys of facts", err)
		}
		k.newest = keyID(key)
		if old, taken := had[k.newest]; taken && !bytes.Equal(old, key) {
			return nil, syncproto.E(syncproto.CodeInvalidValue, "read keys of facts", nil)
		}
		had[k.newest] = key
		k.all[k.newest] = aead
	}
	return k, nil
}

// keyID names a key by what it is, so that a file that was mixed up with another is noticed.
func keyID(key []byte) byte {
	sum := sha256.Sum256(append([]byte("lantoa fact key\n"), key...))
	return sum[0]
}

// ParseKeys reads keys in hex, one a line or parted by commas; lines that begin with # are passed over. The last seals.
func ParseKeys(text []byte) (*Keys, error) {
	var keys [][]byte
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for one := range strings.SplitSeq(line, ",") {
			key, err := hex.DecodeString(strings.TrimSpace(one))
			if err != nil {
				return nil, syncproto.E(syncproto.CodeInvalidValue, "read keys of facts", nil) // the cause would tell a part of it
			}
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, syncproto.E(syncproto.CodeInvalidValue, "read keys of facts", nil)
	}
	return NewKeys(keys...)
}

// LoadKeys reads the file of keys. Where there is none it makes one (0600) if fresh says that it may: not in a database that has facts already,
// where another key would hide that theirs is lost. Then it returns keys that open nothing, and no error: a server without
// facts does everything else.
func LoadKeys(file string, fresh bool) (*Keys, error) {
	text, err := os.ReadFile(file)
	if err == nil {
		return ParseKeys(text)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read keys of facts: %w", err)
	}
	if !fresh {
		return &Keys{}, nil
	}
	text = append([]byte("# The key of the facts that people told (blood groups, days of gifts). Without it they cannot be read.\n"+
		"# Keep a copy apart from the copies of the database.\n"), newKey()...)
	if err := writeKeys(file, text); err != nil {
		return nil, fmt.Errorf("make a key of facts: %w", err)
	}
	return ParseKeys(text)
}

func newKey() []byte {
	var key [keyBytes]byte
	rand.Read(key[:]) // which never fails
	return append(hex.AppendEncode(nil, key[:]), '\n')
}

// writeKeys writes the whole file or none of it.
func writeKeys(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), "fact-key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // what is left of it
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

// Ready reports whether there is a key.
func (k *Keys) Ready() bool { return k != nil && len(k.all) > 0 }

// knows reports whether there is the key of a sealed value.
func (k *Keys) knows(sealed []byte) bool {
	return k.Ready() && len(sealed) > 0 && k.all[sealed[0]] != nil
}

// Seal seals a value of at most 15 bytes.
//
// Errors: unavailable without a key.
func (k *Keys) Seal(person syncproto.ID, name, value string) ([]byte, error) {
	const op = "seal fact"
	if !k.Ready() {
		return nil, syncproto.E(syncproto.CodeUnavailable, op, nil)
	}
	if len(value) >= padded {
		return nil, syncproto.E(syncproto.CodeInvalidValue, op, nil)
	}
	aead := k.all[k.newest]
	out := make([]byte, 1+aead.NonceSize(), 1+aead.NonceSize()+padded+aead.Overhead())
	out[0] = k.newest
	rand.Read(out[1:])
	var plain [padded]byte
	plain[0] = byte(len(value))
	copy(plain[1:], value)
	return aead.Seal(out, out[1:], plain[:], bound(nil, person, name)), nil
}

// Open opens a sealed value. An error names no part of it.
//
// Errors: unavailable for a key that is not there; store_broken for bytes that were changed or belong to somebody else.
func (k *Keys) Open(person syncproto.ID, name string, sealed []byte) (string, error) {
	var o opener
	o.keys = k
	value, err := o.open(person, name, sealed)
	return string(value), err
}

// opener opens many, one after another, in one piece of memory.
type opener struct {
	keys         *Keys
	bound, plain []byte
}

// open returns a value that is good until the next.
func (o *opener) open(person syncproto.ID, name string, sealed []byte) ([]byte, error) {
	const op = "open fact"
	if len(sealed) == 0 || !o.keys.Ready() {
		return nil, syncproto.E(syncproto.CodeUnavailable, op, nil)
	}
	aead := o.keys.all[sealed[0]]
	if aead == nil {
		return nil, syncproto.E(syncproto.CodeUnavailable, op, nil)
	}
	sealed = sealed[1:]
	if len(sealed) != aead.NonceSize()+padded+aead.Overhead() {
		return nil, syncproto.E(syncproto.CodeStoreBroken, op, nil)
	}
	o.bound = bound(o.bound[:0], person, name)
	plain, err := aead.Open(o.plain[:0], sealed[:aead.NonceSize()], sealed[aead.NonceSize():], o.bound)
	if err != nil || plain[0] >= padded {
		return nil, syncproto.E(syncproto.CodeStoreBroken, op, err)
	}
	o.plain = plain
	return plain[1 : 1+plain[0]], nil
}

// bound is what a sealed value is bound to.
func bound(b []byte, person syncproto.ID, name string) []byte {
	b = append(b, "lantoa fact\n"...)
	b = append(b, person...)
	b = append(b, '\n')
	return append(b, name...)
}
