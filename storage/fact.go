package storage

import "lantoa/syncproto"

// Fact is something sensitive that a person told the association and agreed that it is kept: a blood group, the day of
// the last gift. It is sealed: the store cannot read it.
type Fact struct {
	Person  syncproto.ID
	Name    string // of package audience: blood_group, last_whole_blood …
	Sealed  []byte
	Consent int64  // when its person agreed, server time
	How     string // written, voice, spoken, or app when they entered it themselves
	By      syncproto.ID
	Changed int64
}

// Tag is a word by which people are chosen.
type Tag struct {
	Name  string // NFC, at most 60 bytes
	Skill bool   // something that the person can do
}

// Preference is what a person wants to be told, as their newest preference record says (S-197).
type Preference struct {
	Person   syncproto.ID
	Muted    []syncproto.CallKind
	MayPhone bool
	Language string // "" for Vietnamese
}

// Candidate is a person as audiences look at them. It lives only until the yield that got it returns.
type Candidate struct {
	Person    syncproto.ID
	Suspended bool // or closed: such a person is told nothing
	Grants    []syncproto.Grant
	Tags      []Tag
	Facts     []Fact // of the names asked for
}

// FactReader reads what audiences are made of.
type FactReader interface {
	// Candidates calls yield for all persons in id order, closed ones left out, with their grants and tags, and the facts
	// of the names given (nil for none). A yield may ask other questions, and writes nothing.
	Candidates(facts []string, yield func(c *Candidate) bool) error
	// FactsOf returns all facts of a person, by name.
	FactsOf(person syncproto.ID) ([]Fact, error)
	// TagsOf returns the tags of a person, by name; Tags how many persons have each.
	TagsOf(person syncproto.ID) ([]Tag, error)
	Tags() (map[Tag]int64, error)
	// Preference returns what a person wants; the zero preference if they never said.
	Preference(person syncproto.ID) (*Preference, error)
	// Preferences returns those of many, absent where nothing was said.
	Preferences(persons []syncproto.ID) (map[syncproto.ID]Preference, error)
	// EachPreference calls yield for all that were said, in order of persons.
	EachPreference(yield func(p *Preference) bool) error
}

// FactWriter changes it.
type FactWriter interface {
	// PutFact stores a fact in place of the person's older one of that name; errors: CheckFact.
	PutFact(f *Fact) error
	// DropFact removes one, if there is one.
	DropFact(person syncproto.ID, name string) error
	// PutTags replaces all tags of a person, who has each word once; errors: CheckTags.
	PutTags(person syncproto.ID, tags []Tag) error
	// PutPreference stores a preference in place of the person's older one; errors: CheckPreference.
	PutPreference(p *Preference) error
}
