package calls

import (
	"context"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/console/page"
	"lantoa/server/internal/figure"
	"lantoa/server/internal/reach"
	"lantoa/storage"
	"lantoa/syncproto"
)

// sizeView says how many people would be called.
type sizeView struct {
	Total, Registered, Unregistered, Muted, MayPhone, Unknown string
	About                                                     string // the total in words, where it is blurred
	Units                                                     []unitSize
	Sample                                                    []string
	Rules                                                     []audience.Rule
	Blurred                                                   bool // facts were looked at: figures are rounded and off by some
	Locked                                                    bool
	Nobody                                                    bool
	Large                                                     int64 // the number above which two officers are needed, if there are more; 0 otherwise
	AsOf                                                      int64
	Problem                                                   string // why nobody was counted
	SMS                                                       string // people that an SMS might go to, "" for nobody
}

type unitSize struct {
	Name, Persons, Registered, MayPhone string
}

// size answers the composer's script with who would be called.
func (o *office) size(ctx context.Context, r *page.Request) (page.Answer, error) {
	f := readForm(r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	size, err := o.count(ctx, r, f)
	if err != nil {
		return nil, err
	}
	return page.View{Name: "calls/size", Title: r.T("calls.size"), Area: "calls", Data: size}, nil
}

// sms answers the composer's script with the text for those who must be written to.
func (o *office) sms(_ context.Context, r *page.Request) (page.Answer, error) {
	text := smsOf(r.Text("title"), r.Text("sms"), placeValue(r.Text("place"), "", ""), r.Time("starts"))
	return page.View{Name: "calls/sms", Title: r.T("calls.sms"), Area: "calls", Data: text}, nil
}

// smsOf is the text for those who must be written to; "" while nothing is written that it could be made of.
func smsOf(title, sms string, place syncproto.Value, starts int64) string {
	if title == "" && sms == "" {
		return ""
	}
	return reach.SMS(&storage.Call{Title: title, SMS: sms, Place: place, Starts: starts})
}

// count previews the audience of a form. What is wrong with it is told in the answer.
func (o *office) count(ctx context.Context, r *page.Request, f *form) (*sizeView, error) {
	predicate := []byte(f.Audience)
	if f.About != "" {
		predicate = amongPredicate(f)
	}
	if len(predicate) == 0 {
		return &sizeView{Problem: r.T("calls.size_none")}, nil
	}
	found, err := o.Calls.PreviewAudience(ctx, r.People(), f.Kind, predicate)
	if err != nil {
		p := r.Problem(err)
		if p == nil {
			return nil, err
		}
		return &sizeView{Problem: sizeProblem(r, f, p)}, nil
	}
	return sizeOf(r, found, o.Calls.Large()), nil
}

func sizeProblem(r *page.Request, f *form, p *page.Problem) string {
	if p.Code == syncproto.CodeRateLimited {
		return r.T("calls.size_limited")
	}
	return explain(r, &composeView{Form: f}, p).Sentence
}

// amongPredicate is whom a reminder or a result goes to.
func amongPredicate(f *form) []byte {
	var p *audience.Predicate
	var err error
	switch {
	case f.Kind == syncproto.CallResult:
		p, err = audience.Answered(f.About)
	case f.Among == "placed":
		p, err = audience.Registered(f.About)
	case f.Among == "silent":
		p, err = audience.Silent(f.About)
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	return p.Canonical()
}

// sizeOf writes figures as they are shown.
func sizeOf(r *page.Request, p *audience.Preview, large int64) *sizeView {
	t := &p.Total
	v := &sizeView{
		Total: shown(r, t.Persons), Registered: shown(r, t.Registered), Unregistered: shown(r, t.Unregistered), Muted: shown(r, t.Muted),
		MayPhone: shown(r, t.MayPhone), Unknown: shown(r, p.Unknown), Rules: p.Rules, Blurred: len(p.Facts) > 0, Locked: p.Locked, AsOf: p.AsOf,
		Nobody: t.Persons.Kind == figure.Told && t.Persons.N == 0,
	}
	switch t.Persons.Kind {
	case figure.Told:
		v.About = r.T("calls.about", "n", v.Total)
	case figure.Few:
		v.About = r.T("calls.about_few")
	default:
		v.About = r.T("calls.about_quiet")
	}
	if t.Persons.Kind == figure.Told && t.Persons.N > large {
		v.Large = large
	}
	if t.MayPhone.Kind != figure.Told || t.MayPhone.N > 0 {
		v.SMS = v.MayPhone
	}
	for i := range p.Units {
		u := &p.Units[i]
		v.Units = append(v.Units, unitSize{u.Name, shown(r, u.Persons), shown(r, u.Registered), shown(r, u.MayPhone)})
	}
	for _, n := range p.Sample {
		v.Sample = append(v.Sample, n.Name)
	}
	return v
}
