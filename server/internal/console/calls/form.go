package calls

import (
	"strconv"
	"strings"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/storage"
	"lantoa/syncproto"
)

// form is a call as it is typed.
type form struct {
	ID       syncproto.ID // of a new call: the same form sent twice makes one
	Revision int64
	campaign.Draft
	PlaceText, Lat, Lon string
	Rows                []choiceRow
	Photos              string // ids, one a line
	Picker              *picker
}

// choiceRow is a choice that may be offered.
type choiceRow struct {
	storage.Choice
	On    bool
	Known bool // the catalogue has words for it
}

// spare is how many empty rows are drawn for choices of one's own.
const spare = 2

// fixed are the choices that have words without an officer's.
var fixed = []string{syncproto.ChoiceYes, syncproto.ChoiceNo, syncproto.ChoiceMaybe}

// fresh is the form of a new call.
func fresh(units []syncproto.ID) *form {
	f := &form{ID: syncproto.NewID(), Picker: pickerOf(nil)}
	f.Kind, f.Units = syncproto.CallOrdinary, units
	f.Choices = []storage.Choice{{Name: syncproto.ChoiceYes, Takes: true}, {Name: syncproto.ChoiceNo}}
	f.Rows = rowsOf(f.Choices)
	return f
}

// formOf is the form of a call that is there.
func formOf(c *campaign.Call) *form {
	f := &form{ID: c.ID, Revision: c.Revision, Picker: pickerOf(c.Audience), Rows: rowsOf(c.Choices)}
	f.Draft = campaign.Draft{
		Revision: c.Revision, Campaign: c.Campaign, Kind: c.Kind, Title: c.Title, Body: c.Body, TitleEN: c.TitleEN, BodyEN: c.BodyEN, SMS: c.SMS,
		Place: c.Place, Starts: c.Starts, Ends: c.Ends, Deadline: c.Deadline, Capacity: c.Capacity, Choices: c.Choices, Link: c.Link,
		About: c.About, Attachments: c.Attachments, Code: c.Code, Audience: c.Audience, Due: c.Due,
	}
	for _, u := range c.Units {
		f.Units = append(f.Units, u.ID)
	}
	f.Among = amongOf(f.Picker)
	f.PlaceText, f.Lat, f.Lon = placeOf(c.Place)
	f.Photos = joinIDs(c.Attachments)
	return f
}

// amongOf says which part of another call's list a reminder goes to.
func amongOf(p *picker) campaign.Among {
	switch p.Earlier.How {
	case "registered":
		return campaign.AmongPlaced
	case "silent":
		return campaign.AmongSilent
	case "answered":
		return campaign.AmongAnswered
	}
	return ""
}

// readForm reads what was typed.
func readForm(r *page.Request) *form {
	f := &form{ID: r.ID("id"), Revision: r.Number("revision"), PlaceText: r.Text("place"), Lat: r.Text("lat"), Lon: r.Text("lon"), Photos: r.Text("photos")}
	f.Draft = campaign.Draft{
		Revision: f.Revision, Campaign: r.ID("campaign"), Units: r.IDs("unit"), Kind: syncproto.CallKind(r.Text("kind")), Title: r.Text("title"),
		Body: r.Text("body"), TitleEN: r.Text("title_en"), BodyEN: r.Text("body_en"), SMS: r.Text("sms"), Starts: r.Time("starts"),
		Ends: r.Time("ends"), Deadline: r.Time("deadline"), Due: r.Time("due"), Capacity: r.Number("capacity"), Link: r.Text("link"),
		About: r.ID("about"), Code: r.Text("code"),
	}
	f.Picker = readPicker(r)
	f.readChoices(r)
	f.Place = placeValue(f.PlaceText, f.Lat, f.Lon)
	f.Attachments = idsIn(f.Photos, r)
	for _, id := range r.IDs("photo") { // ticked in the search
		f.Attachments = appendNew(f.Attachments, id)
	}
	f.Photos = joinIDs(f.Attachments)
	if r.Text("photos") != "" && f.Attachments == nil {
		f.Photos = r.Text("photos")
	}
	if f.About != "" {
		f.Among = campaign.Among(r.Text("among"))
		f.Choices, f.Capacity = nil, 0
	} else {
		f.Audience = f.Picker.predicate()
	}
	if f.Kind == syncproto.CallInformation {
		f.Choices, f.Capacity = nil, 0
	}
	return f
}

func appendNew(ids []syncproto.ID, id syncproto.ID) []syncproto.ID {
	for _, have := range ids {
		if have == id {
			return ids
		}
	}
	return append(ids, id)
}

// readChoices reads the rows of choices: choice.N.name and what stands beside it.
func (f *form) readChoices(r *page.Request) {
	for n := 0; ; n++ {
		at := "choice." + strconv.Itoa(n) + "."
		if !r.Sent(at + "name") {
			break
		}
		row := choiceRow{Choice: storage.Choice{
			Name: r.Text(at + "name"), VI: r.Text(at + "vi"), EN: r.Text(at + "en"), Takes: r.Text(at+"takes") != "",
		}, On: r.Text(at+"on") != ""}
		row.Known = known(row.Name)
		if row.On || !row.Known && row.VI != "" {
			f.Choices = append(f.Choices, row.Choice)
		}
	}
	f.Rows = rowsOf(f.Choices)
}

func known(name string) bool {
	for _, n := range fixed {
		if n == name {
			return true
		}
	}
	return false
}

// rowsOf are the rows of a form: what is offered in its order, then what else may be.
func rowsOf(choices []storage.Choice) []choiceRow {
	var rows []choiceRow
	taken := map[string]bool{}
	for _, c := range choices {
		rows = append(rows, choiceRow{c, true, known(c.Name)})
		taken[c.Name] = true
	}
	for _, name := range fixed {
		if !taken[name] {
			rows = append(rows, choiceRow{storage.Choice{Name: name}, false, true})
		}
	}
	for n, free := 1, 0; free < spare; n++ {
		if name := "c" + strconv.Itoa(n); !taken[name] {
			rows = append(rows, choiceRow{Choice: storage.Choice{Name: name}})
			free++
		}
	}
	return rows
}

// placeOf takes a place apart: what people read, and where it is.
func placeOf(v syncproto.Value) (text, lat, lon string) {
	fields, _ := v.AsObject()
	return fields["text"].TextOr(""), string(fields["lat"]), string(fields["lon"])
}

func placeValue(text, lat, lon string) syncproto.Value {
	fields := syncproto.Fields{}
	if text != "" {
		fields["text"] = syncproto.Text(text)
	}
	if number(lat) && number(lon) {
		fields["lat"], fields["lon"] = syncproto.Value(lat), syncproto.Value(lon)
	}
	if len(fields) == 0 {
		return ""
	}
	return syncproto.Object(fields)
}

func number(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && len(text) < 20 && !strings.ContainsAny(text, "xXpPnNiI_eE+")
}

// idsIn reads ids that were pasted, alone or at the end of an address.
func idsIn(text string, r *page.Request) (ids []syncproto.ID) {
	for _, word := range strings.Fields(strings.NewReplacer(",", " ", ";", " ").Replace(text)) {
		word = strings.TrimRight(word, "/")
		id := syncproto.ID(strings.ToLower(word[strings.LastIndexByte(word, '/')+1:]))
		if !id.Valid() {
			r.Wrong("photos")
			return nil
		}
		ids = appendNew(ids, id)
	}
	return ids
}

func joinIDs(ids []syncproto.ID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, "\n")
}

// draft is what is asked of the service.
func (f *form) draft() *campaign.Draft {
	d := f.Draft
	if d.Revision == 0 {
		d.ID = f.ID
	}
	return &d
}
