package privacy

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
	"lantoa/syncproto/viet"
)

// Found is what the association keeps that concerns a person: counts of what is surely theirs, and candidates that
// somebody has to look at. Candidates are only of units that the reader answers for.
type Found struct {
	Name       string                 `json:"name,omitempty"`
	Phone      string                 `json:"phone,omitempty"`
	Created    int64                  `json:"created,omitempty"`
	Closed     int64                  `json:"closed,omitempty"`
	Records    map[syncproto.Kind]int `json:"records,omitempty"` // that they made
	Grants     int                    `json:"grants,omitempty"`
	Devices    int                    `json:"devices,omitempty"`
	Account    bool                   `json:"account,omitempty"`
	Sessions   int                    `json:"sessions,omitempty"`
	Passkeys   int                    `json:"passkeys,omitempty"`
	Audits     int                    `json:"audits,omitempty"` // of what they did; 1000 for that many or more
	Uploads    int                    `json:"uploads,omitempty"`
	Cases      int                    `json:"cases,omitempty"`
	Candidates []Candidate            `json:"candidates"`
	More       bool                   `json:"more,omitempty"` // there are more candidates
	// Elsewhere says that others answer for the person, too: what is surely theirs is shown to the unit above.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// Candidate is a record that may be about the person.
type Candidate struct {
	Record syncproto.ID   `json:"record"`
	Kind   syncproto.Kind `json:"kind"`
	Parent syncproto.ID   `json:"parent,omitempty"` // of a consent: what it is about
	Unit   syncproto.ID   `json:"unit"`
	Why    string         `json:"why"` // who, representative, text
}

// maxCandidates bounds the list: whoever has a name that thousands have must be asked for more.
const maxCandidates = 200

// find gathers it.
func (s *Service) find(ctx context.Context, by By, c *storage.Case) (*Found, error) {
	f := &Found{Candidates: []Candidate{}}
	var st *standing
	var units []syncproto.ID
	needles := []string{c.Who}
	err := s.store.View(ctx, func(r storage.Reader) (err error) {
		if st, err = s.standingOf(r, by.Person); err != nil {
			return err
		}
		if c.Person != "" {
			if err := st.whole(r, c.Person); err != nil {
				f.Elsewhere = syncproto.CodeOf(err) == syncproto.CodeForbidden
				if !f.Elsewhere {
					return err
				}
				return nil
			}
			if err := f.known(r, c.Person); err != nil {
				return err
			}
			needles = append(needles, f.Name, f.Phone, strings.TrimPrefix(f.Phone, "+84"))
		}
		all, err := r.Units()
		for i := range all {
			if _, ok := st.keeps(all[i].ID); ok {
				units = append(units, all[i].ID)
			}
		}
		return err
	})
	if err != nil || f.Elsewhere {
		return f, err
	}
	if c.Person != "" {
		f.Records = map[syncproto.Kind]int{}
		err := walk(ctx, s.store, syncproto.PersonScope(c.Person), liveRecords(func(r *syncproto.Record) error {
			if r.Author == c.Person {
				f.Records[r.Kind]++
			}
			return nil
		}))
		if err != nil {
			return nil, err
		}
		if f.Cases, err = s.casesOf(ctx, c.Person, func(*storage.Case) error { return nil }); err != nil {
			return nil, err
		}
		if f.Uploads, err = s.uploadsOf(ctx, c.Person, func(*storage.Upload) error { return nil }); err != nil {
			return nil, err
		}
	}
	return f, s.candidates(ctx, f, newNeedles(needles), c.Person, units)
}

// known counts what is surely a person's.
func (f *Found) known(r storage.Reader, person syncproto.ID) error {
	const most = 1000
	who, err := r.Person(person)
	if err != nil {
		return err
	}
	f.Name, f.Phone, f.Created, f.Closed = who.Name, who.Phone, who.Created, who.Closed
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return err
	}
	devices, err := r.DevicesOf(person)
	if err != nil {
		return err
	}
	sessions, err := r.Sessions(person)
	if err != nil {
		return err
	}
	keys, err := r.Passkeys(person)
	if err != nil {
		return err
	}
	audits, err := r.AuditsBy(person, 0, most)
	if err != nil {
		return err
	}
	f.Grants, f.Devices, f.Sessions, f.Passkeys, f.Audits = len(grants), len(devices), len(sessions), len(keys), len(audits)
	_, err = r.Account(person)
	f.Account = err == nil
	if isNotFound(err) {
		err = nil
	}
	return err
}

// needles are names and numbers, folded, as they may stand in a text.
type needles []string

// newNeedles leaves out what is too short to say anything.
func newNeedles(names []string) (n needles) {
	for _, name := range names {
		if folded := strings.Join(strings.Fields(viet.Fold(name)), " "); len(folded) >= 4 && !slices.Contains(n, folded) {
			n = append(n, folded)
		}
	}
	return n
}

// in reports whether a text has one of them.
func (n needles) in(text string) bool {
	folded := strings.Join(strings.Fields(viet.Fold(text)), " ")
	return slices.ContainsFunc(n, func(needle string) bool { return strings.Contains(folded, needle) })
}

// candidates looks for a person in what others wrote: in consents, whose who and representative no queue shows, and in
// submissions.
func (s *Service) candidates(ctx context.Context, f *Found, n needles, person syncproto.ID, units []syncproto.ID) error {
	if len(n) == 0 {
		return nil
	}
	seen := map[syncproto.ID]bool{}
	add := func(c Candidate) {
		switch {
		case seen[c.Record]:
		case len(f.Candidates) == maxCandidates:
			f.More = true
		default:
			seen[c.Record] = true
			f.Candidates = append(f.Candidates, c)
		}
	}
	mark := []byte(`"kind":"` + string(syncproto.KindConsent) + `"`)
	for _, unit := range units {
		err := walk(ctx, s.store, syncproto.DeskScope(unit), func(wire []byte) error {
			if !bytes.Contains(wire, mark) { // nearly everything on a desk is something else
				return nil
			}
			return liveRecords(func(r *syncproto.Record) error {
				for _, field := range []string{"who", "representative", "text"} {
					if r.Kind == syncproto.KindConsent && n.in(r.Fields[field].TextOr("")) {
						add(Candidate{Record: r.ID, Kind: r.Kind, Parent: r.Parent(), Unit: unit, Why: field})
						break
					}
				}
				return nil
			})(wire)
		})
		if err != nil {
			return err
		}
	}
	for _, needle := range n {
		err := s.store.View(ctx, func(r storage.Reader) error { return mentions(r, needle, n, person, units, add) })
		if err != nil {
			return err
		}
	}
	return nil
}

// mentions finds submissions by others that name the person.
func mentions(r storage.Reader, needle string, n needles, person syncproto.ID, units []syncproto.ID, add func(Candidate)) error {
	found, err := r.Find(&storage.Query{Units: orNone(units), Text: needle, Order: storage.OrderBest, Limit: maxCandidates})
	if err != nil {
		return err
	}
	for i := range found.Rows {
		row, err := r.Submission(found.Rows[i].Record)
		if err != nil {
			return err
		}
		if row.Author != person && n.in(row.Text) {
			add(Candidate{Record: row.Record, Kind: row.Kind, Unit: row.Unit, Why: "text"})
		}
	}
	return nil
}

// orNone keeps an empty list of units from meaning all.
func orNone(units []syncproto.ID) []syncproto.ID {
	if units == nil {
		return []syncproto.ID{}
	}
	return units
}

// casesOf calls fn for the cases that are about a person, and counts them.
func (s *Service) casesOf(ctx context.Context, person syncproto.ID, fn func(c *storage.Case) error) (count int, err error) {
	for after := syncproto.ID(""); ; {
		var page []storage.Case
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			page, err = r.Cases(nil, false, after, maxCases)
			return err
		})
		if err != nil {
			return count, err
		}
		for i := range page {
			if after = page[i].ID; page[i].Person != person {
				continue
			}
			if err := fn(&page[i]); err != nil {
				return count, err
			}
			count++
		}
		if len(page) < maxCases {
			return count, nil
		}
	}
}

// uploadsOf calls fn for the uploads of a person, and counts them.
func (s *Service) uploadsOf(ctx context.Context, person syncproto.ID, fn func(u *storage.Upload) error) (count int, err error) {
	const limit = 500
	for after := syncproto.ID(""); ; {
		var page []storage.Upload
		err := s.store.View(ctx, func(r storage.Reader) (err error) {
			page, err = r.Uploads(after, limit)
			return err
		})
		if err != nil {
			return count, err
		}
		for i := range page {
			if after = page[i].ID; page[i].Person != person {
				continue
			}
			if err := fn(&page[i]); err != nil {
				return count, err
			}
			count++
		}
		if len(page) < limit {
			return count, nil
		}
	}
}
