package simtest

import (
	"context"

	"lantoa/syncproto"
)

// prefer changes what the person wants to be told: a record with an id that every phone of theirs derives, so that two of
// them make it at the same time (S-193).
func (p *phone) prefer() {
	w, ctx := p.w, context.Background()
	status, err := p.engine.Status(ctx)
	if err != nil || !status.Enrolled {
		w.codeOf("status", err)
		return
	}
	id := syncproto.PreferenceID(status.Person)
	w.ledger.try(id)
	switch w.dice.IntN(4) {
	case 0:
		err = p.engine.AllowPhone(ctx, w.dice.chance(2))
	case 1:
		err = p.engine.PreferLanguage(ctx, pick(w.dice, []string{"vi", "en"}))
	default:
		err = p.engine.Mute(ctx, pick(w.dice, syncproto.CallKinds()), !w.dice.chance(3))
	}
	w.say("    phone %d: prefer %s: %s", p.index, short(id), w.codeOf("prefer", err))
}

// checkPersonal holds what there is one of a person: its id is the derived one, and nobody collides with themselves over it.
func (w *World) checkPersonal(facts Facts) {
	for _, f := range facts.Records() {
		r := f.Record
		if r.Kind == syncproto.KindPreference && !r.Deleted && r.ID != syncproto.PreferenceID(r.Author) {
			w.violate(OneOfAPerson, "%s is a preference of %s", short(r.ID), short(r.Author))
		}
		about := facts.Record(r.Parent())
		if r.Kind == syncproto.KindConflict && about != nil && about.Record.Kind == syncproto.KindPreference {
			w.violate(OneOfAPerson, "%s has a card: %s", short(about.Record.ID), r.Fields)
		}
	}
}
