package office

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/privacy"
	"lantoa/syncproto"
)

const auditRoot = page.Root + "/audit"

func (a *area) addAudit(site *page.Site) {
	site.Handle("GET "+auditRoot, page.Staff, a.audit)
}

// auditGroups are the kinds of acts that can be asked for; "" is all of them.
var auditGroups = []string{"review.", "press.", "media.original", "privacy.", "fact.", "call.", "sign_in", "person_added", "grant_given", "grant_ended", "device_revoked"}

// entryRow is one entry in words.
type entryRow struct {
	privacy.Entry
	Key    string // of its words in the catalogue; "" for an act without
	Name   string
	Unit   string
	To     string // the page of what it is about; "" for none
	Detail []string
}

// auditView is what the page draws.
type auditView struct {
	Rows    []entryRow
	Filter  privacy.LogFilter
	Person  string // the name of who is asked for
	Groups  []string
	Units   []unitChoice
	From    string // as a field of type date wants it
	Until   string
	Asked   bool // anything is asked for
	Next    string
	Newest  string // the first page; "" on it
	MoreOld bool   // the page is empty, but there is more to look through
}

// audit shows the log, the newest first.
func (a *area) audit(ctx context.Context, r *page.Request) (page.Answer, error) {
	f := privacy.LogFilter{
		Record: r.ID("record"), Person: r.ID("person"), Unit: r.ID("unit"), Act: r.Text("act"), From: r.Time("after"), Until: r.Time("before"), Before: r.Number("from"), Limit: 50,
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	v := &auditView{Filter: f, Groups: auditGroups, From: r.Text("after"), Until: r.Text("before")}
	if f.Until > 0 {
		f.Until += dayLong // the day itself too
	}
	list, next, err := a.opt.Privacy.Log(ctx, r.Privacy(), f)
	if err != nil {
		return nil, err
	}
	if v.Rows, err = a.entriesOf(ctx, r, list, f.Person); err != nil {
		return nil, err
	}
	v.Units, err = a.ownUnits(ctx, r, syncproto.RoleAdmin)
	if err != nil {
		return nil, err
	}
	v.Asked = f.Record != "" || f.Person != "" || f.Unit != "" || f.Act != "" || f.From != 0 || f.Until != 0
	if f.Person != "" {
		called, err := a.namesOf(ctx, r, []syncproto.ID{f.Person}, nil)
		if err != nil {
			return nil, err
		}
		v.Person = called.Person(f.Person)
	}
	if next > 0 {
		v.Next = r.With("from", strconv.FormatInt(next, 10))
		v.MoreOld = len(list) == 0
	}
	if f.Before > 0 {
		v.Newest = r.With("from", "")
	}
	return page.View{Name: "office/audit", Title: r.T("office.audit"), Area: "audit", Data: v}, nil
}

func (a *area) entriesOf(ctx context.Context, r *page.Request, list []privacy.Entry, more ...syncproto.ID) ([]entryRow, error) {
	var units []syncproto.ID
	persons := slices.Clone(more)
	for i := range list {
		units, persons = append(units, list[i].Unit), append(persons, list[i].Person)
		if aboutPerson(list[i].Act) {
			persons = append(persons, list[i].Record)
		}
	}
	called, err := a.namesOf(ctx, r, persons, units)
	if err != nil {
		return nil, err
	}
	rows := make([]entryRow, len(list))
	for i := range list {
		e := &list[i]
		rows[i] = entryRow{Entry: *e, Key: actKey(r, e.Act), Name: called.Person(e.Person), Unit: called.Unit(e.Unit), To: about(e), Detail: details(r, e.Detail)}
	}
	return rows, nil
}

// actKey is the key of the words for an act, "" if there are none.
func actKey(r *page.Request, act string) string {
	key := "office.act_" + strings.ReplaceAll(act, ".", "_")
	if r.T(key) == key {
		return ""
	}
	return key
}

// aboutPerson reports whether the record of an entry is a person.
func aboutPerson(act string) bool {
	switch act {
	case "person_added", "person_edited", "grant_given", "grant_ended", "person_moved", "device_revoked", "account_made", "sign_in_link_made":
		return true
	}
	return strings.HasPrefix(act, "invited_") || strings.HasPrefix(act, "account_") || strings.HasPrefix(act, "fact.")
}

// about is the page of what an entry is about.
func about(e *privacy.Entry) string {
	id := string(e.Record)
	switch group, _, _ := strings.Cut(e.Act, "."); {
	case id == "":
		return ""
	case group == "review" || group == "press" || group == "media":
		return page.Root + "/items/" + id
	case group == "privacy" && e.Act != privacy.ActErased:
		return casesRoot + "/" + id
	case group == "call":
		return page.Root + "/calls/" + id
	case aboutPerson(e.Act):
		return page.Root + "/people/" + id
	case strings.HasPrefix(e.Act, "unit_"):
		return page.Root + "/units/" + id
	}
	return ""
}

// details writes what an act needs besides in words where there are words: states and uses. Ids are cut to their ends.
func details(r *page.Request, detail string) (list []string) {
	for _, word := range strings.Fields(strings.Replace(detail, "passwords ", "passwords=", 1)) {
		if name, count, ok := strings.Cut(word, "="); ok && r.T("office.count_"+name) != "office.count_"+name {
			if count != "0" {
				list = append(list, r.T("office.count_"+name, "n", count))
			}
			continue
		}
		for _, key := range []string{"state." + word, "press.use_" + word, "case." + word, "role." + word, "office.detail_" + word} {
			if r.T(key) != key {
				word = r.T(key)
				break
			}
		}
		if syncproto.ID(word).Valid() {
			word = "…" + word[len(word)-8:]
		}
		if len(word) > 40 {
			word = word[:12] + "…"
		}
		list = append(list, word)
	}
	return list
}

func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}
