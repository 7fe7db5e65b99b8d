package item

import (
	"context"
	"net/http"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// newNote is the act that pins a note. Its record's identity follows from the act's.
func newNote(act, parent syncproto.ID, field, text string) desk.Act {
	set := syncproto.Fields{"parent": syncproto.Text(string(parent)), "text": syncproto.Text(text)}
	if field != "" {
		set["field"] = syncproto.Text(field)
	}
	return desk.Act{ID: act, Record: derived(act, "note"), Kind: syncproto.KindNote, Set: set}
}

// note pins a note to a submission or to something of it.
func (a *area) note(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	act, on, text := actOf(r), r.ID("on"), r.Text("text")
	if on == "" {
		on = id
	}
	field := r.Text("field")
	if record, about := splitPin(r.Text("pin")); record != "" { // one choice for both
		on, field = record, about
	}
	if text == "" {
		r.Wrong("text")
	}
	if err := r.Err(); err != nil {
		return a.again(ctx, r, id, err)
	}
	return a.remark(ctx, r, id, newNote(act, on, field, text), "add")
}

// settle resolves a note, or opens it again.
func (a *area) settle(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	note, err := r.PathID("note")
	if err != nil {
		return nil, err
	}
	act := desk.Act{
		ID: actOf(r), Record: note, Kind: syncproto.KindNote, BaseRevision: r.Number("revision"), BaseEpoch: r.Text("epoch"),
		Command: syncproto.CommandResolve,
	}
	if r.Text("command") == string(syncproto.CommandReopen) {
		act.Command = syncproto.CommandReopen
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	return a.remark(ctx, r, id, act, string(act.Command))
}

func (a *area) remark(ctx context.Context, r *page.Request, id syncproto.ID, act desk.Act, what string) (page.Answer, error) {
	done, err := a.opt.Desk.Act(ctx, r.Desk(), []desk.Act{act})
	if err != nil {
		return nil, err
	}
	if refused := firstRefused(done); refused != nil {
		return a.again(ctx, r, id, errorOf(refused))
	}
	return page.Redirect{To: r.Back(pathOf(id, "")), Flash: &page.Flash{Key: "item.told_note_" + what}}, nil
}

// again draws the submission with what went wrong.
func (a *area) again(ctx context.Context, r *page.Request, id syncproto.ID, why error) (page.Answer, error) {
	problem := r.Problem(why)
	if problem == nil {
		return nil, why
	}
	sheet, err := Load(ctx, r, a.opt.Desk, id)
	if err != nil {
		return nil, err
	}
	sheet.Back, sheet.Typed = r.Back(pathOf(id, "")), r.Text("text")
	view := a.view(r, sheet)
	view.Problem, view.Status = problem, http.StatusConflict
	return view, nil
}

// splitPin reads what a note is pinned to from one value: RECORD or RECORD.FIELD.
func splitPin(pin string) (record syncproto.ID, field string) {
	if len(pin) < 36 || !syncproto.ID(pin[:36]).Valid() {
		return "", ""
	}
	if len(pin) > 37 && pin[36] == '.' {
		field = pin[37:]
	}
	return syncproto.ID(pin[:36]), field
}
