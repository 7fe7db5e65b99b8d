package syncproto

import (
	"crypto/rand"
	"strings"
)

// EnrollRequest joins a device to a person and a unit (S-130). The phone makes Device and Nonce, stores them
// durably, and only then asks: a repeat with the same three values gets the same answer, so a lost reply does not
// burn the code.
type EnrollRequest struct {
	Code   string
	Device ID
	Nonce  string // 22 or more characters of the phone's own randomness
	Name   string // the person's name, if the code does not carry one
	App    string
	Token  string // the token that this request was answered with before, when a server has forgotten it (S-133)
}

// EnrollResponse is the credential and what the phone shows at once.
type EnrollResponse struct {
	Token    string // shown once; the server keeps its hash
	Device   ID
	Person   ID
	Name     string
	Unit     ID
	UnitName string
	Role     Role
	Epoch    string
}

// ForkRequest asks for an identity of its own for a phone that was told device_forked (S-125). It is repeatable
// like EnrollRequest.
type ForkRequest struct {
	Device ID // the new id
	Nonce  string
}

// AppendEnrollRequest appends the wire form.
func AppendEnrollRequest(dst []byte, r *EnrollRequest) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.str("app", r.App)
	w.str("code", r.Code)
	w.str("device", string(r.Device))
	w.str("name", r.Name)
	w.str("nonce", r.Nonce)
	w.str("token", r.Token)
	return w.close()
}

// DecodeEnrollRequest reads a request strictly.
func DecodeEnrollRequest(data []byte) (*EnrollRequest, error) {
	s := newScanner(data)
	r := &EnrollRequest{}
	err := s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "app":
			r.App, err = s.short(64)
		case "code":
			r.Code, err = s.short(64)
		case "device":
			r.Device, err = s.id()
		case "name":
			r.Name, err = s.short(200)
		case "nonce":
			r.Nonce, err = s.short(128)
		case "token":
			r.Token, err = s.short(128)
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && (r.Code == "" || r.Device == "" || len(r.Nonce) < 22) {
		err = s.fail(CodeMissingMember)
	}
	return r, err
}

// AppendEnrollResponse appends the wire form.
func AppendEnrollResponse(dst []byte, r *EnrollResponse) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.str("device", string(r.Device))
	w.str("epoch", r.Epoch)
	w.str("name", r.Name)
	w.str("person", string(r.Person))
	w.str("role", string(r.Role))
	w.str("token", r.Token)
	w.str("unit", string(r.Unit))
	w.str("unit_name", r.UnitName)
	return w.close()
}

// DecodeEnrollResponse reads a response strictly.
func DecodeEnrollResponse(data []byte) (*EnrollResponse, error) {
	s := newScanner(data)
	r := &EnrollResponse{}
	err := s.object(MaxFields, func(key string) (err error) {
		var text string
		switch key {
		case "device":
			r.Device, err = s.id()
		case "epoch":
			r.Epoch, err = s.str()
		case "name":
			r.Name, err = s.str()
		case "person":
			r.Person, err = s.id()
		case "role":
			text, err = s.name()
			r.Role = Role(text)
		case "token":
			r.Token, err = s.str()
		case "unit":
			r.Unit, err = s.id()
		case "unit_name":
			r.UnitName, err = s.str()
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && (r.Token == "" || r.Device == "" || r.Person == "") {
		err = s.fail(CodeMissingMember)
	}
	return r, err
}

// AppendForkRequest appends the wire form.
func AppendForkRequest(dst []byte, r *ForkRequest) []byte {
	w := objectWriter{dst: append(dst, '{')}
	w.str("device", string(r.Device))
	w.str("nonce", r.Nonce)
	return w.close()
}

// DecodeForkRequest reads a request strictly.
func DecodeForkRequest(data []byte) (*ForkRequest, error) {
	s := newScanner(data)
	r := &ForkRequest{}
	err := s.object(MaxFields, func(key string) (err error) {
		switch key {
		case "device":
			r.Device, err = s.id()
		case "nonce":
			r.Nonce, err = s.short(128)
		default:
			err = s.skip()
		}
		return err
	})
	if err == nil {
		err = s.end()
	}
	if err == nil && (r.Device == "" || len(r.Nonce) < 22) {
		err = s.fail(CodeMissingMember)
	}
	return r, err
}

// codeAlphabet leaves out what people mix up when they read a code aloud or copy it by hand: 0/O, 1/I/L, U/V.
const codeAlphabet = "23456789ABCDEFGHJKMNPQRSTWXYZ"

// codeLength is the length of an enrollment code without its check character: 29^11 is above 2^53, which no
// guesser reaches through the rate limit before the code expires.
const codeLength = 11

// NewEnrollCode returns a random enrollment code, grouped for reading: "ABCD-EFGH-JKMN" (S-131).
func NewEnrollCode() string {
	var raw [codeLength]byte
	for i := range raw {
		raw[i] = codeAlphabet[draw(len(codeAlphabet))]
	}
	body := string(raw[:])
	return GroupEnrollCode(body + string(codeCheck(body)))
}

// draw returns a uniform number below n, by rejection.
func draw(n int) int {
	var b [1]byte
	for {
		rand.Read(b[:])
		if int(b[0]) < 256/n*n {
			return int(b[0]) % n
		}
	}
}

// GroupEnrollCode writes a bare code in groups of four.
func GroupEnrollCode(bare string) string {
	var groups []string
	for len(bare) > 4 {
		groups, bare = append(groups, bare[:4]), bare[4:]
	}
	return strings.Join(append(groups, bare), "-")
}

// ParseEnrollCode cleans a code as a person typed it (lower case, spaces, dashes) and checks its last character,
// which catches every single wrong character and every swap of two neighbours. It returns the bare code, or
// enrollment_code_typo without asking a server.
func ParseEnrollCode(typed string) (string, error) {
	bare := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-' || r == '\t' || r == '\n' || r == '\r':
			return -1
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, typed)
	typo := E(CodeEnrollTypo, "read enrollment code", nil)
	if len(bare) != codeLength+1 {
		return "", typo
	}
	for i := range len(bare) {
		if strings.IndexByte(codeAlphabet, bare[i]) < 0 {
			return "", typo
		}
	}
	if codeCheck(bare[:codeLength]) != bare[codeLength] {
		return "", typo
	}
	return bare, nil
}

// codeCheck is a weighted sum modulo 29, the alphabet's prime size: with distinct weights below a prime modulus,
// no single substitution and no swap of two characters goes unseen.
func codeCheck(body string) byte {
	sum := 0
	for i := range len(body) {
		sum += (i + 1) * strings.IndexByte(codeAlphabet, body[i])
	}
	return codeAlphabet[sum%len(codeAlphabet)]
}
