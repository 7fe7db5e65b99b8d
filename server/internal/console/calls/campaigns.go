package calls

import (
	"context"
	"strings"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/syncproto"
)

// campaignsView is the list of campaigns.
type campaignsView struct {
	Campaigns []campaignRow
	Next      string
}

type campaignRow struct {
	campaign.Campaign
	To        string
	UnitNames []string
}

// campaignView is a campaign with its form.
type campaignView struct {
	Draft   campaign.CampaignDraft
	Shown   *campaign.Campaign // as it stands; nil for a new one
	Alter   bool
	Callers []branch
	To      string
	Wrong   map[string]string
	Latest  bool // somebody else changed it meanwhile: Shown is theirs
	Calls   []rowView
}

// campaigns lists campaigns.
func (o *office) campaigns(ctx context.Context, r *page.Request) (page.Answer, error) {
	from := r.ID("from")
	if err := r.Err(); err != nil {
		return nil, err
	}
	found, err := o.Calls.Campaigns(ctx, r.People(), from)
	if err != nil {
		return nil, err
	}
	v := &campaignsView{}
	for _, c := range found.Campaigns {
		v.Campaigns = append(v.Campaigns, campaignRow{c, campaignRoot + "/" + string(c.ID), named(c.Units)})
	}
	if found.Next != "" {
		v.Next = page.At(campaignRoot, "from", string(found.Next))
	}
	return page.View{Name: "calls/campaigns", Title: r.T("calls.campaigns"), Area: "calls", Data: v}, nil
}

// newCampaign is the form of a new campaign.
func (o *office) newCampaign(ctx context.Context, r *page.Request) (page.Answer, error) {
	v := &campaignView{Alter: true, To: campaignRoot + "/new"}
	v.Draft.ID = syncproto.NewID()
	if mine := grants(r); len(mine) > 0 {
		v.Draft.Units = append(v.Draft.Units, mine[0].Unit)
	}
	return o.drawCampaign(ctx, r, v, nil)
}

func readCampaign(r *page.Request) campaign.CampaignDraft {
	return campaign.CampaignDraft{
		ID: r.ID("id"), Changed: r.Number("changed"), Title: r.Text("title"), TitleEN: r.Text("title_en"), About: r.Text("about"), Units: r.IDs("unit"),
		From: r.Time("from"), Until: r.Time("until"),
	}
}

// createCampaign makes a campaign.
func (o *office) createCampaign(ctx context.Context, r *page.Request) (page.Answer, error) {
	v := &campaignView{Draft: readCampaign(r), Alter: true, To: campaignRoot + "/new"}
	err := r.Err()
	var made *campaign.Campaign
	if err == nil {
		made, err = o.Calls.CreateCampaign(ctx, r.People(), &v.Draft)
	}
	if err != nil {
		return o.refusedCampaign(ctx, r, v, err)
	}
	return page.Redirect{To: campaignRoot + "/" + string(made.ID), Flash: told("campaign_saved")}, nil
}

func (o *office) readCampaignOf(ctx context.Context, r *page.Request) (*campaignView, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	c, err := o.Calls.Campaign(ctx, r.People(), id)
	if err != nil {
		return nil, err
	}
	v := &campaignView{Shown: c, Alter: c.Alter && c.Closed == 0, To: campaignRoot + "/" + string(id)}
	v.Draft = campaign.CampaignDraft{ID: c.ID, Changed: c.Changed, Title: c.Title, TitleEN: c.TitleEN, About: c.About, From: c.From, Until: c.Until}
	for _, u := range c.Units {
		v.Draft.Units = append(v.Draft.Units, u.ID)
	}
	return v, nil
}

// campaign shows a campaign with its calls.
func (o *office) campaign(ctx context.Context, r *page.Request) (page.Answer, error) {
	v, err := o.readCampaignOf(ctx, r)
	if err != nil {
		return nil, err
	}
	found, err := o.Calls.List(ctx, r.People(), campaign.Filter{Campaign: v.Shown.ID})
	if err != nil {
		return nil, err
	}
	for i := range found.Calls {
		v.Calls = append(v.Calls, rowOf(r, &found.Calls[i], ""))
	}
	return o.drawCampaign(ctx, r, v, nil)
}

// editCampaign stores a campaign in place of what stood there.
func (o *office) editCampaign(ctx context.Context, r *page.Request) (page.Answer, error) {
	v, err := o.readCampaignOf(ctx, r)
	if err != nil {
		return nil, err
	}
	id := v.Shown.ID
	v.Draft = readCampaign(r)
	v.Draft.ID = id
	if err = r.Err(); err == nil {
		_, err = o.Calls.EditCampaign(ctx, r.People(), id, &v.Draft)
	}
	if syncproto.CodeOf(err) == syncproto.CodeStaleRevision {
		v.Latest, v.Draft.Changed = true, v.Shown.Changed
	}
	if err != nil {
		return o.refusedCampaign(ctx, r, v, err)
	}
	return page.Redirect{To: v.To, Flash: told("campaign_saved")}, nil
}

func (o *office) refusedCampaign(ctx context.Context, r *page.Request, v *campaignView, err error) (page.Answer, error) {
	p := r.Problem(err)
	if p == nil {
		return nil, err
	}
	field, _, _ := strings.Cut(p.Field, "[")
	if field == "units" {
		field = "unit"
	}
	switch p.Code {
	case syncproto.CodeStaleRevision:
		p.Sentence = r.T("calls.stale")
	case syncproto.CodeTooLarge:
		typed := map[string]string{"title": v.Draft.Title, "title_en": v.Draft.TitleEN, "about": v.Draft.About}[field]
		most := limits["title"]
		if field == "about" {
			most = limits["body"]
		}
		p.Sentence = r.T("calls.too_long", "n", page.Number(r.Lang, int64(len(typed))), "most", page.Number(r.Lang, int64(most)))
	case syncproto.CodeCallText:
		p.Sentence = r.T("calls.lack_name")
	case syncproto.CodeMissingMember:
		p.Sentence = r.T("calls.wrong_unit")
	}
	v.Wrong = map[string]string{field: p.Sentence}
	return o.drawCampaign(ctx, r, v, p)
}

func (o *office) drawCampaign(ctx context.Context, r *page.Request, v *campaignView, p *page.Problem) (page.Answer, error) {
	tree, err := o.tree(ctx, r, nil)
	if err != nil {
		return nil, err
	}
	v.Callers = o.callers(r, tree, v.Draft.Units)
	if v.Shown != nil {
		for i := range v.Callers {
			for _, u := range v.Shown.Units {
				if u.ID == v.Callers[i].ID {
					v.Callers[i].Name = nameOf(u)
				}
			}
		}
	}
	title := r.T("calls.campaign_new")
	if v.Shown != nil {
		title = v.Shown.Title
	}
	return page.View{Name: "calls/campaign", Title: title, Area: "calls", Data: v, Problem: p, Status: p.Status()}, nil
}

// closingCampaign asks before a campaign is closed.
func (o *office) closingCampaign(ctx context.Context, r *page.Request) (page.Answer, error) {
	v, err := o.readCampaignOf(ctx, r)
	if err != nil {
		return nil, err
	}
	return page.View{Name: "calls/endcampaign", Title: r.T("calls.campaign_close_title", "title", v.Shown.Title), Area: "calls", Data: v}, nil
}

// closeCampaign ends a campaign: it takes no call any more.
func (o *office) closeCampaign(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	if _, err := o.Calls.CloseCampaign(ctx, r.People(), id); err != nil {
		return nil, err
	}
	return page.Redirect{To: campaignRoot + "/" + string(id), Flash: told("campaign_closed")}, nil
}
