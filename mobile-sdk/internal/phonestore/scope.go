package phonestore

import (
	"database/sql"

	"lantoa/syncproto"
)

// Scope is what the phone knows of one scope that it follows.
type Scope struct {
	Number     int64
	Name       syncproto.Scope
	Generation int64 // rises with each snapshot; members of an older one are unconfirmed
	Sum        syncproto.Sum
	Stale      bool   // members of an older generation may exist
	Repair     int    // see the engine's repair
	Leaves     string // what a repair still wants, as its engine writes it
	Failures   int64  // repairs in a row that did not help

	dirty bool
}

// Scopes returns every scope by name. In an Update, mark what is changed with Touch.
func (t *Tx) Scopes() (map[syncproto.Scope]*Scope, error) {
	if t.write && t.store.scopes != nil {
		return t.store.scopes, nil
	}
	all := map[syncproto.Scope]*Scope{}
	err := t.each("SELECT number, name, generation, count, sum, stale, repair, leaves, failures FROM scopes", nil,
		func(rows *sql.Rows) (bool, error) {
			s := &Scope{}
			var count int64
			var sum []byte
			err := rows.Scan(&s.Number, &s.Name, &s.Generation, &count, &sum, &s.Stale, &s.Repair, &s.Leaves, &s.Failures)
			if err == nil && len(sum) == 16 {
				s.Sum = syncproto.MakeSum(count, [16]byte(sum))
			}
			all[s.Name] = s
			return true, err
		})
	if err != nil {
		return nil, err
	}
	if t.write {
		t.store.scopes = all
	}
	return all, nil
}

// Scope returns a scope, adding it if the phone did not follow it.
func (t *Tx) Scope(name syncproto.Scope) (*Scope, error) {
	all, err := t.Scopes()
	if err != nil {
		return nil, err
	}
	if s := all[name]; s != nil {
		return s, nil
	}
	s := &Scope{Name: name, dirty: true}
	if s.Number, err = t.number("SELECT coalesce(max(number), 0) + 1 FROM scopes"); err != nil {
		return nil, err
	}
	sum := s.Sum.Bytes()
	if _, err := t.exec("INSERT INTO scopes (number, name, sum) VALUES ($1, $2, $3)", s.Number, string(name), sum[:]); err != nil {
		return nil, err
	}
	all[name] = s
	return s, nil
}

// Touch marks a scope to be written at the end of the transaction.
func (s *Scope) Touch() { s.dirty = true }

// DropScope forgets a scope. Its members must have left it.
func (t *Tx) DropScope(s *Scope) error {
	all, err := t.Scopes()
	if err != nil {
		return err
	}
	delete(all, s.Name)
	_, err = t.exec("DELETE FROM scopes WHERE number = $1", s.Number)
	return err
}

func (t *Tx) flushScopes() error {
	for _, s := range t.store.scopes {
		if !s.dirty {
			continue
		}
		sum := s.Sum.Bytes()
		_, err := t.exec("UPDATE scopes SET generation = $1, count = $2, sum = $3, stale = $4, repair = $5, leaves = $6,"+
			" failures = $7 WHERE number = $8", s.Generation, s.Sum.Count, sum[:], s.Stale, s.Repair, s.Leaves, s.Failures, s.Number)
		if err != nil {
			return err
		}
		s.dirty = false
	}
	return nil
}
