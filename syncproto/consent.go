package syncproto

import "slices"

// The fields of a photo that say whom it shows (S-180). They are the photo's own: what a person agreed to, and who that
// is, stands in records of kind consent under it, which are seen by its author and the desk only.
const (
	ShowsField  = "shows"
	PeopleField = "people"
)

// What a photo shows. A photo that does not say is not published.
const (
	ShowsNobody = "nobody"
	ShowsCrowd  = "crowd"  // nobody stands out: publishing needs an editor's written judgement
	ShowsPeople = "people" // PeopleField says how many can be recognised; 1 if it does not
)

// Ages of a consent: who must agree depends on it (Law 91/2025/QH15, art. 24).
const (
	AgeAdult      = "adult"       // from 16: the person
	AgeFromSeven  = "from_seven"  // 7 to 15: the child and its representative
	AgeUnderSeven = "under_seven" // the representative
)

// Who gave a consent.
const (
	GivenBySelf           = "self"
	GivenByRepresentative = "representative"
	GivenByEditor         = "editor" // no consent but a judgement, of a crowd
)

// How a consent was given. Of a child it must be written or recorded, with the file under the consent.
const (
	HowWritten   = "written"
	HowVoice     = "voice"
	HowSpoken    = "spoken"
	HowJudgement = "judgement"
)

// Uses that a consent may name. Publishing to the association's own pages and apps is UsePublish.
const (
	UsePublish = "publish"
	UseSocial  = "social"
	UsePress   = "press"
	UsePrint   = "print"
)

// Lack is one thing that keeps a record from being published (S-181). It names ids only.
type Lack struct {
	Record ID   // the photo, or the story
	What   Code // one of the codes CodeLack…
}

// What can be lacking. Each code has a sentence in the catalogue that says what to do.
const (
	CodeLackShows          Code = "lack_shows"          // the photo does not say whom it shows
	CodeLackConsent        Code = "lack_consent"        // fewer consents than people
	CodeLackSelf           Code = "lack_self"           // the person, or the child from 7, has not agreed
	CodeLackRepresentative Code = "lack_representative" // nor the child's representative
	CodeLackUse            Code = "lack_use"            // agreed, but not to publishing
	CodeLackExpired        Code = "lack_expired"        // agreed once
	CodeLackEvidence       Code = "lack_evidence"       // a child's consent has no file
	CodeLackJudgement      Code = "lack_judgement"      // a crowd, and no editor's judgement
)

// Consent is a record of kind consent with what hangs under it.
type Consent struct {
	Record   *Record
	Evidence int  // live files under it
	Editor   bool // its author answers for the unit: needed for a judgement
}

// Lacks returns what a photo lacks for a use at a time of the server's clock, nil if nothing. Consents are those
// directly under the photo; deleted and withdrawn ones do not count. The answer depends on nothing else, so that phones
// say beforehand what a desk will say.
func Lacks(photo *Record, consents []Consent, use string, now int64) []Lack {
	shows, _ := photo.Fields[ShowsField].AsText()
	lack := func(codes ...Code) (out []Lack) {
		for _, code := range codes {
			out = append(out, Lack{Record: photo.ID, What: code})
		}
		return out
	}
	switch shows {
	case ShowsNobody:
		return nil
	case ShowsCrowd:
		for i := range consents {
			if c := &consents[i]; c.inForce() && c.Editor && c.how() == HowJudgement {
				return nil
			}
		}
		return lack(CodeLackJudgement)
	case ShowsPeople:
	default:
		return lack(CodeLackShows)
	}
	people := int64(1)
	if n, ok := photo.Fields[PeopleField].AsInt(); ok {
		people = max(n, 1)
	}
	var good int64
	var missing []Code
	for i := range consents {
		c := &consents[i]
		if !c.inForce() || c.how() == HowJudgement {
			continue
		}
		if codes := c.lacks(use, now); len(codes) > 0 {
			missing = append(missing, codes...)
			continue
		}
		good++
	}
	if good >= people {
		return nil
	}
	if len(missing) == 0 {
		missing = []Code{CodeLackConsent}
	}
	slices.Sort(missing)
	return lack(slices.Compact(missing)...)
}

func (c *Consent) inForce() bool { return !c.Record.Deleted && c.Record.State != StateWithdrawn }

func (c *Consent) how() string { return c.Record.Fields["how"].TextOr("") }

// lacks returns what keeps one consent from counting.
func (c *Consent) lacks(use string, now int64) (codes []Code) {
	fields := c.Record.Fields
	given := func(by string) bool { return fields["given_by"].Has(Text(by)) }
	age := fields["age"].TextOr("")
	if age != AgeUnderSeven && !given(GivenBySelf) {
		codes = append(codes, CodeLackSelf)
	}
	if age != AgeAdult && !given(GivenByRepresentative) {
		codes = append(codes, CodeLackRepresentative)
	}
	if age != AgeAdult && c.Evidence == 0 {
		codes = append(codes, CodeLackEvidence)
	}
	if !fields["uses"].Has(Text(use)) {
		codes = append(codes, CodeLackUse)
	}
	if until, ok := fields["expires_at"].AsInt(); ok && until <= now {
		codes = append(codes, CodeLackExpired)
	}
	return codes
}
