package item

import (
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Part is a photo or an event that hangs under a submission.
type Part struct {
	ID       syncproto.ID
	Kind     syncproto.Kind
	Number   int // among those of its kind, from 1
	Revision int64
	State    syncproto.State
	Title    string
	Caption  string
	Hidden   bool // taken out, declined or not let in: it is not published
	Reason   string
	Fields   []Field
	Hide     *desk.Button // takes it out
	Bring    *desk.Button // brings it back, or lets it in
	Notes    []Note       // open ones
	Edit     bool
	Author   desk.Ref
	Received int64
}

// Photo is a picture, a film or a sound.
type Photo struct {
	Part
	Media     string // image, video or audio
	Type      string
	Width     int
	Height    int
	Size      int64
	Duration  int64
	Thumb     bool // there is a thumbnail to show
	Display   bool
	Lanes     []LaneState
	Code      syncproto.Code // why the file was refused
	Shows     string         // "" if it does not say
	People    int64
	Lacks     []Lack
	Agreed    int // consents that stand
	TakenAt   int64
	Place     string
	Ends      bool // who it shows has withdrawn: it is being erased, and shown to nobody
	Whole     bool // all that was announced has come
	Evidence  bool // it hangs under a consent
	About     syncproto.ID
	Thumbhash string
}

// LaneState is how far a copy of a file has come: stored, checking, refused, waiting.
type LaneState struct {
	Lane  syncproto.Lane
	State string
	Size  int64
}

// Arrival says how much of a submission is there.
type Arrival struct {
	Photos  int // all that it has
	Shown   int // of which something can be seen
	Whole   int // whose original is there
	Waiting int // of which not even something to look at has come
}

// Partial reports whether something has not come yet.
func (a Arrival) Partial() bool { return a.Whole < a.Photos }

func arrivalOf(photos []Photo) (a Arrival) {
	for i := range photos {
		if photos[i].Hidden {
			continue // what is not published keeps nobody waiting
		}
		a.Photos++
		if photos[i].Thumb || photos[i].Display {
			a.Shown++
		} else {
			a.Waiting++
		}
		if photos[i].Whole {
			a.Whole++
		}
	}
	return a
}

// photos are the submission's, and a photo that is a submission by itself.
func (b *builder) photos() (list []Photo) {
	if b.top.Kind == syncproto.KindPhoto {
		list = append(list, b.photo(&entry{b.top, nil}, 1))
	}
	for i := range b.parts {
		if b.parts[i].Kind == syncproto.KindPhoto {
			list = append(list, b.photo(&b.parts[i], len(list)+1))
		}
	}
	return list
}

func (b *builder) events() (list []Part) {
	for i := range b.parts {
		if b.parts[i].Kind == syncproto.KindEvent {
			part := b.part(&b.parts[i], len(list)+1)
			part.Fields = b.read(b.parts[i].Record)
			list = append(list, part)
		}
	}
	return list
}

func (b *builder) part(e *entry, number int) Part {
	p := Part{
		ID: e.ID, Kind: e.Kind, Number: number, Revision: e.Revision, State: e.State, Title: e.Fields["title"].TextOr(""),
		Caption: e.Fields["caption"].TextOr(""), Reason: e.Reason, Notes: b.pinned(e.ID, "*"),
		Author: b.name(e.Author), Received: e.Received,
		Hide: e.button(string(syncproto.CommandTakeDown)), Edit: e.button("edit") != nil && e.button("edit").Code == "",
	}
	if e.Record == b.top {
		p.Hide = nil
		return p
	}
	switch e.State {
	case syncproto.StateTakenDown:
		p.Hidden, p.Bring = true, e.button(string(syncproto.CommandReinstate))
	case syncproto.StateDeclined, syncproto.StateUnclaimed:
		p.Hidden, p.Bring = true, e.button(string(syncproto.CommandAdopt))
	}
	return p
}

func (b *builder) photo(e *entry, number int) Photo {
	p := Photo{Part: b.part(e, number), Media: "image"}
	p.Shows, _ = e.Fields[syncproto.ShowsField].AsText()
	if p.People, _ = e.Fields[syncproto.PeopleField].AsInt(); p.People == 0 {
		p.People = 1
	}
	p.TakenAt, _ = e.Fields["taken_at"].AsInt()
	if place, ok := e.Fields["place"].AsObject(); ok {
		p.Place = place["text"].TextOr("")
	}
	for i := range b.story.Lacks {
		if b.story.Lacks[i].Record == e.ID {
			p.Lacks = append(p.Lacks, Lack{Code: b.story.Lacks[i].Code})
		}
	}
	for i := range b.consents {
		if b.consents[i].Parent() != e.ID {
			continue
		}
		if b.consents[i].State == syncproto.StateGiven {
			p.Agreed++
		}
		p.Ends = p.Ends || p.Hidden && b.consents[i].State == syncproto.StateWithdrawn
	}
	media, ok := syncproto.MediaOf(e.Record)
	if !ok || p.Ends {
		return p
	}
	p.Type, p.Width, p.Height, p.Size, p.Duration, p.Thumbhash = media.Type, media.Width, media.Height, media.Size, media.Duration, media.Thumbhash
	if kind, _, _ := strings.Cut(media.Type, "/"); kind == "video" || kind == "audio" {
		p.Media = kind
	}
	arrived, _ := syncproto.ArrivedOf(e.Record)
	p.Code = arrived.Code
	for _, lane := range arrived.Shows {
		p.Thumb = p.Thumb || lane == syncproto.LaneThumbnail
		p.Display = p.Display || lane == syncproto.LaneDisplay
	}
	for _, lane := range syncproto.Lanes() {
		file, announced := media.File(lane)
		state := arrived.Lanes[lane]
		if !announced && state == "" {
			continue
		}
		if state == "" {
			state = "waiting"
		}
		p.Lanes = append(p.Lanes, LaneState{lane, string(state), file.Size})
	}
	p.Whole = arrived.Lanes[syncproto.LaneOriginal] == syncproto.ArrivalStored
	return p
}

// Shape is the size at which a browser keeps room for a photo before it is there.
func (p Photo) Shape() (shape struct{ W, H int }) {
	shape.W, shape.H = 4, 3
	if p.Width > 0 && p.Height > 0 {
		shape.W, shape.H = p.Width, p.Height
	}
	return shape
}

// Seconds is how long a film or a sound lasts.
func (p Photo) Seconds() int64 { return (p.Duration + 999) / 1000 }

// CaptionWas stands for the caption that a form was drawn with.
func (p Photo) CaptionWas() string { return fingerprint(clean(p.Caption)) }

// Alt says in words what a photo is.
func (p Photo) Alt() string { return page.Clip(strings.Join(strings.Fields(p.Caption), " "), 200) }
