package campaign

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/figure"
	"lantoa/server/internal/people"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Among says who of those whom a call was sent to are told of it again.
type Among string

// Whom results and reminders go to.
const (
	AmongAnswered Among = "answered" // all who answered, whatever it was
	AmongPlaced   Among = "placed"   // those who have a place
	AmongSilent   Among = "silent"   // those who have not answered
)

// predicate returns what an audience of that is, of a call.
func (a Among) predicate(call syncproto.ID) (*audience.Predicate, error) {
	switch a {
	case AmongAnswered:
		return audience.Answered(call)
	case AmongPlaced:
		return audience.Registered(call)
	case AmongSilent:
		return audience.Silent(call)
	}
	return nil, fail(syncproto.CodeAudienceInvalid, opAudience, "among")
}

// amongs are those that a kind of calls may go to. A result goes to all who answered and to nobody else.
func amongs(kind syncproto.CallKind) []Among {
	switch kind {
	case syncproto.CallResult:
		return []Among{AmongAnswered}
	case syncproto.CallReminder:
		return []Among{AmongPlaced, AmongSilent}
	}
	return nil
}

// follows reports whether calls of a kind are about another one.
func follows(kind syncproto.CallKind) bool { return amongs(kind) != nil }

const opAudience = "read audience"

// canonical returns the audience of a draft as it is stored; nil for none yet. That of a reminder or a result is one of few,
// and where there is one only it need not be said.
func canonical(d *Draft) ([]byte, error) {
	given := bytes.TrimSpace(d.Audience)
	if string(given) == "null" {
		given = nil
	}
	choices := amongs(d.Kind)
	if d.Among != "" && !slices.Contains(choices, d.Among) {
		return nil, fail(syncproto.CodeAudienceInvalid, opAudience, "among")
	}
	var p *audience.Predicate
	var err error
	switch {
	case len(choices) == 1 && d.About.Valid():
		p, err = choices[0].predicate(d.About)
	case d.Among != "" && d.About.Valid():
		p, err = d.Among.predicate(d.About)
	case len(given) == 0:
		return nil, nil
	default:
		p, err = read(given)
	}
	if err != nil {
		return nil, err
	}
	return p.Canonical(), permitted(choices, d.About, p)
}

// permitted checks that the audience of a reminder or a result is one that such a call may have.
func permitted(choices []Among, about syncproto.ID, p *audience.Predicate) error {
	if choices == nil || !about.Valid() {
		return nil // what is about nothing is refused for that
	}
	for _, a := range choices {
		if one, err := a.predicate(about); err == nil && bytes.Equal(one.Canonical(), p.Canonical()) {
			return nil
		}
	}
	return fail(syncproto.CodeAudienceInvalid, opAudience, "audience")
}

// read reads a predicate. Its errors say where in the call they are.
func read(predicate []byte) (*audience.Predicate, error) {
	p, err := audience.Parse(predicate)
	if e, ok := errors.AsType[*syncproto.Error](err); ok {
		at := *e
		at.Detail = strings.TrimSuffix("audience."+e.Detail, ".")
		return nil, &at
	}
	return p, err
}

// resolve lists whom a call goes to now, for the officer who stands for it. Errors: audience_empty, and others of the audience.
func (s *Service) resolve(ctx context.Context, by people.Actor, c *storage.Call) (*list, error) {
	p, err := read(c.Audience)
	if err != nil {
		return nil, err
	}
	l := &list{}
	_, err = s.opt.Audience.Resolve(ctx, by, audience.Ask{Predicate: p, Kind: c.Kind, Call: c.ID, Each: l.add})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// estimate checks the audience of a call that does not go out yet, by what a preview shows: to propose a call, or to put it
// off, must not tell more of what people told of themselves than a preview does, which is rounded and counted. Errors:
// audience_empty, second_officer if there must be one and is none, and those of a preview.
func (s *Service) estimate(ctx context.Context, by people.Actor, c *storage.Call) error {
	p, err := read(c.Audience)
	if err != nil {
		return err
	}
	shown, err := s.opt.Audience.Preview(ctx, by, audience.Ask{Predicate: p, Kind: c.Kind, Call: c.ID})
	if err != nil {
		return err
	}
	switch total := shown.Total.Persons; {
	case total.Kind != figure.Told:
		return nil
	case total.N == 0:
		return fail(syncproto.CodeAudienceEmpty, "estimate audience", "audience")
	case total.N > s.opt.Large && c.State == storage.CallScheduled && c.Second == "":
		return fail(syncproto.CodeSecondOfficer, "estimate audience", "audience")
	}
	return nil
}
