package item

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Form is the page of an act that asks for something first: on a submission, or on a part of one.
type Form struct {
	*Sheet
	Act     Act
	Part    *Part  // that the act is about; nil for the submission
	Photo   *Photo // likewise, if it is one
	Reasons []string
	Reason  string // as sent before
	Marks   []Mark // of return: what a note may be pinned to
	People  []desk.Ref
	Person  syncproto.ID
	To      string
	Fresh   syncproto.ID
	Noted   syncproto.ID // of the notes: they are made once, also where the act itself is refused and sent anew
}

// Mark is a field or a part of a submission that a note of a return may be pinned to.
type Mark struct {
	Name  string // of the field of the form
	On    syncproto.ID
	Field string
	Says  string // what stands there
	Photo *Photo
	Event *Part
	Text  string // as sent before
}

// ask draws the form of an act.
func (a *area) ask(ctx context.Context, r *page.Request) (page.Answer, error) {
	sheet, err := a.load(ctx, r)
	if err != nil {
		return nil, err
	}
	return a.form(ctx, r, sheet, syncproto.ID(r.PathValue("part")), r.PathValue("command"))
}

// load reads the submission that a path names.
func (a *area) load(ctx context.Context, r *page.Request) (*Sheet, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	sheet, err := Load(ctx, r, a.opt.Desk, id)
	if err == nil {
		sheet.Back = r.Back(pathOf(id, ""))
	}
	return sheet, err
}

func (a *area) form(ctx context.Context, r *page.Request, sheet *Sheet, part syncproto.ID, command string) (*page.View, error) {
	form := &Form{Sheet: sheet, Reason: r.Text("reason"), To: sheet.Back, Fresh: syncproto.NewID(), Noted: r.ID("noted"), Reasons: reasons(r, command)}
	if form.Noted == "" {
		form.Noted = syncproto.NewID()
	}
	title := sheet.heading(r)
	if part != "" {
		form.Photo, form.Part = sheet.photo(part), sheet.event(part)
		if form.Photo != nil {
			form.Part = &form.Photo.Part
		}
		if form.Part == nil || !form.Part.may(command) {
			return nil, syncproto.E(syncproto.CodeNotFound, "find act", nil)
		}
		form.Act = look[command]
		form.Act.Command = command
		title = r.T("item.photo_n", "n", form.Part.Number) + " · " + title
	} else {
		i := slices.IndexFunc(sheet.Acts, func(act Act) bool { return act.Command == command })
		if i < 0 {
			return nil, syncproto.E(syncproto.CodeNotFound, "find act", nil)
		}
		form.Act = sheet.Acts[i]
	}
	switch command {
	case "return":
		form.Marks = sheet.marks(r)
	case "hand_over":
		form.Person = r.ID("person")
		editors, err := a.opt.Desk.Editors(ctx, r.Desk(), sheet.ID)
		if err != nil {
			return nil, err
		}
		form.People = editors
	}
	return &page.View{Name: "item/do", Title: r.T("item.do_"+command) + ": " + title, Area: menuArea, Data: form}, nil
}

func (p *Part) may(command string) bool {
	for _, b := range []*desk.Button{p.Hide, p.Bring} {
		if b != nil && b.Command == command {
			return true
		}
	}
	return false
}

// reasons are those that are given often, ready to be taken.
func reasons(r *page.Request, command string) (list []string) {
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		key := "item.reason_" + command + "_" + n
		if text := r.T(key); text != key {
			list = append(list, text)
		}
	}
	return list
}

// markName is the name under which a form sends the note on something.
func markName(on string) string { return "on." + on }

func (s *Sheet) marks(r *page.Request) (list []Mark) {
	add := func(m Mark, on string) {
		m.Name = markName(on)
		m.Text = r.Text(m.Name)
		list = append(list, m)
	}
	if s.Kind == syncproto.KindPhoto {
		add(Mark{On: s.ID, Field: "caption", Says: s.Title}, "caption")
	} else {
		add(Mark{On: s.ID, Field: "title", Says: s.Title}, "title")
		add(Mark{On: s.ID, Field: "body", Says: page.Clip(s.Body, 160)}, "body")
	}
	for _, f := range s.Fields {
		add(Mark{On: s.ID, Field: f.Name, Says: f.Text}, f.Name)
	}
	for i := range s.Events {
		add(Mark{On: s.Events[i].ID, Event: &s.Events[i], Says: s.Events[i].Title}, string(s.Events[i].ID))
	}
	for i := range s.Photos {
		if !s.Photos[i].Hidden && s.Photos[i].ID != s.ID {
			add(Mark{On: s.Photos[i].ID, Photo: &s.Photos[i], Says: s.Photos[i].Caption}, string(s.Photos[i].ID))
		}
	}
	return list
}

// do takes an act, with the notes that go with it and the claim that it needs.
func (a *area) do(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	part := r.ID("part")
	act := desk.Act{
		ID: actOf(r), Record: id, Kind: syncproto.Kind(r.Text("kind")), BaseRevision: r.Number("revision"), BaseEpoch: r.Text("epoch"),
		Command: syncproto.Command(r.Text("command")), Reason: r.Text("reason"), To: r.ID("person"), Claim: r.Sent("claim"),
	}
	if part != "" {
		act.Record = part
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	for _, acts := range [][]desk.Act{noted(r, &act), {act}} { // a return whose notes are refused is not made
		done, err := a.opt.Desk.Act(ctx, r.Desk(), acts)
		if err != nil {
			return nil, err
		}
		if refused := firstRefused(done); refused != nil {
			return a.refused(ctx, r, id, part, string(act.Command), refused)
		}
	}
	return a.done(ctx, r, id, part, string(act.Command))
}

// noted are the notes that a return brings along. They go first: the author gets them with the reason.
func noted(r *page.Request, main *desk.Act) (acts []desk.Act) {
	base := r.ID("noted")
	if base == "" {
		base = main.ID
	}
	for name := range r.Values() {
		on, ok := strings.CutPrefix(name, markName(""))
		text := r.Text(name)
		if !ok || text == "" {
			continue
		}
		parent, field := main.Record, on
		if part := syncproto.ID(on); part.Valid() {
			parent, field = part, ""
		}
		acts = append(acts, newNote(derived(base, name+"\x00"+text), parent, field, text))
	}
	slices.SortFunc(acts, func(x, y desk.Act) int { return strings.Compare(string(x.ID), string(y.ID)) })
	return acts
}

// actOf is the identity of an act, which the form was drawn with: sent twice, it is done once.
func actOf(r *page.Request) syncproto.ID {
	if id := r.ID("act"); id != "" {
		return id
	}
	return syncproto.NewID()
}

// derived makes the identity of one of several acts that a form sends at once, and of what they make: sent again they are
// the same ones. It looks like a random one, since those that are made by a rule (version 8) are kept for answers.
func derived(act syncproto.ID, what string) syncproto.ID {
	sum := sha256.Sum256([]byte("lantoa console act 1\x00" + string(act) + "\x00" + what))
	sum[6] = sum[6]&0x0f | 0x40
	sum[8] = sum[8]&0x3f | 0x80
	return syncproto.IDFromBytes([16]byte(sum[:16]))
}

// firstRefused finds the act that did not go through, nil if all did.
func firstRefused(done []desk.Done) *desk.Done {
	for i := range done {
		if done[i].Result == syncproto.Rejected || done[i].Result == desk.Failed {
			return &done[i]
		}
	}
	return nil
}

// errorOf is a refusal as an error.
func errorOf(d *desk.Done) error {
	return &syncproto.Error{Code: d.Code, Op: "take act", Detail: d.Detail}
}

// refused draws what became of an act that was not taken: its form again with what was typed, or the sheet as it is now,
// with the difference to what had been read.
func (a *area) refused(ctx context.Context, r *page.Request, id, part syncproto.ID, command string, d *desk.Done) (page.Answer, error) {
	problem := r.Problem(errorOf(d))
	if problem == nil {
		return nil, errorOf(d)
	}
	sheet, err := Load(ctx, r, a.opt.Desk, id)
	if err != nil {
		return nil, err
	}
	sheet.Back = r.Back(pathOf(id, ""))
	if d.Difference != nil {
		sheet.Difference = sheet.diff(r, d.Difference)
	}
	view := a.view(r, sheet)
	if look[command].Form {
		if form, err := a.form(ctx, r, sheet, part, command); err == nil {
			view = form
		}
	}
	view.Problem, view.Status = problem, http.StatusConflict
	return view, nil
}

// done leads back, and tells what was done and how it is taken back.
func (a *area) done(ctx context.Context, r *page.Request, id, part syncproto.ID, command string) (page.Answer, error) {
	flash := &page.Flash{Key: "item.told_" + command}
	if part != "" {
		flash.Key = "item.told_part_" + command
	}
	if command == "approve" || command == "publish" {
		story, err := a.opt.Desk.Show(ctx, r.Desk(), id)
		if err != nil {
			return nil, err
		}
		if top, err := syncproto.DecodeRecord(story.Record); err == nil && top.Hold > r.Now.UnixMilli() {
			flash.Undo, flash.Until = pathOf(id, "/do"), top.Hold
			flash.Fields = map[string][]string{
				"command": {"undo"}, "kind": {string(top.Kind)}, "act": {string(syncproto.NewID())}, "epoch": {story.Epoch},
				"revision": {strconv.FormatInt(top.Revision, 10)}, // of this step: not of what somebody else does next
				"to":       {r.Back(pathOf(id, ""))},
			}
		}
	}
	return page.Redirect{To: r.Back(pathOf(id, "")), Flash: flash}, nil
}
