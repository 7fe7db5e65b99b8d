package model

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"

	"lantoa/syncproto"
)

// Serve answers one request of the protocol. ok is false when the server died before it could answer.
func (s *Server) Serve(path, token string, body []byte) (status int, answer []byte, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, died := r.(crashed); !died {
				panic(r)
			}
			status, answer, ok = 0, nil, false
		}
	}()
	var err error
	switch path {
	case "/v1/sync":
		answer, err = s.sync(token, body)
	case "/v1/enroll":
		answer, err = s.enroll(body)
	case "/v1/fork":
		answer, err = s.fork(token, body)
	default:
		err = syncproto.E(syncproto.CodeNotFound, "route", nil)
	}
	if err != nil {
		status, answer = problem(err)
		return status, answer, true
	}
	return http.StatusOK, answer, true
}

func problem(err error) (int, []byte) {
	code := syncproto.CodeOf(err)
	status := http.StatusBadRequest
	switch syncproto.KindOfCode(code) {
	case syncproto.Unauthenticated:
		status = http.StatusUnauthorized
	case syncproto.Forbidden:
		status = http.StatusForbidden
	case syncproto.NotFound:
		status = http.StatusNotFound
	case syncproto.Conflict:
		status = http.StatusConflict
	case syncproto.Expired:
		status = http.StatusGone
	case syncproto.TooLarge:
		status = http.StatusRequestEntityTooLarge
	case syncproto.Exhausted:
		status = http.StatusTooManyRequests
	case syncproto.Unavailable:
		status = http.StatusServiceUnavailable
	case syncproto.Internal:
		status = http.StatusInternalServerError
	}
	return status, []byte(syncproto.Object(syncproto.Fields{
		"code": syncproto.Text(string(code)), "kind": syncproto.Text(string(syncproto.KindOfCode(code))),
		"status": syncproto.Int(int64(status)), "title": syncproto.Text(string(code)), "type": syncproto.Text("about:blank"),
	}))
}

func (s *Server) enroll(body []byte) ([]byte, error) {
	r, err := syncproto.DecodeEnrollRequest(body)
	if err != nil {
		return nil, err
	}
	bare, err := syncproto.ParseEnrollCode(r.Code)
	if err != nil {
		return nil, err
	}
	var answer []byte
	err = s.update(func() (err error) {
		code, known := s.state.Codes[bare]
		switch {
		case !known:
			return syncproto.E(syncproto.CodeEnrollUnknown, "enroll", nil)
		case code.Device != "" && (code.Device != r.Device || code.Nonce != r.Nonce):
			return syncproto.E(syncproto.CodeEnrollUsed, "enroll", nil)
		}
		if code.Device == "" {
			if code.Person, err = s.join(code, bare); err != nil {
				return err
			}
		}
		code.Device, code.Nonce = r.Device, r.Nonce
		set(s, s.state.Codes, bare, code)
		answer = s.admit(Device{ID: r.Device, Person: code.Person, Unit: code.Unit}, code.Role, bare, r.Nonce)
		return nil
	})
	return answer, err
}

// join returns the person of a code, whose grant it makes unless there is one. Both ids follow from the code, so that a
// server that was set back makes the same person again.
func (s *Server) join(code Code, bare string) (syncproto.ID, error) {
	grant := syncproto.Grant{
		ID: s.derived("grant", bare), Person: code.Person, Unit: code.Unit, Role: code.Role, From: s.cfg.Now(),
	}
	switch {
	case code.Person == "":
		grant.Person = s.derived("person", bare)
		set(s, s.state.Persons, grant.Person, Person{Name: code.Name})
	case s.state.Persons[code.Person].Closed:
		return "", syncproto.E(syncproto.CodeEnrollExpired, "enroll", nil)
	}
	for _, g := range s.state.grantsOf(code.Person) {
		if g.Unit == grant.Unit && g.Role == grant.Role && g.Holds(grant.From) && g.Until == 0 {
			return code.Person, nil // a further phone of the same person
		}
	}
	set(s, s.state.Grants, grant.ID, grant)
	access := s.state.Access
	s.undo = append(s.undo, func() { s.state.Access = access })
	s.state.Access++
	return grant.Person, nil
}

func (s *Server) derived(what, bare string) syncproto.ID {
	mac := hmac.New(sha256.New, s.state.Key)
	mac.Write([]byte(what + "\x00" + bare))
	return idFrom(mac.Sum(nil)[:16])
}

func (s *Server) fork(token string, body []byte) ([]byte, error) {
	old, known := s.state.Tokens[token]
	if !known {
		return nil, syncproto.E(syncproto.CodeTokenUnknown, "fork", nil)
	}
	r, err := syncproto.DecodeForkRequest(body)
	if err != nil {
		return nil, err
	}
	var answer []byte
	err = s.update(func() error {
		d := s.state.Devices[old]
		answer = s.admit(Device{ID: r.Device, Person: d.Person, Unit: d.Unit}, syncproto.RoleVolunteer, string(old), r.Nonce)
		return nil
	})
	return answer, err
}

// admit stores a device, unless it is there, and makes the answer. The token follows from what the phone keeps, so a
// repeat gets the same one.
func (s *Server) admit(d Device, role syncproto.Role, secret, nonce string) []byte {
	if _, there := s.state.Devices[d.ID]; !there {
		set(s, s.state.Devices, d.ID, d)
	}
	mac := hmac.New(sha256.New, s.state.Key)
	mac.Write([]byte("device token 1\x00" + secret + "\x00" + string(d.ID) + "\x00" + nonce))
	token := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:20])
	set(s, s.state.Tokens, token, d.ID)
	return syncproto.AppendEnrollResponse(nil, &syncproto.EnrollResponse{
		Token: token, Device: d.ID, Person: d.Person, Name: s.state.Persons[d.Person].Name,
		Unit: d.Unit, UnitName: s.state.Units[d.Unit].Name, Role: role, Epoch: s.state.Epoch.String(),
	})
}
