package calls

import (
	"context"
	"slices"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/syncproto"
)

// progressView is how far the sending of a call is.
type progressView struct {
	*campaign.Progress
	Done    int64
	Parts   []part
	Rate    int64
	Minutes int64 // that the rest takes, rounded up
	Paused  []pausedView
	Resume  bool // whoever looks may let it go on
	Live    bool // it goes on: worth asking again
}

// part is how many persons stand in one state.
type part struct {
	State  storage.DeliveryState
	N      int64
	At, To int64 // of 1000, for the bar
}

type pausedView struct {
	Service, Why, Step string
	Since              int64
}

// order is the order in which states are shown: the good ones first, then what is under way, then what came to nothing.
var order = []storage.DeliveryState{
	storage.DeliveryAccepted, storage.DeliveryUnsure, storage.DeliveryUnreachable, storage.DeliveryMuted, storage.DeliveryFolded,
	storage.DeliveryLeased, storage.DeliveryDue, storage.DeliveryFailed, storage.DeliveryGone, storage.DeliveryExpired, storage.DeliveryCancelled,
}

// follow adds the progress of a call that was sent.
func (o *office) follow(ctx context.Context, r *page.Request, v *callView) error {
	p, err := o.Calls.Progress(ctx, r.People(), v.ID)
	if err != nil {
		return err
	}
	v.Progress = progressOf(r, p)
	if v.Call.Campaign != "" && !r.Fragmentary() {
		of, err := o.Calls.Campaign(ctx, r.People(), v.Call.Campaign)
		if err != nil && syncproto.KindOf(err) != syncproto.NotFound {
			return err
		}
		v.Campaign = of
	}
	if v.MayTest {
		v.Phones, err = o.phones(ctx, r.Who.Person)
	}
	return err
}

func progressOf(r *page.Request, p *campaign.Progress) *progressView {
	undone := p.Unplanned + p.Persons[storage.DeliveryDue] + p.Persons[storage.DeliveryLeased] + p.Persons[storage.DeliveryCancelled]
	v := &progressView{Progress: p, Done: max(p.Recipients-undone, 0), Rate: int64(p.Pace.Rate), Minutes: (p.Seconds + 59) / 60}
	at := int64(0)
	for _, state := range append(slices.Clone(order), "unplanned") {
		n := p.Persons[state]
		if state == "unplanned" {
			n = p.Unplanned
		}
		if n == 0 {
			continue
		}
		to := at + n*1000/max(p.Recipients, 1)
		v.Parts = append(v.Parts, part{state, n, at, to - at})
		at = to
	}
	for _, service := range p.Pace.Paused {
		v.Paused = append(v.Paused, pausedView{service.Service, pausedWhy(r, service.Code), notify.NextStep(r.Lang, service.Code), service.Since})
	}
	v.Live = p.State == storage.CallSending || p.State == storage.CallScheduled || p.Rest > 0
	v.Resume = p.Halted && r.Has(syncproto.RoleOperator)
	return v
}

// pausedWhy names the code of a pause.
func pausedWhy(r *page.Request, code string) string { return r.T("calls.paused_code", "code", code) }

// resume lets a sending go on that was halted because too much of it was refused. It is for operators.
func (o *office) resume(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	picture, err := o.Board.Look(ctx, r.People(), r.Lang)
	if err != nil {
		return nil, err
	}
	for _, p := range picture.Paused {
		if p.Record != id {
			continue
		}
		if err := o.Board.Resume(ctx, r.People(), p.Intent); err != nil {
			return nil, err
		}
	}
	return page.Redirect{To: at(id, ""), Flash: told("resumed")}, nil
}
