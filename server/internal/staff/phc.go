package staff

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// cost is what one hash takes. Memory is in KiB.
type cost struct {
	memory, time uint32
	threads      uint8
}

// today is what passwords are hashed with: the second of the equal settings that OWASP's password storage cheat sheet
// names for argon2id. 19 MiB let a small server hash several at once.
var today = cost{memory: 19 * 1024, time: 2, threads: 1}

// Bounds of what is read back. A database that came from elsewhere must not make one sign-in take a gigabyte.
const (
	maxMemory  = 256 * 1024
	maxTime    = 16
	maxThreads = 8
	minSalt    = 8
	maxSalt    = 64
	minKey     = 16
	maxKey     = 64
)

// phc is a password's hash as PHC strings say it: $argon2id$v=19$m=19456,t=2,p=1$salt$key.
type phc struct {
	cost
	salt, key []byte
}

var errPHC = errors.New("not a hash of argon2id")

func (p *phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.memory, p.time, p.threads, b64.EncodeToString(p.salt), b64.EncodeToString(p.key))
}

// parsePHC reads exactly what String writes, within the bounds.
func parsePHC(text string) (*phc, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return nil, errPHC
	}
	settings := strings.Split(parts[3], ",")
	if len(settings) != 3 {
		return nil, errPHC
	}
	var numbers [3]uint32
	for i, bound := range []struct {
		name string
		most uint64
	}{{"m=", maxMemory}, {"t=", maxTime}, {"p=", maxThreads}} {
		digits, ok := strings.CutPrefix(settings[i], bound.name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || n == 0 || n > bound.most || strconv.FormatUint(n, 10) != digits {
			return nil, errPHC
		}
		numbers[i] = uint32(n)
	}
	p := &phc{cost: cost{memory: numbers[0], time: numbers[1], threads: uint8(numbers[2])}}
	if p.memory < 8*uint32(p.threads) { // RFC 9106, 3.1
		return nil, errPHC
	}
	var err error
	if p.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(p.salt) < minSalt || len(p.salt) > maxSalt {
		return nil, errPHC
	}
	if p.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(p.key) < minKey || len(p.key) > maxKey {
		return nil, errPHC
	}
	if p.String() != text { // the decoder skips line breaks
		return nil, errPHC
	}
	return p, nil
}
