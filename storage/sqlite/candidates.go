package sqlite

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	candidatesSQL      = "SELECT id, suspended FROM persons WHERE closed = 0 ORDER BY id"
	candidateGrantsSQL = grantColumns + "ORDER BY person, id"
	candidateTagsSQL   = "SELECT person, tags FROM tags ORDER BY person"
	candidateFactsSQL  = factColumns + "WHERE name IN (SELECT value FROM json_each(?)) ORDER BY person, name"
)

// candidates reads persons and what belongs to them side by side, each in order of persons: a question for each of 50,000
// persons costs ten times that.
type candidates struct {
	persons *cursor
	beside  []beside
	one     storage.Candidate // re-used
}

// beside is a query whose rows begin with a person.
type beside struct {
	*cursor
	keep func(row []driver.Value)
}

// Candidates implements storage.FactReader.
func (r *reader) Candidates(facts []string, yield func(c *storage.Candidate) bool) error {
	const op = "read candidates"
	if r.settle != nil {
		if err := r.settle(); err != nil {
			return err
		}
	}
	s := &candidates{}
	defer s.close()
	if err := s.open(r.conn, facts); err != nil {
		return classify(op, err)
	}
	for n := 1; ; n++ {
		if n%256 == 0 && r.ctx != nil && r.ctx.Err() != nil {
			return ended(op, r.ctx)
		}
		more, err := s.next()
		if err != nil {
			return classify(op, err)
		}
		if !more || !yield(&s.one) {
			return nil
		}
	}
}

func (s *candidates) open(c *conn, facts []string) (err error) {
	if s.persons, err = c.open(candidatesSQL); err != nil {
		return err
	}
	units := map[string]syncproto.ID{}
	err = s.join(c, func(row []driver.Value) {
		s.one.Grants = append(s.one.Grants, candidateGrant(row, s.one.Person, units))
	}, candidateGrantsSQL)
	if err != nil {
		return err
	}
	err = s.join(c, func(row []driver.Value) { s.one.Tags = appendTags(s.one.Tags, text(row[1])) }, candidateTagsSQL)
	if err != nil || len(facts) == 0 {
		return err
	}
	names, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	return s.join(c, func(row []driver.Value) { s.one.Facts = append(s.one.Facts, factOf(row)) }, candidateFactsSQL, string(names))
}

// candidateGrant is grantOf for a person whose id is known already and of one of the few units.
func candidateGrant(row []driver.Value, person syncproto.ID, units map[string]syncproto.ID) syncproto.Grant {
	unit, ok := units[string(blob(row[2]))]
	if !ok {
		unit = idOf(row[2])
		units[string(blob(row[2]))] = unit
	}
	return syncproto.Grant{
		Person: person, ID: idOf(row[1]), Unit: unit, From: integer(row[3]), Until: integer(row[4]), Role: syncproto.Role(text(row[5])),
	}
}

func (s *candidates) join(c *conn, keep func(row []driver.Value), sql string, args ...driver.Value) error {
	cursor, err := c.open(sql, args...)
	if err != nil {
		return err
	}
	s.beside = append(s.beside, beside{cursor, keep})
	return cursor.next()
}

// next goes on to the next person; false after the last.
func (s *candidates) next() (bool, error) {
	if err := s.persons.next(); err != nil || s.persons.over {
		return false, err
	}
	person := blob(s.persons.row[0])
	s.one = storage.Candidate{
		Person: idOf(s.persons.row[0]), Suspended: integer(s.persons.row[1]) != 0,
		Grants: s.one.Grants[:0], Tags: s.one.Tags[:0], Facts: s.one.Facts[:0],
	}
	for _, b := range s.beside {
		for !b.over {
			order := bytes.Compare(blob(b.row[0]), person)
			if order > 0 {
				break
			}
			if order == 0 {
				b.keep(b.row)
			}
			if err := b.next(); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

func (s *candidates) close() {
	if s.persons != nil {
		s.persons.close()
	}
	for _, b := range s.beside {
		b.close()
	}
}
