package office

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/privacy"
	"lantoa/syncproto"
)

// act does something with a request and goes back to its page, which tells what was done; a refusal is told there.
func (a *area) act(ctx context.Context, r *page.Request, told string, do func(by privacy.By, id syncproto.ID) error) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	if err = r.Err(); err == nil {
		err = do(r.Privacy(), id)
	}
	if err != nil {
		if p := r.Problem(err); p != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
			return a.drawCase(ctx, r, p)
		}
		return nil, err
	}
	return page.Redirect{To: casesRoot + "/" + string(id), Flash: &page.Flash{Key: told}}, nil
}

// answerCase stops the first clock, and keeps which records are about the person: of those that were on the page, what is
// ticked is, and what is not is not.
func (a *area) answerCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	reply := privacy.Reply{Note: r.Text("note"), Confirm: r.IDs("confirm")}
	for _, id := range r.IDs("shown") {
		if !slices.Contains(reply.Confirm, id) {
			reply.Deny = append(reply.Deny, id)
		}
	}
	return a.act(ctx, r, "office.answered", func(by privacy.By, id syncproto.ID) error {
		_, err := a.opt.Privacy.Answer(ctx, by, id, reply)
		return err
	})
}

// extendCase moves the second deadline to the end of a day. The reason is added to the note, since it has to be told.
func (a *area) extendCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	until := r.Time("until")
	if until == 0 {
		r.Wrong("until")
	}
	reason := r.Text("note")
	return a.act(ctx, r, "office.extended", func(by privacy.By, id syncproto.ID) error {
		if reason == "" {
			return syncproto.E(syncproto.CodeReasonRequired, "extend case", nil)
		}
		c, err := a.opt.Privacy.Extend(ctx, by, id, until+dayLong-1)
		if err == nil {
			_, err = a.opt.Privacy.Answer(ctx, by, id, privacy.Reply{Note: added(c.Note, reason)})
		}
		return err
	})
}

// maxNote is what a note holds, in bytes.
const maxNote = 4000

// maxName is what the title of a window shows of a name, in letters.
const maxName = 40

// added writes something under the note that is there, as far as there is room: a request has one note.
func added(note, more string) string {
	if note == "" || len(note)+1+len(more) > maxNote {
		return more
	}
	return note + "\n" + more
}

func (a *area) correctCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	right := privacy.Correction{Name: r.Text("name"), Phone: r.Text("phone")}
	return a.act(ctx, r, "office.corrected", func(by privacy.By, id syncproto.ID) error {
		_, err := a.opt.Privacy.Correct(ctx, by, id, right)
		return err
	})
}

func (a *area) closeCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	result, note := r.Text("result"), r.Text("note")
	if note != "" {
		note = added(r.Text("kept"), note)
	}
	return a.act(ctx, r, "office.closed", func(by privacy.By, id syncproto.ID) error {
		_, err := a.opt.Privacy.Close(ctx, by, id, result, note)
		return err
	})
}

// exportView is what the page before a copy draws.
type exportView struct {
	ID   syncproto.ID
	Name string
}

// beforeExport asks for a fresh proof and then offers the copy: a download leaves the page that asked for it as it is.
func (a *area) beforeExport(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	if err := a.opt.Privacy.Fresh(r.Privacy()); err != nil {
		return nil, err
	}
	name, err := a.subject(ctx, r, id)
	if err != nil {
		return nil, err
	}
	return page.View{Name: "office/export", Title: r.T("office.export_title", "name", page.Clip(name, maxName)), Area: "cases", Data: &exportView{id, name}}, nil
}

// subject is how whoever a request is about is called.
func (a *area) subject(ctx context.Context, r *page.Request, id syncproto.ID) (string, error) {
	c, _, err := a.opt.Privacy.Show(ctx, r.Privacy(), id)
	if err != nil || c.Person == "" {
		return whoOf(c), err
	}
	called, err := a.namesOf(ctx, r, []syncproto.ID{c.Person}, nil)
	if err != nil {
		return "", err
	}
	return called.Person(c.Person), nil
}

func whoOf(c *privacy.Case) string {
	if c == nil {
		return ""
	}
	return c.Who
}

// exportCase gives the archive of what is kept of a person.
func (a *area) exportCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	export, err := a.opt.Privacy.Export(ctx, r.Privacy(), id)
	if err != nil {
		return nil, err
	}
	return page.File{Name: export.Name, Type: "application/zip", Write: export.WriteTo}, nil
}

// planView is what the page before an erasure draws.
type planView struct {
	ID   syncproto.ID
	Name string
	Plan *privacy.Plan
}

// planErasure shows what an erasure takes away and what it leaves. Nothing has happened yet.
func (a *area) planErasure(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.drawPlan(ctx, r, nil)
}

func (a *area) drawPlan(ctx context.Context, r *page.Request, problem *page.Problem) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	plan, err := a.opt.Privacy.Erase(ctx, r.Privacy(), id, "")
	if err != nil {
		return nil, err
	}
	name, err := a.subject(ctx, r, id)
	if err != nil {
		return nil, err
	}
	v := &planView{ID: id, Name: name, Plan: plan}
	return page.View{Name: "office/erase", Title: r.T("office.erase_title", "name", page.Clip(v.Name, maxName)), Area: "cases", Data: v, Problem: problem}, nil
}

// erase has the plan that was shown carried out.
func (a *area) erase(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	token := r.Text("plan")
	if token == "" || r.Text("sure") != "yes" {
		r.Wrong("sure")
		err = r.Err()
	}
	if err == nil {
		_, err = a.opt.Privacy.Erase(ctx, r.Privacy(), id, token)
	}
	if err != nil {
		if p := r.Problem(err); p != nil && syncproto.CodeOf(err) != syncproto.CodeNotFound {
			return a.drawPlan(ctx, r, p)
		}
		return nil, err
	}
	return page.Redirect{To: casesRoot + "/" + string(id), Flash: &page.Flash{Key: "office.erasing"}}, nil
}
