package campaign

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"lantoa/storage"
	"lantoa/syncproto"
)

// Draft is what an officer writes: a call without what becomes of it. It replaces the whole of what stood there.
type Draft struct {
	ID       syncproto.ID `json:"id"`       // of a new call, drawn if absent; the same id again is the same request again
	Revision int64        `json:"revision"` // that the officer had before them; 0 for a new call

	Campaign    syncproto.ID       `json:"campaign"`
	Units       []syncproto.ID     `json:"units"`
	Kind        syncproto.CallKind `json:"kind"`
	Title       string             `json:"title"`
	Body        string             `json:"body"`
	TitleEN     string             `json:"title_en"`
	BodyEN      string             `json:"body_en"`
	SMS         string             `json:"sms"`
	Place       syncproto.Value    `json:"place"`
	Starts      int64              `json:"starts"`
	Ends        int64              `json:"ends"`
	Deadline    int64              `json:"deadline"`
	Capacity    int64              `json:"capacity"`
	Choices     []storage.Choice   `json:"choices"`
	Link        string             `json:"link"`
	About       syncproto.ID       `json:"about"`
	Attachments []syncproto.ID     `json:"attachments"`
	Code        string             `json:"code"`
	Audience    json.RawMessage    `json:"audience"` // a predicate of package audience
	Among       Among              `json:"among"`    // of a reminder, or a result: who of those whom the other call went to
	Due         int64              `json:"due"`
}

// onto writes the draft into a call, in the form in which it is stored: texts in NFC and without blanks around them, lists
// of the draft's own copied, the audience canonical. Errors: audience_invalid.
func (d *Draft) onto(c *storage.Call) (err error) {
	c.Campaign, c.Kind, c.About, c.Link = d.Campaign, d.Kind, d.About, d.Link
	c.Units, c.Attachments = slices.Clone(d.Units), slices.Clone(d.Attachments)
	c.Title, c.Body, c.TitleEN, c.BodyEN, c.SMS = tidy(d.Title), tidy(d.Body), tidy(d.TitleEN), tidy(d.BodyEN), tidy(d.SMS)
	c.Place = d.Place
	if c.Place.IsNull() {
		c.Place = ""
	}
	c.Starts, c.Ends, c.Deadline, c.Due, c.Capacity = d.Starts, d.Ends, d.Deadline, d.Due, d.Capacity
	c.Code = tidy(d.Code)
	c.Choices = slices.Clone(d.Choices)
	for i := range c.Choices {
		c.Choices[i].VI, c.Choices[i].EN = tidy(c.Choices[i].VI), tidy(c.Choices[i].EN)
	}
	c.Audience, err = canonical(d)
	return err
}

// tidy returns text as the wire takes it, without blanks around it.
func tidy(text string) string { return strings.TrimSpace(syncproto.Text(text).TextOr("")) }

// draftOf is the draft that a call would have been made of.
func draftOf(c *storage.Call) Draft {
	return Draft{
		ID: c.ID, Revision: c.Revision, Campaign: c.Campaign, Units: c.Units, Kind: c.Kind, Title: c.Title, Body: c.Body, TitleEN: c.TitleEN,
		BodyEN: c.BodyEN, SMS: c.SMS, Place: c.Place, Starts: c.Starts, Ends: c.Ends, Deadline: c.Deadline, Capacity: c.Capacity,
		Choices: c.Choices, Link: c.Link, About: c.About, Attachments: c.Attachments, Code: c.Code, Audience: c.Audience, Due: c.Due,
	}
}

// differsAt returns the first member in which two calls say different things and that cannot be corrected once people have
// the call; "" for none.
func differsAt(a, b *storage.Call) string {
	for _, m := range []struct {
		name string
		same bool
	}{
		{"campaign", a.Campaign == b.Campaign},
		{"units", slices.Equal(a.Units, b.Units)},
		{"kind", a.Kind == b.Kind},
		{"starts", a.Starts == b.Starts},
		{"ends", a.Ends == b.Ends},
		{"deadline", a.Deadline == b.Deadline},
		{"capacity", a.Capacity == b.Capacity},
		{"choices", slices.EqualFunc(a.Choices, b.Choices, sameTakes)},
		{"about", a.About == b.About},
		{"attachments", slices.Equal(a.Attachments, b.Attachments)},
		{"code", a.Code == b.Code},
		{"audience", bytes.Equal(a.Audience, b.Audience)},
		{"due", a.Due == b.Due},
	} {
		if !m.same {
			return m.name
		}
	}
	return ""
}

// sameTakes reports whether two choices are the same but for their words.
func sameTakes(a, b storage.Choice) bool { return a.Name == b.Name && a.Takes == b.Takes }
