package calls

import (
	"context"
	"slices"

	"lantoa/server/internal/audience"
	"lantoa/server/internal/campaign"
	"lantoa/server/internal/console/page"
	"lantoa/storage"
	"lantoa/syncproto"
)

// composeView is the composer.
type composeView struct {
	Form      *form
	New       bool
	Corrects  bool // people have the call: only its words may change
	Follows   bool // it is a reminder, or a result
	Kinds     []syncproto.CallKind
	Lists     []string
	Roles     []string
	Callers   []branch
	Tree      []branch
	NotTree   []branch // nil where there are very many
	Tags      []wordView
	Skills    []wordView
	NotTags   []wordView
	Blood     []tickView
	RoleTicks []tickView
	Rules     map[string]audience.Rule
	Campaigns []campaign.Campaign
	Earlier   []campaign.Row
	Pictures  []picture
	Search    string
	MayPhotos bool
	Size      *sizeView
	SMS       string
	Push      string // the kind of the push, for its words in the catalogue
	Searched  bool
	Differs   []differ          // from what somebody else saved meanwhile
	Wrong     map[string]string // what is wrong with a field, by its name
	To        string
	Back      string
}

type wordView struct {
	Name, Persons string
	On            bool
}

type tickView struct {
	Name string
	On   bool
}

// compose is the form of a new call.
func (o *office) compose(ctx context.Context, r *page.Request) (page.Answer, error) {
	var units []syncproto.ID
	if mine := grants(r); len(mine) > 0 {
		units = append(units, mine[0].Unit)
	}
	f := fresh(units)
	f.Campaign = r.ID("campaign")
	if err := r.Err(); err != nil {
		return nil, err
	}
	return o.draw(ctx, r, &composeView{Form: f, New: true}, nil)
}

// create makes a draft, or shows what would become of it.
func (o *office) create(ctx context.Context, r *page.Request) (page.Answer, error) {
	f := readForm(r)
	v := &composeView{Form: f, New: true}
	if err := r.Err(); err != nil {
		return o.refused(ctx, r, v, err)
	}
	if step := r.Text("step"); step != "" {
		return o.step(ctx, r, v, step)
	}
	made, err := o.Calls.Create(ctx, r.People(), f.draft())
	if err != nil {
		return o.refused(ctx, r, v, err)
	}
	return page.Redirect{To: at(made.ID, ""), Flash: told("saved")}, nil
}

// edit is the form of a call that is there.
func (o *office) edit(ctx context.Context, r *page.Request) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	if !may(c, campaign.ActEdit) && !may(c, campaign.ActCorrect) {
		return nil, &syncproto.Error{Code: syncproto.CodeCallState, Op: "edit call", Detail: string(c.State)}
	}
	return o.draw(ctx, r, &composeView{Form: formOf(c), Corrects: may(c, campaign.ActCorrect)}, nil)
}

// save stores what was typed in place of what stood there. If somebody else changed it meanwhile, both are shown.
func (o *office) save(ctx context.Context, r *page.Request) (page.Answer, error) {
	c, err := o.read(ctx, r)
	if err != nil {
		return nil, err
	}
	f := readForm(r)
	f.ID = c.ID
	v := &composeView{Form: f, Corrects: may(c, campaign.ActCorrect)}
	if v.Corrects {
		f.onto(c)
	}
	if err := r.Err(); err != nil {
		return o.refused(ctx, r, v, err)
	}
	if step := r.Text("step"); step != "" {
		return o.step(ctx, r, v, step)
	}
	after, err := o.Calls.Edit(ctx, r.People(), c.ID, f.draft())
	if syncproto.CodeOf(err) == syncproto.CodeStaleRevision {
		v.Differs = differences(r, f, c)
		f.Revision, f.Draft.Revision = c.Revision, c.Revision // saved once more it stands in place of theirs, knowingly
	}
	if err != nil {
		return o.refused(ctx, r, v, err)
	}
	key := "saved"
	if v.Corrects {
		key = "corrected"
	} else if c.State != after.State {
		key = "saved_draft" // the yes of a second officer, or a schedule, is void
	}
	return page.Redirect{To: at(c.ID, ""), Flash: told(key)}, nil
}

// onto keeps of a form what may be corrected of a call that people have.
func (f *form) onto(c *campaign.Call) {
	typed := *f
	*f = *formOf(c)
	f.Revision, f.Draft.Revision = typed.Revision, typed.Revision
	f.Title, f.Body, f.TitleEN, f.BodyEN, f.SMS, f.Link = typed.Title, typed.Body, typed.TitleEN, typed.BodyEN, typed.SMS, typed.Link
	f.PlaceText, f.Place = typed.PlaceText, placeValue(typed.PlaceText, f.Lat, f.Lon)
	f.Choices = slices.Clone(f.Choices)
	for i := range f.Choices {
		for _, row := range typed.Rows {
			if row.Name == f.Choices[i].Name {
				f.Choices[i].VI, f.Choices[i].EN = row.VI, row.EN
			}
		}
	}
	f.Rows = rowsOf(f.Choices)
}

// step draws the form again with what was asked for: who would be called, or photos to choose.
func (o *office) step(ctx context.Context, r *page.Request, v *composeView, step string) (page.Answer, error) {
	switch step {
	case "photos":
		v.Search, v.Searched = r.Text("photo_search"), true
		found, err := o.pictures(ctx, r, v.Search)
		if err != nil {
			return o.refused(ctx, r, v, err)
		}
		v.Pictures = found
	case "preview":
		var err error
		if v.Size, err = o.count(ctx, r, v.Form); err != nil {
			return nil, err
		}
	}
	return o.draw(ctx, r, v, nil)
}

// refused draws a form again with what was sent and what is wrong with it.
func (o *office) refused(ctx context.Context, r *page.Request, v *composeView, err error) (page.Answer, error) {
	p := r.Problem(err)
	if p == nil {
		return nil, err
	}
	return o.draw(ctx, r, v, explain(r, v, p))
}

// draw fills what the form chooses from.
func (o *office) draw(ctx context.Context, r *page.Request, v *composeView, p *page.Problem) (page.Answer, error) {
	f := v.Form
	v.Follows = f.About != ""
	v.Kinds = []syncproto.CallKind{syncproto.CallOrdinary, syncproto.CallUrgent, syncproto.CallInformation}
	v.Lists, v.Push = lists, string(f.Kind)
	v.To, v.Back = at(f.ID, "edit"), at(f.ID, "")
	title := r.T("calls.edit_title", "title", titleOf(r, f.Title))
	if v.New {
		v.To, v.Back = root+"/new", root
		title = r.T("calls.new")
	}
	v.SMS = smsOf(f.Title, f.SMS, f.Place, f.Starts)
	v.MayPhotos = r.Has(syncproto.RoleEditor, syncproto.RoleAdmin)
	for _, fill := range []func(context.Context, *page.Request, *composeView) error{o.fillTree, o.fillWords, o.fillOthers} {
		if err := fill(ctx, r, v); err != nil {
			return nil, err
		}
	}
	return page.View{Name: "calls/compose", Title: title, Area: "calls", Data: v, Problem: p, Status: p.Status()}, nil
}

// mostNot is the number of units up to which a second tree is drawn, of those who are left out.
const mostNot = 400

func (o *office) fillTree(ctx context.Context, r *page.Request, v *composeView) (err error) {
	p := v.Form.Picker
	if v.Tree, err = o.tree(ctx, r, p.Units); err != nil {
		return err
	}
	v.Callers = o.callers(r, v.Tree, v.Form.Units)
	size := 0
	for i := range v.Tree {
		size += 1 + v.Tree[i].Count
	}
	if size <= mostNot || len(p.NotUnits) > 0 {
		v.NotTree, err = o.tree(ctx, r, p.NotUnits)
	}
	return err
}

// fillWords lists tags, skills, roles and blood groups. Who calls for nothing has none to choose from.
func (o *office) fillWords(ctx context.Context, r *page.Request, v *composeView) error {
	p := v.Form.Picker
	tags, err := o.Audience.Tags(ctx, r.People())
	if err != nil && syncproto.KindOf(err) != syncproto.Forbidden {
		return err
	}
	for _, t := range tags {
		w := wordView{Name: t.Name, Persons: shown(r, t.Persons)}
		if t.Skill {
			w.On = slices.Contains(p.Skills, t.Name)
			v.Skills = append(v.Skills, w)
			continue
		}
		w.On = slices.Contains(p.Tags, t.Name)
		v.Tags = append(v.Tags, w)
		w.On = slices.Contains(p.NotTags, t.Name)
		v.NotTags = append(v.NotTags, w)
	}
	v.Tags, v.Skills, v.NotTags = more(v.Tags, p.Tags), more(v.Skills, p.Skills), more(v.NotTags, p.NotTags)
	for _, group := range audience.BloodGroups() {
		v.Blood = append(v.Blood, tickView{group, slices.Contains(p.Blood, group)})
	}
	for _, role := range roles {
		v.RoleTicks = append(v.RoleTicks, tickView{role, slices.Contains(p.Roles, role)})
	}
	v.Rules = map[string]audience.Rule{}
	for _, rule := range o.Audience.Rules() {
		v.Rules[rule.Fact] = rule
	}
	return nil
}

// more adds words that are ticked and that nobody has any more.
func more(words []wordView, on []string) []wordView {
	for _, name := range on {
		if !slices.ContainsFunc(words, func(w wordView) bool { return w.Name == name }) {
			words = append(words, wordView{Name: name, Persons: "0", On: true})
		}
	}
	return words
}

// fillOthers lists campaigns and earlier calls.
func (o *office) fillOthers(ctx context.Context, r *page.Request, v *composeView) error {
	all, err := o.Calls.Campaigns(ctx, r.People(), "")
	if err != nil {
		return err
	}
	for _, c := range all.Campaigns {
		if c.Closed == 0 || c.ID == v.Form.Campaign {
			v.Campaigns = append(v.Campaigns, c)
		}
	}
	sent := []storage.CallState{storage.CallSending, storage.CallSent, storage.CallClosed, storage.CallCancelled}
	earlier, err := o.Calls.List(ctx, r.People(), campaign.Filter{States: sent})
	if err != nil {
		return err
	}
	for i := range earlier.Calls {
		row := &earlier.Calls[i]
		if row.Recipients > 0 && row.ID != v.Form.ID {
			row.Title = titleOf(r, row.Title)
			v.Earlier = append(v.Earlier, *row)
		}
	}
	for _, l := range []list{v.Form.Picker.Earlier, v.Form.Picker.NotList} {
		if l.Call != "" && !slices.ContainsFunc(v.Earlier, func(row campaign.Row) bool { return row.ID == l.Call }) {
			v.Earlier = append(v.Earlier, campaign.Row{ID: l.Call, Title: "…" + string(l.Call)[max(0, len(l.Call)-8):]})
		}
	}
	return nil
}
