package item

import (
	"context"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/desk"
	"lantoa/syncproto"
)

// agreeing is the page on which a consent that somebody gave on paper or by voice is written down, or a crowd is judged.
type agreeing struct {
	*Sheet
	Photo     *Photo // that it is about; nil for the submission itself
	On        syncproto.ID
	Judgement bool
	Sent      func(name, value string) bool // whether a box was ticked before
	Value     func(name string) string
	To        string
	Fresh     syncproto.ID
}

func (a *area) agreeing(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.draw(ctx, r, (*Sheet).agreeing, nil)
}

func (s *Sheet) agreeing(r *page.Request) (*page.View, error) {
	on := r.ID("on")
	if on == "" {
		on = s.ID
	}
	data := &agreeing{
		Sheet: s, On: on, Photo: s.photo(on), Judgement: r.Text("how") == syncproto.HowJudgement, To: s.Back, Fresh: syncproto.NewID(),
		Sent:  func(name, value string) bool { return slices.Contains(r.Texts(name), value) },
		Value: r.Text,
	}
	if on != s.ID && data.Photo == nil {
		return nil, syncproto.E(syncproto.CodeNotFound, "find photo", nil)
	}
	if data.Photo == nil && s.Kind == syncproto.KindPhoto && len(s.Photos) > 0 {
		data.Photo = &s.Photos[0]
	}
	key := "item.consent_title"
	if data.Judgement {
		key = "item.judge_title"
	}
	return &page.View{Name: "item/consent", Title: r.T(key) + ": " + s.heading(r), Area: menuArea, Data: data}, nil
}

// agree writes a consent down.
func (a *area) agree(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	act := desk.Act{ID: actOf(r), Kind: syncproto.KindConsent, Set: consentFields(r)}
	act.Record = derived(act.ID, "consent")
	err = r.Err()
	if err == nil {
		var done []desk.Done
		if done, err = a.opt.Desk.Act(ctx, r.Desk(), []desk.Act{act}); err != nil {
			return nil, err
		}
		if refused := firstRefused(done); refused != nil {
			err = errorOf(refused)
		}
	}
	if err == nil {
		if err = a.attach(ctx, r, act.ID, act.Record); err != nil { // the consent is there, and its file can be sent from the panel
			return a.again(ctx, r, id, err)
		}
	}
	if err == nil {
		return page.Redirect{To: r.Back(pathOf(id, "")), Flash: &page.Flash{Key: "item.told_consent"}}, nil
	}
	return a.draw(ctx, r, (*Sheet).agreeing, err)
}

// consentFields are what a form says of a consent. What must be there for publishing is told by the panel and checked by
// the server; a form refuses only what says nothing.
func consentFields(r *page.Request) syncproto.Fields {
	on := r.ID("on")
	if on == "" {
		r.Wrong("on")
	}
	set := syncproto.Fields{"parent": syncproto.Text(string(on)), "how": syncproto.Text(r.Text("how"))}
	text := r.Text("text")
	if text != "" {
		set["text"] = syncproto.Text(text)
	}
	if r.Text("how") == syncproto.HowJudgement {
		if text == "" {
			r.Wrong("text")
		}
		set["uses"] = syncproto.List(syncproto.Text(syncproto.UsePublish))
		set["given_by"] = syncproto.List(syncproto.Text(syncproto.GivenByEditor))
		return set
	}
	for _, name := range []string{"who", "representative"} {
		if value := r.Text(name); value != "" {
			set[name] = syncproto.Text(value)
		}
	}
	if r.Text("who") == "" {
		r.Wrong("who")
	}
	oneOf(r, set, "age", syncproto.AgeAdult, syncproto.AgeFromSeven, syncproto.AgeUnderSeven)
	oneOf(r, set, "how", syncproto.HowWritten, syncproto.HowVoice, syncproto.HowSpoken)
	manyOf(r, set, "given_by", syncproto.GivenBySelf, syncproto.GivenByRepresentative)
	manyOf(r, set, "uses", syncproto.UsePublish, syncproto.UseSocial, syncproto.UsePress, syncproto.UsePrint)
	for _, name := range []string{"given_at", "expires_at"} {
		if at := r.Time(name); at != 0 {
			set[name] = syncproto.Int(at)
		}
	}
	return set
}

func oneOf(r *page.Request, set syncproto.Fields, name string, known ...string) {
	value := r.Text(name)
	if !slices.Contains(known, value) {
		r.Wrong(name)
		return
	}
	set[name] = syncproto.Text(value)
}

func manyOf(r *page.Request, set syncproto.Fields, name string, known ...string) {
	var items []syncproto.Value
	for _, value := range known {
		if slices.Contains(r.Texts(name), value) {
			items = append(items, syncproto.Text(value))
		}
	}
	if len(items) == 0 {
		r.Wrong(name)
		return
	}
	set[name] = syncproto.List(items...)
}

// withdrawing is the page on which the withdrawal of a consent is carried out: it says what that does, and asks why.
type withdrawing struct {
	*Sheet
	Consent Consent
	Public  bool // what it is about is public and disappears at once
	Whole   bool // it is about the whole submission
	Reason  string
	To      string
	Fresh   syncproto.ID
}

func (a *area) withdrawing(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.draw(ctx, r, (*Sheet).withdrawing, nil)
}

func (s *Sheet) withdrawing(r *page.Request) (*page.View, error) {
	id, err := r.PathID("consent")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(s.Consents, func(c Consent) bool { return c.ID == id && c.Withdraw })
	if i < 0 {
		return nil, syncproto.E(syncproto.CodeNotFound, "find consent", nil)
	}
	data := &withdrawing{
		Sheet: s, Consent: s.Consents[i], Reason: r.Text("reason"), To: s.Back, Fresh: syncproto.NewID(),
		Public: s.State == syncproto.StatePublished || s.State == syncproto.StateCorrected, Whole: s.Consents[i].About == s.ID,
	}
	return &page.View{Name: "item/withdraw", Title: r.T("item.withdraw_title") + ": " + s.heading(r), Area: menuArea, Data: data}, nil
}

// withdraw carries a withdrawal out. What it is about is taken down at once and erased; the case says how far that is.
func (a *area) withdraw(ctx context.Context, r *page.Request) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	consent, err := r.PathID("consent")
	if err != nil {
		return nil, err
	}
	act := desk.Act{
		ID: actOf(r), Record: consent, Kind: syncproto.KindConsent, BaseRevision: r.Number("revision"), BaseEpoch: r.Text("epoch"),
		Command: syncproto.CommandWithdraw, Reason: r.Text("reason"),
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	done, err := a.opt.Desk.Act(ctx, r.Desk(), []desk.Act{act})
	if err != nil {
		return nil, err
	}
	if refused := firstRefused(done); refused != nil {
		return a.draw(ctx, r, (*Sheet).withdrawing, errorOf(refused))
	}
	flash := &page.Flash{Key: "item.told_withdraw"}
	if _, err := a.opt.Desk.Show(ctx, r.Desk(), id); syncproto.KindOf(err) == syncproto.NotFound { // the whole is erased already
		return page.Redirect{To: page.Root + "/queue", Flash: flash}, nil
	}
	return page.Redirect{To: r.Back(pathOf(id, "")), Flash: flash}, nil
}
