package mobilesdk

import (
	"context"
	"slices"
	"strings"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// Consent is what somebody who can be recognised agreed to (S-180). The values of Age, GivenBy, How and Uses are the
// constants of package syncproto: AgeAdult…, GivenBySelf…, HowWritten…, UsePublish….
type Consent struct {
	Who            string   `json:"who"`                      // whom it is about, as the volunteer knows them
	Age            string   `json:"age"`                      // adult (from 16), from_seven, under_seven
	GivenBy        []string `json:"given_by"`                 // self, representative
	Representative string   `json:"representative,omitempty"` // who spoke for a child
	How            string   `json:"how"`                      // written, voice, spoken; judgement for an editor's of a crowd
	Uses           []string `json:"uses"`                     // publish, social, press, print
	GivenAt        int64    `json:"given_at,omitempty"`       // Unix ms; 0 for now
	ExpiresAt      int64    `json:"expires_at,omitempty"`     // Unix ms; 0 for never
	Text           string   `json:"text,omitempty"`           // what was said, or why an editor judges so
}

// ConsentItem is a consent that is on the phone.
type ConsentItem struct {
	Consent
	ID       syncproto.ID    `json:"id"`
	Record   syncproto.ID    `json:"record"` // the photo that shows them, or the story that tells of them
	State    syncproto.State `json:"state"`  // given or withdrawn
	Reason   string          `json:"reason,omitempty"`
	Author   syncproto.ID    `json:"author"`
	Mine     bool            `json:"mine,omitempty"`
	Evidence []syncproto.ID  `json:"evidence,omitempty"` // photos of a form, recordings
	Sending  Sending         `json:"sending,omitempty"`
}

// Lacking is one thing that keeps a submission from being published, with what to do about it.
type Lacking struct {
	Record   syncproto.ID   `json:"record"` // the photo
	Title    string         `json:"title,omitempty"`
	Position int64          `json:"position,omitempty"` // of the photo in its submission, from 1
	Code     syncproto.Code `json:"code"`
	Sentence string         `json:"sentence"`
}

// The values that a consent may hold.
var (
	consentAges  = []string{syncproto.AgeAdult, syncproto.AgeFromSeven, syncproto.AgeUnderSeven}
	consentHows  = []string{syncproto.HowWritten, syncproto.HowVoice, syncproto.HowSpoken, syncproto.HowJudgement}
	consentGiven = []string{syncproto.GivenBySelf, syncproto.GivenByRepresentative, syncproto.GivenByEditor}
	consentUses  = []string{syncproto.UsePublish, syncproto.UseSocial, syncproto.UsePress, syncproto.UsePrint}
)

// check finds the first member that cannot be meant.
func (c *Consent) check() error {
	bad := func(member string) error {
		return &syncproto.Error{Code: syncproto.CodeInvalidField, Op: "add consent", Detail: member}
	}
	among := func(all, some []string) bool {
		return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
	}
	judges := c.How == syncproto.HowJudgement
	switch {
	case !slices.Contains(consentHows, c.How):
		return bad("how")
	case !slices.Contains(consentAges, c.Age) && !judges:
		return bad("age")
	case !among(consentGiven, c.GivenBy) || len(c.GivenBy) == 0 && !judges:
		return bad("given_by")
	case !among(consentUses, c.Uses) || len(c.Uses) == 0 && !judges:
		return bad("uses")
	case strings.TrimSpace(c.Who) == "" && !judges:
		return bad("who")
	case strings.TrimSpace(c.Text) == "" && judges:
		return bad("text")
	case c.GivenAt < 0:
		return bad("given_at")
	case c.ExpiresAt < 0:
		return bad("expires_at")
	}
	return nil
}

func (c *Consent) fields(parent syncproto.ID, now int64) syncproto.Fields {
	at := c.GivenAt
	if at == 0 {
		at = now
	}
	f := syncproto.Fields{
		"parent": syncproto.Text(string(parent)), "how": syncproto.Text(c.How), "given_at": syncproto.Int(at),
	}
	for name, text := range map[string]string{
		"who": c.Who, "age": c.Age, "representative": c.Representative, "text": c.Text,
	} {
		if text = strings.TrimSpace(text); text != "" {
			f[name] = syncproto.Text(text)
		}
	}
	for name, words := range map[string][]string{"given_by": c.GivenBy, "uses": c.Uses} {
		var items []syncproto.Value
		for _, w := range words {
			if item := syncproto.Text(w); !slices.Contains(items, item) {
				items = append(items, item)
			}
		}
		if len(items) > 0 {
			f[name] = syncproto.List(items...)
		}
	}
	if c.ExpiresAt > 0 {
		f["expires_at"] = syncproto.Int(c.ExpiresAt)
	}
	return f
}

// AddConsent records what somebody in a photo, or told of in a story, agreed to, and returns its id: pass that as parent
// to AttachFile for the photo of a signed form or the recording of a voice, which are its evidence. It needs no network.
// Consents and their evidence are seen by their author, the author of the submission and the desk, never by members.
// Errors: invalid_field with the member that cannot be meant, no_such_record, kind_mismatch for what is neither photo,
// story nor event, forbidden under what is neither this person's nor on a desk that the phone follows.
func (e *Engine) AddConsent(ctx context.Context, record syncproto.ID, consent Consent) (syncproto.ID, error) {
	if err := consent.check(); err != nil {
		return "", err
	}
	id, err := e.newID()
	if err != nil {
		return "", err
	}
	return id, e.capture(ctx, func(c *capture) error {
		above, err := c.live(record)
		if err != nil {
			return err
		}
		if err := c.mayPin(above); err != nil {
			return err
		}
		return c.add(&syncproto.Mutation{
			Record: id, Kind: syncproto.KindConsent, Unit: c.state.Self().Unit, Set: consent.fields(record, e.now(c.state)),
		})
	})
}

// SetShows says whom a photo shows: nobody, crowd, or people, then how many can be recognised (0 for one). Errors:
// invalid_field, no_such_record, kind_mismatch for what is no photo.
func (e *Engine) SetShows(ctx context.Context, photo syncproto.ID, shows string, people int) error {
	set := syncproto.Fields{syncproto.ShowsField: syncproto.Text(shows), syncproto.PeopleField: syncproto.Null}
	switch shows {
	case syncproto.ShowsNobody, syncproto.ShowsCrowd:
	case syncproto.ShowsPeople:
		set[syncproto.PeopleField] = syncproto.Int(int64(max(people, 1)))
	default:
		return &syncproto.Error{Code: syncproto.CodeInvalidField, Op: "say whom a photo shows", Detail: syncproto.ShowsField}
	}
	if people < 0 {
		return &syncproto.Error{Code: syncproto.CodeInvalidField, Op: "say whom a photo shows", Detail: syncproto.PeopleField}
	}
	return e.capture(ctx, func(c *capture) error {
		r, err := c.live(photo)
		if err != nil {
			return err
		}
		if r.Kind != syncproto.KindPhoto {
			return syncproto.E(syncproto.CodeKindMismatch, "say whom a photo shows", nil)
		}
		if set[syncproto.PeopleField].IsNull() && r.Fields[syncproto.PeopleField] == "" {
			delete(set, syncproto.PeopleField)
		}
		return c.add(&syncproto.Mutation{Record: photo, Set: set})
	})
}

// WithdrawConsent withdraws a consent, for a reason (reason_required): the server takes down at once what it was about, and
// erases it (S-183). Errors: no_such_record, kind_mismatch for what is no consent, wrong_state if it was withdrawn before.
func (e *Engine) WithdrawConsent(ctx context.Context, consent syncproto.ID, reason string) error {
	return e.step(ctx, consent, syncproto.KindConsent, syncproto.CommandWithdraw, reason)
}

// Consents returns the consents under a photo, or under a submission and all its photos, oldest first. Error:
// no_such_record.
func (e *Engine) Consents(ctx context.Context, record syncproto.ID) ([]ConsentItem, error) {
	out := []ConsentItem{}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		places, err := e.pinsOf(tx, record, "read consents")
		if err != nil {
			return err
		}
		for _, place := range places {
			found, err := consentsOf(tx, place.Record)
			if err != nil {
				return err
			}
			for _, f := range found {
				item := f.item(place.Record)
				item.Mine = item.Author == state.Self().Person
				shown := Item{ID: item.ID}
				if err := sending(tx, &shown); err != nil {
					return err
				}
				item.Sending = shown.Sending
				out = append(out, item)
			}
		}
		return nil
	})
	return out, err
}

// consented is a consent with its live evidence.
type consented struct {
	record   *syncproto.Record
	evidence []syncproto.ID
}

// consentsOf returns what hangs directly under a record, oldest first.
func consentsOf(tx *phonestore.Tx, record syncproto.ID) ([]consented, error) {
	found, err := tx.List(phonestore.Select{Kind: syncproto.KindConsent, Parent: record, Limit: maxList})
	if err != nil {
		return nil, err
	}
	slices.Reverse(found) // a list has the newest first
	out := make([]consented, len(found))
	for i := range found {
		out[i].record = found[i].Record
		files, err := tx.List(phonestore.Select{Kind: syncproto.KindPhoto, Parent: out[i].record.ID, Limit: maxList})
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if _, has := syncproto.MediaOf(f.Record); has {
				out[i].evidence = append(out[i].evidence, f.Record.ID)
			}
		}
	}
	return out, nil
}

func (c *consented) item(parent syncproto.ID) ConsentItem {
	r, f := c.record, c.record.Fields
	item := ConsentItem{ID: r.ID, Record: parent, State: r.State, Reason: r.Reason, Author: r.Author, Evidence: c.evidence}
	item.Who, item.Age, item.How = f["who"].TextOr(""), f["age"].TextOr(""), f["how"].TextOr("")
	item.Representative, item.Text = f["representative"].TextOr(""), f["text"].TextOr("")
	item.GivenAt, _ = f["given_at"].AsInt()
	item.ExpiresAt, _ = f["expires_at"].AsInt()
	item.GivenBy, item.Uses = words(f["given_by"]), words(f["uses"])
	return item
}

func words(v syncproto.Value) (out []string) {
	items, _ := v.AsList()
	for _, item := range items {
		out = append(out, item.TextOr(""))
	}
	return out
}

// Lacks says what publishing a submission will need that the phone does not know of (S-181), photo by photo, nil if
// nothing: the same answer that the desk will get, while the people in the picture still stand there. Error:
// no_such_record.
func (e *Engine) Lacks(ctx context.Context, submission syncproto.ID) ([]Lacking, error) {
	var out []Lacking
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		cur, err := e.current(tx, submission)
		if err != nil {
			return err
		}
		if cur.record == nil {
			return syncproto.E(syncproto.CodeNotThere, "ask what lacks", nil)
		}
		photos, err := partsOf(tx, submission)
		if err != nil {
			return err
		}
		if cur.record.Kind == syncproto.KindPhoto {
			photos = []*syncproto.Record{cur.record}
		}
		for i, photo := range photos {
			if photo.Kind != syncproto.KindPhoto || photo.Deleted || takenOut(photo) && photo.ID != submission {
				continue
			}
			some, err := e.lacksOf(tx, state, photo)
			if err != nil {
				return err
			}
			for _, l := range some {
				out = append(out, Lacking{
					Record: photo.ID, Title: title(photo.Fields), Position: int64(i) + 1, Code: l.What, Sentence: e.sentence(l.What),
				})
			}
		}
		return nil
	})
	return out, err
}

// takenOut reports whether a part will not be public with its whole.
func takenOut(part *syncproto.Record) bool {
	switch part.State {
	case syncproto.StateTakenDown, syncproto.StateDeclined, syncproto.StateUnclaimed:
		return true
	}
	return false
}

func (e *Engine) lacksOf(tx *phonestore.Tx, state *phonestore.State, photo *syncproto.Record) ([]syncproto.Lack, error) {
	found, err := consentsOf(tx, photo.ID)
	if err != nil {
		return nil, err
	}
	self := e.actor(state)
	consents := make([]syncproto.Consent, len(found))
	for i, f := range found {
		// Beside the author of a photo only editors write under it, so another's consent is an editor's.
		editor := f.record.Author != photo.Author
		if f.record.Author == self.Person {
			editor = self.Editor || self.Admin
		}
		consents[i] = syncproto.Consent{Record: f.record, Evidence: len(f.evidence), Editor: editor}
	}
	return syncproto.Lacks(photo, consents, syncproto.UsePublish, e.now(state)), nil
}
