package calls

import (
	"context"
	"slices"
	"time"

	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/notify"
	"lantoa/storage"
	"lantoa/syncproto"
)

// callView is a call with all that can be done with it now.
type callView struct {
	*campaign.Call
	Heading   string
	UnitNames []string
	PlaceText string
	Words     []choiceWords
	SMSText   string
	Campaign  *campaign.Campaign
	Tab       string // of the pages about one call
	Size      *sizeView
	Lacks     []string
	Needs     string // why a second officer is needed: urgent or large, "" for not
	Mine      bool   // whoever looks asked for the second officer
	Phones    bool   // whoever looks has a phone that rings
	Rings     int64  // when it rings, if that is later than it goes out
	Until     int64  // until when it rings
	Progress  *progressView
	Was       bool         // it was sent
	NewID     syncproto.ID // of what is made of it
	Step      string
	Pushed    string

	MayEdit, MayCorrect, MayPropose, MaySend, MayCancel, MayClose, MayTest, MayCopy, MayFollow, MayResult bool
}

type choiceWords struct {
	Name, Text, Other string
	Takes             bool
}

// viewOf is what every page about a call shows.
func (o *office) viewOf(r *page.Request, c *campaign.Call, tab string) *callView {
	v := &callView{Call: c, Heading: titleOf(r, c.Title), UnitNames: named(c.Units), Tab: tab, Was: c.Sent != 0, NewID: syncproto.NewID(), Pushed: string(c.Kind)}
	v.PlaceText, _, _ = placeOf(c.Place)
	for _, choice := range c.Choices {
		v.Words = append(v.Words, choiceWords{choice.Name, choiceText(r, c, choice.Name), choice.EN, choice.Takes})
	}
	v.SMSText = smsOf(c.Title, c.SMS, c.Place, c.Starts)
	v.Mine = c.Proposed != nil && c.Proposed.ID == r.Who.Person
	follows := c.Kind == syncproto.CallResult || c.Kind == syncproto.CallReminder
	v.MayEdit, v.MayCorrect = may(c, campaign.ActEdit), may(c, campaign.ActCorrect)
	v.MayPropose = may(c, campaign.ActPropose) && c.State == storage.CallDraft
	v.MaySend, v.MayTest = may(c, campaign.ActSend), may(c, campaign.ActTest)
	v.MayCancel = may(c, campaign.ActCancel) && c.State != storage.CallCancelled
	v.MayClose = may(c, campaign.ActClose) && c.State != storage.CallClosed
	v.MayCopy = may(c, campaign.ActCopy) && !follows
	v.MayResult = may(c, campaign.ActFollow) && v.Was && !follows
	v.MayFollow = v.MayResult && (c.State == storage.CallSending || c.State == storage.CallSent)
	return v
}

// choiceText is how a choice reads in the language of the page.
func choiceText(r *page.Request, c *campaign.Call, name string) string {
	for _, choice := range c.Choices {
		if choice.Name != name {
			continue
		}
		if r.Lang == "en" && choice.EN != "" {
			return choice.EN
		}
		if choice.VI != "" {
			return choice.VI
		}
	}
	if known(name) {
		return r.T("call.choice_" + name)
	}
	return name
}

// show is the page of a call.
func (o *office) show(ctx context.Context, r *page.Request) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	v := o.viewOf(r, c, "call")
	if err := o.stand(ctx, r, v); err != nil {
		return nil, err
	}
	return page.View{Name: "calls/show", Title: v.Heading, Area: "calls", Data: v}, nil
}

// stand adds how a call stands: what keeps it from going out and whom it would go to, or how far its sending is.
func (o *office) stand(ctx context.Context, r *page.Request, v *callView) error {
	if v.Was {
		return o.follow(ctx, r, v)
	}
	if r.Fragmentary() && r.Fragment() == "progress" {
		return nil
	}
	if v.Call.Campaign != "" {
		of, err := o.Calls.Campaign(ctx, r.People(), v.Call.Campaign)
		if err != nil && syncproto.KindOf(err) != syncproto.NotFound {
			return err
		}
		v.Campaign = of
	}
	if v.State == storage.CallCancelled {
		return nil
	}
	v.times(r.Now)
	if err := o.preview(ctx, r, v); err != nil {
		return err
	}
	phones, err := o.phones(ctx, r.Who.Person)
	v.Phones = phones
	return err
}

// preview adds what package campaign says of sending the call now.
func (o *office) preview(ctx context.Context, r *page.Request, v *callView) error {
	p, err := o.Calls.Preview(ctx, r.People(), v.ID)
	if syncproto.CodeOf(err) == syncproto.CodeRateLimited {
		v.Size = &sizeView{Problem: r.T("calls.size_limited")}
		return nil
	}
	if syncproto.CodeOf(err) == syncproto.CodeForbidden { // who may look and not call
		return nil
	}
	if err != nil {
		return err
	}
	if p.Audience != nil {
		v.Size = sizeOf(r, p.Audience, p.Large)
	}
	for _, lack := range p.Lacks {
		said := &page.Problem{Code: lack.Code, Sentence: r.T("code." + string(lack.Code)), Field: lack.At}
		f := formOf(v.Call)
		if line := lackLine(r, f, said); !slices.Contains(v.Lacks, line) {
			v.Lacks = append(v.Lacks, line)
		}
	}
	switch {
	case p.Second:
		v.Needs = "urgent"
	case v.Size != nil && v.Size.Large > 0:
		v.Needs = "large"
	}
	return nil
}

// lackLine says what is missing and where.
func lackLine(r *page.Request, f *form, p *page.Problem) string {
	if p.Code == syncproto.CodeCallText && (p.Field == "title" || p.Field == "body") {
		return r.T("calls.lack_" + p.Field)
	}
	return explain(r, &composeView{Form: f}, p).Sentence
}

// times says when phones ring: outside of the quiet hours, but for what is urgent.
func (v *callView) times(now time.Time) {
	out := now
	if v.Due > now.UnixMilli() {
		out = time.UnixMilli(v.Due)
	}
	if v.Kind != syncproto.CallUrgent && notify.Quiet(out) {
		v.Rings = morning(out).UnixMilli()
	}
	v.Until = notify.Until(&storage.Call{Kind: v.Kind, Deadline: v.Deadline, Ends: v.Ends, Starts: v.Starts}, out.UnixMilli())
}

// morning is the end of the quiet hours that a moment falls into.
func morning(at time.Time) time.Time {
	local := at.In(page.Zone)
	six := time.Date(local.Year(), local.Month(), local.Day(), 6, 0, 0, 0, page.Zone)
	if !local.Before(six) {
		six = six.AddDate(0, 0, 1)
	}
	return six
}

// phones reports whether somebody has a phone that rings.
func (o *office) phones(ctx context.Context, person syncproto.ID) (has bool, err error) {
	err = o.Store.View(ctx, func(r storage.Reader) error {
		list, err := r.RegistrationsOf([]syncproto.ID{person})
		has = len(list) > 0
		return err
	})
	return has, err
}
