package mobilesdk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lantoa/mobile-sdk/internal/phonestore"
	"lantoa/syncproto"
)

// maxList bounds a page of a list, so that an app never holds a whole province in one string.
const maxList = 500

// listed are the kinds that a list without a kind shows.
var listed = []syncproto.Kind{
	syncproto.KindStory, syncproto.KindPhoto, syncproto.KindEvent, syncproto.KindNote, syncproto.KindAnswer,
	syncproto.KindCampaign, syncproto.KindCall,
}

// List returns records as the person sees them, newest first.
func (e *Engine) List(ctx context.Context, f Filter) (*Listing, error) {
	limit := min(max(f.Limit, 0), maxList)
	if limit == 0 {
		limit = 50
	}
	if f.Returned {
		f.Kind, f.State, f.Mine = "", syncproto.StateNeedsChanges, true
	}
	sel := phonestore.Select{Kind: f.Kind, State: f.State, Parent: f.Parent, Limit: limit + 1}
	if f.After != "" {
		at, id, ok := strings.Cut(f.After, ".")
		n, err := strconv.ParseInt(at, 10, 64)
		if !ok || err != nil || !syncproto.ID(id).Valid() {
			return nil, syncproto.E(syncproto.CodeUsage, "list", err)
		}
		sel.At, sel.ID = n, syncproto.ID(id)
	}
	out := &Listing{Items: []Item{}}
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		for {
			lines, err := listLines(tx, sel)
			if err != nil {
				return err
			}
			for _, l := range lines[:min(len(lines), limit)] {
				if f.Mine && l.Record.Author != state.Self().Person {
					continue
				}
				item := e.item(state, l.Record, l.At)
				if err := sending(tx, &item); err != nil {
					return err
				}
				out.Items = append(out.Items, item)
			}
			if len(lines) <= limit {
				return nil
			}
			last := lines[limit-1]
			if len(out.Items) > 0 {
				out.Next = strconv.FormatInt(last.At, 10) + "." + string(last.Record.ID)
				return nil
			}
			sel.At, sel.ID = last.At, last.Record.ID // all of that part was somebody else's
		}
	})
	return out, err
}

// listLines merges the kinds when none was asked for: each has its own index, and none of them is long for one page.
func listLines(tx *phonestore.Tx, sel phonestore.Select) ([]phonestore.Listed, error) {
	if sel.Kind != "" || sel.Parent != "" {
		return tx.List(sel)
	}
	var all []phonestore.Listed
	for _, kind := range listed {
		sel.Kind = kind
		lines, err := tx.List(sel)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	slices.SortFunc(all, func(a, b phonestore.Listed) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Record.ID, a.Record.ID))
	})
	return all[:min(len(all), sel.Limit)], nil
}

// Show returns one record with its history on this phone.
func (e *Engine) Show(ctx context.Context, id syncproto.ID) (*Item, error) {
	var item Item
	err := e.store.View(ctx, func(tx *phonestore.Tx) error {
		state, err := tx.State()
		if err != nil {
			return err
		}
		cur, err := e.current(tx, id)
		if err != nil {
			return err
		}
		history, err := tx.History(id)
		if err != nil {
			return err
		}
		switch {
		case cur.record != nil:
			item = e.item(state, cur.record, cur.at)
			if item.Deleted { // a tombstone holds no fields
				recall(&item, history)
			}
		case len(history) > 0: // it left the phone; what the person did is still theirs to see
			item = Item{ID: id, Kind: history[0].Kind, At: history[0].Captured, Fields: syncproto.Fields{}, Gone: true}
			recall(&item, history)
		default:
			return syncproto.E(syncproto.CodeNotThere, "show", nil)
		}
		item.Revision = 0
		if cur.row != nil {
			item.Revision = cur.row.Revision
		}
		for _, m := range history {
			item.History = append(item.History, e.attempt(m))
		}
		return sending(tx, &item)
	})
	if err != nil {
		return nil, err
	}
	return &item, nil
}

// recall shows of a record that is gone what the person wrote into it.
func recall(item *Item, history []*phonestore.Mutation) {
	fields := syncproto.Fields{}
	for _, m := range history {
		maps.Copy(fields, decoded(m).Set)
	}
	maps.Copy(fields, item.Fields)
	item.Fields = fields
}

func (e *Engine) item(state *phonestore.State, r *syncproto.Record, at int64) Item {
	item := Item{
		ID: r.ID, Kind: r.Kind, State: r.State, Unit: r.Unit, Author: r.Author, Mine: r.Author == state.Self().Person,
		Revision: r.Revision, Deleted: r.Deleted, Reason: r.Reason, At: at, Fields: r.Fields, Captured: r.Captured,
	}
	if item.Fields == nil {
		item.Fields = syncproto.Fields{}
	}
	if r.Claim != nil {
		item.Claim = &ClaimView{Person: r.Claim.Person, Until: r.Claim.Until}
	}
	return item
}

func sending(tx *phonestore.Tx, item *Item) error {
	waiting, last, refused, err := tx.SendingOf(item.ID)
	item.Unsent = waiting
	switch {
	case refused:
		item.Sending = SendingRejected
	case waiting > 0:
		item.Sending = SendingWaiting
	case last == string(syncproto.Conflicts):
		item.Sending = SendingConflict
	case last == string(syncproto.Merged):
		item.Sending = SendingMerged
	case last != "":
		item.Sending = SendingSent
	}
	return err
}

func (e *Engine) attempt(m *phonestore.Mutation) Attempt {
	d := decoded(m)
	a := Attempt{Number: m.Number, At: m.Captured, Act: act(d), Fields: d.Fields()}
	if m.Judged {
		a.Result, a.Code, a.Detail, a.Conflict = m.Outcome.Result, m.Outcome.Code, m.Outcome.Detail, m.Outcome.Conflict
		a.Judged = m.JudgedAt
		if a.Code != "" {
			a.Sentence = e.sentence(a.Code)
		}
	}
	return a
}

// decoded reads a stored mutation; what a newer app wrote beyond this one's understanding is left out.
func decoded(m *phonestore.Mutation) *syncproto.Mutation {
	d, err := syncproto.DecodeMutation(m.Wire)
	if err != nil || d == nil {
		return &syncproto.Mutation{Record: m.Record, Kind: m.Kind, Void: m.Record == ""}
	}
	return d
}

func act(m *syncproto.Mutation) string {
	switch {
	case m.Command != "":
		return string(m.Command)
	case m.Delete:
		return "delete"
	case m.Unit != "" && m.BaseRevision == 0:
		return "create"
	case m.Void:
		return "void"
	}
	return "edit"
}
