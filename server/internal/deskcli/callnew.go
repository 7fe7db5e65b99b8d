package deskcli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// callFlags are the flags of all that is done with calls.
type callFlags struct {
	kind, title, body, titleEN, bodyEN, sms, place, link, code, campaign, audience, state, among, format, out *string
	starts, ends, deadline, due                                                                               *int64
	capacity, days                                                                                            *int64
	units, choices, groups, tags, skills, roles                                                               *[]string
	undo, once                                                                                                *bool
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
		audience: text("audience"), state: text("state"), among: text("among"), format: s.flags.String("format", "csv", ""), out: text("out"),
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
	f := w.flags
	d := &campaign.Draft{
		Campaign: syncproto.ID(*f.campaign), Kind: syncproto.CallKind(*f.kind), Title: *f.title, Body: *f.body, TitleEN: *f.titleEN, BodyEN: *f.bodyEN,
		SMS: *f.sms, Starts: *f.starts, Ends: *f.ends, Deadline: *f.deadline, Capacity: *f.capacity, Link: *f.link, Code: *f.code, Due: *f.due,
		Choices: choices(*f.choices, syncproto.CallKind(*f.kind)), Audience: json.RawMessage(*f.audience),
	}
	if *f.place != "" {
		d.Place = syncproto.Object(syncproto.Fields{"text": syncproto.Text(*f.place)})
	}
	for _, word := range *f.units {
		unit, err := w.unit(word)
		if err != nil {
			return nil, err
		}
		d.Units = append(d.Units, unit)
	}
	if *f.audience == "" {
		d.Audience = w.predicate(d.Units)
	}
	return d, nil
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

// about makes a reminder of a call, or tells what came of it.
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
		if *w.flags.title == "" && *w.flags.body == "" {
			return w.tell(&made)
		}
		d := campaign.Draft{
			Revision: made.Revision, Campaign: made.Campaign, Kind: made.Kind, About: made.About, Title: fallback(*w.flags.title, made.Title),
			Body: fallback(*w.flags.body, made.Body), TitleEN: fallback(*w.flags.titleEN, made.TitleEN), BodyEN: fallback(*w.flags.bodyEN, made.BodyEN),
			Place: made.Place, Starts: made.Starts, Ends: made.Ends, Deadline: made.Deadline, Choices: made.Choices, Link: made.Link,
			Audience: made.Audience, Due: *w.flags.due,
		}
		for _, u := range made.Units {
			d.Units = append(d.Units, u.ID)
		}
		var after campaign.Call
		if err := w.session.send("PUT", path(made.ID, ""), d, &after); err != nil {
			return err
		}
		return w.tell(&after)
	}
}
