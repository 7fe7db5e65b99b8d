package simtest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/syncproto"
)

// Invariant is a sentence that holds in every run, whatever the network, the phones and the server go through.
type Invariant string

// The invariants of design section 10.
const (
	NothingLost     Invariant = "every value that a phone promised to keep can be found: in the record, its revisions, a conflict or a dead letter"
	HasCard         Invariant = "a value that was replaced unseen, or not taken, has a card, seen by whoever lost and by the desk that sees its subject"
	StaysOnPhone    Invariant = "a value that the server does not hold is in the phone's outbox or tray"
	InTray          Invariant = "what the server refuses lies in the phone's tray until the person has dealt with it"
	ExactlyOnce     Invariant = "every mutation is judged once, under whichever identity it comes"
	OutcomesStable  Invariant = "a replay gets its first outcome, word for word"
	AuthorStays     Invariant = "a record's author is the person whose phone captured it"
	OnlyGranted     Invariant = "nothing outside the granted scopes travels to a device or stays on it"
	DeskOnly        Invariant = "notes, timelines, consents and the files under them never reach a unit's members"
	Converges       Invariant = "phones that follow a scope hold exactly the records that the server has in it"
	ViewIsFact      Invariant = "with nothing pending, a phone shows what the server holds"
	OwnShown        Invariant = "what a person has just written is what their phone shows"
	SumsEqual       Invariant = "the sums of a scope agree on both sides without a repair, and with the records themselves"
	GetsQuiet       Invariant = "without faults every phone gets in step within a few syncs"
	NoInternalError Invariant = "no fault of a network or a server makes the engine fail from within"
	OpensAgain      Invariant = "a store opens again after any crash"
	Decodes         Invariant = "what a server sends can be read strictly"
	ServersWord     Invariant = "what the server says of a file stands, whatever phones do to its photo"
	OneOfAPerson    Invariant = "what there is one of a person is one record, whichever of their phones wrote it, and nobody collides with themselves"
	Revisions       Invariant = "a record has no more revisions than things were done to it"
)

// checkPending looks for every value of this phone that the server does not hold: it must still wait on the phone.
func (w *World) checkPending(p *phone) {
	if p.engine == nil || p.w.calm {
		return
	}
	w.arrive()
	held, ok := map[string]bool{}, false
	for _, e := range w.ledger.entries {
		if e.phone != p.index || w.ledger.arrived[e.mark] {
			continue
		}
		if !ok {
			held, ok = p.holds(), true
		}
		if !held[e.mark] && e.field == "tags" {
			held[e.mark] = p.shows(e) // lists of the outbox leave out what is added to sets
		}
		if !held[e.mark] && !w.restored {
			w.violate(StaysOnPhone, "phone %d: %s of %s.%s (%s)", p.index, e.mark, short(e.record), e.field, e.note)
		}
	}
}

// holds returns the marks in a phone's outbox and tray.
func (p *phone) holds() map[string]bool {
	held := map[string]bool{}
	note := func(list []mobilesdk.Waiting, err error) {
		p.w.codeOf("outbox", err)
		for i := range list {
			see(held, []byte(syncproto.Object(list[i].Set)))
		}
	}
	note(p.engine.Outbox(context.Background(), 0, 500))
	note(p.engine.Tray(context.Background()))
	return held
}

// shows reports whether the phone shows a value, or at least that a change of its field waits: what was added to a
// record and deleted with it is not to be seen.
func (p *phone) shows(e entry) bool {
	item, err := p.engine.Show(context.Background(), e.record)
	if err != nil {
		return false
	}
	waits := slices.ContainsFunc(item.History, func(a mobilesdk.Attempt) bool {
		return a.Result == "" && slices.Contains(a.Fields, e.field)
	})
	return waits || markIn(item.Fields, e.mark)
}

// arrive notes every mark that the server holds anywhere.
func (w *World) arrive() {
	facts := w.server.Facts()
	for _, f := range facts.Records() {
		if n, seen := w.scanned[f.Record.ID]; seen && n == f.Record.Revision {
			continue
		}
		w.scanned[f.Record.ID] = f.Record.Revision
		for _, r := range facts.Revisions(f.Record.ID) {
			see(w.ledger.arrived, []byte(syncproto.Object(r.Fields)))
		}
	}
	for _, letter := range facts.DeadLetters() {
		see(w.ledger.arrived, letter)
	}
}

// mustShow checks that a value just written is shown.
func (p *phone) mustShow(id syncproto.ID, fields syncproto.Fields) {
	item, err := p.engine.Show(context.Background(), id)
	if err != nil {
		p.w.violate(OwnShown, "phone %d: %s: %v", p.index, short(id), err)
		return
	}
	for name, value := range fields {
		if item.Fields[name] != value {
			p.w.violate(OwnShown, "phone %d: %s.%s is %s, written was %s", p.index, short(id), name, item.Fields[name], value)
		}
	}
}

// settle ends the faults and lets every phone sync until nothing moves.
func (w *World) settle() {
	w.say("calm")
	w.calm = true
	for _, p := range w.phones {
		p.dieAt = 0
		p.reopen()
	}
	for range 25 {
		w.now += 60_000
		moved := false
		for _, p := range w.phones {
			w.exchanges, w.stranger = 0, false
			out := p.sync()
			if len(w.broken) > 0 {
				return
			}
			moved = moved || out.Sent+out.Received+out.Dropped+out.Repaired+out.Reoffered > 0 || out.Unsent > 0 || out.More || out.Forked || out.NewEpoch || out.Rejoined || w.stranger
		}
		if !moved {
			return
		}
	}
	w.violate(GetsQuiet, "still moving after 25 syncs of every phone")
}

// check looks at everything once all is quiet.
func (w *World) check() {
	facts := w.server.Facts()
	clear(w.scanned)
	clear(w.ledger.arrived)
	w.arrive()
	for _, e := range w.ledger.entries {
		if !w.ledger.arrived[e.mark] && !w.kept(e) {
			w.violate(NothingLost, "%s of %s.%s (phone %d, %s)", e.mark, short(e.record), e.field, e.phone, e.note)
		}
	}
	for id, n := range facts.Effects() {
		if n > 1 {
			w.violate(ExactlyOnce, "mutation %s was judged %d times", short(id), n)
		}
	}
	for _, f := range facts.Records() {
		w.checkAuthor(f.Record)
	}
	w.checkPlaces(facts)
	w.checkCards(facts)
	w.checkPersonal(facts)
	w.checkRevisions(facts)
	w.checkWords(facts)
	w.checkSums(facts)
	for _, p := range w.phones {
		w.checkPhone(facts, p)
	}
}

// kept reports whether a value that the server does not hold is where it must be then: on a phone whose access ended so long
// ago that the server takes nothing from it any more.
func (w *World) kept(e entry) bool {
	p := w.phones[e.phone]
	if e.forgiven {
		return true
	}
	status, err := p.engine.Status(context.Background())
	if err != nil || !status.Revoked || p.retired {
		return false
	}
	return p.holds()[e.mark] || p.shows(e)
}

// checkAuthor holds a record's author against who captured it. A record that nobody was told is saved has none to compare.
func (w *World) checkAuthor(r *syncproto.Record) {
	if p := w.ledger.authors[r.ID]; p != nil && p.id != "" && p.id != r.Author {
		w.violate(AuthorStays, "%s %s was captured by %s, its author is %s", r.Kind, short(r.ID), short(p.id), short(r.Author))
	}
}

// checkPlaces compares where records are with where they belong: what hangs under a story moves with it.
func (w *World) checkPlaces(facts Facts) {
	for _, f := range facts.Records() {
		if want := syncproto.Placement(f.Record, topmost(facts, f.Record)); !f.Record.Deleted && !slices.Equal(want, f.Scopes) {
			w.violate(OnlyGranted, "%s %s is in %v and belongs in %v", f.Record.Kind, short(f.Record.ID), f.Scopes, want)
		}
		w.checkHidden(facts, f)
	}
}

// checkHidden sees to it that members never see what is between an author and the desk: notes, timelines and consents, and
// the files under a consent.
func (w *World) checkHidden(facts Facts, f *Fact) {
	hidden := false
	switch f.Record.Kind {
	case syncproto.KindNote, syncproto.KindConsent, syncproto.KindTimeline, syncproto.KindConflict:
		hidden = true
	case syncproto.KindPhoto:
		above := facts.Record(f.Record.Parent())
		hidden = above != nil && above.Record.Kind == syncproto.KindConsent
	}
	for _, scope := range f.Scopes {
		if kind, _ := scope.Split(); hidden && kind != "person" && kind != "desk" {
			w.violate(DeskOnly, "%s %s is in %s", f.Record.Kind, short(f.Record.ID), scope)
		}
	}
}

// checkSums adds up every scope anew.
func (w *World) checkSums(facts Facts) {
	sums := map[syncproto.Scope]syncproto.Sum{}
	for _, f := range facts.Records() {
		if f.Record.Deleted {
			continue
		}
		for _, scope := range f.Scopes {
			sum := sums[scope]
			sum.Add(syncproto.HashRecord(f.Wire))
			sums[scope] = sum
		}
	}
	for scope, sum := range sums {
		if facts.Sum(scope) != sum {
			w.violate(SumsEqual, "scope %s: the server says %d records, there are %d", scope, facts.Sum(scope).Count, sum.Count)
		}
	}
}

// checkPhone compares what a phone shows with what the server holds for it.
func (w *World) checkPhone(facts Facts, p *phone) {
	status, err := p.engine.Status(context.Background())
	if err != nil || status.Revoked { // it was never told to drop anything
		w.codeOf("status", err)
		return
	}
	follows, want := w.follows(p.person.id), map[syncproto.ID]*Fact{}
	if p.retired || w.closed[p.person.id] {
		follows = nil
	}
	for _, f := range facts.Records() {
		if !f.Record.Deleted && slices.ContainsFunc(f.Scopes, func(s syncproto.Scope) bool { return slices.Contains(follows, s) }) {
			want[f.Record.ID] = f
		}
	}
	got := p.everything()
	for id, item := range got {
		f := want[id]
		if f == nil {
			w.violate(OnlyGranted, "phone %d still shows %s %s in state %q", p.index, item.Kind, short(id), item.State)
			continue
		}
		if diff := differ(item, f.Record); diff != "" {
			w.violate(ViewIsFact, "phone %d: %s: %s", p.index, short(id), diff)
		}
	}
	for id, f := range want {
		if _, ok := got[id]; !ok {
			w.violate(Converges, "phone %d does not show %s %s in %v", p.index, f.Record.Kind, short(id), f.Scopes)
		}
	}
	if status.Unsent > 0 {
		w.violate(GetsQuiet, "phone %d: unsent %v", p.index, status)
	}
}

// allKinds are asked for one by one: a list of everything leaves out what people do not look through.
var allKinds = []syncproto.Kind{
	syncproto.KindStory, syncproto.KindPhoto, syncproto.KindEvent, syncproto.KindNote, syncproto.KindAnswer,
	syncproto.KindConflict, syncproto.KindConsent, syncproto.KindTimeline, syncproto.KindProfile, syncproto.KindPreference, future,
}

func (p *phone) everything() map[syncproto.ID]mobilesdk.Item {
	out := map[syncproto.ID]mobilesdk.Item{}
	for _, kind := range allKinds {
		for filter := (mobilesdk.Filter{Kind: kind, Limit: 100}); ; {
			list, err := p.engine.List(context.Background(), filter)
			if err != nil {
				p.w.violate(NoInternalError, "list: %v", err)
				return out
			}
			for i := range list.Items {
				out[list.Items[i].ID] = list.Items[i]
			}
			if filter.After = list.Next; filter.After == "" {
				break
			}
		}
	}
	return out
}

func differ(item mobilesdk.Item, r *syncproto.Record) string {
	switch {
	case item.Revision != r.Revision:
		return fmt.Sprintf("revision %d, the server has %d", item.Revision, r.Revision)
	case item.State != r.State:
		return fmt.Sprintf("state %s, the server has %s", item.State, r.State)
	case item.Unit != r.Unit || item.Author != r.Author || item.Reason != r.Reason || item.Kind != r.Kind:
		return "unit, author, kind or reason"
	case !maps.Equal(item.Fields, r.Fields):
		return fmt.Sprintf("fields %v, the server has %v", item.Fields, r.Fields)
	}
	return ""
}
