package simtest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// kinds are what phones create, stories most of all.
var kinds = []syncproto.Kind{
	syncproto.KindStory, syncproto.KindStory, syncproto.KindStory, syncproto.KindEvent, syncproto.KindPhoto,
	syncproto.KindPhoto, syncproto.KindNote, syncproto.KindNote, syncproto.KindAnswer, future,
}

// future is a kind that this build does not know.
const future syncproto.Kind = "survey"

// capture creates a record on the phone, as a person would.
func (p *phone) capture() {
	w, kind := p.w, pick(p.w.dice, kinds)
	var parent syncproto.ID
	switch kind {
	case syncproto.KindPhoto, syncproto.KindNote:
		if items := p.items(""); len(items) > 0 && !w.dice.chance(4) {
			parent = pick(w.dice, items).ID
		}
		if kind == syncproto.KindNote && parent == "" {
			kind = syncproto.KindStory
		}
	}
	fields := w.draft(kind)
	id, err := p.engine.Create(context.Background(), kind, parent, fields)
	w.say("    phone %d: create %s %s under %s %v: %s", p.index, kind, short(id), short(parent), fields, w.codeOf("create", err))
	if err == nil {
		w.ledger.authors[id] = p.person
		w.ledger.save(p.index, id, fields, "create")
		p.mustShow(id, fields)
	}
}

// draft makes the fields of a new record, each with its own mark.
func (w *World) draft(kind syncproto.Kind) syncproto.Fields {
	l := w.ledger
	text := func() syncproto.Value { return syncproto.Text("Xã nhà " + l.word()) }
	switch kind {
	case syncproto.KindStory:
		f := syncproto.Fields{"title": text(), "body": syncproto.Text(w.prose("")), "happened_at": syncproto.Int(l.number())}
		if w.dice.chance(3) {
			f["tags"] = syncproto.List(syncproto.Text(l.word()))
		}
		if w.dice.chance(6) {
			f["mood_of_the_future"] = syncproto.Object(syncproto.Fields{"text": text()})
		}
		return f
	case syncproto.KindEvent:
		return syncproto.Fields{"title": text(), "start": syncproto.Int(l.number()), "households": syncproto.Int(l.number())}
	case syncproto.KindPhoto:
		return syncproto.Fields{"caption": text(), "position": syncproto.Int(l.number()), "media": media(w.dice)}
	case syncproto.KindNote:
		return syncproto.Fields{"text": text()}
	case syncproto.KindAnswer:
		return syncproto.Fields{"call": syncproto.Text(string(w.dice.id(w.now))), "text": text()}
	}
	return syncproto.Fields{"title": text(), "stars": syncproto.Int(l.number())}
}

func media(d dice) syncproto.Value {
	return syncproto.Object(syncproto.Fields{
		"sha256": syncproto.Text(fmt.Sprintf("%064x", d.Uint64())), "size": syncproto.Int(int64(d.IntN(5_000_000))),
		"type": syncproto.Text("image/jpeg"),
	})
}

// prose writes into a body: at its start, at its end, in its middle, or all of it anew.
func (w *World) prose(body string) string {
	mark := "câu " + w.ledger.word() + " mới"
	syllables := strings.Fields(body)
	switch {
	case len(syllables) == 0:
		return "Hôm nay " + mark + " ở thôn " + w.ledger.word() + " vui."
	case w.dice.chance(6):
		return mark + " viết lại"
	}
	at := w.dice.IntN(len(syllables) + 1)
	rest := syllables[at:]
	if len(rest) > 2 && w.dice.chance(4) {
		rest = rest[2:]
	}
	return strings.Join(append(append(append([]string(nil), syllables[:at]...), mark), rest...), " ")
}

// items lists what the phone shows, newest first, of one kind or of all.
func (p *phone) items(kind syncproto.Kind) []mobilesdk.Item {
	list, err := p.engine.List(context.Background(), mobilesdk.Filter{Kind: kind, Limit: 200})
	if err != nil {
		p.w.codeOf("list", err)
		return nil
	}
	return list.Items
}

// editable lists what a person could try to change.
func (p *phone) editable() []mobilesdk.Item {
	var out []mobilesdk.Item
	for _, item := range append(p.items(""), p.items(future)...) {
		if syncproto.PhoneWrites(item.Kind) && !item.Deleted {
			out = append(out, item)
		}
	}
	return out
}

func (p *phone) edit() {
	w, items := p.w, p.editable()
	if len(items) == 0 {
		p.capture()
		return
	}
	item := pick(w.dice, items)
	fresh := w.draft(item.Kind)
	if body, ok := item.Fields["body"].AsText(); ok {
		fresh["body"] = syncproto.Text(w.prose(body))
	}
	for _, name := range fresh.Names() {
		if name == "tags" || name == "call" || len(fresh) > 1 && w.dice.chance(2) {
			delete(fresh, name)
		}
	}
	if len(fresh) == 0 {
		fresh["place"] = syncproto.Object(syncproto.Fields{"text": syncproto.Text(w.ledger.word())})
	}
	w.ledger.try(item.ID)
	err := p.engine.Edit(context.Background(), item.ID, mobilesdk.Patch{Set: fresh})
	w.say("    phone %d: edit %s %s at %d %v: %s", p.index, item.Kind, short(item.ID), item.Revision, fresh, w.codeOf("edit", err))
	if err == nil {
		w.ledger.save(p.index, item.ID, fresh, "edit")
	}
}

func (p *phone) tag() {
	w, items := p.w, p.items(syncproto.KindStory)
	if len(items) == 0 {
		p.capture()
		return
	}
	item := pick(w.dice, items)
	patch := mobilesdk.Patch{}
	tags, _ := item.Fields["tags"].AsList()
	if len(tags) > 0 && w.dice.chance(3) {
		patch.Remove = map[string][]syncproto.Value{"tags": {pick(w.dice, tags)}}
	} else {
		patch.Add = map[string][]syncproto.Value{"tags": {syncproto.Text(w.ledger.word())}}
	}
	w.ledger.try(item.ID)
	err := p.engine.Edit(context.Background(), item.ID, patch)
	w.say("    phone %d: tags of %s +%v -%v: %s", p.index, short(item.ID), patch.Add, patch.Remove, w.codeOf("tag", err))
	if err != nil {
		return
	}
	fields := syncproto.Fields{}
	for name, items := range patch.Add {
		fields[name] = syncproto.List(items...)
	}
	w.ledger.save(p.index, item.ID, fields, "add")
}

func (p *phone) delete() {
	w, items := p.w, p.editable()
	if len(items) == 0 {
		return
	}
	item := pick(w.dice, items)
	w.ledger.try(item.ID)
	err := p.engine.Delete(context.Background(), item.ID)
	w.say("    phone %d: delete %s: %s", p.index, short(item.ID), w.codeOf("delete", err))
}

// likely are the commands that make sense in a state; now and then a person tries another.
var likely = map[syncproto.State][]syncproto.Command{
	syncproto.StateDraft:        {syncproto.CommandSubmit},
	syncproto.StateSubmitted:    {syncproto.CommandClaim, syncproto.CommandClaim, syncproto.CommandReturn, syncproto.CommandWithdraw},
	syncproto.StateInReview:     {syncproto.CommandApprove, syncproto.CommandApprove, syncproto.CommandReturn, syncproto.CommandRelease},
	syncproto.StateNeedsChanges: {syncproto.CommandResubmit},
	syncproto.StateResubmitted:  {syncproto.CommandClaim, syncproto.CommandDecline},
	syncproto.StateApproved:     {syncproto.CommandPublish, syncproto.CommandPublish, syncproto.CommandTakeDown},
	syncproto.StatePublished:    {syncproto.CommandCorrect, syncproto.CommandTakeDown},
	syncproto.StateWithdrawn:    {syncproto.CommandSubmit},
	syncproto.StateUnclaimed:    {syncproto.CommandAdopt},
	syncproto.StateOpen:         {syncproto.CommandResolve},
	syncproto.StateResolved:     {syncproto.CommandReopen},
}

// progress orders the states of a submission on its way to the public.
var progress = []syncproto.State{
	syncproto.StateDraft, syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview,
	syncproto.StateApproved, syncproto.StatePublished,
}

func (p *phone) command() {
	w, items := p.w, p.editable()
	if len(items) == 0 {
		return
	}
	item := pick(w.dice, items)
	for range 3 { // what has come far is looked at more often, or hardly anything would ever be published
		if other := pick(w.dice, items); slices.Index(progress, other.State) > slices.Index(progress, item.State) {
			item = other
		}
	}
	commands := likely[item.State]
	if len(commands) == 0 || w.dice.chance(12) {
		commands = []syncproto.Command{syncproto.CommandSubmit, syncproto.CommandApprove, syncproto.CommandTakeDown}
	}
	command, reason := pick(w.dice, commands), "vì "+w.ledger.word()
	w.ledger.try(item.ID)
	err := p.engine.Command(context.Background(), item.ID, command, reason)
	w.say("    phone %d: %s %s in %s: %s", p.index, command, short(item.ID), item.State, w.codeOf("command", err))
}

// decide restores or dismisses a conflict.
func (p *phone) decide() {
	w := p.w
	list, err := p.engine.Conflicts(context.Background())
	if err != nil || len(list) == 0 {
		w.codeOf("conflicts", err)
		return
	}
	c := pick(w.dice, list)
	w.ledger.try(c.ID)
	w.ledger.try(c.Record)
	if w.dice.chance(3) {
		err = p.engine.DismissConflict(context.Background(), c.ID)
		w.say("    phone %d: dismiss %s: %s", p.index, short(c.ID), w.codeOf("dismiss", err))
	} else {
		err = p.engine.RestoreConflict(context.Background(), c.ID)
		w.say("    phone %d: restore %s of %s.%s: %s", p.index, short(c.ID), short(c.Record), c.Field, w.codeOf("restore", err))
	}
}

// tray retries or dismisses something that was refused.
func (p *phone) tray() {
	w := p.w
	list, err := p.engine.Tray(context.Background())
	if err != nil || len(list) == 0 {
		w.codeOf("tray", err)
		return
	}
	item := pick(w.dice, list)
	if w.dice.chance(2) {
		w.ledger.try(item.Record)
		err = p.engine.RetryTray(context.Background(), item.Number)
	} else {
		err = p.engine.DismissTray(context.Background(), item.Number)
	}
	w.say("    phone %d: tray %d: %s", p.index, item.Number, w.codeOf("tray", err))
}
