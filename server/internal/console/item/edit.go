package item

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// editing is the page on which an editor changes a submission, as a revision of their own.
//
// The form says for each field what it held when it was drawn (a fingerprint), and the revision of which that was. Both are
// kept with what somebody types: text that comes back after a night is still an edit of what was read then, and is merged
// with what others did since instead of undoing it.
type editing struct {
	*Sheet
	Subject  *syncproto.Record // what is changed: the submission, or an event of it
	Path     string            // where the form is sent
	Inputs   []Input
	Public   bool // what is changed is public: a line of correction goes with it
	Approved bool // the change returns it to review
	Line     string
	To       string
	Fresh    syncproto.ID
}

// Input is one field of the form.
type Input struct {
	Name    string
	Kind    string // text, prose, type, tags, time, number, event
	Value   string
	Was     string // fingerprint of what it held
	Max     int
	Options []Option
}

// Option is one of those that a field may hold.
type Option struct{ Value, Label string }

// form says which fields an editor may change, by kind, and how they are typed.
var form = map[syncproto.Kind][]struct{ name, kind string }{
	syncproto.KindStory: {
		{"title", "text"}, {"body", "prose"}, {"type", "type"}, {"tags", "tags"}, {"place", "place"}, {"happened_at", "time"}, {"event", "event"},
	},
	syncproto.KindEvent: {
		{"title", "text"},
		{"body", "prose"},
		{"type", "type"},
		{"tags", "tags"},
		{"start", "time"},
		{"end", "time"},
		{"place", "place"},
		{"registered", "number"},
		{"blood_units", "number"},
		{"households", "number"},
		{"value_dong", "number"},
	},
	syncproto.KindPhoto: {{"caption", "prose"}, {"tags", "tags"}, {"place", "place"}, {"taken_at", "time"}},
}

// types are those that have a name; what a phone sent besides stays as it is.
var types = map[syncproto.Kind][]string{
	syncproto.KindStory: {"guong_tot", "mo_hinh", "hoat_dong", "doi_tac", "cuu_tro"},
	syncproto.KindEvent: {"hien_mau", "cuu_tro", "tap_huan", "gay_quy", "cuoc_thi"},
}

// limits are the letters that a field may have; the protocol counts bytes.
var limits = map[string]int{"text": 500, "prose": 30000, "place": 300, "tags": 1000}

// edit draws the form.
func (a *area) edit(ctx context.Context, r *page.Request) (page.Answer, error) {
	sheet, record, err := a.subject(ctx, r)
	if err != nil {
		return nil, err
	}
	view, err := a.editing(ctx, r, sheet, record)
	if err != nil {
		return nil, err
	}
	return view, nil
}

// subject is the sheet that a path names and what of it is to be changed: the submission itself, or an event that hangs under it.
func (a *area) subject(ctx context.Context, r *page.Request) (*Sheet, *syncproto.Record, error) {
	sheet, err := a.load(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	part := syncproto.ID(r.PathValue("part"))
	if part == "" {
		return sheet, sheet.record, nil
	}
	if record := sheet.built.record(part); record != nil && record.Kind == syncproto.KindEvent {
		return sheet, record, nil
	}
	return nil, nil, syncproto.E(syncproto.CodeNotFound, "find event", nil)
}

func (a *area) editing(ctx context.Context, r *page.Request, sheet *Sheet, record *syncproto.Record) (*page.View, error) {
	e := &editing{
		Sheet: sheet, Subject: record, Path: pathOf(sheet.ID, "/edit"), To: sheet.Back, Fresh: syncproto.NewID(), Line: r.Text("line"),
		Public:   sheet.State == syncproto.StatePublished || sheet.State == syncproto.StateCorrected,
		Approved: sheet.State == syncproto.StateApproved,
	}
	if record != sheet.record {
		e.Path = pathOf(sheet.ID, "/parts/"+string(record.ID)+"/edit")
	}
	for _, f := range form[record.Kind] {
		in := Input{Name: f.name, Kind: f.kind, Value: typed(f.kind, record.Fields[f.name]), Max: limits[f.kind]}
		in.Was = fingerprint(in.Value)
		switch f.kind {
		case "type":
			in.Options = typeOptions(r, record.Kind, in.Value)
		case "event":
			options, err := a.events(ctx, r, in.Value)
			if err != nil {
				return nil, err
			}
			in.Options = options
		}
		if r.Method == http.MethodPost && r.Sent(f.name) { // what was sent stays, with what it was about
			in.Value, in.Was = r.Text(f.name), r.Text("was."+f.name)
		}
		e.Inputs = append(e.Inputs, in)
	}
	if r.Method == http.MethodPost {
		if base := r.Number("revision"); base != 0 {
			drawn := *record
			drawn.Revision, e.Subject, sheet.Epoch = base, &drawn, r.Text("epoch")
		}
	}
	title := r.T("item.do_edit") + ": " + sheet.heading(r)
	if record != sheet.record {
		title += " · " + r.T("kind."+string(record.Kind)) + " " + page.Clip(record.Fields["title"].TextOr(""), 60)
	}
	return &page.View{Name: "item/edit", Title: title, Area: menuArea, Data: e}, nil
}

func typeOptions(r *page.Request, kind syncproto.Kind, now string) []Option {
	options := []Option{{"", r.T("item.none")}}
	names := types[kind]
	if now != "" && !slices.Contains(names, now) {
		names = append(slices.Clone(names), now)
	}
	for _, name := range names {
		options = append(options, Option{name, word(r, "item.type_", name)})
	}
	return options
}

// maxEvents bounds the activities that a story may be said to be of.
const maxEvents = 100

func (a *area) events(ctx context.Context, r *page.Request, now string) ([]Option, error) {
	options := []Option{{"", r.T("item.none")}}
	list, err := a.opt.Desk.Queue(ctx, r.Desk(), &desk.Ask{View: desk.ViewAll, Kinds: []syncproto.Kind{syncproto.KindEvent}, Limit: maxEvents})
	if err != nil {
		return nil, err
	}
	known := now == ""
	for i := range list.Rows {
		row := &list.Rows[i]
		known = known || string(row.Record) == now
		options = append(options, Option{string(row.Record), page.Clip(row.Title, 80) + " · " + row.Unit.Name})
	}
	if !known {
		options = append(options, Option{now, r.T("item.event_elsewhere")})
	}
	return options, nil
}

// save takes an edit: what differs from what the form was drawn with, and no more.
func (a *area) save(ctx context.Context, r *page.Request) (page.Answer, error) {
	sheet, record, err := a.subject(ctx, r)
	if err != nil {
		return nil, err
	}
	act := desk.Act{
		ID: actOf(r), Record: record.ID, Kind: record.Kind, BaseRevision: r.Number("revision"), BaseEpoch: r.Text("epoch"), Set: changes(r, record),
	}
	line := r.Text("line")
	if r.Sent("line") && line == "" {
		return a.unsaved(ctx, r, sheet, record, syncproto.E(syncproto.CodeReasonRequired, "correct", nil))
	}
	if r.Err() != nil {
		return a.unsaved(ctx, r, sheet, record, r.Err())
	}
	var acts []desk.Act
	if len(act.Set) > 0 {
		acts = append(acts, act)
	}
	if line != "" {
		acts = append(acts, desk.Act{
			ID: derived(act.ID, "correct"), Record: sheet.ID, Kind: sheet.Kind, BaseRevision: sheet.Revision, BaseEpoch: sheet.Epoch,
			Command: syncproto.CommandCorrect, Reason: line,
		})
	}
	if len(acts) == 0 {
		return page.Redirect{To: sheet.Back, Flash: &page.Flash{Key: "item.told_same"}}, nil
	}
	done, err := a.opt.Desk.Act(ctx, r.Desk(), acts)
	if err != nil {
		return nil, err
	}
	if refused := firstRefused(done); refused != nil {
		return a.unsaved(ctx, r, sheet, record, errorOf(refused))
	}
	return saved(r, sheet, &act, done), nil
}

// saved tells what became of an edit: beside what others had changed it is shown what came of both, and where two wanted
// different things the card that asks for a choice.
func saved(r *page.Request, sheet *Sheet, act *desk.Act, done []desk.Done) page.Answer {
	to := sheet.Back
	switch d := &done[0]; {
	case d.Conflict != "":
		return page.Redirect{
			To: page.At(pathOf(sheet.ID, "/conflicts/"+string(d.Conflict)), "to", to), Flash: &page.Flash{Key: "item.told_edit_conflict", Bad: true},
		}
	case d.Result == syncproto.Merged:
		compare := page.At(pathOf(sheet.ID, "/compare"), "from", strconv.FormatInt(act.BaseRevision, 10), "back", to)
		return page.Redirect{To: compare, Flash: &page.Flash{Key: "item.told_edit_merged"}}
	}
	key := "item.told_edit"
	if len(done) > 1 || act.Set == nil {
		key = "item.told_correct"
	}
	return page.Redirect{To: to, Flash: &page.Flash{Key: key}}
}

// unsaved draws the form again with what was typed.
func (a *area) unsaved(ctx context.Context, r *page.Request, sheet *Sheet, record *syncproto.Record, why error) (page.Answer, error) {
	problem := r.Problem(why)
	if problem == nil {
		return nil, why
	}
	view, err := a.editing(ctx, r, sheet, record)
	if err != nil {
		return nil, err
	}
	view.Problem, view.Status = problem, http.StatusConflict
	return view, nil
}

// changes are the fields that differ from what the form was drawn with.
func changes(r *page.Request, record *syncproto.Record) syncproto.Fields {
	set := syncproto.Fields{}
	for _, f := range form[record.Kind] {
		text := r.Text(f.name)
		if !r.Sent(f.name) || fingerprint(text) == r.Text("was."+f.name) {
			continue
		}
		switch f.kind {
		case "tags":
			set[f.name] = tagValue(text)
		case "time":
			set[f.name] = syncproto.Null
			if at := r.Time(f.name); at != 0 {
				set[f.name] = syncproto.Int(at)
			}
		case "number":
			set[f.name] = syncproto.Null
			if text != "" {
				set[f.name] = syncproto.Int(r.Number(f.name))
			}
		case "event":
			set[f.name] = textOrNull(string(r.ID(f.name)))
		case "place": // what is known of the position stays: only its name is typed
			members, _ := record.Fields["place"].AsObject()
			members = members.Clone()
			if members == nil {
				members = syncproto.Fields{}
			}
			members["text"] = syncproto.Text(text)
			set[f.name] = syncproto.Object(members)
		default:
			set[f.name] = textOrNull(text)
		}
	}
	return set
}

func textOrNull(text string) syncproto.Value {
	if text == "" {
		return syncproto.Null
	}
	return syncproto.Text(text)
}

func tagValue(text string) syncproto.Value {
	var items []syncproto.Value
	for tag := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ',' || c == ';' || c == '\n' }) {
		if item := syncproto.Text(strings.TrimSpace(tag)); item != `""` && !slices.Contains(items, item) {
			items = append(items, item)
		}
	}
	return syncproto.List(items...)
}

// typed is a value as its field of the form holds it.
func typed(kind string, v syncproto.Value) string {
	switch kind {
	case "tags":
		return strings.Join(texts(v), ", ")
	case "time":
		at, _ := v.AsInt()
		return page.Typed(at)
	case "number":
		if n, ok := v.AsInt(); ok {
			return strconv.FormatInt(n, 10)
		}
		return ""
	case "place":
		members, _ := v.AsObject()
		return clean(members["text"].TextOr(""))
	}
	return clean(v.TextOr(""))
}

// clean is a text as it comes back from a form in which nobody changed it.
func clean(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"))
}

// fingerprint stands for what a field held.
func fingerprint(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}
