package demo

import (
	"context"
	"fmt"
	"net/http"

	mobilesdk "lantoa/mobile-sdk"
	"lantoa/server/internal/campaign"
	"lantoa/storage"
	"lantoa/syncproto"
)

// says is what the person of a phone answers to the call: "" for nothing. Whoever leaves the association says nothing, and
// of two phones of one person the first speaks.
func (p *phone) says() string {
	switch {
	case p.copied || p.leaving || p.number%7 == 4:
		return ""
	case p.number%9 == 8:
		return syncproto.ChoiceNo
	}
	return syncproto.ChoiceYes
}

// replies lets everybody who has the call, and has not answered it, read it and answer without any network, and then sync.
func (w *week) replies(ctx context.Context, day int) error {
	if w.alarm == nil {
		return nil
	}
	return w.everybody(ctx, func(p *phone) error {
		if p.away[day] || p.closed != "" {
			return nil
		}
		call, err := p.engine.Call(ctx, w.alarm.id)
		if syncproto.CodeOf(err) == syncproto.CodeNotThere && err != nil {
			return nil // the storm kept it back, or it does not concern them
		}
		if err != nil {
			return err
		}
		if err := p.engine.Opened(ctx, w.alarm.id); err != nil {
			return err
		}
		if call.Answer == nil && p.says() != "" {
			answer := mobilesdk.CallAnswer{Choice: p.says()}
			if answer.Choice == syncproto.ChoiceYes {
				answer.Count = w.alarm.party
			}
			if err := p.engine.Answer(ctx, w.alarm.id, answer); err != nil {
				return err
			}
		}
		return p.sync(ctx, 3)
	})
}

// standing is where the answer of a phone's person stands, as the phone knows it.
func (p *phone) standing(ctx context.Context, call syncproto.ID) (state syncproto.State, err error) {
	v, err := p.engine.Call(ctx, call)
	if err != nil && syncproto.CodeOf(err) == syncproto.CodeNotThere {
		return "", nil
	}
	if err == nil && v.Answer != nil {
		state = v.Answer.Standing
	}
	return state, err
}

// conclude brings the call to its end: those who were away answer, somebody gives a place back, two come, and the officer
// closes it and tells all who answered what came of it.
func (w *week) conclude(ctx context.Context) error {
	if w.alarm == nil {
		return nil
	}
	again := func() error {
		return w.everybody(ctx, func(p *phone) error { return p.sync(ctx, 4) })
	}
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return w.replies(ctx, w.Days) }, w.giveBack, w.come, w.tellResult,
	} {
		if err := step(ctx); err != nil {
			return err
		}
		if err := again(); err != nil {
			return err
		}
	}
	return nil
}

// placed lists the phones whose persons have a place, one of each person's: the last, so that of two phones it is the other
// one than the one that answered.
func (w *week) placed(ctx context.Context) (list []*phone, err error) {
	at := map[syncproto.ID]int{}
	for _, p := range w.phones {
		state, err := p.standing(ctx, w.alarm.id)
		if err != nil {
			return nil, err
		}
		if state != syncproto.StateRegistered || p.closed != "" {
			continue
		}
		if i, there := at[p.person]; there {
			list[i] = p
			continue
		}
		at[p.person], list = len(list), append(list, p)
	}
	return list, nil
}

// giveBack lets somebody who has a place say no: the first on the waiting list gets it.
func (w *week) giveBack(ctx context.Context) error {
	list, err := w.placed(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.copied {
			continue
		}
		if err := p.engine.Answer(ctx, w.alarm.id, mobilesdk.CallAnswer{Choice: syncproto.ChoiceNo}); err != nil {
			return err
		}
		if err := p.sync(ctx, 4); err != nil {
			return err
		}
		w.alarm.gaveBack = p.name
		return w.promoted(ctx)
	}
	return nil
}

// promoted finds out who moved up.
func (w *week) promoted(ctx context.Context) error {
	err := w.server.Store().View(ctx, func(r storage.Reader) error {
		list, err := everyRecipient(r, w.alarm.id)
		for i := range list {
			if list[i].Promoted == 0 || list[i].Standing != syncproto.StateRegistered {
				continue
			}
			who, err := r.Person(list[i].Person)
			if err != nil {
				return err
			}
			w.alarm.movedUp = who.Name
		}
		return err
	})
	if err == nil && w.alarm.movedUp != "" {
		w.note("demo.call_promoted", map[string]string{"name": w.alarm.gaveBack, "next": w.alarm.movedUp})
	}
	return err
}

// come checks two in who have a place: one by the code on the wall, typed into a phone, and one by the officer. If there is
// somebody with two phones, it is the other one.
func (w *week) come(ctx context.Context) error {
	list, err := w.placed(ctx)
	if err != nil || len(list) < 2 {
		return err
	}
	for i, p := range list {
		if p.copied {
			list[0], list[i] = list[i], list[0]
		}
	}
	if err := list[0].engine.CheckIn(ctx, w.alarm.id, callCode); err != nil {
		return err
	}
	body := map[string]any{"person": list[1].person, "came": true}
	return w.alarm.officers[0].send(ctx, http.MethodPost, w.alarm.path("check-in"), body, nil)
}

// tellResult closes the call and sends what came of it to all who answered.
func (w *week) tellResult(ctx context.Context) error {
	a := w.alarm
	officer := a.officers[0]
	if err := officer.send(ctx, http.MethodPost, a.path("close"), nil, nil); err != nil {
		return err
	}
	var result, edited campaign.Call
	if err := officer.send(ctx, http.MethodPost, a.path("copy"), campaign.Copying{Kind: syncproto.CallResult}, &result); err != nil {
		return err
	}
	a.result = result.ID
	draft := campaign.Draft{Revision: result.Revision, Kind: result.Kind, About: a.id, Title: resultTitle, Body: resultBody, Audience: result.Audience}
	for _, u := range result.Units {
		draft.Units = append(draft.Units, u.ID)
	}
	path := "/v1/calls/" + string(a.result)
	if err := officer.send(ctx, http.MethodPut, path, draft, &edited); err != nil {
		return err
	}
	var sent campaign.Call
	if err := officer.send(ctx, http.MethodPost, path+"/send", map[string]any{"revision": edited.Revision}, &sent); err != nil {
		return err
	}
	w.note("demo.call_result", map[string]string{"name": officer.name, "title": resultTitle, "people": fmt.Sprint(sent.Recipients)})
	// Whom it goes to is written down; at night the bells of this kind keep still.
	return a.progress(ctx, a.result, func(p *campaign.Progress) bool { return p.Unplanned == 0 })
}
