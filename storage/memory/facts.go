package memory

import (
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

func copyFact(f *storage.Fact) *storage.Fact {
	out := *f
	out.Sealed = slices.Clone(f.Sealed)
	return &out
}

// Candidates implements storage.FactReader.
func (r *reader) Candidates(facts []string, yield func(c *storage.Candidate) bool) (err error) {
	r.persons.from("", func(_ string, p *storage.Person) bool {
		if p.Closed != 0 {
			return true
		}
		c := &storage.Candidate{Person: p.ID, Suspended: p.Suspended != 0}
		c.Grants, _ = r.Grants(p.ID)
		c.Tags, _ = r.TagsOf(p.ID)
		c.Facts, _ = r.FactsOf(p.ID)
		c.Facts = slices.DeleteFunc(c.Facts, func(f storage.Fact) bool { return !slices.Contains(facts, f.Name) })
		return yield(c)
	})
	return nil
}

// FactsOf implements storage.FactReader.
func (r *reader) FactsOf(person syncproto.ID) (out []storage.Fact, err error) {
	if !person.Valid() {
		return nil, nil
	}
	r.told.under(string(person), "", func(_ string, f *storage.Fact) bool {
		out = append(out, *copyFact(f))
		return true
	})
	return out, nil
}

// PutFact implements storage.FactWriter.
func (t *tx) PutFact(f *storage.Fact) error {
	if err := storage.CheckFact(f); err != nil {
		return err
	}
	t.told.put(string(f.Person)+f.Name, copyFact(f))
	return nil
}

// DropFact implements storage.FactWriter.
func (t *tx) DropFact(person syncproto.ID, name string) error {
	if person.Valid() {
		t.told.drop(string(person) + name)
	}
	return nil
}

// TagsOf implements storage.FactReader.
func (r *reader) TagsOf(person syncproto.ID) ([]storage.Tag, error) {
	tags, _ := r.tags.get(string(person))
	return slices.Clone(tags), nil
}

// Tags implements storage.FactReader.
func (r *reader) Tags() (map[storage.Tag]int64, error) {
	out := map[storage.Tag]int64{}
	r.tags.from("", func(_ string, tags []storage.Tag) bool {
		for _, tag := range tags {
			out[tag]++
		}
		return true
	})
	return out, nil
}

// PutTags implements storage.FactWriter.
func (t *tx) PutTags(person syncproto.ID, tags []storage.Tag) error {
	if err := storage.CheckTags(person, tags); err != nil {
		return err
	}
	tags = slices.Clone(tags)
	slices.SortFunc(tags, func(a, b storage.Tag) int { return strings.Compare(a.Name, b.Name) })
	if tags = slices.Compact(tags); len(tags) == 0 {
		t.tags.drop(string(person))
		return nil
	}
	t.tags.put(string(person), tags)
	return nil
}

func copyPreference(p *storage.Preference) *storage.Preference {
	out := *p
	out.Muted = slices.Clone(p.Muted)
	return &out
}

// Preference implements storage.FactReader.
func (r *reader) Preference(person syncproto.ID) (*storage.Preference, error) {
	p, ok := r.preferences.get(string(person))
	if !ok {
		return &storage.Preference{Person: person}, nil
	}
	return copyPreference(p), nil
}

// Preferences implements storage.FactReader.
func (r *reader) Preferences(persons []syncproto.ID) (map[syncproto.ID]storage.Preference, error) {
	out := map[syncproto.ID]storage.Preference{}
	for _, person := range persons {
		if p, ok := r.preferences.get(string(person)); ok {
			out[person] = *copyPreference(p)
		}
	}
	return out, nil
}

// PutPreference implements storage.FactWriter.
func (t *tx) PutPreference(p *storage.Preference) error {
	if err := storage.CheckPreference(p); err != nil {
		return err
	}
	t.preferences.put(string(p.Person), copyPreference(p))
	return nil
}
