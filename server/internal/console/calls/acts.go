package calls

import (
	"context"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/storage"
	"lantoa/syncproto"
)

// confirm asks once more before a call goes out, with the number of people written out.
func (o *office) confirm(ctx context.Context, r *page.Request) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	if c.Sent != 0 || c.State == storage.CallScheduled { // it went out meanwhile
		return page.Redirect{To: at(c.ID, "")}, nil
	}
	return o.asking(ctx, r, c, nil)
}

func (o *office) asking(ctx context.Context, r *page.Request, c *campaign.Call, p *page.Problem) (page.Answer, error) {
	v := o.viewOf(r, c, "call")
	if err := o.stand(ctx, r, v); err != nil {
		return nil, err
	}
	v.Step = "send"
	if c.State == storage.CallDraft && v.Needs != "" {
		v.Step = "propose"
	}
	return page.View{Name: "calls/send", Title: r.T("calls.confirm_"+v.Step, "title", v.Heading), Area: "calls", Data: v, Problem: p, Status: p.Status()}, nil
}

// send sends the revision that was confirmed, or schedules it. What was changed meanwhile is shown first.
func (o *office) send(ctx context.Context, r *page.Request) (page.Answer, error) {
	return o.decide(ctx, r, func(c *campaign.Call, revision int64) (page.Answer, error) {
		after, err := o.Calls.Send(ctx, r.People(), c.ID, revision)
		if err != nil {
			return nil, err
		}
		if after.State == storage.CallScheduled {
			return page.Redirect{To: at(c.ID, ""), Flash: told("scheduled", "at", page.Moment(r.Lang, after.Due))}, nil
		}
		return page.Redirect{To: at(c.ID, ""), Flash: told("sent", "n", page.Number(r.Lang, after.Recipients))}, nil
	})
}

// propose asks for the yes of a second officer.
func (o *office) propose(ctx context.Context, r *page.Request) (page.Answer, error) {
	return o.decide(ctx, r, func(c *campaign.Call, revision int64) (page.Answer, error) {
		if _, err := o.Calls.Propose(ctx, r.People(), c.ID, revision); err != nil {
			return nil, err
		}
		return page.Redirect{To: at(c.ID, ""), Flash: told("proposed")}, nil
	})
}

// decide does what was confirmed to the revision that was looked at; refused, it asks again with the reason.
func (o *office) decide(ctx context.Context, r *page.Request, do func(c *campaign.Call, revision int64) (page.Answer, error)) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	revision := r.Number("revision")
	if err := r.Err(); err != nil {
		return nil, err
	}
	answer, err := do(c, revision)
	if err == nil {
		return answer, nil
	}
	p := r.Problem(err)
	if p == nil || c.Sent != 0 {
		return nil, err
	}
	switch p.Code {
	case syncproto.CodeStaleRevision:
		p.Sentence = r.T("calls.stale_send")
	case syncproto.CodeSecondOfficer:
		if p.Field == "audience" {
			p.Sentence = r.T("calls.too_many_alone", "n", page.Number(r.Lang, o.Calls.Large()))
		}
	default:
		p.Sentence = lackLine(r, formOf(c), p)
	}
	return o.asking(ctx, r, c, p)
}

// ending asks before a call is called off or closed.
func (o *office) ending(act string) page.Handler {
	return func(ctx context.Context, r *page.Request) (page.Answer, error) {
		c, err := o.read(ctx, r)
		if err != nil {
			return nil, err
		}
		v := o.viewOf(r, c, "call")
		if act == "cancel" && !v.MayCancel || act == "close" && !v.MayClose {
			return page.Redirect{To: at(c.ID, "")}, nil
		}
		if v.Was {
			if err := o.follow(ctx, r, v); err != nil {
				return nil, err
			}
		}
		v.Step = act
		return page.View{Name: "calls/end", Title: r.T("calls."+act+"_title", "title", v.Heading), Area: "calls", Data: v}, nil
	}
}

// end calls a call off, or closes it.
func (o *office) end(act string) page.Handler {
	return func(ctx context.Context, r *page.Request) (page.Answer, error) {
		id, err := r.PathID("id")
		if err != nil {
			return nil, err
		}
		do := o.Calls.Cancel
		if act == "close" {
			do = o.Calls.Close
		}
		e, err := do(ctx, r.People(), id)
		if err != nil {
			return nil, err
		}
		key := act + "led"
		if act == "close" {
			key = "closed"
		}
		if e.Call.Sent == 0 {
			return page.Redirect{To: at(id, ""), Flash: told(key)}, nil
		}
		flash := told(key+"_sent", "handed", page.Number(r.Lang, e.Handed), "way", page.Number(r.Lang, e.UnderWay), "stopped", page.Number(r.Lang, e.Stopped))
		return page.Redirect{To: at(id, ""), Flash: flash}, nil
	}
}

// test rings the phones of whoever asks.
func (o *office) test(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	phones, err := o.phones(ctx, r.Who.Person)
	if err != nil {
		return nil, err
	}
	if !phones {
		flash := told("test_none")
		flash.Bad = true
		return page.Redirect{To: at(id, ""), Flash: flash}, nil
	}
	if _, err := o.Calls.Test(ctx, r.People(), id); err != nil {
		return nil, err
	}
	return page.Redirect{To: at(id, ""), Flash: told("tested")}, nil
}

// copy makes a draft of a call: another like it, a reminder, or its result.
func (o *office) copy(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	how := campaign.Copying{ID: r.ID("id"), Kind: syncproto.CallKind(r.Text("kind")), Among: campaign.Among(r.Text("among"))}
	if err == nil {
		err = r.Err()
	}
	if err != nil {
		return nil, err
	}
	made, err := o.Calls.Copy(ctx, r.People(), id, how)
	if err != nil {
		return nil, err
	}
	key := "copied"
	if how.Kind != "" {
		key += "_" + string(how.Kind)
	}
	return page.Redirect{To: at(made.ID, "edit"), Flash: told(key)}, nil
}
