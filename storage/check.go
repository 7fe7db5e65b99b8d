package storage

import (
	"encoding/json"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"lantoa/syncproto"
)

// What a store takes. Services are stricter where people should be told why; these keep a mistake in one of them from
// filling the database.
const (
	maxTitle    = 300
	maxBody     = syncproto.MaxFieldBytes
	maxShort    = 2000 // a link, an SMS, a check-in code
	maxName     = 60   // of a tag, a fact, a choice
	maxOwners   = 64
	maxListed   = syncproto.MaxItems // choices, attachments, tags
	maxAudience = syncproto.MaxFieldBytes
	maxSealed   = 4 << 10
)

// checking collects the first thing that is wrong.
type checking struct {
	op  string
	err *syncproto.Error
}

func (c *checking) fail(code syncproto.Code, where string) {
	if c.err == nil {
		c.err = &syncproto.Error{Code: code, Op: c.op, Detail: where}
	}
}

func (c *checking) id(where string, id syncproto.ID) {
	if !id.Valid() {
		c.fail(syncproto.CodeInvalidID, where)
	}
}

func (c *checking) maybe(where string, ids ...syncproto.ID) {
	for _, id := range ids {
		if id != "" {
			c.id(where, id)
		}
	}
}

func (c *checking) ids(where string, ids []syncproto.ID, most int) {
	if len(ids) > most {
		c.fail(syncproto.CodeTooMany, where)
		return
	}
	for i, id := range ids {
		c.id(where+"["+strconv.Itoa(i)+"]", id)
	}
}

// text refuses what is too long and what a column of text would not give back as it was.
func (c *checking) text(where, text string, most int) {
	switch {
	case len(text) > most:
		c.fail(syncproto.CodeTooLarge, where)
	case !utf8.ValidString(text):
		c.fail(syncproto.CodeNotUTF8, where)
	}
}

func (c *checking) number(where string, numbers ...int64) {
	for _, n := range numbers {
		if n < 0 {
			c.fail(syncproto.CodeIntegerRange, where)
		}
	}
}

// done keeps a nil *Error from becoming an error that is not nil.
func (c *checking) done() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

// CheckCampaign reports what PutCampaign refuses: invalid_id, too_large, too_many, not_utf8, integer_out_of_range.
func CheckCampaign(m *Campaign) error {
	c := checking{op: "store campaign"}
	c.id("id", m.ID)
	c.ids("units", m.Units, maxOwners)
	c.maybe("by", m.By)
	c.text("title", m.Title, maxTitle)
	c.text("title_en", m.TitleEN, maxTitle)
	c.text("about", m.About, maxBody)
	c.number("time", m.From, m.Until, m.Created, m.Changed, m.Closed)
	return c.done()
}

var callStates = []CallState{CallDraft, CallProposed, CallScheduled, CallSending, CallSent, CallClosed, CallCancelled}

// CheckCall reports what PutCall refuses: as CheckCampaign, and invalid_value for a kind, a state, a place or an audience
// that is none.
func CheckCall(m *Call) error {
	c := checking{op: "store call"}
	c.id("id", m.ID)
	c.ids("units", m.Units, maxOwners)
	c.ids("attachments", m.Attachments, maxListed)
	c.maybe("campaign", m.Campaign)
	c.maybe("about", m.About)
	c.maybe("by", m.By, m.Proposed, m.Second, m.OverBy)
	c.number("revision", m.Revision-1)
	c.number("time", m.Starts, m.Ends, m.Deadline, m.Due, m.Created, m.Changed, m.SecondAt, m.Sent, m.Over, m.Gone)
	c.number("capacity", m.Capacity)
	c.number("recipient", m.Recipient)
	if !slices.Contains(syncproto.CallKinds(), m.Kind) {
		c.fail(syncproto.CodeInvalidValue, "kind")
	}
	if !slices.Contains(callStates, m.State) {
		c.fail(syncproto.CodeInvalidValue, "state")
	}
	c.callTexts(m)
	return c.done()
}

func (c *checking) callTexts(m *Call) {
	c.text("title", m.Title, maxTitle)
	c.text("title_en", m.TitleEN, maxTitle)
	c.text("body", m.Body, maxBody)
	c.text("body_en", m.BodyEN, maxBody)
	c.text("sms", m.SMS, maxShort)
	c.text("link", m.Link, maxShort)
	c.text("code", m.Code, maxShort)
	c.text("reason", string(m.Reason), maxName)
	c.text("place", string(m.Place), maxBody)
	if m.Place != "" && !json.Valid([]byte(m.Place)) {
		c.fail(syncproto.CodeInvalidValue, "place")
	}
	if len(m.Choices) > maxListed {
		c.fail(syncproto.CodeTooMany, "choices")
	}
	for _, choice := range m.Choices {
		c.text("choices", choice.Name, maxName)
		c.text("choices", choice.VI, maxTitle)
		c.text("choices", choice.EN, maxTitle)
	}
	switch {
	case len(m.Audience) > maxAudience:
		c.fail(syncproto.CodeTooLarge, "audience")
	case len(m.Audience) > 0 && !json.Valid(m.Audience):
		c.fail(syncproto.CodeInvalidValue, "audience")
	}
}

// CheckRecipient reports what AddRecipients and PutRecipient refuse: invalid_id, too_large, not_utf8,
// integer_out_of_range.
func CheckRecipient(m *Recipient) error {
	c := checking{op: "store recipient"}
	c.id("call", m.Call)
	c.id("person", m.Person)
	c.maybe("unit", m.Unit)
	c.text("choice", m.Choice, maxName)
	c.text("standing", string(m.Standing), maxName)
	c.number("count", m.Count, syncproto.MaxAnswerCount-m.Count)
	c.number("arrived", m.Arrived)
	c.number("time", m.Gone, m.Received, m.Shown, m.Opened, m.Answered, m.Promoted, m.Came)
	return c.done()
}

// CheckFact reports what PutFact refuses: invalid_id, invalid_name, too_large, not_utf8, integer_out_of_range.
func CheckFact(m *Fact) error {
	c := checking{op: "store fact"}
	c.id("person", m.Person)
	c.maybe("by", m.By)
	c.name("name", m.Name)
	c.text("how", m.How, maxName)
	c.number("time", m.Consent, m.Changed)
	if len(m.Sealed) > maxSealed {
		c.fail(syncproto.CodeTooLarge, "sealed")
	}
	return c.done()
}

// name refuses what cannot be one line: names are listed, counted and exported.
func (c *checking) name(where, name string) {
	c.text(where, name, maxName)
	if name == "" {
		c.fail(syncproto.CodeInvalidName, where)
	}
	for _, r := range name {
		if unicode.IsControl(r) {
			c.fail(syncproto.CodeInvalidName, where)
		}
	}
}

// CheckTags reports what PutTags refuses: invalid_id, invalid_name, too_many, too_large, not_utf8, and invalid_value for a
// word that is a skill and also none.
func CheckTags(person syncproto.ID, tags []Tag) error {
	c := checking{op: "store tags"}
	c.id("person", person)
	if len(tags) > maxListed {
		c.fail(syncproto.CodeTooMany, "tags")
		return c.done()
	}
	skills := make(map[string]bool, len(tags))
	for _, tag := range tags {
		c.name("tags", tag.Name)
		if skill, ok := skills[tag.Name]; ok && skill != tag.Skill {
			c.fail(syncproto.CodeInvalidValue, "tags")
		}
		skills[tag.Name] = tag.Skill
	}
	return c.done()
}

// CheckPreference reports what PutPreference refuses: invalid_id, too_many, too_large, not_utf8.
func CheckPreference(m *Preference) error {
	c := checking{op: "store preference"}
	c.id("person", m.Person)
	c.text("language", m.Language, maxName)
	if len(m.Muted) > maxListed {
		c.fail(syncproto.CodeTooMany, "muted")
	}
	for _, kind := range m.Muted {
		c.text("muted", string(kind), maxName)
	}
	return c.done()
}
