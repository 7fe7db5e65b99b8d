package desk

import (
	"context"
	"encoding/json"
	"slices"

	"lantoa/server/internal/review"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Item is a record with what may be done with it.
type Item struct {
	Record json.RawMessage `json:"record"` // in its wire form (S-70)
	On     syncproto.ID    `json:"on,omitempty"`
	Acts   []Button        `json:"acts"`
}

// Lack is one thing that keeps a submission from being published (S-181).
type Lack struct {
	Record   syncproto.ID   `json:"record"`
	Code     syncproto.Code `json:"code"`
	Sentence string         `json:"sentence,omitempty"`
}

// Who sees a submission now, besides its author.
const (
	SeenByDesk = "desk" // the editors of its unit and above
	SeenByUnit = "unit" // the members of its unit, too
)

// Story is a submission with everything that hangs under it.
type Story struct {
	Item
	Row       *Row                 `json:"row,omitempty"` // as in the queue
	Unit      Ref                  `json:"unit"`
	SeenBy    string               `json:"seen_by"`
	Parts     []Item               `json:"parts"` // photos and events, as they are shown
	Notes     []Item               `json:"notes"` // oldest first; On is what they are pinned to
	Consents  []Item               `json:"consents"`
	Evidence  []Item               `json:"evidence"` // files under consents
	Conflicts []Item               `json:"conflicts"`
	Timeline  syncproto.Value      `json:"timeline"` // the steps (S-178), null before there are any
	Lacks     []Lack               `json:"lacks"`
	Names     map[syncproto.ID]Ref `json:"names"` // of the persons in all of it
	Epoch     string               `json:"epoch"` // for base_epoch: it changes when a backup is restored (S-120)
	Now       int64                `json:"now"`
}

// Show returns a submission; id may be that of anything that hangs under it. Errors: not_found.
func (s *Service) Show(ctx context.Context, by syncer.Actor, id syncproto.ID) (*Story, error) {
	var out *Story
	err := s.look(ctx, by, func(v *sight) (err error) {
		top, err := v.whole(id)
		if err != nil {
			return err
		}
		out, err = v.story(top)
		return err
	})
	return out, err
}

func (v *sight) story(top *storage.Stored) (*Story, error) {
	r := top.Record
	out := &Story{
		Unit: v.unit(r.Unit), SeenBy: SeenByDesk, Now: v.now, Timeline: syncproto.Null, Lacks: []Lack{},
		Parts: []Item{}, Notes: []Item{}, Consents: []Item{}, Evidence: []Item{}, Conflicts: []Item{},
	}
	if slices.ContainsFunc(top.Scopes, inUnit) {
		out.SeenBy = SeenByUnit
	}
	epoch, err := v.r.Epoch()
	if err != nil {
		return nil, err
	}
	out.Epoch = epoch.String()
	lacks, err := review.Lacks(v.r, v.access, r, v.now)
	if err != nil {
		return nil, err
	}
	for _, l := range lacks {
		out.Lacks = append(out.Lacks, Lack{Record: l.Record, Code: l.What})
	}
	out.Item = v.item(top, nil, len(lacks) > 0)
	if err := v.gather(out, top); err != nil {
		return nil, err
	}
	row, err := v.r.Submission(r.ID)
	if err != nil && !isNotFound(err) {
		return nil, err
	}
	if err == nil {
		shown, err := v.row(row)
		if err != nil {
			return nil, err
		}
		out.Row = &shown
	}
	out.Names = map[syncproto.ID]Ref{}
	for id, ref := range v.names {
		out.Names[id] = *ref
	}
	return out, nil
}

func inUnit(s syncproto.Scope) bool {
	kind, _ := s.Split()
	return kind == "unit"
}

// gather sorts what hangs under a submission into its lists.
func (v *sight) gather(out *Story, top *storage.Stored) error {
	family, err := v.family(top.Record.ID)
	if err != nil {
		return err
	}
	kinds := map[syncproto.ID]*syncproto.Record{top.Record.ID: top.Record}
	for _, stored := range family {
		kinds[stored.Record.ID] = stored.Record
	}
	family = slices.DeleteFunc(family, func(stored *storage.Stored) bool { return stored.Record.Deleted })
	slices.SortFunc(family, asShown)
	if err := v.nameAll(append([]*storage.Stored{top}, family...)); err != nil {
		return err
	}
	for _, stored := range family {
		r := stored.Record
		parent := kinds[r.Parent()]
		var list *[]Item
		switch {
		case r.Kind == syncproto.KindTimeline && r.Parent() == top.Record.ID:
			out.Timeline = r.Fields["steps"]
			continue
		case r.Kind == syncproto.KindNote:
			list = &out.Notes
		case r.Kind == syncproto.KindConsent:
			list = &out.Consents
		case r.Kind == syncproto.KindConflict:
			list = &out.Conflicts
		case syncproto.Reviewed(r.Kind) && parent != nil && parent.Kind == syncproto.KindConsent:
			list = &out.Evidence
		case syncproto.Reviewed(r.Kind):
			list = &out.Parts
		default:
			continue
		}
		*list = append(*list, v.item(stored, parent, false))
	}
	return nil
}

// nameAll looks up who is named in records.
func (v *sight) nameAll(all []*storage.Stored) error {
	for _, stored := range all {
		persons := []syncproto.ID{stored.Record.Author}
		if claim := stored.Record.Claim; claim != nil {
			persons = append(persons, claim.Person)
		}
		for _, id := range persons {
			if _, err := v.person(id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *sight) item(stored *storage.Stored, parent *syncproto.Record, lacks bool) Item {
	return Item{
		Record: json.RawMessage(stored.Wire), On: stored.Record.Parent(), Acts: v.buttons(stored.Record, parent, lacks),
	}
}
