package item

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// Form is the page of an act that asks for something first.
type Form struct {
	*Sheet
	Act     Act
	Reasons []string // that are often given, as texts
	Reason  string   // as sent before
	Marks   []Mark   // of return: what a note may be pinned to
	People  []desk.Ref
	Person  syncproto.ID
	To      string
}

// Mark is a field or a part of a submission that a note of a return may be pinned to.
type Mark struct {
	Name  string // of the field of the form
	On    syncproto.ID
	Field string
	Photo *Photo
	Event *Part
	Text  string // as sent before
}

// ask draws the form of an act.
func (a *area) ask(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	sheet, err := Load(ctx, r, a.opt.Desk, id)
	if err != nil {
		return nil, err
	}
	view, err := a.form(ctx, r, sheet, r.PathValue("command"))
	if err != nil {
		return nil, err
	}
	return view, nil
}

func (a *area) form(ctx context.Context, r *page.Request, sheet *Sheet, command string) (*page.View, error) {
	i := slices.IndexFunc(sheet.Acts, func(act Act) bool { return act.Command == command })
	if i < 0 {
		return nil, syncproto.E(syncproto.CodeNotFound, "find act", nil)
	}
	form := &Form{Sheet: sheet, Act: sheet.Acts[i], Reason: r.Text("reason"), To: r.Back(pathOf(sheet.ID, ""))}
	form.Reasons = reasons(r, command)
	if command == "return" {
		form.Marks = sheet.marks(r)
	}
	if command == "hand_over" {
		form.People, form.Person = a.editors(ctx, r, sheet), r.ID("person")
	}
	return &page.View{Name: "item/do", Title: r.T("item.do_"+command) + ": " + sheet.heading(r), Area: menuArea, Data: form}, nil
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
	add(Mark{On: s.ID, Field: "title"}, "title")
	if s.Kind != syncproto.KindPhoto {
		add(Mark{On: s.ID, Field: "body"}, "body")
	}
	for _, f := range s.Fields {
		add(Mark{On: s.ID, Field: f.Name}, f.Name)
	}
	for i := range s.Events {
		add(Mark{On: s.Events[i].ID, Event: &s.Events[i]}, string(s.Events[i].ID))
	}
	for i := range s.Photos {
		if !s.Photos[i].Hidden && s.Photos[i].ID != s.ID {
			add(Mark{On: s.Photos[i].ID, Photo: &s.Photos[i]}, string(s.Photos[i].ID))
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
	command := r.Text("command")
	base := desk.Act{
		ID: r.ID("act"), Record: id, Kind: syncproto.Kind(r.Text("kind")), BaseRevision: r.Number("revision"), BaseEpoch: r.Text("epoch"),
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	if base.ID == "" {
		base.ID = syncproto.NewID()
	}
	main := base
	main.Command, main.Reason, main.To = syncproto.Command(command), r.Text("reason"), r.ID("person")
	acts := a.noted(r, base)
	if r.Sent("claim") {
		claim := base
		claim.ID, claim.Command = derived(base.ID, "claim"), syncproto.CommandClaim
		acts = append(acts, claim)
	}
	acts = append(acts, main)
	done, err := a.opt.Desk.Act(ctx, r.Desk(), acts)
	if err != nil {
		return nil, err
	}
	if refused := firstRefused(done); refused != nil {
		return a.refused(ctx, r, id, command, refused)
	}
	return a.done(ctx, r, id, command)
}

// noted are the notes that a return brings along. They go first: the author gets them with the reason.
func (a *area) noted(r *page.Request, base desk.Act) (acts []desk.Act) {
	for name := range r.Values() {
		on, ok := strings.CutPrefix(name, markName(""))
		text := r.Text(name)
		if !ok || text == "" {
			continue
		}
		set := syncproto.Fields{"parent": syncproto.Text(string(base.Record)), "text": syncproto.Text(text)}
		if part := syncproto.ID(on); part.Valid() {
			set["parent"] = syncproto.Text(on)
		} else {
			set["field"] = syncproto.Text(on)
		}
		acts = append(acts, desk.Act{
			ID: derived(base.ID, name), Record: derived(base.ID, "note "+name), Kind: syncproto.KindNote, Set: set,
		})
	}
	slices.SortFunc(acts, func(x, y desk.Act) int { return strings.Compare(string(x.ID), string(y.ID)) })
	return acts
}

// derived makes the identity of one of several acts that a form sends at once: sent again they are the same ones.
func derived(act syncproto.ID, what string) syncproto.ID {
	sum := sha256.Sum256([]byte("lantoa console act 1\x00" + string(act) + "\x00" + what))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of our own (RFC 9562, 5.8)
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

// refused draws what became of an act that was not taken: its form again with what was typed, or the sheet as it is now.
func (a *area) refused(ctx context.Context, r *page.Request, id syncproto.ID, command string, d *desk.Done) (page.Answer, error) {
	err := &syncproto.Error{Code: d.Code, Op: "take act", Detail: d.Detail}
	problem := r.Problem(err)
	if problem == nil {
		return nil, err
	}
	sheet, loadErr := Load(ctx, r, a.opt.Desk, id)
	if loadErr != nil {
		return nil, loadErr
	}
	sheet.Back = r.Back(pathOf(id, ""))
	view := a.view(r, sheet)
	if act, known := look[command]; known && act.Form {
		if form, err := a.form(ctx, r, sheet, command); err == nil {
			view = form
		}
	}
	view.Problem, view.Status = problem, http.StatusConflict
	return view, nil
}

// done leads back, and tells what was done and how it is taken back.
func (a *area) done(ctx context.Context, r *page.Request, id syncproto.ID, command string) (page.Answer, error) {
	flash := &page.Flash{Key: "item.told_" + command}
	if command == "approve" || command == "publish" {
		story, err := a.opt.Desk.Show(ctx, r.Desk(), id)
		if err != nil {
			return nil, err
		}
		if top, err := syncproto.DecodeRecord(story.Record); err == nil && top.Hold > r.Now.UnixMilli() {
			flash.Undo, flash.Until = pathOf(id, "/do"), top.Hold
			flash.Fields = map[string][]string{
				"command": {"undo"}, "kind": {string(top.Kind)}, "act": {string(syncproto.NewID())}, "epoch": {story.Epoch},
				"to": {r.Back(pathOf(id, ""))},
			}
		}
	}
	return page.Redirect{To: r.Back(pathOf(id, "")), Flash: flash}, nil
}

// editors are those to whom a claim may be handed over.
func (a *area) editors(ctx context.Context, r *page.Request, sheet *Sheet) []desk.Ref {
	return nil
}

// note adds a note, or resolves one.
func (a *area) note(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	act := desk.Act{ID: r.ID("act"), Record: r.ID("note"), Kind: syncproto.KindNote, BaseEpoch: r.Text("epoch")}
	if act.ID == "" {
		act.ID = syncproto.NewID()
	}
	command := r.Text("command")
	switch command {
	case "resolve", "reopen":
		act.Command, act.BaseRevision = syncproto.Command(command), r.Number("revision")
	default:
		command = "add"
		on := r.ID("on")
		if on == "" {
			on = id
		}
		act.Record, act.BaseEpoch = derived(act.ID, "note"), ""
		act.Set = syncproto.Fields{"parent": syncproto.Text(string(on)), "text": syncproto.Text(r.Text("text"))}
		if field := r.Text("field"); field != "" {
			act.Set["field"] = syncproto.Text(field)
		}
		if r.Text("text") == "" {
			r.Wrong("text")
		}
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	done, err := a.opt.Desk.Act(ctx, r.Desk(), []desk.Act{act})
	if err != nil {
		return nil, err
	}
	if refused := firstRefused(done); refused != nil {
		return a.refused(ctx, r, id, "note", refused)
	}
	return page.Redirect{To: r.Back(pathOf(id, "")), Flash: &page.Flash{Key: "item.told_note_" + command}}, nil
}
