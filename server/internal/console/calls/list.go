package calls

import (
	"context"
	"slices"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/storage"
	"lantoa/syncproto"
)

// tabs are the views of the list, with the states that each shows.
var tabs = []struct {
	Name   string
	States []storage.CallState
}{
	{"all", nil},
	{"draft", []storage.CallState{storage.CallDraft}},
	{"proposed", []storage.CallState{storage.CallProposed}},
	{"scheduled", []storage.CallState{storage.CallScheduled}},
	{"open", []storage.CallState{storage.CallSending, storage.CallSent}},
	{"over", []storage.CallState{storage.CallClosed, storage.CallCancelled}},
}

// listView is the list of calls.
type listView struct {
	Mine      []rowView // what waits for whoever reads
	Calls     []rowView
	Tabs      []tabView
	State     string
	Campaign  *campaign.Campaign // that was chosen
	Campaigns []campaign.Campaign
	Next      string
	Filtered  bool
}

type tabView struct {
	Name, To string
	On       bool
}

// rowView is a call on one line.
type rowView struct {
	campaign.Row
	To, Heading, Why string
	UnitNames        []string
	Urgent           bool
}

// list shows the calls of whoever asks, what waits for them first.
func (o *office) list(ctx context.Context, r *page.Request) (page.Answer, error) {
	of := r.ID("campaign")
	v := &listView{State: r.Text("state")}
	f := campaign.Filter{Campaign: of, From: r.ID("from")}
	for _, t := range tabs {
		on := t.Name == v.State || v.State == "" && t.Name == "all"
		if on {
			f.States = t.States
		}
		v.Tabs = append(v.Tabs, tabView{t.Name, page.At(root, "state", noAll(t.Name), "campaign", string(of)), on})
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	found, err := o.Calls.List(ctx, r.People(), f)
	if err != nil {
		return nil, err
	}
	for i := range found.Calls {
		v.Calls = append(v.Calls, rowOf(r, &found.Calls[i], ""))
	}
	if found.Next != "" {
		v.Next = page.At(root, "state", v.State, "campaign", string(of), "from", string(found.Next))
	}
	v.Filtered = f.States != nil || of != ""
	if f.From == "" && !v.Filtered {
		if v.Mine, err = o.mine(ctx, r); err != nil {
			return nil, err
		}
		v.Calls = slices.DeleteFunc(v.Calls, func(row rowView) bool { // which stands above
			return slices.ContainsFunc(v.Mine, func(mine rowView) bool { return mine.ID == row.ID })
		})
	}
	if err := o.campaignsOf(ctx, r, v, of); err != nil {
		return nil, err
	}
	return page.View{Name: "calls/list", Title: r.T("calls.title"), Area: "calls", Data: v}, nil
}

func noAll(tab string) string {
	if tab == "all" {
		return ""
	}
	return tab
}

func (o *office) campaignsOf(ctx context.Context, r *page.Request, v *listView, of syncproto.ID) error {
	all, err := o.Calls.Campaigns(ctx, r.People(), "")
	if err != nil {
		return err
	}
	v.Campaigns = all.Campaigns
	if i := slices.IndexFunc(all.Campaigns, func(c campaign.Campaign) bool { return c.ID == of }); i >= 0 {
		v.Campaign = &all.Campaigns[i]
	} else if of != "" {
		v.Campaign, err = o.Calls.Campaign(ctx, r.People(), of)
	}
	return err
}

// mostMine bounds how many calls are looked at for what waits.
const mostMine = 20

// mine lists what waits for whoever asks: the calls to which they may say the second yes, and those of theirs whose schedule
// came to nothing.
func (o *office) mine(ctx context.Context, r *page.Request) (out []rowView, err error) {
	waiting, err := o.Calls.List(ctx, r.People(), campaign.Filter{States: []storage.CallState{storage.CallProposed, storage.CallDraft}})
	if err != nil {
		return nil, err
	}
	looked := 0
	for i := range waiting.Calls {
		row := &waiting.Calls[i]
		if row.State == storage.CallDraft && row.Reason == "" {
			continue
		}
		if looked++; looked > mostMine {
			break
		}
		c, err := o.Calls.Show(ctx, r.People(), row.ID)
		if syncproto.KindOf(err) == syncproto.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		switch {
		case c.State == storage.CallProposed && may(c, campaign.ActSend):
			out = append(out, rowOf(r, row, r.T("calls.mine_second", "name", proposer(c))))
		case c.State == storage.CallDraft && c.Reason != "" && c.By != nil && c.By.ID == r.Who.Person:
			out = append(out, rowOf(r, row, r.T("calls.mine_returned", "why", r.T("code."+string(c.Reason)))))
		}
	}
	return out, nil
}

func proposer(c *campaign.Call) string {
	if c.Proposed == nil {
		return ""
	}
	return nameOf(*c.Proposed)
}

func rowOf(r *page.Request, row *campaign.Row, why string) rowView {
	return rowView{
		Row: *row, To: at(row.ID, ""), Heading: titleOf(r, row.Title), Why: why, UnitNames: named(row.Units),
		Urgent: row.Kind == syncproto.CallUrgent,
	}
}

// may reports whether a call offers an act to whoever looked at it.
func may(c *campaign.Call, act campaign.Act) bool { return slices.Contains(c.Acts, act) }
