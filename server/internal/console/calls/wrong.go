package calls

import (
	"strings"

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
