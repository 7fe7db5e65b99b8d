package answers

import (
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// NoticePromoted tells somebody on a waiting list that they have a place now. Its record is the call.
const NoticePromoted storage.NoticeKind = "promoted"

// Rules is a syncer.Caller. The zero value is ready, and lets codes be guessed.
type Rules struct{ guesses *guesses }

// NewRules makes rules that count wrong check-in codes: after some an hour none of that person's is taken for that call, also
// not the right one. An officer can still check them in.
func NewRules() Rules { return Rules{newGuesses()} }

var _ syncer.Caller = Rules{}

// Admit refuses what is not the person's own or what the call does not offer, and says where an answer stands.
func (rules Rules) Admit(r storage.Reader, c *syncer.Change) (code syncproto.Code, detail string, err error) {
	after := c.After
	if after.Author != c.Person {
		return syncproto.CodeForbidden, "", nil // what somebody answers is said by nobody else
	}
	if after.Kind == syncproto.KindPreference {
		if after.ID != syncproto.PreferenceID(after.Author) {
			return syncproto.CodeAnswerID, "", nil
		}
		return "", "", nil
	}
	if after.Deleted { // its fields are gone, and the call with them
		return "", "", nil
	}
	call := syncproto.ID(after.Fields[syncproto.AnswerCallField].TextOr(""))
	if !call.Valid() {
		return syncproto.CodeInvalidField, syncproto.AnswerCallField, nil
	}
	want := syncproto.AnswerID
	if after.Kind == syncproto.KindReceipt {
		want = syncproto.ReceiptID
	}
	if after.ID != want(call, after.Author) {
		return syncproto.CodeAnswerID, "", nil
	}
	was, err := r.Recipient(call, after.Author)
	if isNotFound(err) {
		return syncproto.CodeCallUnknown, "", nil
	}
	if err != nil || after.Kind == syncproto.KindReceipt {
		return "", "", err
	}
	return rules.admitAnswer(r, c, was)
}

func (rules Rules) admitAnswer(r storage.Reader, c *syncer.Change, was *storage.Recipient) (syncproto.Code, string, error) {
	call, err := r.Call(was.Call)
	if err != nil {
		return "", "", err
	}
	places, err := r.Places(was.Call)
	if err != nil {
		return "", "", err
	}
	said, code, detail := read(call, c.After, c.Before)
	if rules.guesses.barred(c.After.ID, said.came || code == syncproto.CodeCheckInCode, code != "", c.Now) {
		return syncproto.CodeCheckInCode, syncproto.AnswerCodeField, nil
	}
	if code != "" {
		return code, detail, nil
	}
	state, code := stand(call, was, said, places, c.Now)
	if code != "" {
		return code, "", nil
	}
	c.After.State, c.After.Unit = state, call.Units[0]
	return "", "", nil
}

// Follow keeps what the calls need to know of it, and gives places that came free to those who wait.
func (Rules) Follow(tx storage.Tx, c *syncer.Change) ([]*syncproto.Record, error) {
	switch c.After.Kind {
	case syncproto.KindPreference:
		return nil, tx.PutPreference(preference(c.After))
	case syncproto.KindReceipt:
		return nil, note(tx, c)
	}
	return follow(tx, c)
}

func preference(r *syncproto.Record) *storage.Preference {
	p := &storage.Preference{Person: r.Author}
	if r.Deleted {
		return p
	}
	items, _ := r.Fields[syncproto.PreferenceMutedField].AsList()
	for _, item := range items {
		if text, ok := item.AsText(); ok {
			p.Muted = append(p.Muted, syncproto.CallKind(text))
		}
	}
	p.MayPhone = r.Fields[syncproto.PreferenceMayPhoneField] == "true"
	p.Language = r.Fields[syncproto.PreferenceLanguageField].TextOr("")
	return p
}

// note keeps that a call reached somebody. When, is the server's time: what a phone's clock said stays in the receipt.
func note(tx storage.Tx, c *syncer.Change) error {
	if c.After.Deleted {
		return nil // it reached them all the same
	}
	call := syncproto.ID(c.After.Fields[syncproto.AnswerCallField].TextOr(""))
	was, err := tx.Recipient(call, c.After.Author)
	if err != nil {
		return err
	}
	next := *was
	for field, at := range map[string]*int64{
		syncproto.ReceiptReceivedField: &next.Received, syncproto.ReceiptShownField: &next.Shown, syncproto.ReceiptOpenedField: &next.Opened,
	} {
		if _, said := c.After.Fields[field].AsInt(); said && *at == 0 {
			*at = c.Now
		}
	}
	if next == *was {
		return nil
	}
	return tx.PutRecipient(&next)
}

func isNotFound(err error) bool { return err != nil && syncproto.CodeOf(err) == syncproto.CodeNotFound }
