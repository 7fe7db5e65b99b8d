package desk

import (
	"context"
	"slices"

	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// Notice is something that somebody is told. What it is about is read when it is shown.
type Notice struct {
	Number   int64              `json:"number"`
	Kind     storage.NoticeKind `json:"kind"`
	To       string             `json:"to"` // person or desk
	Record   syncproto.ID       `json:"record"`
	Revision int64              `json:"revision"`
	Unit     Ref                `json:"unit"`
	At       int64              `json:"at"`
	Title    string             `json:"title,omitempty"`
	State    syncproto.State    `json:"state,omitempty"` // of the submission, now
}

// Notices is one page, oldest first.
type Notices struct {
	Notices []Notice `json:"notices"`
	// Next goes on behind this page. A notice that is still held back stays before it, so that some may come twice: their
	// number tells.
	Next int64 `json:"next"`
	More bool  `json:"more,omitempty"` // the next page is not empty
}

// noticePage is the size of a page, and the number of rows of other people's notices that are passed over at once.
const (
	noticePage  = 100
	noticeBatch = 1000
	maxFollowed = 32 // desks whose notices are asked for one by one
)

// Notices lists what somebody is told, in person and at their desks, above a number. It needs no desk.
func (s *Service) Notices(ctx context.Context, by syncer.Actor, above int64) (*Notices, error) {
	if above < 0 {
		return nil, invalid("read notices", "from")
	}
	var out *Notices
	err := s.look(ctx, by, func(v *sight) (err error) {
		out, err = v.notices(above)
		return err
	})
	return out, err
}

func (v *sight) notices(above int64) (*Notices, error) {
	found, last, more, err := v.noticesAbove(above)
	if err != nil {
		return nil, err
	}
	out := &Notices{Notices: []Notice{}, Next: last, More: more}
	held := int64(0)
	for i := range found {
		n := &found[i]
		if n.Dropped != 0 {
			continue
		}
		if n.Due > v.now {
			if held == 0 {
				held = n.Number
			}
			continue
		}
		shown, err := v.notice(n)
		if err != nil {
			return nil, err
		}
		out.Notices = append(out.Notices, shown)
	}
	if held != 0 { // whoever reads on at once would find it still held
		out.Next, out.More = min(out.Next, held-1), false
	}
	return out, nil
}

// noticesAbove returns a page of the person's notices and the number up to which it is all of them.
func (v *sight) noticesAbove(above int64) (found []storage.Notice, last int64, more bool, err error) {
	desks := v.reach()
	if len(desks.units) > maxFollowed {
		return v.noticesAmong(above, desks)
	}
	scopes := []syncproto.Scope{syncproto.PersonScope(v.by.Person)}
	for _, unit := range desks.units {
		scopes = append(scopes, syncproto.DeskScope(unit))
	}
	for _, scope := range scopes {
		list, err := v.r.Notices(scope, above, noticePage+1)
		if err != nil {
			return nil, 0, false, err
		}
		found = append(found, list...)
	}
	slices.SortFunc(found, func(a, b storage.Notice) int { return int(a.Number - b.Number) })
	if more = len(found) > noticePage; more {
		found = found[:noticePage]
	}
	last = above
	if len(found) > 0 {
		last = found[len(found)-1].Number
	}
	return found, last, more, nil
}

// noticesAmong reads everybody's notices once and takes the person's: a province has thousands of desks.
func (v *sight) noticesAmong(above int64, desks *reach) (found []storage.Notice, last int64, more bool, err error) {
	list, err := v.r.Notices("", above, noticeBatch)
	if err != nil {
		return nil, 0, false, err
	}
	last, more = above, len(list) == noticeBatch
	for i := range list {
		if len(found) == noticePage {
			return found, last, true, nil
		}
		last = list[i].Number
		kind, owner := list[i].To.Split()
		if kind == "person" && owner == v.by.Person || kind == "desk" && desks.set[owner] {
			found = append(found, list[i])
		}
	}
	return found, last, more, nil
}

// notice says what a notice is about, as far as the person sees it.
func (v *sight) notice(n *storage.Notice) (Notice, error) {
	kind, _ := n.To.Split()
	out := Notice{
		Number: n.Number, Kind: n.Kind, To: kind, Record: n.Record, Revision: n.Revision, Unit: v.unit(n.Unit), At: n.At,
	}
	about := n.Record
	stored, err := v.record(n.Record)
	if err == nil && stored != nil { // a note and a photo have the title of their story
		if stored, err = v.top(stored); err == nil {
			about = stored.Record.ID
		}
	}
	if err != nil {
		return out, err
	}
	row, err := v.r.Submission(about)
	if isNotFound(err) {
		return out, nil
	}
	if err == nil && (row.Author == v.by.Person || v.reach().set[row.Unit]) {
		out.Title, out.State = row.Title, row.State
	}
	return out, err
}
