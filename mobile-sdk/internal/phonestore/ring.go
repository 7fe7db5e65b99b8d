package phonestore

import "lantoa/syncproto"

// maxRung is how many identities of pushes are remembered.
const maxRung = 500

// Rung notes that a push came, and reports whether its identity is new.
func (t *Tx) Rung(identity string) (fresh bool, err error) {
	var n int
	known, err := t.one("SELECT 1 FROM rung WHERE identity = $1", []any{identity}, &n)
	if err != nil || known {
		return false, err
	}
	if _, err := t.exec("INSERT INTO rung (identity) VALUES ($1)", identity); err != nil {
		return false, err
	}
	_, err = t.exec("DELETE FROM rung WHERE seq <= (SELECT max(seq) FROM rung) - $1", maxRung)
	return err == nil, err
}

// Push is where the phone is rung.
type Push struct {
	Sealed []byte         `json:"sealed,omitempty"` // the registration, sealed
	Told   int64          `json:"told,omitempty"`   // when the server was told, its time; 0 while it does not know
	Code   syncproto.Code `json:"code,omitempty"`   // why it did not take it
	Asked  int64          `json:"asked,omitempty"`  // when it did not
	Clear  bool           `json:"clear,omitempty"`  // the server is to forget it
}

// Untold notes that the server does not know, or not any more.
func (p *Push) Untold() {
	if p != nil {
		p.Told, p.Code, p.Asked = 0, "", 0
	}
}

// SealPush seals a registration for State.Push, OpenPush opens it.
func (s *Store) SealPush(wire []byte) ([]byte, error) { return s.sealed.seal(wire, "push") }

// OpenPush is the other way of SealPush.
func (s *Store) OpenPush(sealed []byte) ([]byte, error) { return s.sealed.open(sealed, "push") }
