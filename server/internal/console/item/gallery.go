package item

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// picture is one photo on a page of its own: what the lightbox shows, without scripts.
type picture struct {
	*Sheet
	Photo    *Photo
	Consents []Consent
	Threads  []Thread
	Before   *Photo
	After    *Photo
	To       string
}

// picture draws a photo, also one that hangs under a consent as its evidence.
func (a *area) picture(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.draw(ctx, r, (*Sheet).picture, nil)
}

func (s *Sheet) picture(r *page.Request) (*page.View, error) {
	id, err := r.PathID("photo")
	if err != nil {
		return nil, err
	}
	data := &picture{Sheet: s, To: page.Local(r.Text("back"), s.Back)}
	if i := slices.IndexFunc(s.Photos, func(p Photo) bool { return p.ID == id }); i >= 0 {
		data.Photo = &s.Photos[i]
		if i > 0 {
			data.Before = &s.Photos[i-1]
		}
		if i+1 < len(s.Photos) {
			data.After = &s.Photos[i+1]
		}
	}
	for i := range s.Consents {
		for j := range s.Consents[i].Evidence {
			if s.Consents[i].Evidence[j].ID == id {
				data.Photo = &s.Consents[i].Evidence[j]
			}
		}
		if s.Consents[i].About == id {
			data.Consents = append(data.Consents, s.Consents[i])
		}
	}
	if data.Photo == nil {
		return nil, syncproto.E(syncproto.CodeNotFound, "find photo", nil)
	}
	for i := range s.Threads {
		if s.Threads[i].On == id {
			data.Threads = append(data.Threads, s.Threads[i])
		}
	}
	s.Back = page.At(pathOf(s.ID, "/photos/"+string(id)), "back", data.To)
	title := data.Photo.Alt()
	if title == "" {
		title = r.T("item.photo_n", "n", data.Photo.Number)
	}
	return &page.View{Name: "item/photo", Title: title + " · " + s.heading(r), Area: menuArea, Data: data}, nil
}

// describe changes what a photo says of itself: whom it shows, its caption.
func (a *area) describe(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	photo, err := r.PathID("photo")
	if err != nil {
		return nil, err
	}
	act := desk.Act{
		ID: actOf(r), Record: photo, Kind: syncproto.KindPhoto, BaseRevision: r.Number("revision"), BaseEpoch: r.Text("epoch"),
		Set: syncproto.Fields{},
	}
	shows := r.Text("shows")
	switch shows {
	case syncproto.ShowsNobody, syncproto.ShowsCrowd:
		act.Set[syncproto.ShowsField], act.Set[syncproto.PeopleField] = syncproto.Text(shows), syncproto.Null
	case syncproto.ShowsPeople:
		people := max(1, r.Number("people"))
		act.Set[syncproto.ShowsField], act.Set[syncproto.PeopleField] = syncproto.Text(shows), syncproto.Int(people)
	case "":
	default:
		r.Wrong("shows")
	}
	if caption := r.Text("caption"); r.Sent("caption") && fingerprint(caption) != r.Text("was.caption") {
		act.Set["caption"] = textOrNull(caption)
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	back := page.Redirect{To: r.Back(pathOf(id, ""))}
	if len(act.Set) == 0 {
		return back, nil
	}
	done, err := a.opt.Desk.Act(ctx, r.Desk(), []desk.Act{act})
	if err != nil {
		return nil, err
	}
	if refused := firstRefused(done); refused != nil {
		return a.draw(ctx, r, (*Sheet).picture, errorOf(refused))
	}
	back.Flash = &page.Flash{Key: "item.told_photo"}
	return back, nil
}
