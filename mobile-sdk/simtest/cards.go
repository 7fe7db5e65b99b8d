package simtest

import (
	"slices"

	"lantoa/syncproto"
)

// change is a mutation that the server took, as it went over the wire.
type change struct {
	device syncproto.ID
	base   int64
	set    syncproto.Fields
}

// step is a revision of a record.
type step struct {
	record   syncproto.ID
	revision int64
}

// checkCards looks for every value that people wrote and that does not stand any more. Whoever replaced it had seen it,
// or there is a card of the conflict.
func (w *World) checkCards(facts Facts) {
	cards, letters := map[string][]*Fact{}, map[string]bool{}
	for _, f := range facts.Records() {
		if f.Record.Kind == syncproto.KindConflict {
			for _, mark := range marks.FindAllString(string(f.Record.Fields["lost"]), -1) {
				cards[mark] = append(cards[mark], f)
			}
		}
	}
	for _, letter := range facts.DeadLetters() {
		see(letters, letter)
	}
	for _, e := range w.ledger.entries {
		losers, lost := w.losers(facts, e)
		if !lost || letters[e.mark] || !w.ledger.arrived[e.mark] && w.kept(e) || e.forgiven {
			continue
		}
		fits := func(card *Fact) bool { return card.Record.Parent() == e.record && w.reaches(facts, card, losers) }
		if !slices.ContainsFunc(cards[e.mark], fits) {
			w.violate(HasCard, "%s of %s.%s (phone %d, %s), %d cards", e.mark, short(e.record), e.field, e.phone, e.note, len(cards[e.mark]))
		}
	}
}

// losers reports whether a value needs a card, and whose it was: of whoever wrote it, or brought it to where it was last.
func (w *World) losers(facts Facts, e entry) (people []syncproto.ID, lost bool) {
	people = []syncproto.ID{w.phones[e.phone].person.id}
	if facts.Record(e.record) == nil {
		return people, true // refused, then: there is a dead letter
	}
	revisions := facts.Revisions(e.record)
	first, last := -1, -1 // the last time that it stood
	for i, r := range revisions {
		stands := markIn(syncproto.Fields{e.field: r.Fields[e.field]}, e.mark)
		if stands && last != i-1 || stands && first < 0 {
			first = i
		}
		if stands {
			last = i
		}
	}
	if last == len(revisions)-1 && last >= 0 {
		return nil, false
	}
	if last < 0 {
		return people, true // it never stood
	}
	if syncproto.Personal(facts.Record(e.record).Record.Kind) {
		return nil, false // one person thought again
	}
	by := revisions[last+1].Writer(e.field).Device
	before := revisions[last].Writer(e.field).Device
	if by == before || by == revisions[first].Writer(e.field).Device || e.field == "tags" {
		return nil, false // a device does not collide with itself, and sets never do
	}
	known, base := false, int64(0)
	for _, c := range w.wire.changes[step{e.record, revisions[last+1].Revision}] {
		if _, sets := c.set[e.field]; sets {
			known, base = true, max(base, c.base)
		}
	}
	return append(people, w.owners[before]), known && base < revisions[first].Revision
}

// reaches reports whether a card is seen by one of the losers and by the desk, if that sees its subject.
func (w *World) reaches(facts Facts, card *Fact, losers []syncproto.ID) bool {
	if top := topmost(facts, card.Record); top != nil && syncproto.SeenByDesk(top.State) && top.Unit != "" {
		if !slices.Contains(card.Scopes, syncproto.DeskScope(top.Unit)) {
			return false
		}
	}
	return slices.ContainsFunc(losers, func(id syncproto.ID) bool {
		return slices.Contains(card.Scopes, syncproto.PersonScope(id))
	})
}

// checkRevisions counts what was done to a record, and to its parts, which touch their whole.
func (w *World) checkRevisions(facts Facts) {
	parts := map[syncproto.ID]int{}
	for _, f := range facts.Records() {
		parts[f.Record.Parent()] += 1 + w.ledger.tries[f.Record.ID]
	}
	for _, f := range facts.Records() {
		id := f.Record.ID
		if f.Record.Kind == syncproto.KindProfile {
			continue // the server writes it
		}
		if most := 1 + w.ledger.tries[id] + parts[id]; f.Record.Revision > int64(most) {
			w.violate(Revisions, "%s %s is at revision %d after %d acts", f.Record.Kind, short(id), f.Record.Revision, most)
		}
	}
}
