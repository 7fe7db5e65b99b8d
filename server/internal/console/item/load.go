package item

import (
	"context"
	"encoding/json"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Load reads a submission and makes its sheet. id may be that of anything that hangs under it. Errors: not_found.
func Load(ctx context.Context, r *page.Request, d *desk.Service, id syncproto.ID) (*Sheet, error) {
	story, err := d.Show(ctx, r.Desk(), id)
	if err != nil {
		return nil, err
	}
	b, err := open(r, story)
	if err != nil {
		return nil, err
	}
	sheet := b.sheet()
	if sheet.wentBack() {
		revisions, err := d.Revisions(ctx, r.Desk(), sheet.ID)
		if err != nil {
			return nil, err
		}
		sheet.Compare = returnedAt(revisions)
	}
	others, err := d.Queue(ctx, r.Desk(), &desk.Ask{View: desk.ViewOpen, Author: b.top.Author, Limit: maxOthers})
	if err != nil {
		return nil, err
	}
	for i := range others.Rows {
		if others.Rows[i].Record != sheet.ID {
			sheet.Others.N++
		}
	}
	sheet.Others.More = others.Next != ""
	return sheet, nil
}

// maxOthers is how many of an author's submissions are counted.
const maxOthers = 20

// builder turns what the desk answers into what a template draws.
type builder struct {
	r        *page.Request
	story    *desk.Story
	top      *syncproto.Record
	parts    []entry
	notes    []entry
	consents []entry
	evidence []entry
	cards    []entry
}

// entry is a record with what may be done with it.
type entry struct {
	*syncproto.Record
	acts []desk.Button
}

// button finds what is said about a command; nil if it is not to be taken here.
func (e *entry) button(command string) *desk.Button {
	i := slices.IndexFunc(e.acts, func(b desk.Button) bool { return b.Command == command })
	if i < 0 {
		return nil
	}
	return &e.acts[i]
}

func (e *entry) can(command syncproto.Command) bool {
	b := e.button(string(command))
	return b != nil && b.Code == ""
}

func open(r *page.Request, story *desk.Story) (*builder, error) {
	b := &builder{r: r, story: story}
	var err error
	if b.top, err = syncproto.DecodeRecord(story.Record); err != nil {
		return nil, err
	}
	for _, list := range []struct {
		items []desk.Item
		to    *[]entry
	}{
		{story.Parts, &b.parts},
		{story.Notes, &b.notes},
		{story.Consents, &b.consents},
		{story.Evidence, &b.evidence},
		{story.Conflicts, &b.cards},
	} {
		for i := range list.items {
			record, err := syncproto.DecodeRecord(list.items[i].Record)
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, entry{record, list.items[i].Acts})
		}
	}
	return b, nil
}

func (b *builder) sheet() *Sheet {
	top := b.top
	s := &Sheet{
		ID: top.ID, Kind: top.Kind, State: top.State, Revision: top.Revision, Epoch: b.story.Epoch, Now: b.story.Now, Back: b.r.Here(),
		Title: top.Fields["title"].TextOr(top.Fields["caption"].TextOr("")), Body: top.Fields["body"].TextOr(""),
		Reason: top.Reason, Unit: b.story.Unit, Author: b.name(top.Author), Own: top.Author == b.r.Who.Person, SeenBy: b.story.SeenBy,
		Hold: top.Hold, record: top, built: b,
	}
	if row := b.story.Row; row != nil {
		s.Flags, s.Claimer, s.Until = row.Flags, row.Claimer, row.Until
		s.Mine = row.Claimer != nil && row.Claimer.ID == b.r.Who.Person
	}
	s.Written = writtenOf(top)
	s.Steps = b.steps()
	s.Photos, s.Events = b.photos(), b.events()
	s.Arrival = arrivalOf(s.Photos)
	s.Threads = b.threads(s)
	for i := range s.Threads {
		s.Open += s.Threads[i].Open
	}
	s.Fields = b.fields(s)
	s.Consents = b.allConsents(s)
	s.Lacks = b.lacks(s)
	s.Cards = b.openCards(s)
	s.Place = b.spot(top)
	s.Acts = b.acts(s)
	s.Press = slices.Contains([]syncproto.State{syncproto.StateApproved, syncproto.StatePublished, syncproto.StateCorrected}, top.State)
	return s
}

// name is how somebody is called; who is not known any more has an id alone.
func (b *builder) name(id syncproto.ID) desk.Ref {
	if ref, ok := b.story.Names[id]; ok {
		return ref
	}
	return desk.Ref{ID: id}
}

const (
	apartFrom = 5 * 60 * 1000       // from which a clock is told to be wrong
	lateFrom  = 12 * 60 * 60 * 1000 // from which something is told to have waited on the phone
)

func writtenOf(r *syncproto.Record) Written {
	w := Written{Received: r.Received, At: r.Received}
	if c := r.Captured; c != nil {
		w.Device, w.Uncertainty = c.Device, c.Uncertainty
		if c.Estimate != 0 {
			w.At = c.Estimate
		}
		away := max(w.Device-w.At, w.At-w.Device)
		w.Apart = w.Device != 0 && away > apartFrom+w.Uncertainty
	}
	w.Late = w.Received-w.At > lateFrom
	return w
}

func (b *builder) steps() []Step {
	var steps []Step
	if b.story.Timeline.IsNull() || json.Unmarshal([]byte(b.story.Timeline), &steps) != nil {
		return nil
	}
	return steps
}

// wentBack reports whether a submission was returned and sent again, and waits for somebody who wants to see what became of
// the notes.
func (s *Sheet) wentBack() bool {
	switch s.State {
	case syncproto.StateResubmitted, syncproto.StateInReview, syncproto.StateApproved:
		return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.State == syncproto.StateNeedsChanges })
	}
	return false
}
