package deskcli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// callFlags are the flags of all that is done with calls.
type callFlags struct {
	kind, title, body, titleEN, bodyEN, sms, place, link, code, campaign, audience, state, among, format, out, standing *string
	starts, ends, deadline, due                                                                                         *int64
	capacity, days                                                                                                      *int64
	units, choices, groups, tags, skills, roles                                                                         *[]string
	undo, once                                                                                                          *bool
}

func newCallFlags(s *session) *callFlags {
	text := func(name string) *string { return s.flags.String(name, "", "") }
	list := func(name string) *[]string {
		var all []string
		s.flags.Func(name, "", func(value string) error { all = append(all, value); return nil })
		return &all
	}
	at := func(name string) *int64 {
		var ms int64
		s.flags.Func(name, "", func(value string) (err error) { ms, err = moment(value); return err })
		return &ms
	}
	return &callFlags{
		kind: s.flags.String("kind", string(syncproto.CallOrdinary), ""), title: text("title"), body: text("body"), titleEN: text("title-en"),
		bodyEN: text("body-en"), sms: text("sms"), place: text("place"), link: text("link"), code: text("code"), campaign: text("campaign"),
		audience: text("audience"), state: text("state"), among: text("among"), format: s.flags.String("format", "csv", ""), out: text("out"), standing: text("standing"),
		starts: at("starts"), ends: at("ends"), deadline: at("deadline"), due: at("due"),
		capacity: s.flags.Int64("capacity", 0, ""), days: s.flags.Int64("days", 0, ""),
		units: list("unit"), choices: list("choice"), groups: list("group"), tags: list("tag"), skills: list("skill"), roles: list("role"),
		undo: s.flags.Bool("undo", false, ""), once: s.flags.Bool("once", false, ""),
	}
}

// moment reads a time as people write it, in UTC+7.
func moment(text string) (int64, error) {
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04", "02/01/2006 15:04"} {
		if t, err := time.ParseInLocation(layout, text, vietnam); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("%q: 2026-11-25 07:30", text)
}

// create makes a draft.
func (w *callWork) create() error {
	d, err := w.draft()
	if err != nil {
		return err
	}
	var made campaign.Call
	if err := w.post("/v1/calls", d, &made); err != nil {
		return err
	}
	return w.tell(&made)
}

// draft is what the flags say.
func (w *callWork) draft() (*campaign.Draft, error) {
	kind := syncproto.CallKind(*w.flags.kind)
	d := &campaign.Draft{Kind: kind, Choices: choices(*w.flags.choices, kind)}
	if err := w.onto(d); err != nil {
		return nil, err
	}
	if d.Audience == nil && len(d.Units) > 0 {
		d.Audience = w.predicate(d.Units)
	}
	return d, nil
}

// unitsSaid are the units that the flags name.
func (w *callWork) unitsSaid() (units []syncproto.ID, err error) {
	for _, word := range *w.flags.units {
		unit, err := w.unit(word)
		if err != nil {
			return nil, err
		}
		units = append(units, unit)
	}
	return units, nil
}

// choices reads NAME, NAME=words or NAME+=words, the plus for one that takes a place. Without any, a call that asks for
// something offers yes and no.
func choices(words []string, kind syncproto.CallKind) []storage.Choice {
	if len(words) == 0 && (kind == syncproto.CallOrdinary || kind == syncproto.CallUrgent) {
		return []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}}
	}
	var out []storage.Choice
	for _, word := range words {
		name, vi, _ := strings.Cut(word, "=")
		c := storage.Choice{VI: vi}
		c.Name, c.Takes = strings.CutSuffix(name, "+")
		c.Takes = c.Takes || c.Name == syncproto.ChoiceYes
		out = append(out, c)
	}
	return out
}

// predicate makes an audience of the flags: everybody in one of the units, who has each of the other things.
func (w *callWork) predicate(units []syncproto.ID) json.RawMessage {
	f := w.flags
	var all, among []any
	for _, u := range units {
		among = append(among, map[string]any{"unit": u})
	}
	if len(among) == 1 {
		all = among
	} else {
		all = append(all, map[string]any{"any": among})
	}
	for kind, list := range map[string][]string{"tag": *f.tags, "skill": *f.skills, "role": *f.roles} {
		for _, name := range list {
			all = append(all, map[string]string{kind: name})
		}
	}
	if len(*f.groups) > 0 {
		all = append(all, map[string]any{"fact": "blood_group", "in": *f.groups})
	}
	if *f.days > 0 {
		all = append(all, map[string]any{"fact": "last_whole_blood", "at_least_days": *f.days})
	}
	data, err := json.Marshal(map[string]any{"all": all})
	if err != nil {
		return nil // texts and numbers always can
	}
	return data
}

// about makes a reminder of a call, tells what came of it, or makes another call like it.
func (w *callWork) about(kind syncproto.CallKind) func() error {
	return func() error {
		id, err := w.call()
		if err != nil {
			return err
		}
		var made campaign.Call
		how := campaign.Copying{Kind: kind, Among: campaign.Among(*w.flags.among)}
		if err := w.post(path(id, "copy"), how, &made); err != nil {
			return err
		}
		return w.change(&made)
	}
}

// edit changes what the flags say of a call, and leaves the rest as it is.
func (w *callWork) edit() error {
	c, err := w.read()
	if err != nil {
		return err
	}
	return w.change(c)
}

// change puts a call as it is with what the flags say instead. Without any flag about it, the call stays.
func (w *callWork) change(c *campaign.Call) error {
	d := draftOf(c)
	before := *d
	if err := w.onto(d); err != nil {
		return err
	}
	if reflect.DeepEqual(&before, d) {
		return w.tell(c)
	}
	var after campaign.Call
	if err := w.session.send(http.MethodPut, path(c.ID, ""), d, &after); err != nil {
		return err
	}
	return w.tell(&after)
}

// draftOf is what a call says now.
func draftOf(c *campaign.Call) *campaign.Draft {
	d := &campaign.Draft{
		Revision: c.Revision, Campaign: c.Campaign, Kind: c.Kind, About: c.About, Title: c.Title, Body: c.Body, TitleEN: c.TitleEN,
		BodyEN: c.BodyEN, SMS: c.SMS, Place: c.Place, Starts: c.Starts, Ends: c.Ends, Deadline: c.Deadline, Capacity: c.Capacity,
		Choices: c.Choices, Link: c.Link, Attachments: c.Attachments, Code: c.Code, Audience: c.Audience, Due: c.Due,
	}
	for _, u := range c.Units {
		d.Units = append(d.Units, u.ID)
	}
	return d
}

// onto writes what the flags say into a draft. Whom it is for changes with the flags that choose people; the units alone do not
// change it.
func (w *callWork) onto(d *campaign.Draft) error {
	f := w.flags
	for _, text := range []struct {
		said string
		into *string
	}{
		{*f.title, &d.Title},
		{*f.body, &d.Body},
		{*f.titleEN, &d.TitleEN},
		{*f.bodyEN, &d.BodyEN},
		{*f.sms, &d.SMS},
		{*f.link, &d.Link},
		{*f.code, &d.Code},
	} {
		*text.into = fallback(text.said, *text.into)
	}
	for _, number := range []struct {
		said int64
		into *int64
	}{{*f.starts, &d.Starts}, {*f.ends, &d.Ends}, {*f.deadline, &d.Deadline}, {*f.due, &d.Due}, {*f.capacity, &d.Capacity}} {
		if number.said != 0 {
			*number.into = number.said
		}
	}
	if *f.campaign != "" {
		d.Campaign = syncproto.ID(*f.campaign)
	}
	if *f.place != "" {
		d.Place = syncproto.Object(syncproto.Fields{"text": syncproto.Text(*f.place)})
	}
	if len(*f.choices) > 0 {
		d.Choices = choices(*f.choices, d.Kind)
	}
	units, err := w.unitsSaid()
	if err != nil {
		return err
	}
	if len(units) > 0 {
		d.Units = units
	}
	switch {
	case *f.audience != "":
		d.Audience = json.RawMessage(*f.audience)
	case len(*f.tags)+len(*f.skills)+len(*f.roles)+len(*f.groups) > 0 || *f.days > 0:
		d.Audience = w.predicate(d.Units)
	}
	return nil
}
