package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

const (
	factColumns = "SELECT person, name, consent, changed, by_person, how, sealed FROM facts "
	factsOfSQL  = factColumns + "WHERE person = ? ORDER BY name"
	putFactSQL  = `INSERT INTO facts (person, name, consent, changed, by_person, how, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET consent = excluded.consent, changed = excluded.changed, by_person = excluded.by_person,
		how = excluded.how, sealed = excluded.sealed`
	dropFactSQL = "DELETE FROM facts WHERE person = ? AND name = ?"

	tagsOfSQL    = "SELECT tags FROM tags WHERE person = ?"
	tagCountsSQL = "SELECT name, skill, persons FROM tag_counts"
	putTagsSQL   = "INSERT INTO tags (person, tags) VALUES (?, ?) ON CONFLICT DO UPDATE SET tags = excluded.tags"
	dropTagsSQL  = "DELETE FROM tags WHERE person = ?"
	countTagSQL  = `INSERT INTO tag_counts (name, skill, persons) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET persons = persons + excluded.persons`
	forgetTagSQL = "DELETE FROM tag_counts WHERE name = ? AND skill = ? AND persons <= 0"

	preferenceColumns = "SELECT person, may_phone, muted, language FROM preferences "
	preferenceSQL     = preferenceColumns + "WHERE person = ?"
	preferencesSQL    = preferenceColumns + "WHERE person IN (SELECT unhex(value) FROM json_each(?))"
	putPreferenceSQL  = `INSERT INTO preferences (person, may_phone, muted, language) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET may_phone = excluded.may_phone, muted = excluded.muted, language = excluded.language`
)

func factOf(row []driver.Value) storage.Fact {
	return storage.Fact{
		Person: idOf(row[0]), Name: text(row[1]), Consent: integer(row[2]), Changed: integer(row[3]), By: idOf(row[4]),
		How: text(row[5]), Sealed: blob(row[6]),
	}
}

// FactsOf implements storage.FactReader.
func (r *reader) FactsOf(person syncproto.ID) (out []storage.Fact, err error) {
	err = r.each("read facts", factsOfSQL, func(row []driver.Value) bool {
		out = append(out, factOf(row))
		return true
	}, id16(person))
	return out, err
}

// PutFact implements storage.FactWriter.
func (t *tx) PutFact(f *storage.Fact) error {
	if err := storage.CheckFact(f); err != nil {
		return err
	}
	sealed := f.Sealed
	if sealed == nil {
		sealed = []byte{}
	}
	_, err := t.exec("store fact", putFactSQL, id16(f.Person), f.Name, f.Consent, f.Changed, key16(f.By), f.How, sealed)
	return err
}

// DropFact implements storage.FactWriter. Like what is erased, it leaves the log after the commit.
func (t *tx) DropFact(person syncproto.ID, name string) error {
	t.erased = true
	_, err := t.exec("drop fact", dropFactSQL, id16(person), name)
	return err
}

// encodeTags writes tags in order, a line each, the same one once.
func encodeTags(tags []storage.Tag) string {
	lines := make([]string, len(tags))
	for i, tag := range tags {
		lines[i] = tag.Name + "\x00-"
		if tag.Skill {
			lines[i] = tag.Name + "\x00+"
		}
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	for i, line := range lines {
		name, sign, _ := strings.Cut(line, "\x00")
		lines[i] = sign + name
	}
	return strings.Join(lines, "\n")
}

// appendTags appends what encodeTags wrote.
func appendTags(tags []storage.Tag, lines string) []storage.Tag {
	for lines != "" {
		var line string
		line, lines, _ = strings.Cut(lines, "\n")
		tags = append(tags, storage.Tag{Name: line[1:], Skill: line[0] == '+'})
	}
	return tags
}

// TagsOf implements storage.FactReader.
func (r *reader) TagsOf(person syncproto.ID) ([]storage.Tag, error) {
	row, err := r.first("read tags", tagsOfSQL, id16(person))
	if err != nil || row == nil {
		return nil, err
	}
	return appendTags(nil, text(row[0])), nil
}

// Tags implements storage.FactReader.
func (r *reader) Tags() (map[storage.Tag]int64, error) {
	out := map[storage.Tag]int64{}
	err := r.each("count tags", tagCountsSQL, func(row []driver.Value) bool {
		out[storage.Tag{Name: text(row[0]), Skill: integer(row[1]) != 0}] = integer(row[2])
		return true
	})
	return out, err
}

// PutTags implements storage.FactWriter. The counts follow by what differs.
func (t *tx) PutTags(person syncproto.ID, tags []storage.Tag) error {
	const op = "store tags"
	if err := storage.CheckTags(person, tags); err != nil {
		return err
	}
	before, err := t.TagsOf(person)
	if err != nil {
		return err
	}
	lines := encodeTags(tags)
	now := appendTags(nil, lines)
	if slices.Equal(before, now) {
		return nil
	}
	if lines == "" {
		_, err = t.exec(op, dropTagsSQL, id16(person))
	} else {
		_, err = t.exec(op, putTagsSQL, id16(person), lines)
	}
	if err != nil {
		return err
	}
	if err := t.countTags(op, before, now, -1); err != nil {
		return err
	}
	return t.countTags(op, now, before, 1)
}

// countTags adds n to the counts of those tags that the others do not have.
func (t *tx) countTags(op string, tags, others []storage.Tag, n int64) error {
	for _, tag := range tags {
		if slices.Contains(others, tag) {
			continue
		}
		if _, err := t.exec(op, countTagSQL, tag.Name, flag(tag.Skill), n); err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		if _, err := t.exec(op, forgetTagSQL, tag.Name, flag(tag.Skill)); err != nil {
			return err
		}
	}
	return nil
}

func preferenceOf(row []driver.Value) (p storage.Preference, err error) {
	p = storage.Preference{Person: idOf(row[0]), MayPhone: integer(row[1]) != 0, Language: text(row[3])}
	if muted := text(row[2]); muted != "" {
		err = json.Unmarshal([]byte(muted), &p.Muted)
	}
	return p, err
}

// Preference implements storage.FactReader.
func (r *reader) Preference(person syncproto.ID) (*storage.Preference, error) {
	const op = "read preference"
	row, err := r.first(op, preferenceSQL, id16(person))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return &storage.Preference{Person: person}, nil
	}
	p, err := preferenceOf(row)
	if err != nil {
		return nil, syncproto.E(syncproto.CodeStoreBroken, op, err)
	}
	return &p, nil
}

// Preferences implements storage.FactReader.
func (r *reader) Preferences(persons []syncproto.ID) (map[syncproto.ID]storage.Preference, error) {
	const op = "read preferences"
	out := map[syncproto.ID]storage.Preference{}
	for some := range slices.Chunk(persons, 500) {
		var failed error
		err := r.each(op, preferencesSQL, func(row []driver.Value) bool {
			var p storage.Preference
			if p, failed = preferenceOf(row); failed != nil {
				return false
			}
			out[p.Person] = p
			return true
		}, hexList(some))
		if err != nil {
			return nil, err
		}
		if failed != nil {
			return nil, syncproto.E(syncproto.CodeStoreBroken, op, failed)
		}
	}
	return out, nil
}

// PutPreference implements storage.FactWriter.
func (t *tx) PutPreference(p *storage.Preference) error {
	const op = "store preference"
	if err := storage.CheckPreference(p); err != nil {
		return err
	}
	muted := ""
	if len(p.Muted) > 0 {
		b, err := json.Marshal(p.Muted)
		if err != nil {
			return classify(op, err)
		}
		muted = string(b)
	}
	_, err := t.exec(op, putPreferenceSQL, id16(p.Person), flag(p.MayPhone), muted, p.Language)
	return err
}
