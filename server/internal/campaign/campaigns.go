package campaign

import (
	"context"

	"lantoa/server/internal/people"
	"lantoa/server/internal/syncer"
	"lantoa/storage"
	"lantoa/syncproto"
)

// CampaignDraft is what an officer writes of a campaign. It replaces the whole of what stood there.
type CampaignDraft struct {
	ID      syncproto.ID   `json:"id"`      // of a new campaign, drawn if absent; the same id again is the same request again
	Changed int64          `json:"changed"` // as the officer had it before them; 0 for a new one
	Title   string         `json:"title"`
	TitleEN string         `json:"title_en"`
	About   string         `json:"about"`
	Units   []syncproto.ID `json:"units"`
	From    int64          `json:"from"`
	Until   int64          `json:"until"`
}

// Campaign is a campaign as an officer sees it.
type Campaign struct {
	ID      syncproto.ID `json:"id"`
	Title   string       `json:"title"`
	TitleEN string       `json:"title_en,omitempty"`
	About   string       `json:"about,omitempty"`
	Units   []Ref        `json:"units"`
	From    int64        `json:"from,omitempty"`
	Until   int64        `json:"until,omitempty"`
	By      *Ref         `json:"by"`
	Created int64        `json:"created"`
	Changed int64        `json:"changed"`
	Closed  int64        `json:"closed,omitempty"`
	Alter   bool         `json:"alter"` // whoever asks may change it
}

// CampaignPage is a page of campaigns, newest first. Next is where the next one begins; "" at the end.
type CampaignPage struct {
	Campaigns []Campaign   `json:"campaigns"`
	Next      syncproto.ID `json:"next,omitempty"`
}

// onto writes the draft into a campaign and checks it.
func (d *CampaignDraft) onto(c *storage.Campaign) error {
	c.Title, c.TitleEN, c.About = tidy(d.Title), tidy(d.TitleEN), tidy(d.About)
	c.Units, c.From, c.Until = append([]syncproto.ID(nil), d.Units...), d.From, d.Until
	if c.Title == "" {
		return fail(syncproto.CodeCallText, opCheck, "title")
	}
	for _, t := range []struct {
		member, text string
		most         int
		lines        bool
	}{{"title", c.Title, maxTitle, false}, {"title_en", c.TitleEN, maxTitle, false}, {"about", c.About, maxBody, true}} {
		if err := checkText(t.member, t.text, t.most, t.lines); err != nil {
			return err
		}
	}
	for _, t := range []struct {
		member string
		at     int64
	}{{"from", c.From}, {"until", c.Until}} {
		if t.at != 0 && (t.at < firstTime || t.at > lastTime) {
			return fail(syncproto.CodeCallTime, opCheck, t.member)
		}
	}
	if c.Until != 0 && c.Until <= c.From {
		return fail(syncproto.CodeCallTime, opCheck, "until")
	}
	return checkUnits(c.Units)
}

// same reports whether two campaigns say the same.
func same(a, b *storage.Campaign) bool {
	if len(a.Units) != len(b.Units) {
		return false
	}
	for i := range a.Units {
		if a.Units[i] != b.Units[i] {
			return false
		}
	}
	return a.Title == b.Title && a.TitleEN == b.TitleEN && a.About == b.About && a.From == b.From && a.Until == b.Until
}

// CreateCampaign makes a campaign, which the members of the unit that leads it read. Asked again with the same ID and the same
// words, by the same person, it returns what was made. Errors: forbidden and unit_closed for its units, record_exists,
// call_text_missing, call_time, too_large, too_many, invalid_value, invalid_id, missing_member.
func (s *Service) CreateCampaign(ctx context.Context, by people.Actor, d *CampaignDraft) (out *Campaign, err error) {
	const op = "create campaign"
	made := storage.Campaign{ID: d.ID, By: by.Person}
	if made.ID == "" {
		made.ID = syncproto.NewID()
	}
	if !made.ID.Valid() {
		return nil, fail(syncproto.CodeInvalidID, op, "id")
	}
	if err := d.onto(&made); err != nil {
		return nil, err
	}
	err = s.change(ctx, by, func(v *sight, p *syncer.Putter) error {
		c := made
		grant, err := v.living(c.Units, op)
		if err != nil {
			return err
		}
		taken, err := v.taken(c.ID)
		if err != nil {
			return err
		}
		old, err := v.r.Campaign(c.ID)
		switch {
		case err == nil && old.By == by.Person && same(old, &c):
			out, err = v.campaign(old)
			return err
		case err == nil || isNotFound(err) && taken:
			return fail(syncproto.CodeRecordExists, op, "id")
		case !isNotFound(err):
			return err
		}
		c.Created, c.Changed = v.now, v.now
		if err := v.putCampaign(p, &c, auditCampaignCreate, grant); err != nil {
			return err
		}
		out, err = v.campaign(&c)
		return err
	})
	return out, err
}

// putCampaign stores a campaign with its record.
func (v *sight) putCampaign(p *syncer.Putter, c *storage.Campaign, act string, grant syncproto.ID) error {
	if err := v.tx.PutCampaign(c); err != nil {
		return err
	}
	if err := putCampaign(v.tx, p, c, v.now); err != nil {
		return err
	}
	return v.tx.AddAudit(v.note(act, grant, c.Units[0], c.ID, ""))
}

// EditCampaign replaces what a campaign says. Errors: not_found, forbidden, call_state for one that is closed, stale_revision
// if d.Changed is not the newest, and those of CreateCampaign.
func (s *Service) EditCampaign(ctx context.Context, by people.Actor, id syncproto.ID, d *CampaignDraft) (out *Campaign, err error) {
	const op = "edit campaign"
	err = s.change(ctx, by, func(v *sight, p *syncer.Putter) error {
		old, _, err := v.campaignOf(id, op, true)
		if err != nil {
			return err
		}
		c := *old
		if err := d.onto(&c); err != nil {
			return err
		}
		switch {
		case same(old, &c):
			out, err = v.campaign(old)
			return err
		case old.Closed != 0:
			return fail(syncproto.CodeCallState, op, "closed")
		case d.Changed != old.Changed:
			return fail(syncproto.CodeStaleRevision, op, "changed")
		}
		grant, err := v.living(c.Units, op)
		if err != nil {
			return err
		}
		c.Changed = max(v.now, old.Changed+1)
		if err := v.putCampaign(p, &c, auditCampaignEdit, grant); err != nil {
			return err
		}
		out, err = v.campaign(&c)
		return err
	})
	return out, err
}

// CloseCampaign ends a campaign: no call is added any more, and those that there are go on. Closed again, it stays as it is.
// Errors: not_found, forbidden.
func (s *Service) CloseCampaign(ctx context.Context, by people.Actor, id syncproto.ID) (out *Campaign, err error) {
	err = s.change(ctx, by, func(v *sight, p *syncer.Putter) error {
		c, grant, err := v.campaignOf(id, "close campaign", true)
		if err != nil {
			return err
		}
		if c.Closed == 0 {
			c.Closed, c.Changed = v.now, max(v.now, c.Changed+1)
			if err := v.putCampaign(p, c, auditCampaignClose, grant); err != nil {
				return err
			}
		}
		out, err = v.campaign(c)
		return err
	})
	return out, err
}

// campaignOf returns a campaign that the person sees: one of their units', or one of a unit above. With alter it is one
// that they keep.
func (v *sight) campaignOf(id syncproto.ID, op string, alter bool) (c *storage.Campaign, grant syncproto.ID, err error) {
	c, err = v.r.Campaign(id)
	if isNotFound(err) || err == nil && !v.seesCampaign(c) {
		return nil, "", fail(syncproto.CodeNotFound, op, "")
	}
	if err != nil {
		return nil, "", err
	}
	if alter {
		grant, err = v.may(c.Units, op)
	}
	return c, grant, err
}

// seesCampaign reports whether the person keeps a campaign, or may add calls of units below it.
func (v *sight) seesCampaign(c *storage.Campaign) bool {
	if v.sees(c.Units) {
		return true
	}
	for _, g := range v.rights.Offices(v.now) {
		for _, above := range c.Units {
			if v.tree.Covers(above, g.Unit) {
				return true
			}
		}
	}
	return false
}

func (v *sight) campaign(c *storage.Campaign) (*Campaign, error) {
	by, err := v.person(c.By)
	if err != nil {
		return nil, err
	}
	_, barred := v.may(c.Units, "look")
	return &Campaign{
		ID: c.ID, Title: c.Title, TitleEN: c.TitleEN, About: c.About, Units: v.units(c.Units), From: c.From, Until: c.Until, By: by,
		Created: c.Created, Changed: c.Changed, Closed: c.Closed, Alter: barred == nil && c.Closed == 0,
	}, nil
}

// Campaign shows a campaign to an officer of its units, or of units below them; to others it is not there [not_found].
func (s *Service) Campaign(ctx context.Context, by people.Actor, id syncproto.ID) (out *Campaign, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		c, _, err := v.campaignOf(id, "show campaign", false)
		if err != nil {
			return err
		}
		out, err = v.campaign(c)
		return err
	})
	return out, err
}

// Campaigns lists the campaigns that the person sees. from is CampaignPage.Next of the page before.
func (s *Service) Campaigns(ctx context.Context, by people.Actor, from syncproto.ID) (out *CampaignPage, err error) {
	err = s.store.View(ctx, func(r storage.Reader) error {
		out = &CampaignPage{Campaigns: []Campaign{}}
		v, err := s.sees(r, by)
		if err != nil {
			return err
		}
		before := from
		for looked := 0; looked < maxLooked; {
			list, err := r.Campaigns(before, maxRows)
			if err != nil {
				return err
			}
			for i := range list {
				looked, before = looked+1, list[i].ID
				if v.seesCampaign(&list[i]) {
					shown, err := v.campaign(&list[i])
					if err != nil {
						return err
					}
					out.Campaigns = append(out.Campaigns, *shown)
				}
				if len(out.Campaigns) == maxRows {
					out.Next = before
					return nil
				}
			}
			if len(list) < maxRows {
				return nil
			}
		}
		out.Next = before
		return nil
	})
	return out, err
}
