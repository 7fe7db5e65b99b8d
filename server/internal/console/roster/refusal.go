package roster

import (
	"errors"
	"slices"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/people"
	"lantoa/syncproto"
)

// The shared catalogue speaks to whoever holds a phone. At a desk some of its codes mean something else, and a form can say
// more exactly what a field wants. These lists name what has a sentence of its own here.
var (
	faultCodes = []syncproto.Code{
		syncproto.CodeMissingMember, syncproto.CodeDuplicateKey, syncproto.CodeInvalidValue, syncproto.CodeNotFound, syncproto.CodeNotUTF8,
		syncproto.CodeTooLarge, syncproto.CodeTooMany, syncproto.CodePersonExists, syncproto.CodeForbidden,
	}
	needFields = []string{"name", "into", "heir", "phone", "unit", "role", "table", "level", "at", "from", "until", "value", "alarm_after", "valid", "successors"}
	whyCodes   = []syncproto.Code{
		syncproto.CodeOffline, syncproto.CodeQuota, syncproto.CodeClockWrong, syncproto.CodeTokenRevoked, syncproto.CodeForbidden,
		syncproto.CodeMediaBroken, syncproto.CodeHashMismatch, syncproto.CodeTooLarge, syncproto.CodeRecordMissing, syncproto.CodeWrongState,
	}
)

// problem is what to tell of an error above a form; nil for an error that is not about what was sent.
func problem(r *page.Request, err error) *page.Problem {
	p := r.Problem(err)
	if p == nil {
		return nil
	}
	wants(r, p, p.Field)
	if table, ok := errors.AsType[*people.TableError](err); ok {
		p.Lines = lines(r, table)
	}
	return p
}

// wants says more exactly what a field wants.
func wants(r *page.Request, p *page.Problem, field string) {
	if p.Code == syncproto.CodeInvalidValue && slices.Contains(needFields, field) {
		p.Sentence = r.T("roster.need_" + field)
	}
}

// lines are what is wrong with a table, its columns named as they stand in it.
func lines(r *page.Request, table *people.TableError) (out []page.Line) {
	for _, f := range table.Faults {
		line := page.Line{Number: f.Line, Sentence: r.Sentence(syncproto.E(f.Code, "read table", nil))}
		if f.Column != "" {
			line.Column = r.T("roster.column_" + f.Column)
		}
		if slices.Contains(faultCodes, f.Code) {
			line.Sentence = r.T("roster.fault_" + string(f.Code))
		}
		if f.Other != 0 {
			line.Sentence += " " + r.T("roster.fault_other", "n", f.Other)
		}
		out = append(out, line)
	}
	return out
}

// reason is why something of a phone does not come, in words for whoever helps.
type reason struct {
	Text  string
	Count int
}

func reasons(r *page.Request, list []people.Why) (out []reason) {
	for _, w := range list {
		text := r.Sentence(syncproto.E(w.Code, "show reason", nil))
		if slices.Contains(whyCodes, w.Code) {
			text = r.T("roster.why_" + string(w.Code))
		}
		if i := slices.IndexFunc(out, func(one reason) bool { return one.Text == text }); i >= 0 {
			out[i].Count += max(w.Count, 1) // the same of another record
			continue
		}
		out = append(out, reason{text, max(w.Count, 1)})
	}
	return out
}
