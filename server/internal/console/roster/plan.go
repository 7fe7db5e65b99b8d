package roster

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// plan is a reorganisation while it is put together. It travels in the form.
type plan struct {
	Changes []people.UnitChange
	forest  *forest // as the changes leave it
	effects []people.Effect
}

// maxPlan bounds the changes that are put together by hand; tables take more.
const maxPlan = 300

// readPlan reads what was chosen so far.
func readPlan(r *page.Request) (*plan, error) {
	p := &plan{}
	text := r.Raw("plan")
	if text == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(text), &p.Changes); err != nil {
		return nil, syncproto.E(syncproto.CodeMalformed, "read plan", err)
	}
	if len(p.Changes) > maxPlan {
		return nil, syncproto.E(syncproto.CodeTooMany, "read plan", nil)
	}
	return p, nil
}

// Text is the plan as a form carries it.
func (p *plan) Text() string {
	if len(p.Changes) == 0 {
		return ""
	}
	text, err := json.Marshal(p.Changes)
	if err != nil {
		return "" // structs of texts and numbers
	}
	return string(text)
}

// at is the moment that the next change builds on: the last that is in the plan, at least now.
func (p *plan) at(now int64) int64 {
	latest := now
	for i := range p.Changes {
		latest = max(latest, p.Changes[i].At)
	}
	return latest
}

// look tries the plan, and reads the units as it would leave them.
func (a *area) look(ctx context.Context, r *page.Request, p *plan) error {
	at := p.at(r.Now.UnixMilli())
	list, err := a.People.UnitsAt(ctx, at)
	if err != nil {
		return err
	}
	p.forest = grow(list)
	p.forest.mark(governed(r))
	if len(p.Changes) == 0 {
		return nil
	}
	p.effects, err = a.People.Reorganise(ctx, r.People(), p.Changes, true)
	if err != nil {
		return err
	}
	after := grow(applied(list, p.effects))
	after.mark(governed(r))
	for _, n := range after.Flat {
		n.Fresh = p.forest.byID[n.ID] == nil
	}
	for id, name := range p.forest.named { // what ended in the plan is still told of
		if after.named[id] == "" {
			after.named[id] = name
		}
	}
	p.forest = after
	return nil
}

// applied is a list of units after what a plan does to them.
func applied(list []people.Shown, effects []people.Effect) []people.Shown {
	out := slices.Clone(list)
	find := func(id syncproto.ID) int {
		return slices.IndexFunc(out, func(u people.Shown) bool { return u.ID == id })
	}
	for i := range effects {
		e := &effects[i]
		at := find(e.Unit)
		switch {
		case e.Act == people.EffectEnded && at >= 0:
			out[at].Until, out[at].Successors = e.At, e.Successors
		case e.Act == people.EffectCreated && at < 0:
			out = append(out, people.Shown{ID: e.Unit, Name: e.Name, Level: e.Level, Parent: e.Parent, From: e.At})
		case at >= 0 && (e.Act == people.EffectRenamed || e.Act == people.EffectMoved):
			out[at].Name, out[at].Level, out[at].Parent = e.Name, e.Level, e.Parent
		}
	}
	return out
}

// fault is what is wrong with a plan: which change, from 0, and which member of it, "" for none.
type fault struct {
	Change  int
	Member  string
	Problem *page.Problem
}

// faultOf reads it from an error of a reorganisation, whose detail is "changes[3].parts[0].name". It is nil for an error
// that is not about the plan.
func faultOf(r *page.Request, err error) *fault {
	p := problem(r, err)
	if p == nil {
		return nil
	}
	f := &fault{Change: -1, Problem: p}
	own, ok := errors.AsType[*syncproto.Error](err)
	if !ok {
		return f
	}
	rest, ok := strings.CutPrefix(own.Detail, "changes[")
	if !ok {
		f.Member = own.Detail
		return f
	}
	number, member, _ := strings.Cut(rest, "]")
	if f.Change, err = strconv.Atoi(number); err != nil {
		f.Change = -1
	}
	f.Member = strings.TrimPrefix(member, ".")
	wants(r, p, f.Member[strings.LastIndex(f.Member, ".")+1:])
	return f
}
