package simtest

import (
	"context"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// giveBack is the other half of a good day at a desk: the editor returns what waits with a note on it, and the author
// fixes that offline, says whom a photo shows and who agreed, and sends it in again. It reports whether there was anything
// to return.
func (p *phone) giveBack(desk *phone) bool {
	w, ctx := p.w, context.Background()
	for _, item := range desk.items(syncproto.KindStory) {
		waits := item.State == syncproto.StateSubmitted || item.State == syncproto.StateResubmitted
		if !waits || item.Deleted || item.Author != p.person.id {
			continue
		}
		p.date(item.ID)
		desk.date(item.ID)
		w.ledger.try(item.ID)
		text := "xem lại " + w.ledger.word()
		note, err := desk.engine.AddNote(ctx, item.ID, "title", text)
		w.say("    phone %d: note %s on %s: %s", desk.index, short(note), short(item.ID), w.codeOf("note", err))
		if err == nil {
			w.ledger.authors[note] = desk.person
			w.ledger.save(desk.index, note, syncproto.Fields{"text": syncproto.Text(text)}, "note")
		}
		err = desk.engine.Command(ctx, item.ID, syncproto.CommandReturn, "vì "+w.ledger.word())
		w.say("    phone %d: return %s: %s", desk.index, short(item.ID), w.codeOf("return", err))
		desk.sync()
		p.sync()
		p.fix(item.ID)
		p.sync()
		return true
	}
	return false
}

// date changes when a story happened, as its author and its editor do at the same time: the later arrival wins, and the
// other's value has a card that its writer sees.
func (p *phone) date(story syncproto.ID) {
	w := p.w
	fields := syncproto.Fields{"happened_at": syncproto.Int(w.ledger.number())}
	w.ledger.try(story)
	err := p.engine.Edit(context.Background(), story, mobilesdk.Patch{Set: fields})
	w.say("    phone %d: date %s: %s", p.index, short(story), w.codeOf("edit", err))
	if err == nil {
		w.ledger.save(p.index, story, fields, "date")
	}
}

// fix does what the notes of a returned story ask for, in one act.
func (p *phone) fix(story syncproto.ID) {
	w, ctx := p.w, context.Background()
	notes, err := p.engine.Notes(ctx, story)
	if err != nil {
		w.codeOf("notes", err)
		return
	}
	var done []syncproto.ID
	for i := range notes {
		if n := &notes[i]; n.Open() {
			done = append(done, n.ID)
			w.ledger.try(n.ID)
		}
	}
	fields := syncproto.Fields{"title": syncproto.Text("Sửa " + w.ledger.word())}
	w.ledger.try(story)
	w.ledger.try(story) // the edit and the step
	err = p.engine.Fix(ctx, story, mobilesdk.Patch{Set: fields}, done, true)
	w.say("    phone %d: fix %s with %d notes: %s", p.index, short(story), len(done), w.codeOf("fix", err))
	if err == nil {
		w.ledger.save(p.index, story, fields, "fix")
	}
	p.consent(p.photoOf(story))
}

// photoOf returns a photo of a story, taken now if there is none.
func (p *phone) photoOf(story syncproto.ID) syncproto.ID {
	w := p.w
	for _, photo := range p.items(syncproto.KindPhoto) {
		if photo.Mine && !photo.Deleted && syncproto.ID(photo.Fields["parent"].TextOr("")) == story {
			return photo.ID
		}
	}
	fields := syncproto.Fields{"caption": syncproto.Text("Ảnh " + w.ledger.word())}
	id, err := p.engine.Create(context.Background(), syncproto.KindPhoto, story, fields)
	w.say("    phone %d: photo %s under %s: %s", p.index, short(id), short(story), w.codeOf("create", err))
	if err == nil {
		w.ledger.authors[id] = p.person
		w.ledger.save(p.index, id, fields, "create")
	}
	return id
}

// consent says whom a photo shows and records that they agreed.
func (p *phone) consent(photo syncproto.ID) {
	w, ctx := p.w, context.Background()
	w.ledger.try(photo)
	err := p.engine.SetShows(ctx, photo, syncproto.ShowsPeople, 1)
	w.say("    phone %d: %s shows somebody: %s", p.index, short(photo), w.codeOf("shows", err))
	who := "bà " + w.ledger.word()
	id, err := p.engine.AddConsent(ctx, photo, mobilesdk.Consent{
		Who: who, Age: syncproto.AgeAdult, GivenBy: []string{syncproto.GivenBySelf}, How: syncproto.HowSpoken,
		Uses: []string{syncproto.UsePublish},
	})
	w.say("    phone %d: consent %s under %s: %s", p.index, short(id), short(photo), w.codeOf("consent", err))
	if err != nil {
		return
	}
	w.ledger.authors[id] = p.person
	w.ledger.save(p.index, id, syncproto.Fields{"who": syncproto.Text(who)}, "consent")
	if w.dice.chance(4) {
		w.ledger.try(id)
		err = p.engine.WithdrawConsent(ctx, id, "vì "+w.ledger.word())
		w.say("    phone %d: withdraw consent %s: %s", p.index, short(id), w.codeOf("withdraw", err))
	}
}
