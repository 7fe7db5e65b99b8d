package audience

import (
	"context"
	"slices"
	"strings"

	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Told is a fact as it is shown.
type Told struct {
	Name    string       `json:"name"`
	Value   string       `json:"value,omitempty"`
	Locked  bool         `json:"locked,omitempty"` // it cannot be opened: its key is not there
	Agreed  int64        `json:"agreed"`           // when its person agreed that it is kept, Unix ms
	How     string       `json:"how"`
	By      syncproto.ID `json:"by,omitempty"` // who wrote it down
	Changed int64        `json:"changed"`
}

// Telling is a fact that somebody writes down, with how and when its person agreed.
type Telling struct {
	Name   string
	Value  string
	How    string // written, voice or spoken; Set refuses others
	Agreed int64  // Unix ms, not ahead; 0 for now
}

// How a person can have agreed.
const (
	HowWritten = "written"
	HowVoice   = "voice"
	HowSpoken  = "spoken"
	HowApp     = "app" // they entered it themselves
)

// Names of acts in the audit log. The record is the person; the detail names facts and never says a value.
const (
	actFactRead    = "fact.read"
	actFactSet     = "fact.set"
	actFactDropped = "fact.dropped"
	actTagsSet     = "tags.set"
)

// Facts returns what a person told, by name. The reading is in the audit log, under that person.
//
// Errors: not_found for who belongs to no unit of the asker's.
func (s *Service) Facts(ctx context.Context, by people.Actor, person syncproto.ID) (list []Told, err error) {
	err = s.on(ctx, by, person, actFactRead, func(tx storage.Tx) (string, error) {
		facts, err := tx.FactsOf(person)
		if list = s.show(facts); err != nil || len(list) == 0 {
			return "none", err
		}
		names := make([]string, len(list))
		for i := range list {
			names[i] = list[i].Name
		}
		return strings.Join(names, " "), nil
	})
	return list, err
}

// show opens facts for somebody who may see them.
func (s *Service) show(facts []storage.Fact) []Told {
	list := make([]Told, len(facts))
	for i := range facts {
		f := &facts[i]
		list[i] = Told{Name: f.Name, Agreed: f.Consent, How: f.How, By: f.By, Changed: f.Changed}
		value, err := s.keys.Open(f.Person, f.Name, f.Sealed)
		list[i].Value, list[i].Locked = value, err != nil
	}
	return list
}

// Open opens one fact for an export of a person, which is in the audit log itself.
//
// Errors: those of Keys.Open.
func (s *Service) Open(f *storage.Fact) (string, error) {
	return s.keys.Open(f.Person, f.Name, f.Sealed)
}

// Set writes a fact of a person down, in place of an older one of that name.
//
// Errors: fact_unknown; invalid_value with the member; fact_consent without an agreement; not_found for who belongs to no unit
// of the asker's; unavailable without a key.
func (s *Service) Set(ctx context.Context, by people.Actor, person syncproto.ID, t Telling) error {
	f, err := s.seal(person, by.Person, t, []string{HowWritten, HowVoice, HowSpoken})
	if err != nil {
		return err
	}
	return s.on(ctx, by, person, actFactSet, func(tx storage.Tx) (string, error) {
		return f.Name + " " + f.How, tx.PutFact(f)
	})
}

// seal checks what somebody writes down, and seals it.
func (s *Service) seal(person, by syncproto.ID, t Telling, hows []string) (*storage.Fact, error) {
	const op = "keep fact"
	if _, known := definitions[t.Name]; !known {
		return nil, syncproto.E(syncproto.CodeFactUnknown, op, nil)
	}
	now := s.millis()
	if t.Agreed == 0 {
		t.Agreed = now
	}
	value := clean(t.Name, t.Value, now)
	switch {
	case !slices.Contains(hows, t.How):
		return nil, &syncproto.Error{Code: syncproto.CodeFactConsent, Op: op, Detail: "how"}
	case t.Agreed < 0 || t.Agreed > now:
		return nil, &syncproto.Error{Code: syncproto.CodeFactConsent, Op: op, Detail: "agreed"}
	case value == "":
		return nil, &syncproto.Error{Code: syncproto.CodeInvalidValue, Op: op, Detail: "value"}
	}
	sealed, err := s.keys.Seal(person, t.Name, value)
	if err != nil {
		return nil, err
	}
	return &storage.Fact{Person: person, Name: t.Name, Sealed: sealed, Consent: t.Agreed, How: t.How, By: by, Changed: now}, nil
}

// Drop deletes a fact of a person, who withdrew their consent; all of them for "". What is not there is no error.
//
// Errors: fact_unknown; not_found as of Set.
func (s *Service) Drop(ctx context.Context, by people.Actor, person syncproto.ID, name string) error {
	if err := mayName(name); err != nil {
		return err
	}
	return s.on(ctx, by, person, actFactDropped, func(tx storage.Tx) (string, error) { return drop(tx, person, name) })
}

func mayName(name string) error {
	if _, known := definitions[name]; !known && name != "" {
		return syncproto.E(syncproto.CodeFactUnknown, "drop fact", nil)
	}
	return nil
}

// drop deletes and says what. A fact of which this build does not know the name goes with all.
func drop(tx storage.Tx, person syncproto.ID, name string) (detail string, err error) {
	if name != "" {
		return name, tx.DropFact(person, name)
	}
	facts, err := tx.FactsOf(person)
	if err != nil {
		return "", err
	}
	for i := range facts {
		if err := tx.DropFact(person, facts[i].Name); err != nil {
			return "", err
		}
	}
	return "all", nil
}

// OwnFacts returns what the person of a phone told. Nobody is told that they looked.
func (s *Service) OwnFacts(ctx context.Context, device *storage.Device) (list []Told, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		facts, err := r.FactsOf(device.Person)
		list = s.show(facts)
		return err
	})
	return list, err
}

// SetOwn keeps what somebody tells by their own phone. agrees is what they say to being asked whether it may be kept.
//
// Errors: those of Set; not_found for an account that is closed.
func (s *Service) SetOwn(ctx context.Context, device *storage.Device, name, value string, agrees bool) error {
	t := Telling{Name: name, Value: value}
	if agrees {
		t.How = HowApp
	}
	f, err := s.seal(device.Person, device.Person, t, []string{HowApp})
	if err != nil {
		return err
	}
	return s.own(ctx, device, actFactSet, func(tx storage.Tx) (string, error) { return f.Name + " " + f.How, tx.PutFact(f) })
}

// DropOwn deletes a fact at the wish of its person; all of them for "".
func (s *Service) DropOwn(ctx context.Context, device *storage.Device, name string) error {
	if err := mayName(name); err != nil {
		return err
	}
	return s.own(ctx, device, actFactDropped, func(tx storage.Tx) (string, error) { return drop(tx, device.Person, name) })
}

// own changes something of the person of a phone and writes that down.
func (s *Service) own(ctx context.Context, device *storage.Device, act string, fn func(tx storage.Tx) (string, error)) error {
	return s.store.Update(ctx, func(tx storage.Tx) error {
		if _, err := openPerson(tx, device.Person); err != nil {
			return err
		}
		detail, err := fn(tx)
		if err != nil {
			return err
		}
		return tx.AddAudit(&storage.Audit{
			At: s.millis(), Act: act, Person: device.Person, Device: device.ID, Unit: device.Unit, Record: device.Person, Detail: detail,
		})
	})
}

// on does something about a person of the actor's and writes it down under that person.
func (s *Service) on(ctx context.Context, by people.Actor, person syncproto.ID, act string, fn func(tx storage.Tx) (detail string, err error)) error {
	return s.store.Update(ctx, func(tx storage.Tx) error {
		held, err := s.knows(tx, by, person)
		if err != nil {
			return err
		}
		detail, err := fn(tx)
		if err != nil {
			return err
		}
		return tx.AddAudit(&storage.Audit{
			At: s.millis(), Act: act, Person: by.Person, Device: by.Device, Grant: held.ID, Unit: held.Unit, Record: person,
			Detail: detail,
		})
	})
}

// knows returns the grant by which an actor may call somebody, and keep what they tell. Others' people are not there.
func (s *Service) knows(r storage.Reader, by people.Actor, person syncproto.ID) (held syncproto.Grant, err error) {
	rights, err := s.rightsOf(r, by)
	if err != nil {
		return held, err
	}
	if _, err := openPerson(r, person); err != nil {
		return held, err
	}
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return held, err
	}
	now := s.millis()
	for i := range grants {
		if held, ok := rights.Officer(grants[i].Unit, now); ok && grants[i].Holds(now) {
			held.Unit = grants[i].Unit
			return held, nil
		}
	}
	return held, nobody()
}

// rightsOf returns what an actor may do, as a snapshot or a transaction sees it.
func (s *Service) rightsOf(r storage.Reader, by people.Actor) (*people.Rights, error) {
	var access *people.Access
	var err error
	if tx, ok := r.(storage.Tx); ok {
		access, err = s.access.Within(tx)
	} else {
		access, err = s.access.Read(r)
	}
	if err != nil {
		return nil, err
	}
	return access.Of(r, by.Person)
}

// openPerson returns somebody whose account is not closed.
func openPerson(r storage.PeopleReader, id syncproto.ID) (*storage.Person, error) {
	person, err := r.Person(id)
	if isNotFound(err) || err == nil && person.Closed != 0 {
		return nil, nobody()
	}
	return person, err
}

func nobody() error {
	return &syncproto.Error{Code: syncproto.CodeNotFound, Op: "find person", Detail: "person"}
}
