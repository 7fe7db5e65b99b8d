package desk

import (
	"slices"

	"lantoa/storage"
	"lantoa/syncproto"
)

// View names a part of the queue.
type View string

// The views.
const (
	ViewMine  View = "mine"  // "cần tôi xử lý": what waits for this person
	ViewOpen  View = "open"  // everything under way, with the desk or with its author
	ViewAll   View = "all"   // everything that the desk sees, settled or not
	ViewInbox View = "inbox" // "chờ nhận": late or orphan work that waits to be let in
)

// MaxPage is the most rows of one page; defaultPage what comes without a limit.
const (
	MaxPage     = 200
	defaultPage = 50
)

// Ask asks for a page of the queue. Zero fields ask for nothing.
type Ask struct {
	View   View         // "" for mine
	Unit   syncproto.ID // this unit and all below it
	States []syncproto.State
	Kinds  []syncproto.Kind
	Flags  []string // has all of these (storage.FlagNames)
	Author syncproto.ID
	Before int64  // waits since before this, Unix ms
	After  int64  // waits since this or later
	Text   string // a search, as typed
	Order  storage.Order
	From   string // Next of the page before
	Limit  int    // at most MaxPage; 0 for 50
	Count  bool   // wants Queue.Total
}

// waiting are the states in which a submission waits for an editor, open those in which it is under way at all.
var (
	waiting = []syncproto.State{syncproto.StateSubmitted, syncproto.StateResubmitted, syncproto.StateInReview}
	open    = append(slices.Clone(waiting), syncproto.StateNeedsChanges, syncproto.StateApproved)
	settled = []syncproto.State{
		syncproto.StatePublished, syncproto.StateCorrected, syncproto.StateTakenDown, syncproto.StateDeclined, syncproto.StateWithdrawn,
	}
)

// seen are all states that a desk sees.
var seen = append(append(slices.Clone(open), settled...), syncproto.StateUnclaimed)

// queries turns what was asked into queries of the store, none of which finds what another finds. Errors: query_invalid.
func (a *Ask) queries(v *sight) ([]storage.Query, error) {
	const op = "read queue"
	base := storage.Query{
		Author: a.Author, Before: a.Before, After: a.After, Kinds: a.Kinds, Text: a.Text, Order: a.Order,
	}
	var err error
	if base.Units, err = v.units(a.Unit); err != nil {
		return nil, err
	}
	if base.All, err = flagsOf(a.Flags); err != nil {
		return nil, err
	}
	for _, state := range a.States {
		if !slices.Contains(seen, state) {
			return nil, invalid(op, "state")
		}
	}
	for _, id := range []syncproto.ID{a.Author, a.Unit} {
		if id != "" && !id.Valid() {
			return nil, invalid(op, "id")
		}
	}
	switch a.View {
	case "", ViewMine:
		return a.mine(v, base)
	case ViewOpen:
		return a.in(base, open), nil
	case ViewInbox:
		return a.in(base, []syncproto.State{syncproto.StateUnclaimed}), nil
	case ViewAll:
		return a.in(base, seen), nil
	}
	return nil, invalid(op, "view")
}

// mine is what waits for this person: work of others that nobody else has taken (a claim that ran out is nobody's), and
// whatever else a conflict is open in. An author's answer to a note counts once the author has submitted again.
func (a *Ask) mine(v *sight, base storage.Query) ([]storage.Query, error) {
	if base.Order == "" {
		base.Order = storage.OrderWaiting
	}
	if base.Order == storage.OrderBest {
		return nil, invalid("read queue", "order") // how well something fits cannot be compared across two questions
	}
	review, cards := base, base
	review.NotBy, review.Claimer, review.Free = v.by.Person, v.by.Person, v.now
	cards.All |= storage.FlagConflict
	var rest []syncproto.State
	for _, state := range seen {
		if !slices.Contains(waiting, state) {
			rest = append(rest, state)
		}
	}
	return append(a.in(review, waiting), a.in(cards, rest)...), nil
}

// in narrows a query to states; no query if what was asked for is in none of them.
func (a *Ask) in(q storage.Query, states []syncproto.State) []storage.Query {
	if len(a.States) == 0 {
		q.States = states
		if len(states) == len(seen) {
			q.States = nil
		}
		return []storage.Query{q}
	}
	for _, state := range a.States {
		if slices.Contains(states, state) {
			q.States = append(q.States, state)
		}
	}
	if len(q.States) == 0 {
		return nil
	}
	return []storage.Query{q}
}

func flagsOf(names []string) (flags storage.Flag, err error) {
	for _, name := range names {
		at := slices.Index(storage.FlagNames(), name)
		if at < 0 {
			return 0, invalid("read queue", "flag")
		}
		flags |= 1 << at
	}
	return flags, nil
}

func namesOf(flags storage.Flag) []string {
	names := []string{}
	for i, name := range storage.FlagNames() {
		if flags&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}
