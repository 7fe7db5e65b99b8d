package calls

import (
	"strings"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/syncproto"
)

// fields are the fields of the form by the members of a call that errors name, where they are not the same.
var fields = map[string]string{"units": "unit", "attachments": "photos"}

// explain says beside each field what is wrong with it. Errors name a member, "choices[2].vi"; the form shows it where it is
// typed, in words about that field where there are such words.
func explain(r *page.Request, v *composeView, p *page.Problem) *page.Problem {
	field, _, _ := strings.Cut(p.Field, "[")
	field, _, _ = strings.Cut(field, ".")
	if other, ok := fields[field]; ok {
		field = other
	}
	if field == "revision" || field == "" {
		if p.Code == syncproto.CodeStaleRevision {
			p.Sentence = r.T("calls.stale")
		}
		return p
	}
	sentence := p.Sentence
	switch p.Code {
	case syncproto.CodeTooLarge:
		typed := map[string]string{
			"title": v.Form.Title, "title_en": v.Form.TitleEN, "body": v.Form.Body, "body_en": v.Form.BodyEN, "sms": v.Form.SMS, "code": v.Form.Code,
		}[field]
		sentence = r.T("calls.too_long", "n", page.Number(r.Lang, int64(len(typed))), "most", page.Number(r.Lang, int64(limits[field])))
	case syncproto.CodeInvalidValue, syncproto.CodeInvalidID, syncproto.CodeMissingMember:
		sentence = r.T("calls.wrong_" + field)
		if sentence == "" || sentence == "calls.wrong_"+field {
			sentence = p.Sentence
		}
	case syncproto.CodeCallTime:
		sentence = r.T("calls.wrong_time_" + field)
	}
	if p.Code == syncproto.CodeAudienceInvalid {
		field = "audience"
		if strings.HasSuffix(p.Field, "at_least_days") {
			sentence = r.T("calls.wrong_days")
		} else if v.Form.Audience == nil {
			sentence = r.T("calls.wrong_audience")
		}
	}
	p.Field, p.Sentence = field, sentence
	v.Wrong = map[string]string{field: sentence}
	return p
}

// limits are the bounds of texts in bytes, as package campaign has them; its answer decides.
var limits = map[string]int{"title": 300, "title_en": 300, "body": 8 << 10, "body_en": 8 << 10, "sms": 640, "code": 40, "place": 2 << 10}

// differ is a field of which two officers say different things.
type differ struct{ Field, Mine, Theirs string }

// differences lists in what a form differs from the call as somebody else saved it meanwhile.
func differences(r *page.Request, f *form, c *campaign.Call) (out []differ) {
	theirs := formOf(c)
	moment := func(ms int64) string { return page.Moment(r.Lang, ms) }
	count := func(n int64) string {
		if n == 0 {
			return ""
		}
		return page.Number(r.Lang, n)
	}
	for _, d := range []differ{
		{"kind", r.T("call.kind_" + string(f.Kind)), r.T("call.kind_" + string(c.Kind))},
		{"title", f.Title, c.Title},
		{"body", f.Body, c.Body},
		{"title_en", f.TitleEN, c.TitleEN},
		{"body_en", f.BodyEN, c.BodyEN},
		{"place", f.PlaceText, theirs.PlaceText},
		{"starts", moment(f.Starts), moment(c.Starts)},
		{"ends", moment(f.Ends), moment(c.Ends)},
		{"deadline", moment(f.Deadline), moment(c.Deadline)},
		{"capacity", count(f.Capacity), count(c.Capacity)},
		{"code", f.Code, c.Code},
		{"sms", f.SMS, c.SMS},
		{"link", f.Link, c.Link},
		{"photos", f.Photos, theirs.Photos},
		{"due", moment(f.Due), moment(c.Due)},
		{"audience", asText(f.Audience), asText(c.Audience)},
	} {
		if d.Mine != d.Theirs {
			out = append(out, d)
		}
	}
	return out
}

// asText is a predicate in its canonical form.
func asText(predicate []byte) string {
	if p, err := audience.Parse(predicate); err == nil {
		return string(p.Canonical())
	}
	return string(predicate)
}
