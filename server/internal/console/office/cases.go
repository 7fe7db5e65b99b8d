package office

import (
	"context"

	"lantoa/server/internal/console/page"
	"lantoa/server/internal/privacy"
	"lantoa/storage"
	"lantoa/syncproto"
)

// casesRoot is where requests about personal data are.
const casesRoot = page.Root + "/cases"

func (a *area) addCases(site *page.Site) {
	site.Handle("GET "+casesRoot, page.Staff, a.cases)
	site.Handle("GET "+casesRoot+"/new", page.Staff, a.newCase)
	site.Handle("POST "+casesRoot+"/new", page.Staff, a.openCase)
	site.Handle("GET "+casesRoot+"/{id}", page.Staff, a.showCase)
	site.Handle("POST "+casesRoot+"/{id}/answer", page.Staff, a.answerCase)
	site.Handle("POST "+casesRoot+"/{id}/extend", page.Staff, a.extendCase)
	site.Handle("POST "+casesRoot+"/{id}/correct", page.Staff, a.correctCase)
	site.Handle("POST "+casesRoot+"/{id}/close", page.Staff, a.closeCase)
	site.Handle("GET "+casesRoot+"/{id}/erase", page.Staff, a.planErasure)
	site.Handle("POST "+casesRoot+"/{id}/erase", page.Staff, a.erase)
	site.Handle("GET "+casesRoot+"/{id}/export", page.Staff, a.beforeExport)
	site.Handle("GET "+casesRoot+"/{id}/export.zip", page.Staff, a.exportCase)
}

// caseRow is one line of the list.
type caseRow struct {
	*privacy.Case
	Name   string
	Unit   string
	Clocks []clock
	State  string // of the request: open, working, closed
	Badge  string
}

// casesView is what the list draws.
type casesView struct {
	Rows    []caseRow
	All     bool
	Overdue bool
	Next    string
	Only    bool // whoever asks may take requests down, and no more
}

// cases lists the requests that somebody answers for, the most urgent first.
func (a *area) cases(ctx context.Context, r *page.Request) (page.Answer, error) {
	v := &casesView{All: r.Text("all") == "yes", Overdue: r.Text("overdue") == "yes"}
	filter := privacy.Filter{All: v.All, Overdue: v.Overdue, From: r.ID("from")}
	if err := r.Err(); err != nil {
		return nil, err
	}
	answer := page.View{Name: "office/cases", Title: r.T("office.cases"), Area: "cases", Data: v}
	list, next, err := a.opt.Privacy.Cases(ctx, r.Privacy(), filter)
	if syncproto.CodeOf(err) == syncproto.CodeForbidden && r.Has(syncproto.RoleEditor) {
		v.Only = true
		return answer, nil
	}
	if err != nil {
		return nil, err
	}
	if next != "" {
		v.Next = r.With("from", next)
	}
	v.Rows, err = a.rowsOf(ctx, r, list)
	return answer, err
}

func (a *area) rowsOf(ctx context.Context, r *page.Request, list []privacy.Case) ([]caseRow, error) {
	var persons, units []syncproto.ID
	for i := range list {
		persons, units = append(persons, list[i].Person), append(units, list[i].Unit)
	}
	called, err := a.namesOf(ctx, r, persons, units)
	if err != nil {
		return nil, err
	}
	rows := make([]caseRow, len(list))
	for i := range list {
		c := &list[i]
		rows[i] = caseRow{Case: c, Name: c.Who, Unit: called.Unit(c.Unit), Clocks: clocksOf(r, c)}
		if c.Person != "" {
			rows[i].Name = called.Person(c.Person)
		}
		rows[i].State, rows[i].Badge = stateOf(c)
	}
	return rows, nil
}

// stateOf says how far a request is, and how its badge looks.
func stateOf(c *privacy.Case) (state, badge string) {
	switch {
	case c.Closed > 0:
		return "closed_" + c.Result, map[string]string{privacy.ResultDone: "good", privacy.ResultPartly: "warn", privacy.ResultRefused: "calm"}[c.Result]
	case working(c):
		return "working", "calm"
	case c.Answered > 0:
		return "answered", "calm"
	}
	return "open", "warn"
}

// working reports whether the server erases now.
func working(c *privacy.Case) bool { return c.Stage != "" && c.Stage != "done" }

// caseView is what the page of one request draws.
type caseView struct {
	*privacy.Case
	Name     string
	ByName   string
	UnitName string
	Clocks   []clock
	State    string
	Badge    string
	Working  bool
	Erased   bool // the worker is through
	Found    *privacy.Found
	Kinds    []kindCount
	Chosen   map[syncproto.ID]bool
	MayMore  int64 // until when it may be extended at most; 0 if not
	Handed   []handed
	Sent     map[string]string // what was sent and refused
}

type kindCount struct {
	Kind  syncproto.Kind
	Count int
}

// handed is a kit that held what a consent was withdrawn for.
type handed struct {
	At   int64
	Name string
	Use  string
}

// showCase shows a request with what the association keeps. Reading it is in the audit log.
func (a *area) showCase(ctx context.Context, r *page.Request) (page.Answer, error) {
	return a.drawCase(ctx, r, nil)
}

func (a *area) drawCase(ctx context.Context, r *page.Request, problem *page.Problem) (page.Answer, error) {
	id, err := r.PathID("id")
	if err != nil {
		return nil, err
	}
	c, found, err := a.opt.Privacy.Show(ctx, r.Privacy(), id)
	if err != nil {
		return nil, err
	}
	called, err := a.namesOf(ctx, r, []syncproto.ID{c.Person, c.By}, []syncproto.ID{c.Unit})
	if err != nil {
		return nil, err
	}
	v := &caseView{
		Case: c, Name: c.Who, ByName: called.Person(c.By), UnitName: called.Unit(c.Unit), Clocks: clocksOf(r, c), Found: found,
		Working: working(c), Erased: c.Stage == "done", Chosen: map[syncproto.ID]bool{}, Sent: map[string]string{},
	}
	if c.Person != "" {
		v.Name = called.Person(c.Person)
	}
	v.State, v.Badge = stateOf(c)
	for _, record := range c.Confirmed {
		v.Chosen[record] = true
	}
	if found != nil {
		for _, kind := range []syncproto.Kind{
			syncproto.KindStory, syncproto.KindEvent, syncproto.KindPhoto, syncproto.KindNote, syncproto.KindConsent, syncproto.KindAnswer, syncproto.KindReceipt,
		} {
			if n := found.Records[kind]; n > 0 {
				v.Kinds = append(v.Kinds, kindCount{kind, n})
			}
		}
	}
	if c.Closed == 0 && c.Extended == 0 {
		v.MayMore = privacy.Latest(c.DoneBy)
	}
	if problem != nil {
		for _, name := range []string{"note", "name", "phone", "until", "result"} {
			v.Sent[name] = r.Text(name)
		}
	}
	if c.Kind == storage.CaseWithdrawal {
		if v.Handed, err = a.handedOf(ctx, r, c.Record); err != nil {
			return nil, err
		}
	}
	title := r.T("office.case_title", "kind", r.T("case."+string(c.Kind)), "name", page.Clip(v.Name, maxName))
	return page.View{Name: "office/case", Title: title, Area: "cases", Data: v, Problem: problem}, nil
}

// handedOf finds the kits that held a photo or a story whose consent was withdrawn: who had them is to be told.
func (a *area) handedOf(ctx context.Context, r *page.Request, record syncproto.ID) (list []handed, err error) {
	if record == "" {
		return nil, nil
	}
	entries, _, err := a.opt.Privacy.Log(ctx, r.Privacy(), privacy.LogFilter{Record: record, Act: "press.", Limit: 200})
	if err != nil {
		return nil, err
	}
	var persons []syncproto.ID
	for i := range entries {
		persons = append(persons, entries[i].Person)
	}
	called, err := a.namesOf(ctx, r, persons, nil)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		list = append(list, handed{At: entries[i].At, Name: called.Person(entries[i].Person), Use: firstWord(entries[i].Detail)})
	}
	return list, nil
}
