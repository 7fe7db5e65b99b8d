package press

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Piece is a submission as the association may tell it: what its renditions are made of.
type Piece struct {
	ID       syncproto.ID
	Kind     syncproto.Kind
	State    syncproto.State
	Revision int64
	Held     int64 // until when approval or publication may still be taken back, Unix ms; 0 if not
	Unit     string
	UnitID   syncproto.ID
	Author   string // "" for somebody who is not known any more
	Title    string
	Body     string
	Place    string
	Tags     []string
	Happened int64
	Facts    Facts  // of an activity
	Mended   string // the public line of a correction
	MendedAt int64
	Photos   []Photo // as they are shown
}

// Facts are the figures of an activity; 0 for not told.
type Facts struct {
	Start, End                               int64
	Registered, Blood, Households, ValueDong int64
}

// Photo is a picture, film or recording of a piece.
type Photo struct {
	ID            syncproto.ID
	Caption       string
	Author        string
	Type          string // "image/jpeg", of the original
	Width, Height int
	Shows         string // syncproto.Shows…
	People        int64
	Children      bool // somebody under 16 is among those who agreed
	Consents      int  // in force
	Expires       int64
	Lacks         map[string][]syncproto.Code // by use; none is allowed
}

// For reports whether a photo may be used so.
func (p *Photo) For(use string) bool { return len(p.Lacks[use]) == 0 }

// Child is somebody under 16 whom a consent names. The name is for warning an editor and goes nowhere else.
type Child struct{ name string }

// pieceOf reads a submission as the desk shows it, and the children whom its consents name.
func pieceOf(story *desk.Story, uses *desk.Uses) (*Piece, []Child, error) {
	top, err := syncproto.DecodeRecord(story.Record)
	if err != nil {
		return nil, nil, err
	}
	p := &Piece{
		ID: top.ID, Kind: top.Kind, State: top.State, Revision: top.Revision, Unit: story.Unit.Name, UnitID: story.Unit.ID,
		Author: story.Names[top.Author].Name, Title: line(top, "title"), Body: text(top, "body"), Place: place(top), Tags: tags(top),
		Happened: whole(top, "happened_at"),
		Facts: Facts{
			Start: whole(top, "start"), End: whole(top, "end"), Registered: whole(top, "registered"), Blood: whole(top, "blood_units"),
			Households: whole(top, "households"), ValueDong: whole(top, "value_dong"),
		},
	}
	if top.Hold > story.Now {
		p.Held = top.Hold
	}
	if top.State == syncproto.StateCorrected {
		p.Mended, p.MendedAt = strings.TrimSpace(top.Reason), corrected(story.Timeline)
	}
	var consents []*syncproto.Record
	for _, item := range story.Consents {
		c, err := syncproto.DecodeRecord(item.Record)
		if err != nil {
			return nil, nil, err
		}
		if c.State != syncproto.StateWithdrawn {
			consents = append(consents, c)
		}
	}
	photos := []*syncproto.Record{}
	if top.Kind == syncproto.KindPhoto {
		photos = append(photos, top)
		p.Body = text(top, "caption")
	}
	for _, item := range story.Parts {
		part, err := syncproto.DecodeRecord(item.Record)
		if err != nil {
			return nil, nil, err
		}
		if part.Kind == syncproto.KindPhoto && !outside(part.State) {
			photos = append(photos, part)
		}
	}
	for _, photo := range photos {
		p.Photos = append(p.Photos, photoOf(photo, story, consents, uses))
	}
	if p.Title == "" {
		p.Title = firstWords(p.Body, 80)
	}
	return p, children(consents), nil
}

func photoOf(r *syncproto.Record, story *desk.Story, consents []*syncproto.Record, uses *desk.Uses) Photo {
	p := Photo{
		ID: r.ID, Caption: text(r, "caption"), Author: story.Names[r.Author].Name, Shows: r.Fields[syncproto.ShowsField].TextOr(""),
		People: whole(r, syncproto.PeopleField), Lacks: map[string][]syncproto.Code{},
	}
	if media, ok := syncproto.MediaOf(r); ok {
		p.Type, p.Width, p.Height = media.Type, int(media.Width), int(media.Height)
	}
	if p.Shows == syncproto.ShowsPeople {
		p.People = max(p.People, 1)
	}
	for _, c := range consents {
		if c.Parent() != r.ID || c.Fields["how"].TextOr("") == syncproto.HowJudgement {
			continue
		}
		p.Consents++
		p.Children = p.Children || isChild(c)
		if until := whole(c, "expires_at"); until > 0 && (p.Expires == 0 || until < p.Expires) {
			p.Expires = until
		}
	}
	for use, lacks := range uses.Photos {
		p.Lacks[use] = lacks[r.ID]
	}
	return p
}

func isChild(c *syncproto.Record) bool {
	age := c.Fields["age"].TextOr("")
	return age == syncproto.AgeFromSeven || age == syncproto.AgeUnderSeven
}

func children(consents []*syncproto.Record) (list []Child) {
	for _, c := range consents {
		if name := line(c, "who"); isChild(c) && name != "" {
			list = append(list, Child{name})
		}
	}
	return list
}

// outside reports whether a part is none of its whole: taken out, or not let in.
func outside(state syncproto.State) bool {
	switch state {
	case syncproto.StateUnclaimed, syncproto.StateDeclined, syncproto.StateTakenDown, syncproto.StateWithdrawn:
		return true
	}
	return false
}

// corrected is when a timeline tells of the last correction.
func corrected(timeline syncproto.Value) (at int64) {
	steps, _ := timeline.AsList()
	for _, step := range steps {
		fields, _ := step.AsObject()
		if fields["state"].TextOr("") == string(syncproto.StateCorrected) {
			at, _ = fields["at"].AsInt()
		}
	}
	return at
}

func text(r *syncproto.Record, field string) string {
	lines := strings.Split(strings.ReplaceAll(r.Fields[field].TextOr(""), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return norm.NFC.String(strings.TrimSpace(strings.Join(lines, "\n")))
}

func line(r *syncproto.Record, field string) string {
	return norm.NFC.String(strings.Join(strings.Fields(r.Fields[field].TextOr("")), " "))
}

func whole(r *syncproto.Record, field string) int64 {
	n, _ := r.Fields[field].AsInt()
	return n
}

func place(r *syncproto.Record) string {
	fields, _ := r.Fields["place"].AsObject()
	return strings.Join(strings.Fields(fields["text"].TextOr("")), " ")
}

func tags(r *syncproto.Record) (list []string) {
	items, _ := r.Fields["tags"].AsList()
	for _, item := range items {
		if tag := strings.Join(strings.Fields(item.TextOr("")), " "); tag != "" {
			list = append(list, tag)
		}
	}
	return list
}

// paragraphs are the parts of a text between line breaks.
func paragraphs(text string) (list []string) {
	for p := range strings.SplitSeq(text, "\n") {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return list
}

// credit names whoever wrote and took it, each once: "Tin, ảnh: Lan", "Tin: Lan. Ảnh: Bình, Hoa."
func (p *Piece) credit(use string) string {
	var photographers []string
	for i := range p.Photos {
		if name := p.Photos[i].Author; p.Photos[i].For(use) && name != "" && !slices.Contains(photographers, name) {
			photographers = append(photographers, name)
		}
	}
	switch {
	case p.Author == "" && len(photographers) == 0:
		return p.Unit
	case len(photographers) == 0:
		return "Tin: " + p.Author + " (" + p.Unit + ")"
	case len(photographers) == 1 && (photographers[0] == p.Author || p.Author == ""):
		return "Tin, ảnh: " + photographers[0] + " (" + p.Unit + ")"
	}
	writer := p.Author
	if writer == "" {
		writer = p.Unit
	}
	return "Tin: " + writer + ". Ảnh: " + strings.Join(photographers, ", ") + " (" + p.Unit + ")"
}

// mendedLine is the line by which readers learn that something was put right.
func (p *Piece) mendedLine() string {
	if p.Mended == "" {
		return ""
	}
	if p.MendedAt == 0 {
		return "Đính chính: " + p.Mended
	}
	return "Đính chính ngày " + day(p.MendedAt) + ": " + p.Mended
}

// factLines are the figures of an activity in words.
func (p *Piece) factLines() (lines []string) {
	add := func(name, value string) { lines = append(lines, name+": "+value) }
	if p.Facts.Start > 0 {
		add("Thời gian", fromTo(p.Facts.Start, p.Facts.End))
	}
	if p.Kind == syncproto.KindEvent && p.Place != "" {
		add("Địa điểm", p.Place)
	}
	for _, fact := range []struct {
		name  string
		count int64
		unit  string
	}{
		{"Số người đăng ký", p.Facts.Registered, " người"},
		{"Lượng máu tiếp nhận", p.Facts.Blood, " đơn vị"},
		{"Số hộ được giúp", p.Facts.Households, " hộ"},
		{"Tổng giá trị", p.Facts.ValueDong, " đồng"},
	} {
		if fact.count > 0 {
			add(fact.name, thousands(fact.count)+fact.unit)
		}
	}
	return lines
}

// vietnam is the time in which everything is told.
var vietnam = time.FixedZone("UTC+7", 7*60*60)

// fromTo tells when something begins and ends; the day is said once if it is one.
func fromTo(start, end int64) string {
	switch {
	case end <= start:
		return moment(start)
	case day(start) == day(end):
		return hourOf(start) + " - " + moment(end)
	}
	return moment(start) + " đến " + moment(end)
}

func hourOf(ms int64) string { return time.UnixMilli(ms).In(vietnam).Format("15:04") }

func day(ms int64) string    { return time.UnixMilli(ms).In(vietnam).Format("02/01/2006") }
func moment(ms int64) string { return time.UnixMilli(ms).In(vietnam).Format("15:04 02/01/2006") }

func thousands(n int64) string {
	text := itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "." + text[at:]
	}
	return text
}

// firstWords cuts a text to a number of letters at the border of a word.
func firstWords(text string, most int) string {
	text, _, _ = strings.Cut(text, "\n")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return cutRunes(text, most-1) + "…"
}

// cutRunes cuts a text to a number of letters, at a space if there is one in the last third.
func cutRunes(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	cut := most
	for at := most; at > most*2/3; at-- {
		if letters[at] == ' ' || letters[at] == '\n' {
			cut = at
			break
		}
	}
	return strings.TrimRight(string(letters[:cut]), " \n,;:-")
}
