package privacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Plan is what an erasure does and what it leaves. Each code has a sentence in the catalogue under the key privacy.CODE.
type Plan struct {
	Token string `json:"token"` // of exactly this plan; to be said when it is carried out
	Goes  []Item `json:"goes"`
	Stays []Item `json:"stays"`
}

// Item is one line of a plan.
type Item struct {
	Code    string         `json:"code"`
	Count   int            `json:"count"`
	Records []syncproto.ID `json:"records,omitempty"` // that somebody has to look at
}

// What goes.
const (
	GoesName    = "goes_name"    // name and number of the person: a pseudonym stays
	GoesAccount = "goes_account" // sign-in, keys, sessions
	GoesPhones  = "goes_phones"  // what phones said of themselves; they are signed out
	GoesLetters = "goes_letters" // what phones sent and was rejected
	GoesTold    = "goes_told"    // what they told of themselves, tags, what they want, where their phones are rung, their part in calls
	GoesWorks   = "goes_works"   // drafts and what was not published, with files and all that hangs under them
	GoesShown   = "goes_shown"   // photos and stories that show or tell of the person, by confirmed consents
)

// What stays, and why.
const (
	StaysPublished = "stays_published" // the association's published work, under the pseudonym
	StaysOthers    = "stays_others"    // parts and notes of the person in others' works
	StaysConsents  = "stays_consents"  // consents that others gave to the person for what stays
	StaysAudit     = "stays_audit"     // the audit log, which holds ids only
	StaysCases     = "stays_cases"     // the requests themselves: the law wants them shown
	StaysNamed     = "stays_named"     // texts that name the person: an editor corrects them
)

// scheme is a plan with what it is made of.
type scheme struct {
	roots []syncproto.ID
	plan  Plan
}

// roots finds what an erasure erases, and counts what stays.
func (s *Service) roots(r storage.Reader, c *storage.Case, w *work) (*scheme, error) {
	count := map[string]int{}
	out := &scheme{}
	if c.Person != "" {
		if err := ownWorks(r, c.Person, out, count); err != nil {
			return nil, err
		}
		if err := ownThings(r, c.Person, count); err != nil {
			return nil, err
		}
	}
	named, err := shown(r, w.Confirmed, out, count)
	if err != nil {
		return nil, err
	}
	slices.Sort(out.roots)
	out.roots = slices.Compact(out.roots)
	count[StaysCases] = 1
	for _, code := range []string{GoesName, GoesAccount, GoesPhones, GoesLetters, GoesTold, GoesWorks, GoesShown} {
		if count[code] > 0 {
			out.plan.Goes = append(out.plan.Goes, Item{Code: code, Count: count[code]})
		}
	}
	for _, code := range []string{StaysPublished, StaysOthers, StaysConsents, StaysAudit, StaysCases, StaysNamed} {
		if count[code] > 0 {
			item := Item{Code: code, Count: count[code]}
			if code == StaysNamed {
				item.Records = named
			}
			out.plan.Stays = append(out.plan.Stays, item)
		}
	}
	return out, out.sign()
}

// sign gives the plan its token.
func (s *scheme) sign() error {
	text, err := json.Marshal([]any{s.plan, s.roots})
	if err != nil {
		return syncproto.E(syncproto.CodeInternal, "make a plan", err)
	}
	sum := sha256.Sum256(text)
	s.plan.Token = hex.EncodeToString(sum[:8])
	return nil
}

// ownWorks goes through what the person made. Whatever hangs under what goes, goes with it.
func ownWorks(r storage.Reader, person syncproto.ID, out *scheme, count map[string]int) error {
	return walkIn(r, syncproto.PersonScope(person), liveRecords(func(rec *syncproto.Record) error {
		if rec.Author != person {
			return nil
		}
		top, err := topOf(r, rec)
		if err != nil {
			return err
		}
		own := top.Author == person
		switch {
		case rec.Kind == syncproto.KindProfile:
			out.roots = append(out.roots, rec.ID)
		case !own:
			count[StaysOthers]++
		case public(top) && rec.ID == top.ID:
			count[StaysPublished]++
		case public(top) && rec.Kind == syncproto.KindConsent:
			count[StaysConsents]++
		case public(top): // a part, or a note about it
		case rec.ID == top.ID:
			count[GoesWorks]++
			out.roots = append(out.roots, rec.ID)
		}
		return nil
	}))
}

func public(r *syncproto.Record) bool {
	return r.State == syncproto.StatePublished || r.State == syncproto.StateCorrected
}

// topOf returns the topmost record above one, or itself.
func topOf(r storage.Reader, rec *syncproto.Record) (*syncproto.Record, error) {
	for range maxHeight {
		parent := rec.Parent()
		if parent == "" {
			break
		}
		stored, err := r.Record(parent)
		if isNotFound(err) || err == nil && stored.Record.Deleted {
			break
		}
		if err != nil {
			return nil, err
		}
		rec = stored.Record
	}
	return rec, nil
}

// ownThings counts what the association keeps of a person besides records.
func ownThings(r storage.Reader, person syncproto.ID, count map[string]int) error {
	who, err := r.Person(person)
	if err != nil {
		return err
	}
	if !isPseudonym(who) {
		count[GoesName] = 1
	}
	if _, err := r.Account(person); err == nil {
		count[GoesAccount] = 1
	} else if !isNotFound(err) {
		return err
	}
	devices, err := r.DevicesOf(person)
	if err != nil {
		return err
	}
	for i := range devices {
		letters, err := r.DeadLetters(devices[i].ID, 0, 1000)
		if err != nil {
			return err
		}
		for j := range letters {
			if len(letters[j].Wire) > 0 {
				count[GoesLetters]++
			}
		}
	}
	count[GoesPhones] = len(devices)
	if count[GoesTold], err = toldOf(r, person, devices); err != nil {
		return err
	}
	audits, err := r.AuditsBy(person, 0, 1)
	count[StaysAudit] = len(audits)
	return err
}

// shown adds what confirmed consents are about, and returns the other confirmed records, whose texts name the person.
func shown(r storage.Reader, confirmed []syncproto.ID, out *scheme, count map[string]int) (named []syncproto.ID, err error) {
	for _, id := range confirmed {
		stored, err := r.Record(id)
		if isNotFound(err) || err == nil && stored.Record.Deleted {
			continue
		}
		if err != nil {
			return nil, err
		}
		if stored.Record.Kind != syncproto.KindConsent || stored.Record.Parent() == "" {
			named = append(named, id)
			continue
		}
		count[GoesShown]++
		out.roots = append(out.roots, stored.Record.Parent())
	}
	count[StaysNamed] = len(named)
	return named, nil
}

// Erase shows what an erasure would do, or, with the token of the plan that was shown, has it done by the worker.
//
// Errors: not_found; forbidden for who answers for a part of the person only; wrong_state for a case of another kind or a closed one; stale_revision if the plan is not the same any
// more; confirm_identity if it is long ago that they proved who they are; last_operator.
func (s *Service) Erase(ctx context.Context, by By, id syncproto.ID, token string) (*Plan, error) {
	var out *scheme
	err := s.act(ctx, by, id, ActErasing, func(tx storage.Tx, c *storage.Case, w *work) (err error) {
		if c.Kind != storage.CaseErasure || c.Closed != 0 {
			return syncproto.E(syncproto.CodeWrongState, "erase", nil)
		}
		if err := s.mustKeepWhole(tx, by, c); err != nil {
			return err
		}
		if out, err = s.roots(tx, c, w); err != nil || token == "" {
			return err
		}
		if w.Stage != stageNone && w.Stage != stageDone {
			return nil // it runs
		}
		if token != out.plan.Token {
			return syncproto.E(syncproto.CodeStaleRevision, "erase", nil)
		}
		if err := s.mustHaveProved(by); err != nil {
			return err
		}
		if err := mustStay(tx, c.Person, s.now()); err != nil {
			return err
		}
		w.Stage, w.Roots, c.Due = stageRecords, out.roots, s.now()
		return nil
	})
	if err != nil {
		return nil, err
	}
	if token != "" {
		s.Poke()
	}
	return &out.plan, nil
}

// mustStay refuses to forget the last person who can let others in.
func mustStay(r storage.Reader, person syncproto.ID, now int64) error {
	const page = 500
	if ok, err := operates(r, person, now); !ok || err != nil || person == "" {
		return err
	}
	for after := syncproto.ID(""); ; {
		grants, err := r.GrantsOf(after, page)
		if err != nil {
			return err
		}
		for i := range grants {
			g := &grants[i]
			after = g.Person
			if g.Person == person || g.Role != syncproto.RoleOperator || !g.Holds(now) {
				continue
			}
			who, err := r.Person(g.Person)
			if err == nil && who.Closed == 0 && who.Suspended == 0 {
				return nil
			}
			if err != nil && !isNotFound(err) {
				return err
			}
		}
		if len(grants) == 0 {
			return syncproto.E(syncproto.CodeLastAdmin, "erase", nil)
		}
	}
}

// operates reports whether a person holds an operator's grant now.
func operates(r storage.Reader, person syncproto.ID, now int64) (bool, error) {
	grants, err := r.Grants(person)
	if err != nil && !isNotFound(err) {
		return false, err
	}
	for i := range grants {
		if grants[i].Role == syncproto.RoleOperator && grants[i].Holds(now) {
			return true, nil
		}
	}
	return false, nil
}
